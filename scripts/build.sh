#!/usr/bin/env bash
# build.sh DOCKERFILE TARGET TAG: builds one target of a Dockerfile on the base images that compose uses.
set -euo pipefail
cd "$(dirname "$0")/.."

arguments=()
for name in PYTHON_IMAGE SPARK_IMAGE MAVEN_IMAGE; do
  image=$(scripts/setting.sh "$name") # bootstrap names its stand-ins in .env
  [[ -z $image ]] || arguments+=(--build-arg "$name=$image")
done
docker build --quiet --file "$1" --target "$2" --tag "$3" "${arguments[@]}" . > /dev/null
