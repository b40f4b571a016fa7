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

# Spark's take longest: they run beside the others, and are told after them.
step 'services/spark-job, in the background'
said=$(mktemp)
build_tests services/spark-job
"${run_tests[@]}" "$image" > "$said" 2>&1 &
longest=$!
trap 'kill "$longest" 2> /dev/null || true; rm -f "$said"' EXIT

for package in contracts services/{access,debug-consumer,producer,dashboard,gateway}; do
  step "$package"
  build_tests "$package"
  "${run_tests[@]}" "$image"
done

step 'services/spark-job, what it said'
wait "$longest" || { cat "$said"; exit 1; }
cat "$said"
rm "$said"

step 'the whole stack'
exec scripts/in-tests.sh pytest tests bootstrap/tests
