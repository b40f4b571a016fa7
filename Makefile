# The commands to type; `make` alone lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help bootstrap up down reset logs ps debug sql dev unit fmt test test-long test-scale lint \
  chaos chaos-engine soak bench bench-check bench-producer bench-drain bench-ninety-days bench-dashboard \
  performance performance-page pictures lock outdated sbom release

help: ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 26

bootstrap: ## installs Docker if it is missing, and gets or builds the base images
	@bootstrap/run

up: bootstrap ## builds, starts, waits until every service is healthy, prints the page's address
	@scripts/up.sh

down: ## stops, keeping all data
	@docker compose --profile debug down --remove-orphans

reset: ## deletes events, windows, alerts and checkpoints together (asks first, unless FORCE=1)
	@scripts/reset.sh

logs: ## follows the logs
	@docker compose logs --follow --tail 100

ps: ## the containers' state
	@docker compose ps --all

debug: ## validates what arrives in the topic from now on
	@docker compose run --rm debug-consumer

sql: ## a DuckDB shell on the dataset: tables windows, latest, daily_candles, spikes
	@if [[ $$(scripts/setting.sh IMAGE_PREFIX) =~ ^(market-data)?$$ ]]; then \
	  echo 'building the shell: half a minute the first time, then a second' >&2; \
	  docker compose build --quiet sql; \
	fi # else a release has it
	@tty=(); [[ -t 0 ]] || tty=(--no-TTY); docker compose run --rm "$${tty[@]}" sql

dev: ## runs a service on this checkout's sources, restarting it on each save: S=dashboard
	@scripts/dev.sh $(S)

unit: ## a package's unit tests: P=producer ARGS="-k ledger"; without P those of all packages
	@$(if $(and $(ARGS),$(if $(P),,no)),$(error ARGS goes with a package: make unit P=producer ARGS=…))scripts/unit.sh $(P) $(ARGS)

fmt: bootstrap ## formats the Python, and fixes what the linter can fix
	@scripts/fmt.sh

test: bootstrap ## every check that a change must pass: lint, unit tests, whole stacks
	@scripts/test.sh

test-long: export BOOTSTRAP_OVERLAYS = compose.s3.yaml
test-long: bootstrap ## the long tests: difficult input, kills during a merge, a job that hangs
	@scripts/build.sh services/spark-job/Dockerfile test market-data/spark-job:test
	@docker run --rm --init --network none market-data/spark-job:test \
	  pytest -p no:cacheprovider --hypothesis-profile=long tests/test_crashes.py
	@scripts/in-tests.sh pytest tests -m "(long or judge) and not scale" --session-timeout 7200

test-scale: export BOOTSTRAP_OVERLAYS = compose.s3.yaml
test-scale: bootstrap ## each overlay alone and all of them together, with faults injected
	@scripts/in-tests.sh pytest tests -m scale --session-timeout 14400

lint: bootstrap ## style and configuration only
	@scripts/test.sh lint

chaos: bootstrap ## kills and pauses every service in an order given by SEED, then verifies all windows
	@scripts/in-tests.sh python -m chaos

chaos-engine: bootstrap ## restarts Docker itself under a stack of its own, then verifies all windows
	@scripts/chaos-engine.sh

soak: bootstrap ## runs a stack for SOAK_MINUTES (60) and reports what grows
	@scripts/in-tests.sh python -m soak

bench: ## measures the running stack for ten minutes (see bench/)
	@scripts/bench.sh

bench-producer: bootstrap ## measures the producer beside plain ways to publish (see bench/producer/)
	@bench/producer/run.sh

bench-drain: bootstrap ## drains 2,000,000 events with the job and with other systems (see bench/drain/)
	@bench/drain/run.sh

bench-check: bootstrap ## measures the job's check with symbols outside ASCII (see bench/)
	@bench/check/run.sh

bench-ninety-days: bootstrap ## writes ninety days of files with a simulated clock: what grows (see bench/)
	@bench/ninety-days/run.sh

bench-dashboard: bootstrap ## measures the dashboard with 30 days of windows (see bench/)
	@bench/dashboard/run.sh

performance: export BOOTSTRAP_OVERLAYS = compose.s3.yaml
performance: bootstrap ## all benchmarks, about two hours; B="check cost": only these; QUICK=1: short (see bench/)
	@bench/performance.sh $(B)

performance-page: bootstrap ## writes docs/performance.md and the tables of docs/scaling.md from the kept results
	@scripts/build.sh tests/Dockerfile lint market-data/lint:test
	@for page in page.py:performance capacity_page.py:scaling; do \
	  docker run --rm --network none --volume "$(CURDIR):/checkout:ro" --env PYTHONDONTWRITEBYTECODE=1 \
	    market-data/lint:test python "/checkout/bench/$${page%:*}" > docs/written.md; \
	  mv docs/written.md "docs/$${page#*:}.md"; \
	done

pictures: bootstrap ## takes the pictures of the page again; URL=http://localhost:8501: those with live prices
	@bench/dashboard/run.sh pictures $(URL)

lock: bootstrap ## resolves and pins all requirements again
	@scripts/lock.sh

outdated: bootstrap ## lists newer versions of packages, base images, jars, actions and scripts
	@scripts/outdated.sh

sbom: bootstrap ## writes a bill of materials (CycloneDX) of each image into sbom/
	@scripts/sbom.sh

release: ## pushes images with provenance and SBOM: REGISTRY=ghcr.io/owner/market-data VERSION=1.0.0
	@REGISTRY="$(REGISTRY)" VERSION="$(VERSION)" scripts/release.sh
