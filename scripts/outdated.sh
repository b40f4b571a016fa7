#!/usr/bin/env bash
# Lists newer versions, source by source: name, the version here, the newest, and where it is pinned. Changes
# nothing. If a source does not answer, the others are still asked. Leaves out Spark's own Python packages and
# the systems that the benchmarks compare with.
set -euo pipefail
cd "$(dirname "$0")/.."

list() { # a title, then a command that prints a line each: name, version here, newest version, place
  local rows newer
  if ! rows=$("${@:2}" 2> /dev/null); then
    echo "$1: not reachable"
    return
  fi
  newer=$(awk '
    $2 != $3 { line = sprintf("%-32s %-24s %-24s", $1, $2, $3); places[line] = places[line] " " $4 }
    END { for (line in places) print line places[line] | "sort" }' <<< "$rows")
  if [[ $newer ]]; then printf '%s:\n%s\n' "$1" "$newer"; else echo "$1: nothing newer"; fi
}

jars() {
  local image folder
  image=$(docker compose config | sed -nE 's/^ *MAVEN_IMAGE: //p' | head -n 1)
  for folder in services/spark-job/java bootstrap/stand-ins/kafka; do
    docker run --rm --volume "$PWD/$folder/pom.xml:/pom/pom.xml:ro" --workdir /pom "$image" \
      mvn -B -Dversions.outputLineWidth=120 versions:display-dependency-updates versions:display-plugin-updates |
      sed -nE "s#^\[INFO\] +([^ ]+) \.+ ([^ ]+) -> ([^ ]+)\$#\1 \2 \3 $folder#p" | sort --version-sort |
      awk '{ newest[$1] = $0 } END { for (name in newest) print newest[name] }' || return
  done
}

if ! command -v skopeo > /dev/null; then # on the host: run it in the image that has the tools
  scripts/build.sh tests/Dockerfile outdated market-data/outdated:test
  docker run --rm --volume "$PWD:$PWD:ro" --workdir "$PWD" market-data/outdated:test scripts/outdated.sh
  list 'jars' jars
  exit
fi

pins() { sed -nE 's/^([a-z0-9._-]+)==([^ ;]+).*/\1 \2/p' "$1" | sort; }

packages() { # newer versions that can be installed together
  local newest locked
  newest=$(mktemp -d)
  cp -r --parents scripts contracts services tests "$newest"
  find "$newest/contracts" "$newest/services" "$newest/tests" "$newest/scripts" \
    \( -name pyproject.toml -o -name '*.in' -o -name lock.sh \) \
    -exec sed -E -i '/pyspark/!s/==[0-9][0-9a-z.]*//' {} +
  sed -i '/^lock bench/,$d' "$newest/scripts/lock.sh"
  "$newest/scripts/lock.sh" || return
  while read -r locked; do
    join <(pins "$locked") <(pins "$newest/$locked") | sed "s#\$# ${locked%/*}#"
  done < <(find contracts scripts services tests -name 'requirements*.txt') | sort --unique
}

images() { # the newest tag that differs from the one here only in its numbers
  local image tag form newest
  while read -r image; do
    tag=${image#*:}
    form=$(sed -E 's/\./\\./g; s/[0-9]+/[0-9]+/g' <<< "$tag")
    newest=$(skopeo --command-timeout 30s list-tags "docker://${image%:*}" | sed -nE 's/^ +"([^"]+)",?$/\1/p' |
      grep -xE "$form" | sort --version-sort | tail -n 1) || return
    echo "${image%:*} $tag $newest bootstrap/images.list"
  done < <(awk '/^[A-Z]/ { print $2 }' bootstrap/images.list)
}

actions() {
  local action version newest
  while IFS='@# ' read -r action _ version; do
    newest=$(timeout 30 git ls-remote --tags --refs "https://github.com/$action" |
      sed -nE 's#.*/(v[0-9]+\.[0-9]+\.[0-9]+)$#\1#p' | sort --version-sort | tail -n 1) || return
    echo "$action $version $newest .github/workflows"
  done < <(sed -nE 's/^.*uses: ([^ ]+ # .*)/\1/p' .github/workflows/*.yml | sort --unique)
}

page_scripts() {
  local file newest
  while read -r file; do
    newest=$(timeout 60 npm view "$(node -p "require('./$file').name")" version) || return
    node -p "const it = require('./$file'); [it.name, it.version, '$newest', '${file%/*}'].join(' ')"
  done < <(find services -path '*/bundles/package.json')
}

list 'Python packages' packages
list 'tags of base images' images
list 'actions of the workflows' actions
list 'scripts of the pages' page_scripts
