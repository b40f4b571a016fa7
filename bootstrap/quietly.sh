#!/usr/bin/env bash
# quietly.sh COMMAND...: runs it and shows its output only if it fails.
set -euo pipefail

log=$(mktemp)
trap 'rm -f "$log"' EXIT
"$@" > "$log" 2>&1 || {
  status=$?
  tail -n 40 "$log" >&2
  exit "$status"
}
