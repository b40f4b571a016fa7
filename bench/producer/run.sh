#!/usr/bin/env bash
# Measures the producer and the plain ways to publish against a broker of its own, in containers;
# arguments: seconds for each (10), then names of those to measure (all).
set -euo pipefail
cd "$(dirname "$0")/../.."

export COMPOSE_PROJECT_NAME=market-data-bench-producer COMPOSE_FILE=compose.yaml:bench/producer/compose.yaml
export IMAGE_TAG=${IMAGE_TAG:-bench} KAFKA_HOST_PORT=${KAFKA_HOST_PORT:-19092}
trap 'docker compose down --volumes --timeout 5 > /dev/null 2>&1' EXIT

docker compose build --quiet producer
docker compose build --quiet bench
docker compose up --detach --wait --quiet-pull kafka
docker compose run --rm --no-TTY bench "$@"
