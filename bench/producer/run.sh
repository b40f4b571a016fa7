#!/usr/bin/env bash
# Measures the producer and plain ways to publish, with a broker of its own, in containers.
# Arguments: seconds for each (10), then the names of those to measure (default: all).
set -euo pipefail
cd "$(dirname "$0")/../.."

export COMPOSE_PROJECT_NAME=market-data-bench-producer COMPOSE_FILE=compose.yaml:bench/producer/compose.yaml
export IMAGE_TAG=${IMAGE_TAG:-bench} KAFKA_HOST_PORT=${KAFKA_HOST_PORT:-19092}
trap 'docker compose down --volumes --timeout 5 > /dev/null 2>&1' EXIT

docker compose build --quiet producer
docker compose build --quiet bench
docker compose up --detach --wait --quiet-pull kafka
docker compose run --rm --no-TTY bench "$@"
