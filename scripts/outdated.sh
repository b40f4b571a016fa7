#!/usr/bin/env bash
# Lists the Python packages of which there are newer versions that go together: what is pinned, what
# would be, and where. Changes nothing. What is measured against (bench) and Spark's own stay.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v uv > /dev/null; then # on the host: do it in the image that has the tools
  scripts/build.sh tests/Dockerfile lint market-data/lint:test
  exec docker run --rm --volume "$PWD:$PWD:ro" --workdir "$PWD" market-data/lint:test scripts/outdated.sh
fi
newest=$(mktemp -d)
trap 'rm -rf "$newest"' EXIT
cp -r --parents scripts contracts services tests "$newest"
find "$newest/contracts" "$newest/services" "$newest/tests" "$newest/scripts" \
  \( -name pyproject.toml -o -name '*.in' -o -name lock.sh \) \
  -exec sed -E -i '/pyspark/!s/==[0-9][0-9a-z.]*//' {} +
sed -i '/bench/,$d' "$newest/scripts/lock.sh"
"$newest/scripts/lock.sh"

pins() { sed -nE 's/^([a-z0-9._-]+)==([^ ;]+).*/\1 \2/p' "$1" | sort; }
while read -r locked; do
  join <(pins "$locked") <(pins "$newest/$locked") | sed "s#\$# ${locked%/*}#"
done < <(find contracts scripts services tests -name 'requirements*.txt') | sort --unique | awk '
  $2 != $3 { line = sprintf("%-28s %-14s %-14s", $1, $2, $3); places[line] = places[line] " " $4 }
  END { for (line in places) print line places[line] | "sort" }'
