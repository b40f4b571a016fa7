#!/usr/bin/env bash
# Ninety days of files in the job's own image, on a clock of their own: writer, merging, retention.
set -euo pipefail
cd "$(dirname "$0")/../.."

export COMPOSE_PROJECT_NAME=market-data-bench-ninety-days IMAGE_TAG=${IMAGE_TAG:-bench}
docker compose build --quiet spark-job
exec docker run --rm --init --network none \
  --volume "$PWD/bench/ninety-days:/bench:ro" --env PYTHONDONTWRITEBYTECODE=1 \
  "market-data/spark-job:$IMAGE_TAG" python /bench/files.py /tmp/aggregates
