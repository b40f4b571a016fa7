#!/usr/bin/env bash
# Runs the benchmarks, all or those that are named, one after the other, and keeps the lines of JSON that each
# prints in bench/results/NAME.jsonl, below a line with the commit, the time and the machine. All take about two
# hours; with QUICK=1 a third of that, and their lines go to .bench-runs/quick/. SYSTEMS names the systems to
# drain with (default: all in bench/drain). Those that take an hour and more each, `versions` and `symbols`, run
# only if they are named, and are kept in bench/results/long. Exits with 1 if a benchmark does.
set -euo pipefail
cd "$(dirname "$0")/.."

names=("$@") results=bench/results failed=0
(($#)) || names=(check producer drain rounds stages catch-up sizes delay follow settings cost overlays gateway
  dashboard ninety-days table log)
seconds=40 settings_s=100 follow_s=300 each=6 events=1000000 drains=3 rounds=5 times=10 batches=10000 versions=43200
long_s=1520 soak_minutes=30
if [[ -n ${QUICK:-} ]]; then
  seconds=15 settings_s=15 follow_s=30 each=2 events=100000 drains=1 rounds=2 times=2 batches=1000 versions=2000
  results=.bench-runs/quick long_s=60 soak_minutes=2
fi
overlays=compose.yaml:compose.brokers.yaml:compose.cluster.yaml:compose.s3.yaml
mkdir -p "$results/long" .bench-runs
commit=$(git describe --always --dirty --abbrev=10 --exclude '*') # before results, which are in git too, are written
printed=$(mktemp)
trap 'rm -f "$printed"' EXIT

in_turn() { # the job and three systems to compare it with, once per round
  local round
  for ((round = 1; round <= rounds; round++)); do
    printf ' job flink jet hand'
  done
}

# All settings are part of the command, so that it alone is enough to repeat a run.
command_of() { # name
  case $1 in
    check) echo bench/check/run.sh ;;
    producer) echo "bench/producer/run.sh $each" ;;
    drain) echo "env EVENTS=$events DRAINS=$drains bench/drain/run.sh ${SYSTEMS:-}" ;;
    rounds) echo "env EVENTS=$events DRAINS=$((drains + 1)) bench/drain/run.sh$(in_turn)" ;;
    stages) echo "env EVENTS=$events bench/drain/run.sh stages" ;;
    catch-up) echo "env EVENTS=$((5 * events)) PARTITIONS=1 bench/drain/run.sh catch-up" ;;
    sizes) echo "env EVENTS=$events DRAINS=$drains bench/sizes/run.sh" ;;
    delay) echo "env EVENTS_PER_SECOND=10,1000 SECONDS_TO_MEASURE=$seconds bench/delay/run.sh HEAD" ;;
    follow) echo "env SECONDS_TO_MEASURE=$follow_s bench/drain/follow.sh" ;;
    settings) # the default first
      echo "env SECONDS_TO_MEASURE=$settings_s bench/delay/run.sh KAFKA_PARTITIONS=1 KAFKA_PARTITIONS=4" \
        "KAFKA_PARTITIONS=16 TRIGGER_INTERVAL=500milliseconds" ;;
    cost) echo "env SECONDS_TO_MEASURE=$seconds bench/cost/run.sh" ;;
    overlays) echo "env COMPOSE_FILE=$overlays RATES=1000 SECONDS_TO_MEASURE=$seconds bench/cost/run.sh" ;;
    gateway) echo "env SECONDS_TO_MEASURE=$((seconds / 2)) bench/gateway/run.sh" ;;
    dashboard) echo "env SECONDS_TO_MEASURE=$((seconds / 2)) TIMES=$times bench/dashboard/run.sh" ;;
    ninety-days) echo "bench/ninety-days/run.sh files $batches" ;;
    table) echo bench/ninety-days/run.sh table ;;
    log) echo "bench/ninety-days/run.sh log $versions" ;;
    versions) # the first is from before windows were written by the batch that closes them
      echo "env EVENTS_PER_SECOND=10,1000 SECONDS_TO_MEASURE=$long_s WINDOWS_ONLY=1 bench/delay/run.sh 9fbbea8 HEAD" ;;
    symbols) echo "env SOAK_MINUTES=$soak_minutes bench/symbols/run.sh 20000 32000" ;;
    *) echo "no benchmark: $1" >&2; return 2 ;;
  esac
}

about() { # name, command, when it began, the load then, its exit code, how long it took
  local model images
  model=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
  images=$(docker compose config |
    grep -oE '[a-z./-]*(spark|python|cp-kafka|cp-zookeeper)[a-z/-]*:[0-9][^ "]*' | sort -u | paste -sd' ')
  printf '{"bench": "%s", "commit": "%s", "command": "%s", "began": "%s", "load": %s, "exit_code": %s, ' \
    "$1" "$commit" "${2% }" "$3" "$4" "$5"
  printf '"took_s": %s, "processors": %s, "model": "%s", "memory_gib": %s, "kernel": "%s", ' \
    "$6" "$(nproc)" "$model" "$(awk '/MemTotal/ {printf "%.0f", $2 / 1048576}' /proc/meminfo)" "$(uname -r)"
  printf '"engine": "%s", "base_images": "%s"}\n' "$(docker version --format '{{.Server.Version}}')" "$images"
}

for name in "${names[@]}"; do
  command=$(command_of "$name") code=0
  began=$(date -u +%FT%TZ) load=$(cut -d' ' -f1 /proc/loadavg)
  folder=$results
  case $name in versions | symbols) folder+=/long ;; esac
  printf '\n== %s: %s\n' "$name" "$command"
  SECONDS=0
  $command | tee "$printed" || code=$?
  { about "$name" "$command" "$began" "$load" "$code" "$SECONDS"; grep '^{' "$printed" || true; } \
    > "$folder/$name.jsonl"
  ((code == 0)) || failed=1
done
exit "$failed"
