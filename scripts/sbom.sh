#!/usr/bin/env bash
# Writes a bill of materials (CycloneDX) of each image that is built here into sbom/.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v syft > /dev/null; then # on the host: run it in the image that has the tools
  exec scripts/in-tests.sh scripts/sbom.sh
fi
export IMAGE_PREFIX=market-data # images built here, not those of a release
compose=(docker compose --file compose.yaml --file compose.secure.yaml --profile '*')
"${compose[@]}" build --quiet
mkdir -p sbom
export SYFT_CHECK_FOR_APP_UPDATE=false SYFT_FILE_METADATA_SELECTION=all
report=$(mktemp)
trap 'rm "$report"' EXIT
for image in $("${compose[@]}" config --images | grep '^market-data/' | sort --unique); do
  name=${image##*/}
  bill=sbom/${name%:*}.cdx.json
  syft scan --quiet "docker:$image" --output "cyclonedx-json=$bill" --output "syft-json=$report"
  python scripts/sbom_hashes.py "$bill" "$report"
done
ls sbom
