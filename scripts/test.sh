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

build_tests() { # package: leaves its image in $image
  image=market-data/${1##*/}:test
  scripts/build.sh "$1/Dockerfile" test "$image"
}

run_tests=(docker run --rm --init --network none --env "PYTEST_ADDOPTS=--hypothesis-seed=${SEED:-0}")

# Spark's take longest, and a stack leaves much of the processors idle: they run beside all that follows,
# get what that leaves, and are told when they are done.
step 'services/spark-job, in the background'
build_tests services/spark-job
container=market-data-unit-$$
spark() {
  local said failed=0
  said=$("${run_tests[@]}" --name "$container" --cpu-shares 128 "$image" 2>&1) || failed=1
  step 'services/spark-job, what it said'
  echo "$said"
  return "$failed"
}
spark &
told=$!
trap 'kill "$told" 2> /dev/null || true; docker rm --force "$container" > /dev/null 2>&1 || true' EXIT

for package in contracts services/{access,debug-consumer,producer,dashboard,gateway}; do
  step "$package"
  build_tests "$package"
  "${run_tests[@]}" "$image"
done

step 'the whole stack'
scripts/in-tests.sh pytest tests bootstrap/tests
wait "$told" || { echo 'services/spark-job failed: see above'; exit 1; }
