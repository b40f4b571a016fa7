#!/usr/bin/env bash
# env-block.sh show: prints the environment file without the block that bootstrap keeps in it.
# env-block.sh set: replaces the block by the lines on stdin; without lines, removes it.
# Everything outside the block belongs to the user and stays as it is, byte for byte.
set -euo pipefail
export LC_ALL=C # read bytes, whatever the file's encoding is

file=$(readlink -m "${BOOTSTRAP_ENV_FILE:-$(dirname "$0")/../.env}")
begin='# --- base images: kept by bootstrap/run, see bootstrap/README.md ---'
joined='# (the last line before this block has no line end of its own)'
end='# --- end of base images ---'

before='' after='' # the user's lines on both sides of the block
split() {
  local line eol=$'\n' inside='' seen='' unterminated=''
  while [[ $eol ]]; do
    IFS= read -r line || eol=''
    case ${line%$'\r'} in # an editor may have changed the line endings
      "$begin") inside=1 seen=1 ;;
      "$joined") unterminated=1 ;;
      "$end") inside='' ;;
      [A-Z]*_IMAGE=localhost/stand-in/*) [[ $inside ]] || keep "$line$eol" ;;
      *) keep "$line$eol" ;; # inside the block too: the user wrote it there
    esac
  done < "$file"
  # If lines of the user follow the block, the line end that was added is now needed.
  [[ -z $unterminated || $after ]] || before=${before%$'\n'}
}
keep() {
  if [[ $seen ]]; then after+=$1; else before+=$1; fi
}

block() { # the lines
  local note=''
  [[ $1 ]] || return 0
  if [[ $before && $before != *$'\n' ]]; then note=$'\n'$joined; fi
  printf '%s\n' "${note:+$note$'\n'}$begin" "$1" "$end"
}

# Writes a temporary file and renames it: a reader, or a power failure, finds the old one or the new one.
write() {
  aside=$file.bootstrap
  trap 'rm -f "$aside"' EXIT
  rm -f "$aside"
  (umask 077 && printf '%s' "$1" > "$aside") # .env holds keys
  [[ ! -e $file ]] || chmod --reference "$file" "$aside"
  if [[ -e $file ]]; then of=$file; else of=$(dirname "$file"); fi # a new file is whose the checkout is
  chown --reference "$of" "$aside" 2> /dev/null || true # only root can
  sync "$aside"
  mv -f "$aside" "$file"
}

[[ ! -e $file ]] || split
case ${1:-} in
  show) printf '%s' "$before$after" ;;
  set)
    new=$before$(block "$(cat)" && echo x)
    new=${new%x}$after # the x keeps the last line end
    old=$(cat "$file" 2> /dev/null && echo x) || old=x
    [[ $new == "${old%x}" ]] || write "$new"
    ;;
  *)
    echo 'usage: env-block.sh show | set' >&2
    exit 2
    ;;
esac
