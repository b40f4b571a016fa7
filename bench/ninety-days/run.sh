#!/usr/bin/env bash
# Ninety days of files in the job's own image, on a clock of their own: writer, merging, retention.
# With the argument `query`, the job's own query over 4,000 batches (or so many as a second says); with
# `table`, thirty days of a Delta table (`table.py` says what a second and a third may be); with `log`,
# one whose log has a day of commits (or so many versions as a second says).
set -euo pipefail
cd "$(dirname "$0")/../.."

what=${1:-files}
export COMPOSE_PROJECT_NAME=market-data-bench-ninety-days IMAGE_TAG=${IMAGE_TAG:-bench}
docker compose build --quiet spark-job
image=market-data/spark-job:$IMAGE_TAG
if [[ $what == table ]]; then
  job=$image image=market-data/bench-table:$IMAGE_TAG
  docker build --quiet --tag "$image" --build-arg "JOB_IMAGE=$job" \
    --file bench/ninety-days/table.Dockerfile bench/ninety-days > /dev/null
fi
exec docker run --rm --init --network none --hostname localhost --memory 3g \
  --volume "$PWD/bench/ninety-days:/bench:ro" --env PYTHONDONTWRITEBYTECODE=1 \
  "$image" python "/bench/$what.py" /tmp/run "${@:2}"
