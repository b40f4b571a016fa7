#!/usr/bin/env bash
# Builds all images from this checkout and pushes them to a registry as REGISTRY/<image>:VERSION, each
# with two attestations: how it was built (provenance), and what is installed in it (SBOM).
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
  echo "release: $*" >&2
  exit 2
}

[[ ${REGISTRY:-} ]] || fail 'REGISTRY is missing: where to push, such as ghcr.io/owner/market-data'
[[ ${VERSION:-} ]] || fail 'VERSION is missing: the tag of the images, such as 1.0.0'
[[ -z $(git status --porcelain) ]] ||
  fail 'there are changes that are not committed: the provenance names a commit, and would be wrong'

export IMAGE_PREFIX=$REGISTRY IMAGE_TAG=$VERSION
config=$(docker compose --file compose.yaml --file compose.secure.yaml --profile '*' config)
! grep -qE '(PYTHON|SPARK|MAVEN)_IMAGE: localhost/stand-in/' <<< "$config" ||
  fail 'the base images are stand-ins, which hold settings of this machine (bootstrap/README.md):' \
    'name others, such as PYTHON_IMAGE=python:3.13-slim'

scanner=$REGISTRY/sbom-scanner:$VERSION
python=$(sed -nE 's/^ *PYTHON_IMAGE: //p' <<< "$config" | head -n 1)
docker buildx build --push --provenance mode=max --tag "$scanner" --build-arg "PYTHON_IMAGE=$python" \
  scripts/sbom-scanner
docker buildx bake --file - --push --provenance mode=max --sbom "generator=$scanner" <<< "$config"
