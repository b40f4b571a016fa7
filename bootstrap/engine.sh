#!/usr/bin/env bash
# Makes sure that a container engine answers, with buildx and Compose v2. On Debian and Ubuntu, as root,
# it installs and starts what is missing; anywhere else it says so in one line. If nothing is missing, it
# changes nothing.
set -euo pipefail
cd "$(dirname "$0")"

os_release=${BOOTSTRAP_OS_RELEASE:-/etc/os-release}
log=/var/log/dockerd.log

fail() {
  echo "bootstrap: $1" >&2
  exit 1
}

# Prints what is missing, in words. By one call of docker, as each takes 50 ms at every `make up`.
missing() {
  local found
  found=$(docker info --format '{{.ServerVersion}} {{range .ClientInfo.Plugins}}[{{.Name}}]{{end}}' 2> /dev/null) || true
  [[ $found == [0-9]* ]] || echo -n 'a running container engine, '
  [[ $found == *'[buildx]'* ]] || echo -n 'docker buildx, '
  [[ $found == *'[compose]'* ]] || echo -n 'Docker Compose v2, '
}

answers() { docker version --format '{{.Server.Version}}' > /dev/null 2>&1; }

# Prints docker's own words for why no engine answers; nothing where one does, or where there is no docker.
why() {
  answers || [[ ! -x $(command -v docker) ]] || docker version 2>&1 > /dev/null | tail -n 1 || true
}

supported() {
  [[ -r $os_release ]] || return 1
  # shellcheck source=/dev/null
  . "$os_release"
  case ${ID:-} in
    debian) ((${VERSION_ID:-99} >= 12)) ;; # testing and unstable have no number
    ubuntu) ((${VERSION_ID%%.*} >= 22)) ;;
    *) return 1 ;;
  esac
}

# Prints the packages to install: only what is missing, so that an engine from elsewhere stays as it is.
packages() {
  local compose=docker-compose engine=(docker.io docker-cli containerd)
  if [[ $ID == ubuntu ]]; then compose=docker-compose-v2 engine=(docker.io); fi
  [[ -x $(command -v dockerd) ]] || answers || printf '%s\n' "${engine[@]}" iptables
  docker buildx version > /dev/null 2>&1 || echo docker-buildx
  docker compose version > /dev/null 2>&1 || echo "$compose"
}

install() {
  local wanted
  mapfile -t wanted < <(packages)
  ((${#wanted[@]})) || return 0
  echo "bootstrap: installing ${wanted[*]}"
  ./quietly.sh apt-get update
  if [[ $ID/${VERSION_CODENAME:-} == debian/bookworm ]]; then
    # Its Engine lacks BuildKit's named contexts, and it has no Compose v2: take both from the next release.
    add_trixie
    wanted=("${wanted[@]/%//trixie}")
    wanted=("${wanted[@]/#iptables*/iptables}")
  fi
  DEBIAN_FRONTEND=noninteractive ./quietly.sh apt-get install --yes --no-install-recommends \
    -o DPkg::Lock::Timeout=300 "${wanted[@]}"
}

add_trixie() {
  local sources
  # shellcheck disable=SC2016  # apt fills it in
  [[ -z $(apt-get indextargets --format '$(CODENAME)' 'Created-By: Packages' 'Codename: trixie') ]] || return 0
  sources=$(./apt-sources.sh trixie)
  [[ $sources ]] || fail "apt has no Debian mirror from which to install the container engine"
  printf 'Package: *\nPin: release n=trixie*\nPin-Priority: 100\n' > /etc/apt/preferences.d/trixie
  echo "$sources" > /etc/apt/sources.list.d/trixie.list
  ./quietly.sh apt-get update
}

runs() { # a daemon that died leaves its process id behind, which another process may have by now
  [[ $(readlink "/proc/$(cat /var/run/docker.pid)/exe") == */dockerd ]]
} 2> /dev/null

start() {
  local deadline=$((SECONDS + 60))
  if [[ -d /run/systemd/system ]]; then
    systemctl start docker
  elif ! runs; then
    rm -f /var/run/docker.pid
    setsid dockerd > "$log" 2>&1 < /dev/null & # outlives this shell
  fi
  until answers; do
    ((SECONDS < deadline)) || { tail -n 20 "$log" >&2 || true; fail 'the container engine did not start'; }
    sleep 0.5
  done
}

lacking=$(missing)
[[ $lacking ]] || exit 0
lacking="missing: ${lacking%, }"
said=$(why)
[[ ! $said ]] || lacking+=" (docker says: $said)"
[[ -z ${DOCKER_HOST:-} ]] || fail "$lacking; DOCKER_HOST is $DOCKER_HOST: start the engine there, or unset it"
if ! supported; then
  [[ ! $said ]] || fail "$lacking"
  fail "$lacking; it can be installed here on Debian 12, Ubuntu 22.04 or newer only: see https://docs.docker.com/engine/install/"
fi
(($(id -u) == 0)) || fail "$lacking; run \`sudo bootstrap/run\` once, and be in the group docker"
install
answers || start
lacking=$(missing)
[[ -z $lacking ]] || fail "still missing after the installation: ${lacking%, }"
