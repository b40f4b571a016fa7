#!/bin/sh
# Takes the place of stand-ins/build.sh, whose own result the whole stack is tested on: the same
# interface, with images that are made at once.
set -eu

[ "$1" != --mark ] || { cat /mark; exit; }
while [ $# -gt 0 ]; do
  tar -c -C / etc/hostname | docker import --change "LABEL stand-in.sources=$(cat /mark)" - "$2"
  shift 2
done
