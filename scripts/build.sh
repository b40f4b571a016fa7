#!/usr/bin/env bash
# Builds one target of a Dockerfile on the base images that compose uses: Dockerfile, target, tag.
set -euo pipefail
cd "$(dirname "$0")/.."

arguments=()
for name in PYTHON_IMAGE SPARK_IMAGE MAVEN_IMAGE; do
  # As compose does it: the environment first, then .env, where bootstrap names what it built.
  image=${!name:-$(sed -n "s/^$name=//p" .env 2> /dev/null | tail -n 1 || true)} # there need be none
  [[ -z $image ]] || arguments+=(--build-arg "$name=$image")
done
docker build --quiet --file "$1" --target "$2" --tag "$3" "${arguments[@]}" . > /dev/null
