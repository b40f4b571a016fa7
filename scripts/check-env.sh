#!/usr/bin/env bash
# check-env.sh: fails if a port is not valid, because Compose does not say which setting it is from, and if
# DATA_DIR is another folder than the volume's; warns of names in .env that are not settings. Compose ignores
# both silently.
set -euo pipefail
cd "$(dirname "$0")/.."

IFS=: read -ra overlays <<< "$(scripts/setting.sh COMPOSE_FILE)" # your own may have further settings
variables() { # lists the variables of the compose files that follow a text
  grep -ohE "$1"'\$\{[A-Za-z0-9_]+' compose*.yaml "${overlays[@]}" | sed 's/.*{//' | sort -u
}

for name in $(variables '127\.0\.0\.1:'); do
  port=$(scripts/setting.sh "$name")
  [[ -z $port || ($port =~ ^[0-9]{1,5}$ && $((10#$port)) -le 65535) ]] ||
    { echo "$name: got '$port', takes a port, a number up to 65535" >&2; exit 2; }
done

# A volume keeps the folder that it was made with.
volume=$(docker compose config 2> /dev/null | sed -n '/^volumes:/,$ { /^  pipeline-data:/,/^  [^ ]/p }' || true)
of_volume() { # prints its name, or the device that it is to have
  sed -nE "s/^ +$1: [\"']?(.*[^\"'])[\"']?\$/\1/p" <<< "$volume"
}
wanted=$(of_volume device)
kept=$(docker volume inspect --format '{{.Options.device}}' "$(of_volume name)" 2> /dev/null || true)
# Docker Desktop may keep it under a path of its own, which tells nothing.
[[ $wanted != /* || $kept != /* || $kept == /run/desktop/* || $kept == /host_mnt/* || $kept == "$wanted" ||
  $kept -ef $wanted ]] || {
  anew="\`make down\`, \`docker volume rm $(of_volume name)\`"
  if [[ -d $kept ]]; then
    echo "DATA_DIR: got '$wanted', but the files are in $kept: set it back, or $anew, move the folder, \`make up\`;" \
      "if these are another checkout's, set COMPOSE_PROJECT_NAME and other ports in .env"
  else
    echo "DATA_DIR: got '$wanted', but the volume was made for $kept, which is not there: $anew, \`make up\`"
  fi >&2
  exit 2
}

[[ -e .env ]] || exit 0
known=$(variables '')
while read -r name; do
  [[ $name == COMPOSE_* || $name == DOCKER_* ]] || grep -qx "$name" <<< "$known" ||
    echo "$name in .env is no setting and does nothing: .env.example has all there are" >&2
done < <(sed -nE 's/^[[:space:]]*(export[[:space:]]+)?([A-Za-z_][A-Za-z0-9_]*)[[:space:]]*[=:].*/\2/p' .env)
