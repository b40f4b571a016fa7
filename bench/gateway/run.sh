#!/usr/bin/env bash
# Measures the gateway at EVENTS_PER_SECOND (20000) of SYMBOL_COUNT (100) symbols: without readers, with
# READERS (1000) of one symbol each, some of which never read, and with ten rules that evaluate each trade. In a
# stack of its own, without the job.
set -euo pipefail
cd "$(dirname "$0")/../.."
. bench/container.sh

seconds=${SECONDS_TO_MEASURE:-30} readers=${READERS:-1000}
export COMPOSE_PROJECT_NAME=market-data-bench-gateway IMAGE_TAG=bench
export KAFKA_HOST_PORT=29392 GATEWAY_PORT=${GATEWAY_PORT:-28702} DASHBOARD_PORT=28701 SPARK_UI_PORT=24241
export SYNTHETIC_EVENTS_PER_SECOND=${EVENTS_PER_SECOND:-20000}
SYMBOLS=$(seq -s, -f 'S%04.0f' "${SYMBOL_COUNT:-100}")
export SYMBOLS
gateway=$COMPOSE_PROJECT_NAME-gateway-1
. bench/own-stack.sh

measure() { # with how many readers; prints the gateway's processors, memory and status over so many seconds
  local before
  before=$(processor_s "$gateway")
  sleep "$seconds"
  printf '{"readers": %s, "processors": %s, "memory_mib": %s, "status": %s}\n' "$1" \
    "$(awk "BEGIN {printf \"%.2f\", ($(processor_s "$gateway") - $before) / $seconds}")" \
    "$(memory_mib "$gateway")" "$(cat "$DATA_DIR/status/gateway.json")"
}

docker compose build --quiet topic-init producer gateway
quietly docker compose up --detach --wait zookeeper kafka topic-init volume-init producer gateway
sleep 10
measure 0
docker run --rm --network host --ulimit nofile=8192 --volume "$PWD/bench/gateway:/bench:ro" --entrypoint python \
  "market-data/gateway:$IMAGE_TAG" /bench/readers.py "$GATEWAY_PORT" "$SYMBOLS" --readers "$readers" \
  --seconds "$seconds" &
sleep 5
measure "$readers"
wait %1
COMPOSE_FILE=compose.yaml:bench/gateway/compose.rules.yaml quietly docker compose up --detach --wait gateway
sleep 10
measure 0
