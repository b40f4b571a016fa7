# Gives the compose project that is named by then a folder of its own for its data; at the exit both go.
# To be sourced, by what builds the image of the gateway.
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
