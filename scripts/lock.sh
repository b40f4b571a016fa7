#!/usr/bin/env bash
# Resolves the pinned requirements of every package anew: hashes in, package index out.
set -euo pipefail
cd "$(dirname "$0")/.."

for_python=(--universal --python-version 3.12)
lock() { # the file to write, then what to compile
  uv pip compile "${@:2}" "${for_python[@]}" --generate-hashes --no-header --no-annotate \
    --no-emit-index-url --quiet --upgrade --output-file "$1"
}

if ! command -v uv > /dev/null; then # on the host: do it in the image that has the tools
  scripts/build.sh tests/Dockerfile lint market-data/lint:test
  exec docker run --rm --volume "$PWD:$PWD" --workdir "$PWD" market-data/lint:test scripts/lock.sh
fi
echo 'flit_core==3.12.0' | lock contracts/requirements-build.txt -
lock contracts/requirements-test.txt contracts/pyproject.toml --extra test
for service in access topic-init producer debug-consumer dashboard gateway spark-job; do
  provided=()
  [[ $service != spark-job ]] || provided=(--no-emit-package pyspark --no-emit-package py4j)
  sources=("services/$service/pyproject.toml" contracts/pyproject.toml "${provided[@]}")
  lock "services/$service/requirements.txt" "${sources[@]}"
  lock "services/$service/requirements-test.txt" "${sources[@]}" --extra test
done
lock services/sql/requirements.txt services/sql/requirements.in
lock scripts/sbom-scanner/requirements.txt scripts/sbom-scanner/requirements.in
lock tests/requirements.txt tests/requirements.in
lock tests/requirements-lint.txt tests/requirements-lint.in
lock bench/drain/hand.txt bench/drain/hand.in
for_python=(--python-version 3.11) # PyFlink takes none over it
for system in flink bytewax quix; do
  lock "bench/drain/$system.txt" "bench/drain/$system.in"
done
