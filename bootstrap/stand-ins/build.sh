#!/usr/bin/env bash
# build.sh TARGET NAME [TARGET NAME]...: builds stand-ins under these names, each labelled with a mark
# of the sources it was made from. `build.sh --mark` prints what that mark is now.
set -euo pipefail
cd "$(dirname "$0")"

base=localhost/stand-in/debian:trixie

mark_of() { sha256sum "$@" | sha256sum | cut -c -16; }

mapfile -t sources < <(find . -type f | LC_ALL=C sort)
mark=$(mark_of "${sources[@]}")
if [[ $1 == --mark ]]; then
  echo "$mark"
  exit
fi

# Its own mark: what changes further up need not fetch the whole distribution again.
base_mark=$(mark_of root-fs.sh host-settings.sh)
[[ $(docker image ls --quiet --filter "label=stand-in.sources=$base_mark" "$base") ]] ||
  ./root-fs.sh "$base" "$base_mark"

# All at the same time: the engine makes what they share once, and downloads while it unpacks.
builds=()
while (($#)); do
  docker build --quiet --target "$1" --tag "$2" --label "stand-in.sources=$mark" . &
  builds+=($!)
  shift 2
done
status=0
for build in "${builds[@]}"; do wait "$build" || status=1; done
exit "$status"
