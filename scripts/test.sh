#!/usr/bin/env bash
# All that must hold before a change lands, in containers: lint, each package's unit tests in its own
# image, then the whole running stack. `lint` as an argument stops after the first. Property tests
# draw the same examples each time, so that a change fails by its own fault; another SEED draws others.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n\033[1m== %s\033[0m (%d:%02d)\n' "$*" $((SECONDS / 60)) $((SECONDS % 60)); }

step lint
scripts/build.sh tests/Dockerfile lint market-data/lint:test
docker run --rm --network none --volume "$PWD:$PWD:ro" --workdir "$PWD" market-data/lint:test tests/lint.sh
[[ ${1:-} != lint ]] || exit 0

for package in contracts services/{access,debug-consumer,producer,dashboard,gateway,spark-job}; do
  step "$package"
  image=market-data/${package##*/}:test
  scripts/build.sh "$package/Dockerfile" test "$image"
  docker run --rm --init --network none \
    --env "PYTEST_ADDOPTS=--hypothesis-seed=${SEED:-0}" "$image"
done

step 'the whole stack'
exec scripts/in-tests.sh pytest tests bootstrap/tests
