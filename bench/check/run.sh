#!/usr/bin/env bash
# Measures the job's check of records in the job's image, with and without symbols outside ASCII.
set -euo pipefail
cd "$(dirname "$0")/../.."

export COMPOSE_PROJECT_NAME=market-data-bench-check IMAGE_TAG=${IMAGE_TAG:-bench}
docker compose build --quiet spark-job
exec docker run --rm --init --network none \
  --volume "$PWD/bench/check:/bench:ro" --env PYTHONDONTWRITEBYTECODE=1 \
  "market-data/spark-job:$IMAGE_TAG" python /bench/measure.py
