#!/bin/sh
# Takes out of an image what its service never needs and an intruder would: the right of programs to
# run as their owner, and pip with the wheels that bring it back.
set -eu
find / -xdev -type f -perm /6000 -exec chmod a-s {} +
find / -xdev -depth \( -path '*-packages/pip' -o -path '*-packages/pip-*' -o -path '*/bin/pip*' \
  -o -path '*/python3*/ensurepip' -o -name 'pip-*.whl' -o -name 'setuptools-*.whl' \) -exec rm -rf {} +
