#!/usr/bin/env bash
# Runs a stack for SOAK_MINUTES (30) with each number of symbols in turn, each symbol with a quote a second, and
# prints a line of JSON for each. The first that job or gateway do not keep up with, or whose memory grows, is the last.
set -euo pipefail
cd "$(dirname "$0")/../.."

(($#)) || { echo "usage: $0 SYMBOLS…" >&2; exit 2; }
printed=$(mktemp)
trap 'rm -f "$printed"' EXIT
export SOAK_MINUTES=${SOAK_MINUTES:-30}
for number; do
  code=0
  SOAK_SYMBOLS=$number scripts/in-tests.sh python -m soak | tee "$printed" || code=$?
  grep -q '^{' "$printed" || exit "$code" # it broke off before it could report
  ((code == 0)) || break
done
