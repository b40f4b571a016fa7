"""Every command and all code in the documents is run by a test, or excepted with a reason."""

import json
import os
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from first_commands import ENDING, FOLLOWING
from snippets import DOCUMENTS, Snippet, snippets
from stack import CHECKOUT

FIRST_START = "tests/test_first_start.py"
GATEWAY = "tests/test_gateway.py"
LIFECYCLE = "tests/test_lifecycle.py"
OBJECT_STORE = "tests/test_object_store.py"
OVERLAYS = "tests/test_overlays.py"
RECIPES = "tests/test_recipes.py"
SQL = "tests/test_sql.py"

# Which test runs what is shown, each called by its first line.
RUN_BY: dict[str, list[str]] = {
    f"{FIRST_START}::test_a_command_of_the_documents": list(ENDING),
    f"{FIRST_START}::test_a_command_of_the_documents_that_goes_on": FOLLOWING,
    f"{FIRST_START}::test_make_up_says_where_to_look": [
        "make up",
    ],
    f"{FIRST_START}::test_the_files_are_read_as_the_readme_does": [
        "import pandas as pd",
    ],
    "tests/test_docs.py::test_the_examples_of_the_contracts_run": [
        "from contracts.check import check",
        "from contracts.window import read_window",
    ],
    "bootstrap/tests/test_env_block.py::test_users_lines_come_back_byte_for_byte": [
        ": | bootstrap/env-block.sh set",
    ],
    f"{FIRST_START}::test_history_is_carried_over_as_the_document_does": [
        (
            "docker compose run --rm spark-job python -m spark_job.maintenance.carry "
            "/data/aggregates parquet"
        ),
    ],
    f"{LIFECYCLE}::test_down_and_up_goes_on": [
        "make down",
    ],
    f"{LIFECYCLE}::test_reset_asks_first": [
        "make reset",
    ],
    f"{LIFECYCLE}::test_another_broker_sets_the_checkpoint_aside_and_goes_on": [
        "docker compose down -v",
    ],
    f"{LIFECYCLE}::test_restart_of_each_service_one_while_the_other_still_starts": [
        "docker compose restart kafka",
        "docker compose restart producer",
    ],
    "tests/test_faults.py::test_the_example_over_env_is_no_harm": [
        "cp -n .env.example .env",
    ],
    "tests/test_faults.py"
    "::test_what_expired_and_partitions_that_were_added_while_the_job_was_stopped_are_told": [
        "kafka-topics --alter",
    ],
    "tests/test_dev.py::test_a_saved_file_is_run_and_ctrl_c_gives_the_image_s_sources_back": [
        "make dev",
        "make dev S=dashboard",
    ],
    "tests/test_alerts.py::test_a_test_is_sent_by_hand_and_what_is_not_taken_is_told": [
        "docker compose run --rm gateway test-alert",
    ],
    f"{GATEWAY}::test_the_examples_of_the_documents_run": [
        "curl http://localhost:8502/v1/symbols",
        "curl -N 'http://localhost:8502/v1/stream?symbols=IBM&kinds=trade,open'",
        "curl 'http://localhost:8502/v1/windows?symbol=IBM&limit=10&format=csv'",
        "curl -s http://localhost:8502/v1/symbols",
        "curl -sN 'http://localhost:8502/v1/stream?symbols=IBM&kinds=trade,open'",
        "curl -s 'http://localhost:8502/v1/windows?symbol=IBM&limit=10&format=csv'",
        "import urllib.request",
    ],
    f"{GATEWAY}::test_it_runs_on_the_checkout_s_sources_in_a_terminal": [
        "docker compose stop gateway",
        (
            "COMPOSE_FILE=compose.yaml:compose.dev.yaml"
            " docker compose run --rm --no-deps --service-ports gateway"
        ),
        "docker compose start gateway",
    ],
    f"{SQL}::test_the_queries_of_the_documents": [
        "-- duckdb",
        (
            "SELECT symbol, window_end, avg_price, max_price FROM windows WHERE window_date = "
            "today() ORDER BY window_end DESC LIMIT 10;"
        ),
        "make sql",
        "echo 'FROM latest' | make sql",
    ],
    "tests/test_brokers.py::test_every_partition_is_on_three_brokers": [
        "COMPOSE_FILE=compose.yaml:compose.brokers.yaml",
        "echo COMPOSE_FILE=compose.yaml:compose.brokers.yaml >> .env && make up",
    ],
    "tests/test_cluster.py::test_after_it_every_window_is_right": [
        "COMPOSE_FILE=compose.yaml:compose.cluster.yaml",
        "echo COMPOSE_FILE=compose.yaml:compose.cluster.yaml >> .env && make up",
    ],
    "tests/test_cluster.py::test_a_worker_more_is_used": [
        "docker compose up -d --no-recreate --scale spark-worker=3",
    ],
    f"{OVERLAYS}::test_with_three_brokers_and_users_of_kafka_every_window_is_right": [
        (
            "COMPOSE_FILE=compose.yaml:compose.brokers.yaml:compose.secure.yaml"
            ":compose.secure-brokers.yaml"
        ),
    ],
    f"{OVERLAYS}::test_workers_read_a_kafka_that_wants_a_password": [
        (
            "COMPOSE_FILE=compose.yaml:compose.cluster.yaml:compose.secure.yaml"
            ":compose.secure-cluster.yaml"
        ),
    ],
    f"{OVERLAYS}::test_all_together_every_window_is_right_and_in_the_store": [
        (
            "echo COMPOSE_FILE=compose.yaml:compose.brokers.yaml:compose.cluster.yaml"
            ":compose.s3.yaml:compose.secure.yaml:compose.secure-brokers.yaml:compose.secure-cluster.yaml"
            ":compose.secure-s3.yaml >> .env && make up"
        ),
    ],
    f"{OBJECT_STORE}::test_windows_are_in_the_store_and_on_the_page_and_not_on_the_volume": [
        "COMPOSE_FILE=compose.yaml:compose.s3.yaml",
        "echo COMPOSE_FILE=compose.yaml:compose.s3.yaml >> .env && make up",
    ],
    f"{OBJECT_STORE}::test_other_programs_read_the_table_as_the_document_shows": [
        "from deltalake import DeltaTable",
    ],
    "tests/test_secure.py::test_the_gateway_answers_the_command_of_the_document": [
        (
            "curl --cacert volumes/secure/ca.pem"
            ' --user "viewer:$(cat volumes/secure/page-password)" https://localhost:8502/v1/symbols'
        ),
    ],
    "tests/test_secure.py::test_a_new_password_ends_what_was_opened_with_the_old_one": [
        "docker compose restart login",
    ],
    "tests/test_secure.py::test_a_certificate_for_another_name_is_signed_as_the_document_shows": [
        (
            "printf '%s\\n' subjectAltName=DNS:prices.example,DNS:localhost"
            " extendedKeyUsage=serverAuth authorityKeyIdentifier=keyid > server.cnf"
        ),
        (
            "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
            " -subj /CN=prices.example -keyout server.key -out server.csr"
        ),
        (
            "sudo openssl x509 -req -in server.csr -days 397 -extfile server.cnf"
            " -CA volumes/secure/authority.pem -CAkey volumes/secure/authority.pem -out server.crt"
        ),
        "cat server.key server.crt | sudo tee volumes/secure/login/server.pem > /dev/null",
    ],
    "tests/test_own_kafka.py::test_the_stack_s_own_broker_is_left_out": [
        "# COMPOSE_FILE=compose.yaml:own-kafka.yaml",
    ],
    "tests/test_snippets.py::test_compose_takes_what_is_shown": [
        "COMPOSE_FILE=compose.yaml:compose.second-producer.yaml",
        "COMPOSE_FILE=compose.yaml:compose.s3.yaml:compose.secure.yaml:compose.secure-s3.yaml",
        "services:",
        "# COMPOSE_FILE=compose.yaml:compose.secure.yaml:from-outside.yaml",
        "# COMPOSE_FILE=compose.yaml:own-store.yaml",
    ],
    "tests/test_images.py::test_the_bill_of_materials_lists_what_is_installed": [
        "make sbom",
    ],
    "tests/test_release.py"
    "::test_of_each_image_the_registry_has_how_it_was_built_and_what_is_installed": [
        "make release",
        "make release REGISTRY=ghcr.io/owner/market-data VERSION=1.0.0",
        "git rev-parse HEAD",
    ],
    "tests/test_release.py::test_a_released_image_is_run_by_its_prefix_and_tag": [
        "IMAGE_PREFIX=ghcr.io/owner/market-data",
        "docker compose --profile '*' pull",
    ],
    "tests/test_architecture.py::test_all_services_and_no_others_are_drawn": [
        "flowchart LR",
    ],
    f"{RECIPES}::test_a_recipe_fits_the_sources": [
        "git apply",
    ],
    f"{RECIPES}::test_a_new_source": [
        "diff --git a/.env.example b/.env.example",
    ],
    f"{RECIPES}::test_a_new_column": [
        "diff --git a/contracts/src/contracts/dataset.py b/contracts/src/contracts/dataset.py",
    ],
    f"{RECIPES}::test_a_new_chart_and_a_new_page": [
        "diff --git a/services/dashboard/README.md b/services/dashboard/README.md",
    ],
    f"{RECIPES}::test_a_new_kind_of_alert_rule": [
        "diff --git a/contracts/README.md b/contracts/README.md",
    ],
    f"{RECIPES}::test_a_first_change": [
        (
            "diff --git a/services/dashboard/tests/test_page.py "
            "b/services/dashboard/tests/test_page.py"
        ),
        "git restore services/dashboard",
    ],
    "services/producer/tests/test_readme.py::test_the_feed_that_the_readme_shows_runs": [
        '"""A price that counts down: how a feed is made."""',
        '"countdown": lambda context: Countdown("IBM", 60, context.clock),',
    ],
}
RUN = {first: test for test, firsts in RUN_BY.items() for first in firsts}

BY_SECURE = "test_secure.py starts the same overlay, and asks by other means"
BY_UNIT = "test_unit.py runs the same, on another package or other tests of it"
DRAWN = "a drawing"
FROM_OUTSIDE = "fetches what a machine without a registry or an index does not have"
OF_A_SHELL = "a word about a command, not one to type here"
MEASURED = "a part of `make performance`, whose results are kept"
OF_ALL = "takes away what others of this engine may use"
RUNS_THESE = "it runs these tests"
TOO_LONG = "takes ten minutes or more"

# What is shown and not run, with the reason.
NOT_RUN = {
    " feed ─▶ producer ─▶ Kafka topic raw_api_events ─▶ spark-job ─▶ Parquet on the shared volume"
    " ─▶ dashboard": DRAWN,
    "/data/aggregates/window_date=…/*.parquet ─▶ store ─▶ models ─┬▶ charts ─┐": DRAWN,
    "feeds/<one of them> ──quotes──▶ app ──events──▶ publisher ──▶ Kafka": DRAWN,
    "              reading       checking         windowing             writing": DRAWN,
    "0:1204     valid    quote      IBM           184.52 x 300         2026-01-02T15:04:05.000000Z"
    "  synthetic  k3f9-1180": "what the command above it prints",
    "make test": RUNS_THESE,
    "scripts/in-tests.sh pytest tests/test_docs.py": RUNS_THESE,
    "scripts/in-tests.sh pytest tests/test_settings.py tests/test_docs.py": RUNS_THESE,
    "scripts/in-tests.sh pytest tests/test_contract.py -k heartbeat": RUNS_THESE,
    "scripts/in-tests.sh pytest tests/test_windows.py tests/test_docs.py": RUNS_THESE,
    "bootstrap/run": "what begins `make up`, which is run",
    "make lint": "the first step of what runs these tests",
    "make test-long": "it runs the long ones of these tests",
    "make test-scale": "it runs these tests on all overlays",
    "make unit": "nightly.yml runs it",
    "make unit P=spark-job": BY_UNIT,
    "make chaos": "nightly.yml runs it",
    "make chaos-engine": "restarts the engine that these tests run on",
    "make soak": TOO_LONG,
    "make bench-dashboard": MEASURED,
    "make performance": "test_benchmarks.py runs one of its benchmarks, a short one",
    "make bench": TOO_LONG,
    "make bench-check": MEASURED,
    "make bench-drain": MEASURED,
    "make bench-ninety-days": MEASURED,
    "make bench-producer": MEASURED,
    "COMPOSE_FILE=compose.yaml:compose.brokers.yaml make chaos": TOO_LONG,
    "make performance B=symbols": TOO_LONG,
    "make performance B=versions": TOO_LONG,
    "bench/symbols/run.sh 20000 32000": TOO_LONG,
    "PARTITIONS=1 EVENTS=5000000 bench/drain/run.sh catch-up": MEASURED,
    "bench/delay/run.sh COMMIT HEAD": MEASURED,
    "bench/delay/run.sh NAME=VALUE …": MEASURED,
    "bench/drain/follow.sh job jet": MEASURED,
    "bench/drain/run.sh hand flink": MEASURED,
    "bench/drain/run.sh stages": MEASURED,
    "bench/ninety-days/run.sh log": MEASURED,
    "bench/ninety-days/run.sh query": TOO_LONG,
    "bench/ninety-days/run.sh table": MEASURED,
    "bench/producer/run.sh 20 confluent-kafka": MEASURED,
    "make performance-page": "test_figures.py runs what it calls, and compares the pages",
    "make pictures": "writes pictures of the documents, for people to look at",
    "make lock": FROM_OUTSIDE,
    "make outdated": FROM_OUTSIDE,
    "pre-commit install": FROM_OUTSIDE,
    "uv python install 3.13": FROM_OUTSIDE,
    "pip install ../../contracts . && KAFKA_BOOTSTRAP_SERVERS=localhost:9092 python -m producer":
        FROM_OUTSIDE,
    "java -Xshare:dump": "a step of the image's build",
    "python -m producer": "what the container runs",
    "python -m spark_job": "what the container runs",
    "echo ALERT_URLS=ntfys://ntfy.sh/my-topic >> .env && make up": "an address outside",
    "echo ALPHA_VANTAGE_API_KEY=your-key >> .env && make up":
        "test_alpha_vantage.py writes the same line, with a key of its provider",
    "FEED=replay": "test_replay.py has the same settings, with files of its own",
    "echo COMPOSE_FILE=compose.yaml:compose.secure.yaml >> .env && make up": BY_SECURE,
    "COMPOSE_FILE=compose.yaml:compose.secure.yaml": BY_SECURE,
    "docker compose logs secure-init": BY_SECURE,
    'make unit P=dashboard ARGS="tests/test_page.py -k spikes_are_listed"': BY_UNIT,
    "cd services/dashboard && MYPYPATH=../../contracts/src ../../.venv/dashboard/bin/mypy --strict"
    " src": BY_UNIT,
    'make unit P=producer ARGS="tests/test_ledger.py -k restart -x"': BY_UNIT,
    'make unit P=gateway ARGS="-k cooldown -s"': BY_UNIT,
    "SEED=7 make unit P=contracts": BY_UNIT,
    "make unit P=spark-job ARGS=tests/test_windows.py": BY_UNIT,
    "make unit P=access": BY_UNIT,
    "make unit P=contracts": BY_UNIT,
    "make unit P=dashboard": BY_UNIT,
    "make unit P=debug-consumer": BY_UNIT,
    "make unit P=gateway": BY_UNIT,
    "make unit P=producer": BY_UNIT,
    "make unit P=topic-init": BY_UNIT,
    '{"Version": "2012-10-17", "Statement": [': "there is no AWS here",
    "SPARK_MASTER=yarn": "there is no YARN here",
    "SPARK_MASTER=k8s://https://kubernetes.default.svc:443": "there is no Kubernetes here",
    "docker volume rm <project>_pipeline-data": "has a part to fill in",
    "docker compose create": "a step of a move to another host",
    "docker compose stop producer": "test_gateway.py stops another service so",
    "docker compose run --rm debug-consumer --from-beginning --timeout 5 --format json"
    " > volumes/replay/week.jsonl":
        "test_contract.py reads such output, and the producer's test_replay_repeats.py plays it",
    'docker run --rm --volume <project>_kafka-data:/from:ro --volume "$PWD":/to python:3.13-slim'
    " tar -C /from -czf /to/kafka-data.tar.gz .": "has a part to fill in",
    "git pull": FROM_OUTSIDE,
    "docker builder prune --all": OF_ALL,
    "docker image ls --format '{{.Repository}}:{{.Tag}}' | grep ^localhost/stand-in/"
    " | xargs docker image rm": OF_ALL,
    "sqlite3 -readonly volumes/data/alerts/alerts.sqlite":
        "test_alerts.py sees the file; the program is not in the tests' image",
    "Draft202012Validator(schema, format_checker=FormatChecker()).validate(":
        "contracts/tests/schemas.py has the same, in parts",
    "docker compose up": "`docker compose up -d` is run; this one holds the terminal",
    "docker compose restart s3": "restarts of other services are tried in test_lifecycle.py",
    "docker buildx create --driver docker-container --use": FROM_OUTSIDE,
    "docker buildx imagetools inspect": "test_release.py reads the same from its registry",
    "docker login": OF_A_SHELL,
    "docker kill": OF_A_SHELL,
    "docker inspect": OF_A_SHELL,
    "docker update --cpu-shares": "has a part to fill in",
    "git log": OF_A_SHELL,
}  # fmt: skip

SHOWN = [shown for document in DOCUMENTS for shown in snippets(document)]


def test_everything_shown_is_run_or_has_a_reason_not_to_be() -> None:
    assert len(SHOWN) > 150
    names = {it.first_line for it in SHOWN}
    assert names - RUN.keys() - NOT_RUN.keys() == set(), "neither run nor excepted"
    assert (RUN.keys() | NOT_RUN.keys()) - names == set(), "shown nowhere"
    assert RUN.keys() & NOT_RUN.keys() == set()


def test_what_is_part_of_the_kept_results_is_there() -> None:
    kept = [it.read_text() for it in (CHECKOUT / "bench/results").glob("*.jsonl")]
    commands = " ".join(json.loads(it.splitlines()[0])["command"] for it in kept)
    for first in (it for it, reason in NOT_RUN.items() if reason == MEASURED):
        script = re.sub(r"make bench-([a-z-]+)", r"bench/\1/run.sh", first)
        found = re.search(r"bench/[a-z/-]+\.sh(?: (?:catch-up|log|stages|table))?", script)
        assert found, first
        assert found[0] in commands


def test_a_block_is_known_by_its_first_line() -> None:
    texts: dict[str, set[str]] = defaultdict(set)
    for it in SHOWN:
        texts[it.first_line].add(it.text)
    several = {first: len(found) for first, found in texts.items() if len(found) > 1}
    # A chart's recipe and a page's, which the same test runs.
    assert several == {
        "diff --git a/services/dashboard/README.md b/services/dashboard/README.md": 2
    }


def test_every_block_says_in_which_language_it_is() -> None:
    assert [it for it in SHOWN if not it.language] == []


@pytest.mark.parametrize("test", sorted(set(RUN.values())))
def test_what_runs_something_is_there_and_reads_the_document(test: str) -> None:
    path, _, name = test.partition("::")
    module = (CHECKOUT / path).read_text()
    assert re.search(rf"^(?:async )?(?:def|class) {name}\b", module, re.MULTILINE)
    blocks = {it.document for it in SHOWN if it.language != "sh" and RUN.get(it.first_line) == test}
    reads_all = "snippets(document)" in module
    read = module + "".join(its_helpers(path, module))
    assert [it for it in blocks if Path(it).name not in read and not reads_all] == []


def its_helpers(path: str, module: str) -> Iterator[str]:
    """Give the sources of the modules beside a test that it imports, but for those of snippets."""
    for name in re.findall(r"^from (\w+) import", module, re.MULTILINE):
        helper = (CHECKOUT / path).with_name(f"{name}.py")
        if name != "snippets" and helper.exists():
            yield helper.read_text()


@pytest.mark.parametrize(
    "shown",
    [it for it in SHOWN if it.language == "yaml" or re.match(r"COMPOSE_FILE=\S+$", it.text)],
    ids=lambda it: it.first_line,
)
def test_compose_takes_what_is_shown(shown: Snippet, tmp_path: Path) -> None:
    if shown.language == "yaml":
        overlay = tmp_path / "shown.yaml"
        overlay.write_text(shown.text)
        named = re.match(r"# COMPOSE_FILE=(\S+):", shown.text)
        files = f"{named[1] if named else 'compose.yaml'}:{overlay}"
    else:
        files = shown.first_line.removeprefix("COMPOSE_FILE=")
    done = subprocess.run(
        ["docker", "compose", "config", "--quiet"],
        cwd=CHECKOUT,
        env=os.environ | {"COMPOSE_FILE": files},
        capture_output=True,
        check=False,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
