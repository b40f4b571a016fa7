"""The services use a Kafka of one's own, with the overlay that `docs/security.md` shows."""

from pathlib import Path

import compose_files
import pytest
from compose_files import Service
from snippets import snippet

CLIENTS = {"topic-init", "producer", "debug-consumer", "spark-job", "gateway"}
BROKERS = {"zookeeper", "kafka"}


@pytest.fixture
def found(tmp_path: Path) -> dict[str, Service]:
    overlay = tmp_path / "own-kafka.yaml"
    overlay.write_text(snippet("docs/security.md", "# COMPOSE_FILE=compose.yaml:own-kafka.yaml"))
    return compose_files.merged(str(overlay))


def test_the_stack_s_own_broker_is_left_out(found: dict[str, Service]) -> None:
    before = compose_files.services()
    assert before.keys() - found.keys() == BROKERS
    for name, service in found.items():
        expected = set(before[name].get("depends_on") or {}) - BROKERS
        assert set(service.get("depends_on") or {}) == expected, name


def test_who_speaks_to_kafka_has_the_address_and_the_secrets_and_nobody_else(
    found: dict[str, Service],
) -> None:
    having = {name for name, it in found.items() if "KAFKA_USER" in it.get("environment", {})}
    assert having == CLIENTS
    for name in CLIENTS:
        environment = found[name]["environment"]
        brokers = "broker-1.example:9093,broker-2.example:9093"
        assert environment["KAFKA_BOOTSTRAP_SERVERS"] == brokers
        targets = {it["target"] for it in found[name]["volumes"]}
        assert environment["KAFKA_PASSWORD_FILE"].rpartition("/")[0] in targets
        assert environment["KAFKA_CA_FILE"].rpartition("/")[0] in targets
    assert found["topic-init"]["environment"]["KAFKA_REPLICAS"] == "3"
