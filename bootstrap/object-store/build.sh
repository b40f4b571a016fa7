#!/usr/bin/env bash
# build.sh NAME MARK: builds the stand-in of the object store under this name, labelled with this hash.
set -euo pipefail
cd "$(dirname "$0")"

python=$(../../scripts/setting.sh PYTHON_IMAGE)
docker build --quiet --tag "$1" --label "stand-in.sources=$2" \
  --build-arg "PYTHON_IMAGE=${python:-python:3.13-slim}" .
