#!/usr/bin/env bash
# Every check that a change must pass, in containers: lint, each package's unit tests in its own image,
# then the tests that start whole stacks. With the argument `lint`, only the first. Property tests use the
# same examples each time, so that only the change can make them fail; another SEED gives others.
set -euo pipefail
cd "$(dirname "$0")/.."

export began=$EPOCHSECONDS
step() {
  local since=$((EPOCHSECONDS - began))
  printf '\n\033[1m== %s\033[0m (%d:%02d)\n' "$*" $((since / 60)) $((since % 60))
}

step lint
scripts/build.sh tests/Dockerfile lint market-data/lint:test
docker run --rm --network none --volume "$PWD:$PWD:ro" --workdir "$PWD" market-data/lint:test tests/lint.sh
[[ ${1:-} != lint ]] || exit 0

# Two packages at a time, the longest first; a package's output is printed once it has ended.
tests_of() { # package
  local image=market-data/${1##*/}:test said failed=0
  scripts/build.sh "$1/Dockerfile" test "$image"
  said=$(docker run --rm --init --network none --env "PYTEST_ADDOPTS=--hypothesis-seed=${SEED:-0}" \
    "$image" 2>&1) || failed=1
  step "$1"
  echo "$said"
  return "$failed"
}
export -f step tests_of

step 'unit tests'
printf '%s\n' services/{spark-job,dashboard,producer,gateway} contracts services/{debug-consumer,access,topic-init} |
  xargs -P 2 -I {} bash -euo pipefail -c 'tests_of {}'

step 'the whole stack'
scripts/in-tests.sh pytest tests bootstrap/tests
