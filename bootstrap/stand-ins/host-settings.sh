#!/usr/bin/env bash
# host-settings.sh FOLDER: lays out there, as they are to lie in an image, this machine's extra CA
# certificates and where its pip and Maven get packages from. No address is part of this project.
set -euo pipefail

folder=$1
ca=/usr/local/share/ca-certificates
mkdir -p "$folder$ca" "$folder/etc"
find "$ca" -name '*.crt' -exec cp -t "$folder$ca" {} + 2> /dev/null || true

# pip: what is said last wins, and the environment wins over the files, as in pip itself.
pip_files=(/etc/pip.conf ~/.pip/pip.conf "${XDG_CONFIG_HOME:-$HOME/.config}/pip/pip.conf" "${PIP_CONFIG_FILE:-/dev/null}")
pip_said=$(cat "${pip_files[@]}" 2> /dev/null) || true # most of them are not there
pip_setting() { # name
  local variable=PIP_${1^^}
  variable=${variable//-/_}
  if [[ ${!variable:-} ]]; then
    echo "$1 = ${!variable}"
  else
    sed -nE "s/^$1[[:space:]]*[=:][[:space:]]*(.+)/$1 = \1/p" <<< "$pip_said" | tail -n 1
  fi
}
{
  echo '[global]'
  echo 'cert = /etc/ssl/certs/ca-certificates.crt'
  for name in index-url extra-index-url trusted-host; do pip_setting "$name"; done
} > "$folder/etc/pip.conf"

# Maven: the place where its package looks; stands in for the file it would install.
if [[ -f ~/.m2/settings.xml ]]; then install -D -m 644 ~/.m2/settings.xml "$folder/etc/stand-in/maven-settings.xml"; fi
