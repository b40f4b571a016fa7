#!/usr/bin/env bash
# Restarts Docker itself, and so all containers, under a stack of the tests' own: afterwards no window may
# be lost, duplicated or different.
set -euo pipefail
cd "$(dirname "$0")/.."

(($(id -u) == 0)) || { echo 'only root can restart the engine' >&2; exit 2; }
scripts/in-tests.sh python -m chaos.engine begin
if [[ -d /run/systemd/system ]]; then
  systemctl restart docker
else
  engine=$(< /var/run/docker.pid)
  kill "$engine"
  while kill -0 "$engine" 2> /dev/null; do sleep 0.2; done
fi
bootstrap/run # starts it if there is no systemd
scripts/in-tests.sh python -m chaos.engine end
