#!/bin/bash
# Starts a Spark master or worker ($SPARK_MODE), with upstream's variables.
set -euo pipefail

case ${SPARK_MODE:-master} in
  master)
    exec spark-class org.apache.spark.deploy.master.Master --host "$HOSTNAME" \
      --port "${SPARK_MASTER_PORT:-7077}" --webui-port "${SPARK_MASTER_WEBUI_PORT:-8080}"
    ;;
  worker)
    exec spark-class org.apache.spark.deploy.worker.Worker \
      --webui-port "${SPARK_WORKER_WEBUI_PORT:-8081}" "${SPARK_MASTER_URL:-spark://spark-master:7077}"
    ;;
  *)
    echo "Invalid mode $SPARK_MODE. Supported types are 'master/worker'" >&2
    exit 1
    ;;
esac
