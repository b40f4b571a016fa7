#!/usr/bin/env bash
# Makes sure that every base image is here, and names in .env those that are not the upstream ones. For each:
#   named by the user, in the environment or in .env   that one, pulled if it is not here
#   its stand-in is here                               that one, built again if its sources have changed
#   the upstream image is here                         that one
#   neither                                            pulled; if the registry does not have it, built
set -euo pipefail
cd "$(dirname "$0")"

declare -A upstream=() stand_in=()
variables=()
files='/^(\xEF\xBB\xBF)?[[:space:]]*(export[[:space:]]+)?COMPOSE_FILE[[:space:]]*[=:]/p'
overlays=${BOOTSTRAP_OVERLAYS:-}:${COMPOSE_FILE:-$(./env-block.sh show | LC_ALL=C sed -nE "$files" | tail -n 1)}
while read -r variable up stand overlay; do
  [[ $overlays == *"$overlay"* ]] || continue
  variables+=("$variable") upstream[$variable]=$up stand_in[$variable]=$stand
done < <(grep -v '^#' images.list)

# Prints which images the user names, as Compose itself reads them: "VARIABLE: value" for each.
user_settings() {
  local variable spec='{services: {bases: {image: none, environment: {'
  for variable in "${variables[@]}"; do spec+="$variable: '\${$variable:-}', "; done
  ./env-block.sh show > "$work/env" # a file, because Compose reads it twice
  docker compose --project-name bootstrap --file - --env-file "$work/env" config <<< "$spec}}}}"
}

here() { [[ $images == *" $1 "* ]]; }

say() { echo "bootstrap: $*"; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

settings=$(user_settings 2> "$work/said") || {
  say "the settings cannot be read: $(sed "s#$work/env#.env#" "$work/said")" >&2
  exit 1
}
images=" $(docker image ls --format '{{.Repository}}:{{.Tag}}' | tr '\n' ' ') "
mark=$(stand-ins/build.sh --mark)
current=$(docker image ls --filter "label=stand-in.sources=$mark" --format '{{.Repository}}:{{.Tag}}')

block=() to_pull=() to_build=()
for variable in "${variables[@]}"; do
  theirs=$(sed -nE "s/^ +$variable: [\"']?([^\"']*)[\"']?$/\1/p" <<< "$settings")
  if [[ $theirs && $theirs != "${stand_in[$variable]}" ]]; then
    docker image inspect "$theirs" > /dev/null 2>&1 || reason=$(./pull.sh "$theirs") || {
      say "$variable names $theirs, which is not here and cannot be pulled: $reason" >&2
      exit 1
    }
  elif here "${stand_in[$variable]}"; then
    block+=("$variable")
    grep -Fqx "${stand_in[$variable]}" <<< "$current" || to_build+=("$variable")
  elif ! here "${upstream[$variable]}"; then
    to_pull+=("$variable")
  fi
done

if ((${#to_pull[@]})); then
  say "pulling ${#to_pull[@]} base images"
  declare -A pulls=()
  for variable in "${to_pull[@]}"; do
    ./pull.sh "${upstream[$variable]}" > "$work/$variable" &
    pulls[$variable]=$!
  done
  refused=()
  for variable in "${to_pull[@]}"; do wait "${pulls[$variable]}" || refused+=("$variable"); done
  if ((${#refused[@]} == ${#to_pull[@]})); then # one reason stands for all
    say "the registry gives none of them: $(< "$work/${refused[0]}")"
  else
    for variable in "${refused[@]}"; do
      say "${upstream[$variable]} cannot be pulled: $(< "$work/$variable")"
    done
  fi
  block+=("${refused[@]}") to_build+=("${refused[@]}")
fi

if ((${#to_build[@]})); then
  say "building stand-ins from Debian packages for ${to_build[*]} (a minute or two)"
  arguments=()
  for variable in "${to_build[@]}"; do
    [[ $variable != S3_IMAGE ]] || continue # built below, on the Python image
    target=${variable%%_*}
    arguments+=("${target,,}" "${stand_in[$variable]}")
  done
  ((${#arguments[@]} == 0)) || ./quietly.sh stand-ins/build.sh "${arguments[@]}"
  if [[ " ${to_build[*]} " == *' S3_IMAGE '* ]]; then
    [[ " ${block[*]} " != *' PYTHON_IMAGE '* ]] || export PYTHON_IMAGE=${stand_in[PYTHON_IMAGE]}
    ./quietly.sh object-store/build.sh "${stand_in[S3_IMAGE]}" "$mark"
  fi
  say 'built; bootstrap/README.md says how to change to the upstream images'
fi

for variable in "${block[@]}"; do echo "$variable=${stand_in[$variable]}"; done | ./env-block.sh set
