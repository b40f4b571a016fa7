#!/usr/bin/env bash
# unit.sh [PACKAGE [ARGUMENT...]]: runs a package's unit tests on the checkout's sources, with pytest's
# arguments; without a package, all packages'. In a virtual environment in .venv, created by the first run
# and again when the requirements change; in the package's image for spark-job, and if this machine has no
# suitable Python.
set -euo pipefail
cd "$(dirname "$0")/.."

folders=(contracts services/*/requirements-test.txt)
folders=("${folders[@]%/requirements-test.txt}")
export PYTEST_ADDOPTS=--hypothesis-seed=${SEED:-0} # as `make test`

# Prints a Python of 3.12 or newer that can create a virtual environment; the images' version comes first.
find_python() {
  local candidate
  for candidate in python3.13 python3.12 python3 "$(uv python find '>=3.12' 2> /dev/null)" \
    "${PYENV_ROOT:-$HOME/.pyenv}"/versions/{3.13,3.12}.*/bin/python; do
    # Tried by running it: pyenv puts names on the path that lead nowhere.
    ! "$candidate" -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 12))' 2> /dev/null ||
      { echo "$candidate"; return; }
  done
}

requirements_of() { cat contracts/requirements-build.txt "$1/requirements-test.txt"; } # the package's folder

is_ready() { # the package's folder
  [[ -x .venv/${1##*/}/bin/python ]] && requirements_of "$1" | cmp --quiet - ".venv/${1##*/}/requirements.txt"
}

make_environment() { # the package's folder, a Python
  local environment=.venv/${1##*/}
  echo "unit: making $environment with $2"
  "$2" -m venv --clear "$environment"
  "$environment/bin/pip" install --quiet --disable-pip-version-check --no-compile \
    --require-hashes --requirement <(requirements_of "$1") || {
    echo "unit: $environment could not be made: pip needs a package index that it can reach, this once" >&2
    exit 1
  }
  "$environment/bin/pip" install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
    --editable contracts --editable "$1"
  requirements_of "$1" > "$environment/requirements.txt" # last: an unfinished environment is created again
}

in_environment() { # the package's folder, pytest's arguments
  local python=$PWD/.venv/${1##*/}/bin/python
  (cd "$1" && "$python" -m pytest "${@:2}")
}

in_image() { # the package's folder, pytest's arguments
  local name=${1##*/} image=market-data/${1##*/}:unit
  bootstrap/run
  scripts/build.sh "$1/Dockerfile" test-build "$image"
  docker run --rm --init --network none --user 1001:0 --env PYTEST_ADDOPTS \
    --env PYTHONDONTWRITEBYTECODE=1 --env HYPOTHESIS_STORAGE_DIRECTORY=/tmp/hypothesis --env HOME=/tmp \
    --env "SOURCES=/build/$name/src:/build/contracts/src" --workdir "/build/$name" \
    --volume "$PWD/contracts:/build/contracts:ro" --volume "$PWD/$1:/build/$name:ro" "$image" \
    sh -c 'PYTHONPATH=$SOURCES:${PYTHONPATH:-} exec python -m pytest -p no:cacheprovider "$@"' - "${@:2}"
}

run() { # the package's folder, pytest's arguments
  local python
  if [[ $1 != services/spark-job ]] && ! is_ready "$1"; then
    python=$(find_python)
    if [[ -z $python ]]; then
      echo 'unit: no Python 3.12 or newer with venv here (`uv python install 3.13` brings one): in the image, then' >&2
    else
      make_environment "$1" "$python"
    fi
  fi
  if is_ready "$1"; then in_environment "$@"; else in_image "$@"; fi
}

if (($# == 0)); then
  for folder in "${folders[@]}"; do
    printf '\n== %s\n' "${folder##*/}"
    run "$folder"
  done
  exit
fi
for folder in "${folders[@]}"; do
  [[ ${folder##*/} != "$1" ]] || { run "$folder" "${@:2}"; exit; }
done
echo "unit: no package $1; there are: ${folders[*]##*/}" >&2
exit 2
