#!/usr/bin/env bash
# pull.sh IMAGE: pulls it. If it cannot, says why in one line; gives up if the registry does not answer at all
# for BOOTSTRAP_REGISTRY_WAIT seconds (15), or after BOOTSTRAP_PULL_WAIT seconds (four hours).
set -euo pipefail

image=$1 wait_s=${BOOTSTRAP_REGISTRY_WAIT:-15} at_most_s=${BOOTSTRAP_PULL_WAIT:-14400}
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
code=0
wait "$pull" || code=$?
case $code in
  0) exit 0 ;;
  124) echo "not pulled within $at_most_s s (BOOTSTRAP_PULL_WAIT)" ;; # from timeout
  *) tail -n 1 "$log" | sed 's/^Error response from daemon: //' ;;
esac
exit 1
