#!/usr/bin/env bash
# Style, shell and configuration; runs in the image `lint` and only reads. Says all that is wrong.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
failed=0

# Files of this checkout, without what runs and caches leave behind.
files() {
  find . \( -name .git -o -name .test-runs -o -name .bench-runs -o -name .venv -o -path './volumes/*' \) -prune \
    -o -type f "$@" -print0
}

ruff check --no-cache . || failed=1
ruff format --no-cache --check . || failed=1
# Debian's packages are not pinned (its archive keeps one version); users are numbers on purpose
# (the volume's owner); pip's cache is a mount.
files -name '*Dockerfile' |
  xargs -0r hadolint --ignore DL3008 --ignore DL3066 --ignore DL3042 || failed=1
# Files sourced from elsewhere cannot be followed; backticks in single quotes are words for people.
{ files | xargs -0 grep -lZzP '\A#!.*\b(ba)?sh\b'; files -name '*.sh'; } | sort -zu |
  xargs -0r shellcheck --exclude SC1091,SC2016 || failed=1
files \( -name '*.yaml' -o -name '*.yml' \) | xargs -0r yamllint --strict --config-data '
  extends: default
  rules:
    braces: {max-spaces-inside: 0}
    comments: {min-spaces-from-content: 1}
    document-start: disable
    line-length: {max: 120}
    truthy: {check-keys: false}' || failed=1
# Compose's own tags, for what takes the place of another value or takes it away, are not YAML's.
plain=$(mktemp -d)
for file in compose*.yaml; do sed '/ !reset /d; s/ !override\b//' "$file" > "$plain/$file"; done
conforms() { check-jsonschema --builtin-schema "vendor.$1" "${@:2}" || failed=1; }
conforms compose-spec "$plain"/compose*.yaml
conforms github-workflows .github/workflows/*.yml
conforms github-issue-forms .github/ISSUE_TEMPLATE/*.yml
conforms renovate renovate.json
zizmor --offline --no-progress --quiet .github/workflows || failed=1
exit "$failed"
