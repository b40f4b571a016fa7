#!/usr/bin/env bash
# Deletes events, checkpoints, windows, alerts and status together; keeps /data/state (the ledger of calls).
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/check-env.sh # files of another folder than the volume's are not this stack's
uri=$(scripts/setting.sh AGGREGATES_URI)
[[ $uri != s3*://* || $(scripts/setting.sh COMPOSE_FILE) == *compose.s3.yaml* ]] || echo "The windows in $uri stay." >&2
if [[ ${FORCE:-} != 1 ]]; then
  read -rp 'This deletes all events, windows, alerts and checkpoints of this stack. Type "reset" to go on: ' answer
  [[ $answer == reset ]] || { echo 'nothing was deleted'; exit 1; }
fi
docker compose --profile debug --profile sql down --volumes --remove-orphans
docker compose run --rm --no-TTY --no-deps --env "AGGREGATES_URI=$uri" volume-init sh -c '
  case $AGGREGATES_URI in /data/state | /data/state/*) ;; /data/?*) rm -rf "$AGGREGATES_URI" ;; esac
  rm -rf /data/aggregates* /data/alerts /data/checkpoints /data/status /data/scratch'
docker compose --profile debug --profile sql down --volumes
# Those of overlays that are off, too: the brokers that they were of would bring back another cluster.
project=$(docker compose config | sed -nE 's/^name: "?([^"]*)"?$/\1/p')
docker volume ls --quiet --filter "label=com.docker.compose.project=$project" | xargs --no-run-if-empty docker volume rm > /dev/null
echo 'clean: `make up` starts anew'
