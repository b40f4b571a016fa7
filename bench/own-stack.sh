# To be sourced after COMPOSE_PROJECT_NAME is set, by scripts that build the gateway's image: gives the project
# a data folder of its own, and removes both at the exit.
# shellcheck shell=bash

export DATA_DIR
DATA_DIR=$(mktemp -d)

clean() {
  docker compose down --volumes --timeout 5 > /dev/null 2>&1
  docker run --rm --user 0 --volume "$DATA_DIR:/made" --entrypoint sh "market-data/gateway:$IMAGE_TAG" \
    -c 'rm -rf /made/*'
  rmdir "$DATA_DIR"
}
trap clean EXIT
