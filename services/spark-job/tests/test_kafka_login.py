"""Java's clients read a password by themselves, out of its file."""

import subprocess

import pytest
from py4j.protocol import Py4JJavaError

from contracts.kafka import Kafka, Login

PASSWORD = "correct-horse-battery"


@pytest.fixture
def kafka(tmp_path) -> Kafka:
    (tmp_path / "password").write_text(PASSWORD)
    certificate = [
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-subj", "/CN=authority", "-keyout", str(tmp_path / "key"),
        "-out", str(tmp_path / "ca.pem"),
    ]  # fmt: skip
    subprocess.run(certificate, check=True, capture_output=True)
    login = Login("SCRAM-SHA-512", "spark-job", tmp_path / "password", tmp_path / "ca.pem")
    return Kafka("localhost:1", login)


def settings(session, kafka: Kafka):
    """Give the settings as the source hands them to Kafka's consumer."""
    jvm = session.sparkContext._jvm
    found = jvm.java.util.HashMap()
    bytes_ = "org.apache.kafka.common.serialization.ByteArrayDeserializer"
    for name, value in kafka.for_java().items():
        found.put(name, value)
    found.put("key.deserializer", bytes_)
    found.put("value.deserializer", bytes_)
    return found


def test_the_consumer_knows_the_password_though_its_settings_name_only_the_file(session, kafka):
    given = settings(session, kafka)
    assert PASSWORD not in given.toString()
    config = session.sparkContext._jvm.org.apache.kafka.clients.consumer.ConsumerConfig(given)
    assert f'password="{PASSWORD}";' in config.originals().get("sasl.jaas.config")


def test_the_consumer_takes_user_and_authority(session, kafka):
    consumers = session.sparkContext._jvm.org.apache.kafka.clients.consumer
    consumers.KafkaConsumer(settings(session, kafka)).close()


def test_what_is_no_authority_is_told(session, kafka, tmp_path):
    (tmp_path / "ca.pem").write_text("none")
    consumers = session.sparkContext._jvm.org.apache.kafka.clients.consumer
    with pytest.raises(Py4JJavaError, match="Failed to construct kafka consumer"):
        consumers.KafkaConsumer(settings(session, kafka))
