#!/bin/sh
# Opens the shell on the dataset, wherever the settings say that it lies.
set -eu

wrong() {
  echo "$1" >&2
  exit 2
}

uri=${AGGREGATES_URI:-/data/aggregates}
format=${AGGREGATES_FORMAT:-parquet}
case $uri in
  /?*) place=volume ;;
  s3://?* | s3a://?*) place=store uri=s3://${uri#*://} ;;
  *) wrong "AGGREGATES_URI: got '$uri', takes an absolute path or s3a://bucket/prefix" ;;
esac
case $format in
  parquet | delta) ;;
  *) wrong "AGGREGATES_FORMAT: got '$format', takes parquet or delta" ;;
esac
if [ $place = store ] && [ -z "${S3_ACCESS_KEY:+${S3_SECRET_KEY:-}}" ]; then
  wrong "S3_ACCESS_KEY, S3_SECRET_KEY: got nothing, the shell takes both for an object store"
fi
if [ "$place $format" = "volume parquet" ]; then
  # Beside the file without rows, for one pattern: that finds a file where there is no other yet.
  mkdir -p /tmp/dataset
  ln -sfn /sql/none /tmp/dataset/none
  ln -sfn "$uri" /tmp/dataset/data
fi
# A proxy is for feeds; DuckDB would ask it for the store, also with its own setting empty.
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY all_proxy
# An error before the shell is there ends it; and all that it needs is in the image.
DATASET=${uri%/} exec duckdb -cmd '.bail on' -cmd 'SET autoinstall_known_extensions = false' \
  -cmd ".read /sql/$place.sql" -cmd ".read /sql/$format.sql" -cmd ".read /sql/views.sql" \
  -cmd '.bail off' "$@"
