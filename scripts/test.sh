#!/usr/bin/env bash
# All that must hold before a change lands, in containers: lint, each package's unit tests in its own
# image, then the whole running stack. `lint` as an argument stops after the first.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n\033[1m== %s\033[0m (%d:%02d)\n' "$*" $((SECONDS / 60)) $((SECONDS % 60)); }

build() { # Dockerfile, target, tag
  local args=() name image
  for name in PYTHON_IMAGE SPARK_IMAGE MAVEN_IMAGE; do
    # As compose does it: the environment first, then .env, where bootstrap names what it built.
    image=${!name:-$(sed -n "s/^$name=//p" .env 2> /dev/null | tail -n 1)}
    [[ -z $image ]] || args+=(--build-arg "$name=$image")
  done
  docker build --quiet --file "$1" --target "$2" --tag "$3" "${args[@]}" . > /dev/null
}

step lint
build tests/Dockerfile lint market-data/lint:test
docker run --rm --network none --volume "$PWD:$PWD:ro" --workdir "$PWD" market-data/lint:test tests/lint.sh
[[ ${1:-} != lint ]] || exit 0

for package in contracts services/{debug-consumer,producer,dashboard,spark-job}; do
  step "$package"
  image=market-data/${package##*/}:test
  build "$package/Dockerfile" test "$image"
  docker run --rm --init --network none "$image"
done

step 'the whole stack'
build tests/Dockerfile stack market-data/tests:test
exec docker run --rm --init --pid host --network host \
  --volume /var/run/docker.sock:/var/run/docker.sock --volume "$PWD:$PWD" --workdir "$PWD" \
  market-data/tests:test pytest tests bootstrap/tests
