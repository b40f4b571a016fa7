#!/usr/bin/env bash
# quietly.sh COMMAND...: runs it and shows what it printed only where it failed.
set -euo pipefail

log=$(mktemp)
trap 'rm -f "$log"' EXIT
"$@" > "$log" 2>&1 || {
  status=$?
  tail -n 40 "$log" >&2
  exit "$status"
}
