#!/usr/bin/env bash
# Measures what the stack uses with default settings at each of RATES (10 1000 20000) events/s: processors and
# memory of a container of each service over SECONDS_TO_MEASURE (300); COMPOSE_FILE may name overlays. Prints a
# line of JSON for each, and one with the published events and the bytes per event on the broker's disk. Exits
# with 1 if less than 0.95 of the rate was published.
set -euo pipefail
cd "$(dirname "$0")/../.."
. bench/container.sh

seconds=${SECONDS_TO_MEASURE:-300}
export COMPOSE_PROJECT_NAME=market-data-bench-cost IMAGE_TAG=bench SYNTHETIC_EVENTS_PER_SECOND
export KAFKA_HOST_PORT=29492 GATEWAY_PORT=28802 DASHBOARD_PORT=28801 SPARK_UI_PORT=24341
export KAFKA_2_HOST_PORT=29493 KAFKA_3_HOST_PORT=29494 S3_HOST_PORT=27070 SPARK_MASTER_UI_PORT=28080
. bench/own-stack.sh

used() { # processor time of each service so far
  local service
  for service in $(docker compose ps --services); do
    echo "$service $(processor_s "$COMPOSE_PROJECT_NAME-$service-1")"
  done
}

published() { # how many quotes the broker has acknowledged
  grep -oE '"published": ?[0-9]+' "$DATA_DIR/status/producer.json" | grep -oE '[0-9]+'
}

kafka_kib() { docker compose exec -T kafka du -sk /var/lib/kafka/data | cut -f 1; }

tell_published() { # events/s; at the beginning: events published, time, size on the broker's disk
  local rate count kept
  count=$(($(published) - $2))
  rate=$(awk "BEGIN {printf \"%.1f\", $count / ($EPOCHREALTIME - $3)}") kept=$((($(kafka_kib) - $4) * 1024))
  printf '{"events_per_second": %s, "published_per_second": %s, "kafka_bytes_per_event": %s}\n' "$1" "$rate" \
    "$(awk "BEGIN {printf \"%.1f\", $kept / $count}")"
  awk "BEGIN {exit !($rate >= 0.95 * $1)}" || failed=1
}

measure() { # events/s; at the beginning: processor time of each service, time
  local service before now
  while read -r service before; do
    now=$(processor_s "$COMPOSE_PROJECT_NAME-$service-1")
    printf '{"events_per_second": %s, "service": "%s", "processors": %s, "memory_mib": %s}\n' "$1" "$service" \
      "$(awk "BEGIN {printf \"%.3f\", ($now - $before) / ($EPOCHREALTIME - $3)}")" \
      "$(memory_mib "$COMPOSE_PROJECT_NAME-$service-1")"
  done <<< "$2"
}

docker compose build --quiet
what=() failed=0
for SYNTHETIC_EVENTS_PER_SECOND in ${RATES:-10 1000 20000}; do
  quietly docker compose up --detach --wait "${what[@]}"
  what=(--no-deps producer) # for another rate, only the producer is replaced
  sleep 40                  # until a window is over and the job has warmed up
  kib=$(kafka_kib) since=$EPOCHREALTIME begun=$(published) before=$(used)
  sleep "$seconds"
  tell_published "$SYNTHETIC_EVENTS_PER_SECOND" "$begun" "$since" "$kib"
  measure "$SYNTHETIC_EVENTS_PER_SECOND" "$before" "$since"
done
((failed == 0))
