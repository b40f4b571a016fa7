#!/usr/bin/env bash
# setting.sh NAME: prints a setting as Compose finds it: from the environment, else the last such line of
# .env, without quotes and comments (but what is to be filled in, as $HOME, stays as it stands there). Prints
# an empty line where there is none.
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ -v $1 ]]; then
  value=${!1}
else
  line="^(\xEF\xBB\xBF)?[[:space:]]*(export[[:space:]]+)?$1[[:space:]]*[=:][[:space:]]*"
  value=$(LC_ALL=C sed -nE "s/$line//p" .env 2> /dev/null | tail -n 1 || true) # there need be no .env
  value=${value%$'\r'}
  case $value in
    [\"\']*) quote=${value:0:1} value=${value:1} value=${value%%"$quote"*} ;;
    *) read -r value <<< "${value%% #*}" || true ;;
  esac
fi
echo "$value"
