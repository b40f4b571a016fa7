#!/usr/bin/env bash
# Drains one topic with the job and with the systems that it is compared with, in containers, one after the
# other. Arguments: the systems to measure, each as often as it is named (default: all, once); `stages` times
# the job's stages, `catch-up` compares the job's default pace with one batch, in ROUNDS (3). EVENTS, SYMBOLS,
# PARTITIONS, EVENTS_PER_SECOND (of event time) and DRAINS (per process) change the workload.
set -euo pipefail
cd "$(dirname "$0")/../.."
. bench/container.sh

events=${EVENTS:-2000000} drains=${DRAINS:-4}
systems=("$@")
(($#)) || systems=(job hand flink kafka-streams jet jet-10s bytewax quix)
export COMPOSE_PROJECT_NAME=market-data-bench-drain KAFKA_HOST_PORT=${KAFKA_HOST_PORT:-29192}
export IMAGE_TAG=${IMAGE_TAG:-bench}
job=market-data/spark-job:$IMAGE_TAG
out=$PWD/.bench-runs/$(date +%Y%m%dT%H%M%S)
mkdir -p "$out" && chmod 777 "$out"

docker compose build --quiet spark-job
for system in "${systems[@]}"; do
  [[ $system == job || $system == stages || $system == catch-up ]] ||
    scripts/build.sh bench/drain/Dockerfile "$system" "market-data/bench-$system:$IMAGE_TAG"
done
trap 'docker compose down --volumes --timeout 5 > /dev/null 2>&1' EXIT
quietly docker compose up --detach --wait kafka

run() { # memory, image, command
  docker run --rm --init --network "${COMPOSE_PROJECT_NAME}_default" --memory "$1" \
    --tmpfs /tmp:exec --volume "$PWD/bench/drain:/bench:ro" --volume "$out:/out" \
    --env PYTHONDONTWRITEBYTECODE=1 --env KAFKA_BOOTSTRAP_SERVERS=kafka:29092 --env PARTITIONS "${@:2}"
}

drain() { # system, topic, number of events in it, drains per process, columns to compare (default: all)
  local image=market-data/bench-$1:$IMAGE_TAG memory=4g run=$((++runs))-$1
  local arguments=("$2" "$3" "$4" "/out/$run") number
  if [[ $1 == job ]]; then # as in compose.yaml
    image=$job memory=3g
    arguments=(python /bench/job.py "${arguments[@]}")
  fi
  run "$memory" "$image" "${arguments[@]}" > "$out/$run.log" 2>&1 || tail -20 "$out/$run.log"
  grep '^{"system"' "$out/$run.log" | tee -a "$out/drains.jsonl" || true
  for ((number = 1; number <= $4; number++)); do
    run 4g --entrypoint python "$job" \
      /bench/check.py "/out/$2.parquet" "/out/$run/$number" "${@:5}" || true
  done
}

fill() { # topic, number of events
  run 4g --entrypoint python "$job" /bench/workload.py "$1" "$2" "${SYMBOLS:-100}" \
    "${EVENTS_PER_SECOND:-1000}" "/out/$1.parquet"
}

runs=0
fill drain "$events"
for system in "${systems[@]}"; do
  case $system in
    stages) # without the job's log
      run 3g "$job" python /bench/stages.py drain "$events" 3 2> "$out/stages.log" | grep '^{"stage"' ;;
    catch-up)
      for ((round = 1; round <= ${ROUNDS:-3}; round++)); do
        for pace in default one-batch; do
          run 3g "$job" python /bench/catch_up.py drain 2 "/out/$round-$pace" "$pace" \
            2> "$out/$round-$pace.log" | grep '^{"pace"'
        done
      done
      ;;
    flink) # without first and last price by event time
      drain flink drain "$events" "$drains" \
        avg_price max_price min_price stddev_price volume event_count vwap
      ;;
    quix) # a tenth of it, once: all of it takes minutes
      fill drain-tenth $((events / 10))
      drain quix drain-tenth $((events / 10)) 1
      ;;
    bytewax) drain bytewax drain "$events" 1 ;; # every drain takes as long as the first
    *) drain "$system" drain "$events" "$drains" ;;
  esac
done
echo "$out"
