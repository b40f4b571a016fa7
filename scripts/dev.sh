#!/usr/bin/env bash
# dev.sh SERVICE: runs a service of the running stack on this checkout's sources, shows its log, and
# restarts it whenever one of their files is saved. Ctrl-C returns it to the sources in the image.
set -euo pipefail
cd "$(dirname "$0")/.."

service=${1:-}
mapfile -t services < <(sed -nE 's/^  ([a-z-]+):$/\1/p' compose.dev.yaml)
[[ " ${services[*]} " == *" $service "* ]] || { echo "dev: S is one of: ${services[*]}" >&2; exit 2; }
[[ $(docker compose ps --quiet --status running "$service") ]] ||
  { echo "dev: $service is not running: \`make up\` first" >&2; exit 1; }

files=$(scripts/setting.sh COMPOSE_FILE)

# Lists names and times of all source files, so that a deleted one counts as a change too.
sources() {
  find contracts/src "services/$service/src" -name __pycache__ -prune -o -type f -printf '%p %T@\n' | sort
}

show_log() { # since when; Compose follows a log only until its container ends
  docker compose logs --follow --no-log-prefix --since "$1" "$service" &
  log=$!
}

give_back() {
  kill "$log" 2> /dev/null || true
  docker compose up --detach --no-deps "$service"
}

run() { # on the checkout's sources, in a new container
  now=$EPOCHSECONDS
  COMPOSE_FILE=${files:-compose.yaml}:compose.dev.yaml docker compose up --detach --no-deps "$service" || return
  container=$(docker compose ps --quiet "$service")
  show_log "$now"
}

before=$(sources)
run
trap give_back EXIT
trap 'exit 130' INT TERM
echo "dev: $service runs on contracts/src and services/$service/src; save a file, or end with Ctrl-C"
for ((looks = 1; ; looks++)); do
  sleep 0.3
  if ((looks % 10 == 0)) && ! docker inspect "$container" > /dev/null 2>&1; then
    echo "dev: $service was replaced, as \`make up\` does: back to the sources"
    kill "$log" 2> /dev/null || true
    run || continue # `make up` has not finished with it yet
  fi
  after=$(sources) || continue # a file was removed meanwhile
  [[ $after != "$before" ]] || continue
  before=$after now=$EPOCHSECONDS
  echo 'dev: changed, starting again'
  docker compose restart "$service"
  kill "$log" 2> /dev/null || true
  show_log "$now"
done
