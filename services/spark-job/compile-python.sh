#!/bin/bash
# Compiles what lies in Spark's archives of Python sources: of what is imported from an archive Python
# keeps nothing that it has compiled, so that the job and each of its workers would do it at each start.
set -euo pipefail

for archive in /opt/bitnami/spark/python/lib/*.zip; do
  sources=$(mktemp -d)
  python -m zipfile -e "$archive" "$sources"
  python -W ignore -m compileall -qb --invalidation-mode unchecked-hash "$sources"
  python -m zipfile -c "$archive" "$sources"/*
  rm -r "$sources"
done
