#!/bin/bash
# Makes the archive of the classes that the job loads, from which its JVM starts some seconds sooner.
# It lies over an archive of Java's own classes, which several vendors leave out: that one is made
# first where it is missing. Where this Java makes none, the job goes without.
set -euo pipefail

archive=/opt/bitnami/spark/classes.jsa
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
tried=$(mktemp --dry-run)

archives_classes() { "$java" -XX:ArchiveClassesAtExit="$tried" -version > "$tried.log" 2>&1; }

archives_classes || "$java" -Xshare:dump > "$tried.log" 2>&1 || true
if archives_classes; then
  SPARK_LOCAL_IP=127.0.0.1 SPARK_SUBMIT_OPTS="-XX:ArchiveClassesAtExit=$archive" \
    /opt/bitnami/scripts/spark/entrypoint.sh python -m spark_job.class_archive
else
  echo "no archive of classes, the job starts without one: $(grep -v '^\[' "$tried.log" | tail -n 1)" >&2
fi
rm -f "$tried" "$tried.log"
