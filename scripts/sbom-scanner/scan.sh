#!/bin/sh
# Writes what is installed below BUILDKIT_SCAN_SOURCE as an in-toto statement that holds an SPDX document.
set -eu

bill=$(SYFT_CHECK_FOR_APP_UPDATE=false \
  syft scan --quiet "dir:$BUILDKIT_SCAN_SOURCE" --override-default-catalogers image --output spdx-json)
cat > "$BUILDKIT_SCAN_DESTINATION/$(basename "$BUILDKIT_SCAN_SOURCE").spdx.json" << END
{
  "_type": "https://in-toto.io/Statement/v0.1",
  "predicateType": "https://spdx.dev/Document",
  "predicate": $bill
}
END
