#!/usr/bin/env bash
# Fixes what the linter can fix by itself, then formats, in the image that has the linters.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/build.sh tests/Dockerfile lint market-data/lint:test
exec docker run --rm --network none --volume "$PWD:$PWD" --workdir "$PWD" market-data/lint:test \
  sh -c 'ruff check --no-cache --fix-only . && ruff format --no-cache .'
