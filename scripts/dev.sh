#!/usr/bin/env bash
# dev.sh SERVICE: runs a service of the stack that is up on this checkout's sources, shows its log, and
# starts it again whenever a file of them was saved. Ctrl-C gives the stack the image's sources back.
set -euo pipefail
cd "$(dirname "$0")/.."

service=${1:-}
mapfile -t services < <(sed -nE 's/^  ([a-z-]+):$/\1/p' compose.dev.yaml)
[[ " ${services[*]} " == *" $service "* ]] || { echo "dev: S is one of: ${services[*]}" >&2; exit 2; }
[[ $(docker compose ps --quiet --status running "$service") ]] ||
  { echo "dev: $service is not running: \`make up\` first" >&2; exit 1; }

files=$(scripts/setting.sh COMPOSE_FILE)

# What the sources are: names and times of all files, so that one that was deleted counts too.
sources() {
  find contracts/src "services/$service/src" -name __pycache__ -prune -o -type f -printf '%p %T@\n' | sort
}

show_log() { # since when; Compose follows a container to its end only
  docker compose logs --follow --no-log-prefix --since "$1" "$service" &
  log=$!
}

give_back() {
  kill "$log" 2> /dev/null || true
  docker compose up --detach --no-deps "$service"
}

run() { # on the sources, in a container of its own
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
    run || continue # `make up` was not done with it
  fi
  after=$(sources) || continue # one of them went while it was looked at
  [[ $after != "$before" ]] || continue
  before=$after now=$EPOCHSECONDS
  echo 'dev: changed, starting again'
  docker compose restart "$service"
  kill "$log" 2> /dev/null || true
  show_log "$now"
done
