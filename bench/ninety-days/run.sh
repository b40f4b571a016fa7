#!/usr/bin/env bash
# ninety-days/run.sh [files|query|table|log] [ARGUMENTS], in the job's image:
#   files (default)  ninety days of files with a simulated clock: writer, merging, retention
#   query            the job's query over 4,000 batches (or the number given)
#   table            thirty days of a Delta table (see table.py for its arguments)
#   log              a Delta table whose log has a day of commits (or the number of versions given)
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
