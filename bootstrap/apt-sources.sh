#!/usr/bin/env bash
# apt-sources.sh SUITE: prints apt sources of another Debian release, with the mirrors in this machine's own
# sources; nothing if those are not Debian's. Needs `apt-get update` before.
set -euo pipefail

suite=$1
# shellcheck source=/dev/null
own=$(. "${BOOTSTRAP_OS_RELEASE:-/etc/os-release}" && [[ $ID == debian ]] && echo "${VERSION_CODENAME:-}") || exit 0

# shellcheck disable=SC2016  # apt fills these in
apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' 'Origin: Debian' |
  while read -r uri codename component; do
    case $component/$codename/$uri in
      "main/$own/http"* | "main/$own-updates/http"* | "main/$own-security/http"*)
        echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $suite${codename#"$own"} main"
        ;;
    esac
  done | sort -u
