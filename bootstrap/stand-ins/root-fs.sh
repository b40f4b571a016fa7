#!/usr/bin/env bash
# root-fs.sh NAME MARK: makes the image that all stand-ins are built on: Debian trixie from this machine's
# own mirror, with this machine's extra CA certificates and its settings for pip and Maven, since what
# is installed into the images comes the same way as what is installed here.
set -euo pipefail
cd "$(dirname "$0")"

name=$1 mark=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if ! command -v apt-get > /dev/null || (($(id -u) != 0)); then
  echo 'stand-ins can be built only on Debian or Ubuntu, and the first time as root' >&2
  exit 1
fi
apt-get update
DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
  -o DPkg::Lock::Timeout=300 mmdebstrap debian-archive-keyring

./host-settings.sh "$work/settings"
../apt-sources.sh trixie > "$work/sources.list"
mirrors=(-) # from stdin
[[ -s $work/sources.list ]] || mirrors=() # this is not Debian: mmdebstrap has a default of its own

# As in Debian's own images: no fsync, no documentation, no copies of packages kept. The last two must
# not be set earlier, because mmdebstrap itself needs the packages it fetched.
mkdir -p "$work/image/etc/apt/apt.conf.d" "$work/image/etc/dpkg/dpkg.cfg.d" "$work/image/usr/share/man/man1"
cat > "$work/image/etc/apt/apt.conf.d/90image" << 'conf'
APT::Keep-Downloaded-Packages "false";
Acquire::Languages "none";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
conf
echo force-unsafe-io > "$work/image/etc/dpkg/dpkg.cfg.d/90image"

# shellcheck disable=SC2016  # mmdebstrap sets $1
mmdebstrap --variant=minbase --include=ca-certificates \
  --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
  --dpkgopt=force-unsafe-io \
  --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --customize-hook="sync-in '$work/image' /" \
  --customize-hook="sync-in '$work/settings' /" \
  --customize-hook='chroot "$1" update-ca-certificates' \
  --customize-hook='rm -f "$1"/var/cache/apt/*.bin' \
  trixie "$work/root.tar" "${mirrors[@]}" < "$work/sources.list"
# Not through a pipe: from one that ends early an empty image would be left, with a good mark.
docker import --change 'CMD ["bash"]' --change "LABEL stand-in.sources=$mark" "$work/root.tar" "$name"
