#!/usr/bin/env bash
# pull.sh IMAGE: pulls it. If it cannot, says why in one line; if the registry does not answer at all,
# gives up after BOOTSTRAP_REGISTRY_WAIT seconds (15).
set -euo pipefail

image=$1 wait_s=${BOOTSTRAP_REGISTRY_WAIT:-15} at_most_s=1200
log=$(mktemp)
timeout "$at_most_s" docker pull "$image" > "$log" 2>&1 &
pull=$!
trap 'rm -f "$log"; kill "$pull" 2> /dev/null || true' EXIT

# Docker says "Pulling from" once it has the image's manifest: then the registry has answered.
for ((deadline = SECONDS + wait_s; SECONDS < deadline; )); do
  kill -0 "$pull" 2> /dev/null || break
  ! grep -q 'Pulling from' "$log" || break
  sleep 0.1
done
if kill -0 "$pull" 2> /dev/null && ! grep -q 'Pulling from' "$log"; then
  echo "no answer from the registry within $wait_s s"
  exit 1
fi
wait "$pull" || {
  tail -n 1 "$log" | sed 's/^Error response from daemon: //'
  exit 1
}
