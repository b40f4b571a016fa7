#!/usr/bin/env bash
# Measures the running stack: delays with one open page, then with ten, for SECONDS_TO_MEASURE (300) each;
# then memory.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/build.sh tests/Dockerfile stack market-data/tests:test
port=$(docker compose port dashboard 8501 | sed 's/.*://')
broker=$(docker compose port kafka 9092)
topic=$(docker compose exec -T producer printenv KAFKA_TOPIC || true)
data=$(docker compose config --format json |
  docker run --rm --interactive market-data/tests:test \
    python -c 'import json, sys; print(json.load(sys.stdin)["volumes"]["pipeline-data"]["driver_opts"]["device"])')
docker run --rm --init --network host --volume "$PWD:$PWD:ro" --volume "$data:$data:ro" \
  --workdir "$PWD" market-data/tests:test \
  python bench/latency.py "$data" "http://localhost:$port" "${SECONDS_TO_MEASURE:-300}" \
  "$broker" "${topic:-raw_api_events}"
docker compose stats --no-stream --format 'table {{.Name}}\t{{.MemUsage}}\t{{.CPUPerc}}'
