#!/usr/bin/env bash
# Runs a command in the tests' image: with the host's network and process ids, Docker's socket, the checkout
# mounted at its own path, and without news of the host's networks (tests/seccomp.json says why).
set -euo pipefail
cd "$(dirname "$0")/.."

checkout=(--volume "$PWD:$PWD" --workdir "$PWD")
if [[ -f .git ]]; then # a linked worktree: its repository is elsewhere
  git=$(git rev-parse --path-format=absolute --git-common-dir)
  checkout+=(--volume "$git:$git")
fi

scripts/build.sh tests/Dockerfile stack market-data/tests:test
exec docker run --rm --init --pid host --network host --security-opt seccomp=tests/seccomp.json \
  --volume /var/run/docker.sock:/var/run/docker.sock "${checkout[@]}" \
  --env PYTHONPATH="$PWD/tests" --env SEED --env KILLS --env CHAOS_MINUTES \
  --env COMPOSE_FILE --env SOAK_MINUTES --env SOAK_SYMBOLS --env EVENTS_PER_SECOND market-data/tests:test "$@"
