#!/usr/bin/env bash
# dashboard/run.sh [measure|pictures [URL]|overlays URL], with the dashboard alone and generated data:
#   measure (default)  30 days of 5 symbols, then a day of 100, in a real browser, which opens the page TIMES
#                      (20) times and stays for SECONDS_TO_MEASURE (70)
#   pictures           the pictures of the main states in docs/images; with the URL of this checkout's stack,
#                      after it has run for a quarter of an hour, those of live prices, alerts, other services
#   overlays           the picture of the pipeline of a stack with overlays
set -euo pipefail
cd "$(dirname "$0")/../.."

image=market-data/dashboard:bench
scripts/build.sh services/dashboard/Dockerfile product "$image"
scripts/build.sh tests/Dockerfile stack market-data/tests:test
folder=$(mktemp -d)
port=${BENCH_PORT:-8519}
containers=()

clean() {
  [[ ${#containers[@]} -eq 0 ]] || docker rm --force "${containers[@]}" > /dev/null
  docker run --rm --user 0 --volume "$folder:/made" --entrypoint rm "$image" -rf /made/data
  rm -rf "$folder"
}
trap clean EXIT

start() { # the arguments of data.py; then the page is up
  [[ ${#containers[@]} -eq 0 ]] || docker rm --force "${containers[@]}" > /dev/null
  containers=()
  docker run --rm --user 0 --volume "$folder:/made" --entrypoint sh "$image" -c \
    'rm -rf /made/data && mkdir -m 777 /made/data'
  local made=(--volume "$folder/data:/data" --volume "$PWD/bench/dashboard:/bench:ro" --network none)
  containers+=("$(docker run --detach "${made[@]}" --entrypoint python "$image" /bench/data.py /data "$@" --live 900)")
  until [[ -e $folder/data/status/spark-job.json ]]; do sleep 0.5; done
  containers+=("$(docker run --detach --read-only --tmpfs /tmp --memory 640m --publish "127.0.0.1:$port:8501" \
    --volume "$folder/data:/data:ro" --volume "$PWD/bench/dashboard:/bench:ro" \
    --entrypoint python "$image" /bench/serve.py)")
  until curl --silent --fail --output /dev/null "http://127.0.0.1:$port/_stcore/health"; do sleep 0.2; done
}

browse() { # a script of bench/dashboard and its arguments
  docker run --rm --init --interactive --network host --volume "$PWD:$PWD" --workdir "$PWD" \
    --user "$(id -u):$(id -g)" --env HOME=/tmp market-data/tests:test python "bench/dashboard/$1" "${@:2}"
}

if [[ ${1:-measure} == overlays ]]; then
  browse pictures.py "$2" docs/images 'page-overlays=?page=pipeline'
  exit
fi

if [[ ${1:-measure} == pictures ]]; then
  take() { browse pictures.py "${url:-http://127.0.0.1:$port}" docs/images "$@"; }
  of_service() { # a service, its port in the container, the pictures
    browse pictures.py "http://$(docker compose port "$1" "$2")" docs/images "${@:3}"
  }
  of_command() { # the picture's name, a command
    env --unset MAKELEVEL --unset MAKEFLAGS bash -c "$2" 2> /dev/null | browse terminal.py "docs/images/$1.png" "$2"
  }
  url=${2:-}
  if [[ $url ]]; then
    take 'page-live=?range=15m&symbols=IBM,AAPL' 'page-alerts=?page=alerts' \
      page-market=?range=15m page-market-dark=?range=15m@dark page-phone=?range=15m@phone \
      'page-wall=?wall=1&range=15m@wall' page-pipeline=?page=pipeline
    of_service gateway 8502 gateway=docs@other
    of_service spark-job 4040 spark-job=StreamingQuery/@other
    of_command producer 'docker compose logs --no-log-prefix producer | head -n 6'
    of_command debug-consumer 'docker compose run --rm debug-consumer --max-events 12'
    of_command sql "echo 'SELECT symbol, window_end, avg_price, max_price, vwap FROM latest' | make sql"
    exit
  fi
  start --days 3
  take 'page-candles=?chart=candles&range=6h' \
    'page-compare=?chart=compare&range=6h@dark' 'page-price-range=?chart=heat&range=24h' \
    'page-symbol=?page=symbol&range=6h' \
    'page-indicators=?page=symbol&range=6h&bar=5m&indicators=sma:20,bollinger:20:2,rsi:14'
  start --days 1 --state mixed
  take 'page-mixed=?range=1h&symbols=IBM,AAPL'
  start --days 1 --state stale
  take page-stale=?range=1h
  start --state waiting
  take page-waiting=
  exit
fi

measure() { # pages at once, then the arguments of data.py
  start "${@:2}"
  sleep 20 # the history is read
  printf '{"data": "%s"}\n' "${*:2}"
  browse measure.py "http://127.0.0.1:$port" "$1" "${TIMES:-20}" "${SECONDS_TO_MEASURE:-70}"
}
measure 10 --days 30
measure 10 --days 1 --symbols 100
