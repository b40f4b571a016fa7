#!/usr/bin/env bash
# Measures how long after a window's end its result can be read: the job and the systems that it is compared
# with, one after the other, each following 1,000 events/s of the producer in a topic of its own, for
# SECONDS_TO_MEASURE (300), starting SECONDS_TO_WARM (60) after its first window. Arguments: the systems to
# measure (default: all). Prints a line of JSON for each; exits with 1 if a window is wrong.
set -euo pipefail
cd "$(dirname "$0")/../.."
. bench/container.sh

systems=("$@") seconds=${SECONDS_TO_MEASURE:-300} warm_s=${SECONDS_TO_WARM:-60} failed=0
(($#)) || systems=(job flink kafka-streams kafka-streams-100ms jet)
export COMPOSE_PROJECT_NAME=market-data-bench-follow IMAGE_TAG=bench KAFKA_HOST_PORT=29692 SPARK_UI_PORT=24541
export FEED=synthetic SYNTHETIC_EVENTS_PER_SECOND=1000 KAFKA_PARTITIONS=4 SYMBOLS
SYMBOLS=$(seq -s , -f 'S%05.0f' 0 99) # as many as are drained: each partition has some
follower=$COMPOSE_PROJECT_NAME-follower
. bench/own-stack.sh
trap 'docker rm --force "$follower" "$follower-watch" > /dev/null 2>&1; DATA_DIR=$root; clean' EXIT
root=$DATA_DIR

follow() { # image, how it is run, arguments: as in the drains
  docker run --detach --init --name "$follower" --network "${COMPOSE_PROJECT_NAME}_default" --memory 4g \
    --tmpfs /tmp:exec --volume "$PWD/bench/drain:/bench:ro" --volume "$DATA_DIR:/data" \
    --env PYTHONDONTWRITEBYTECODE=1 --entrypoint "$2" "market-data/bench-$1:$IMAGE_TAG" "${@:3}" > /dev/null
}

start() { # system
  case $1 in
    job) quietly docker compose up --detach --no-deps spark-job ;;
    flink) follow flink python /bench/flink_follow.py raw_api_events windows ;;
    kafka-streams) follow kafka-streams java drain.KafkaStreamsFollow raw_api_events windows ;;
    kafka-streams-100ms) follow kafka-streams java -Dcommit.ms=100 drain.KafkaStreamsFollow raw_api_events windows ;;
    jet) follow jet java -Dsnapshot.ms=1000 drain.JetFollow raw_api_events /data/windows ;;
  esac
}

watch() { # where the windows are, columns
  docker run --rm --init --name "$follower-watch" --network "${COMPOSE_PROJECT_NAME}_default" --memory 2g \
    --volume "$PWD/bench/drain:/bench:ro" --volume "$DATA_DIR:/data:ro" --env PYTHONDONTWRITEBYTECODE=1 \
    --entrypoint python "market-data/spark-job:$IMAGE_TAG" /bench/watch.py raw_api_events "$1" \
    "$warm_s" "$seconds" "${@:2}"
}

measure() { # number, system
  local output=windows columns=() container=$follower from used since found
  export DATA_DIR=$root/$1
  mkdir "$DATA_DIR"
  case $2 in
    job) output=/data/aggregates container=$COMPOSE_PROJECT_NAME-spark-job-1 ;;
    jet) output=/data/windows ;;
    flink) columns=(avg_price max_price min_price stddev_price volume event_count vwap) ;;
  esac
  quietly docker compose up --detach --wait producer
  watch "$output" "${columns[@]}" > "$root/$1.watched" & # which makes the topic first
  sleep 5
  start "$2"
  until [[ -s $root/$1.watched ]]; do # it is warm from then on
    kill -0 $! 2> /dev/null || break
    sleep 1
  done
  from=$(head -n 1 "$root/$1.watched")
  sleep "$(awk "BEGIN {s = ${from:-0} - $EPOCHREALTIME; print (s > 0 ? s : 0)}")"
  since=$EPOCHREALTIME used=$(processor_s "$container")
  sleep "$seconds"
  used=$(awk "BEGIN {printf \"%.3f\", ($(processor_s "$container") - $used) / ($EPOCHREALTIME - $since)}")
  printf '{"system": "%s", "processors": %s, "memory_mib": %s, "found": ' "$2" "$used" "$(memory_mib "$container")"
  wait $! || failed=1
  found=$(sed -n 2p "$root/$1.watched")
  printf '%s}\n' "${found:-null}"
  docker rm --force "$follower" > /dev/null 2>&1 || true
  docker compose down --volumes --timeout 5 > /dev/null 2>&1
}

docker compose build --quiet topic-init producer spark-job gateway
for image in flink kafka-streams jet; do
  scripts/build.sh bench/drain/Dockerfile "$image" "market-data/bench-$image:$IMAGE_TAG"
done
for number in "${!systems[@]}"; do
  measure "$number" "${systems[$number]}"
done
((failed == 0))
