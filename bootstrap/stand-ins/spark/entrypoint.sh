#!/bin/bash
# Runs any command as upstream's entrypoint does: with PySpark in reach and the default configuration
# copied where it is missing.
set -euo pipefail

PYTHONPATH=$(printf '%s:' "$SPARK_HOME"/python/lib/*.zip)${PYTHONPATH:-}
export PYTHONPATH
cp -nr "$SPARK_HOME/conf.default/." "$SPARK_HOME/conf"
exec "$@"
