#!/usr/bin/env bash
# Builds and starts the stack and waits until every service is healthy; if one fails, says which, and shows
# the last lines of its log.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/check-env.sh

# How each container ended: its id and exit code. For one that runs again, `docker inspect` says 0.
ends=$(mktemp)
docker events --since "$(date +%s)" --filter event=die \
  --format '{{.Actor.ID}} {{.Actor.Attributes.exitCode}}' > "$ends" &
events=$!
trap 'kill "$events" ${compose:-} 2> /dev/null || true; rm -f "$ends"' EXIT

# One line per container: service, id, state, exit code, restarts, health. Those of people, such as an open
# `make debug`, are left out, and those that compose replaces between the two commands; of what is left out
# docker prints an empty line at most.
containers() {
  local ids
  mapfile -t ids < <(docker compose ps --all --quiet)
  ((${#ids[@]} == 0)) || docker inspect "${ids[@]}" 2> /dev/null --format '
    {{- if ne "True" (index .Config.Labels "com.docker.compose.oneoff") -}}
    {{index .Config.Labels "com.docker.compose.service"}} {{.Id}} {{.State.Status -}}
    {{" "}}{{.State.ExitCode}} {{.RestartCount}} {{with index .State "Health"}}{{.Status}}{{else}}none{{end}}
    {{- end}}' |
    sed -E '/^$|^(debug-consumer|sql) /d'
}

last_exit_code() { # id, the exit code by `docker inspect`
  awk -v id="$1" -v code="$2" '$1 == id { code = $2 } END { print code }' "$ends"
}

fail() { # service, what happened
  printf '\n%s %s. Its last lines:\n' "$1" "$2" >&2
  docker compose logs --no-log-prefix --tail 15 "$1" >&2
  exit 1
}

declare -A restarts_before=()
while read -r _ id state _ restarts _; do
  [[ $state == running ]] || restarts=0 # docker counts anew once it is started
  restarts_before[$id]=$restarts
  [[ $state != restarting ]] || docker stop "$id" > /dev/null
done < <(containers)

# Looks at all containers once: fails if one restarted or is unhealthy, and returns 1 while one is not ready.
# A failure under the old settings says nothing about the new ones, so a container that was there before
# counts only once compose has had the chance to replace it.
look() {
  local waiting=0 service id state code restarts health
  while read -r service id state code restarts health; do
    if [[ -n ${restarts_before[$id]:-} ]] && ((started == 0)); then
      waiting=1
      continue
    fi
    ((restarts <= ${restarts_before[$id]:-0})) ||
      fail "$service" "ended with exit code $(last_exit_code "$id" "$code") and was started again"
    case $state/$health in
      running/healthy) ;;
      running/unhealthy) fail "$service" 'is running, but not healthy' ;;
      exited/none) ((code == 0)) || waiting=1 ;; # a one-shot
      *) waiting=1 ;;
    esac
  done < <(containers)
  return "$waiting"
}

page() { # prints its address: that of the login, if there is one
  local address
  if address=$(docker compose port login 8443 2> /dev/null); then
    echo "https://localhost:${address##*:}"
  else
    address=$(docker compose port dashboard 8501)
    echo "http://localhost:${address##*:}"
  fi
}

# Names a one-shot that failed; compose itself has reported anything else that it could not start.
explain() {
  local service state code
  while read -r service _ state code _; do
    [[ $state != exited || $code == 0 ]] || fail "$service" "ended with exit code $code"
  done < <(containers)
  exit 1
}

echo 'building the images: minutes the first time, then seconds'
docker compose --profile debug build --quiet
timeout_s=${UP_TIMEOUT:-$((30 * $(docker compose config --services | wc -l)))} # 30 s for each service
docker compose up --detach --remove-orphans &
compose=$!

for ((deadline = SECONDS + timeout_s; SECONDS < deadline; )); do
  started=1
  kill -0 "$compose" 2> /dev/null && started=0 # compose is still starting services
  if look && ((started)); then
    wait "$compose" || exit 1
    echo "healthy: $(page)"
    exit 0
  fi
  ((started == 0)) || wait "$compose" || explain
  sleep 1
done
docker compose ps --all >&2
echo "not healthy after $timeout_s seconds: see the list above, and \`make logs\`" >&2
exit 1
