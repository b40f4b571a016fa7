#!/usr/bin/env bash
# setting.sh NAME: prints a setting as Compose reads it: from the environment, else from its last line in .env,
# without quotes and comments (but variables in it, such as $HOME, are not expanded). Prints an empty line if
# it is not set.
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ -v $1 ]]; then
  value=${!1}
else
  line="^(\xEF\xBB\xBF)?[[:space:]]*(export[[:space:]]+)?$1[[:space:]]*[=:][[:space:]]*"
  value=$(LC_ALL=C sed -nE "s/$line//p" .env 2> /dev/null | tail -n 1 || true) # .env need not exist
  value=${value%$'\r'}
  case $value in
    [\"\']*) quote=${value:0:1} value=${value:1} value=${value%%"$quote"*} ;;
    *) read -r value <<< "${value%% #*}" || true ;;
  esac
fi
echo "$value"
