#!/usr/bin/env bash
# Resolves and pins the requirements of every package again, with hashes and without the package index's
# address. Each package must have a wheel for both kinds of processor, so that none has to be built.
set -euo pipefail
cd "$(dirname "$0")/.."

for_python=(--python-version 3.12) for_all=(--universal)
lock() { # the file to write, then what to compile
  uv pip compile "${@:2}" "${for_all[@]}" "${for_python[@]}" --generate-hashes --no-header --no-annotate \
    --no-emit-index-url --quiet --upgrade --output-file "$1"
  [[ $1 != bench/drain/flink.txt ]] || return 0 # PyFlink is published as source
  local processor
  for processor in x86_64 aarch64; do
    uv pip compile "$1" --no-deps --only-binary :all: --python-platform "$processor-manylinux_2_31" \
      "${for_python[@]}" --quiet > /dev/null
  done
}

if ! command -v uv > /dev/null; then # on the host: run it in the image that has the tools
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
lock bench/producer/requirements.txt bench/producer/requirements.in
lock bench/drain/hand.txt bench/drain/hand.in
for_python=(--python-version 3.11) for_all=() # the newest that PyFlink supports
for system in flink bytewax quix; do
  lock "bench/drain/$system.txt" "bench/drain/$system.in"
done
