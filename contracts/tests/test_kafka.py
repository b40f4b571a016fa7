import pickle
import ssl
import subprocess
from pathlib import Path

import pytest

from contracts.kafka import Kafka, KafkaSettings, Login, TopicSettings
from contracts.settings import SettingError, load

PASSWORD = "correct-horse-battery"
EXPIRED = """\
-----BEGIN CERTIFICATE-----
MIIBhDCCASugAwIBAgIUPCZi2pSsqhW1eLyv1Brb7eXE+t4wCgYIKoZIzj0EAwIw
HzEdMBsGA1UEAwwUTWFya2V0IGRhdGEgcGlwZWxpbmUwHhcNMTAxMjMxMjMwMDAw
WhcNMjAxMjI5MDAwMDAwWjAfMR0wGwYDVQQDDBRNYXJrZXQgZGF0YSBwaXBlbGlu
ZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABCPk3Jg4IAJ67ezJXy+f5grZqkGh
Yi3TT1erX0Oj9swe6RmURyMfMfn9yQ8qaOwwd26zkUXaJz8CC4We5rl3fVmjRTBD
MBIGA1UdEwEB/wQIMAYBAf8CAQAwDgYDVR0PAQH/BAQDAgEGMB0GA1UdDgQWBBRm
cDbvfEKFwLW5/Rfn/tdl/OkQ8TAKBggqhkjOPQQDAgNHADBEAh9sWpdZzgfGrVIc
0rcOQYq0sVZMPK5utwr/6dxdgS92AiEA21/sTi/hj1MR3izmu00ud10z+U5yncZI
UjmiDabnfec=
-----END CERTIFICATE-----
"""


def certificate(folder: Path) -> Path:
    """Make a certificate of an authority."""
    path = folder / "ca.pem"
    command = [
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-subj", "/CN=authority", "-keyout", str(folder / "key.pem"), "-out", str(path),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    return path


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "password").write_text(PASSWORD)
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "kafka:29092")
    monkeypatch.setenv("KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
    monkeypatch.setenv("KAFKA_USER", "producer")
    monkeypatch.setenv("KAFKA_PASSWORD_FILE", str(tmp_path / "password"))
    return tmp_path


def complaint(settings: type[KafkaSettings] = KafkaSettings) -> str:
    with pytest.raises(SettingError) as caught:
        load(settings)
    return str(caught.value)


@pytest.mark.parametrize(
    "name", [".", "..", "market_windows", "market_alerts", "a b", "a" * 246, "a.dlq"]
)
def test_a_topic_that_cannot_hold_the_events_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("KAFKA_TOPIC", name)
    expected = f"KAFKA_TOPIC: got {name!r}, takes a topic's name: letters"
    assert complaint(TopicSettings).startswith(expected)


@pytest.mark.parametrize("servers", ["a", "a:", "a:0", "a:65536", "a:9092,b:99999", "a:9092,"])
def test_an_address_whose_port_cannot_be_is_refused(
    monkeypatch: pytest.MonkeyPatch, servers: str
) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", servers)
    assert complaint().startswith(f"KAFKA_BOOTSTRAP_SERVERS: got {servers!r}, takes host:port")


@pytest.mark.parametrize("servers", ["a:1", "a:65535,b:59999,c:29092", "a:60000,b:65499,c:65529"])
def test_an_address_has_any_port_that_there_is(
    monkeypatch: pytest.MonkeyPatch, servers: str
) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", servers)
    assert load(KafkaSettings).kafka.servers == servers


def test_plain_text_is_spoken_unless_it_is_set_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KAFKA_SECURITY_PROTOCOL")
    kafka = load(KafkaSettings).kafka
    assert kafka == Kafka("kafka:29092")
    assert kafka.for_aiokafka() == {
        "bootstrap_servers": "kafka:29092",
        "request_timeout_ms": 10_000,
        "metadata_max_age_ms": 5_000,
    }
    assert kafka.for_librdkafka() == {
        "bootstrap.servers": "kafka:29092",
        "socket.timeout.ms": "10000",
        "topic.metadata.refresh.interval.ms": "5000",
    }
    assert kafka.for_java() == {
        "bootstrap.servers": "kafka:29092",
        "request.timeout.ms": "10000",
        "metadata.max.age.ms": "5000",
    }


def test_aiokafka_logs_in_over_tls_and_checks_the_brokers_name() -> None:
    settings = load(KafkaSettings).kafka.for_aiokafka()
    context = settings.pop("ssl_context")
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert settings == {
        "bootstrap_servers": "kafka:29092",
        "request_timeout_ms": 10_000,
        "metadata_max_age_ms": 5_000,
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "producer",
        "sasl_plain_password": PASSWORD,
    }


def test_librdkafka_logs_in_over_tls(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = certificate(folder)
    monkeypatch.setenv("KAFKA_CA_FILE", str(authority))
    assert load(KafkaSettings).kafka.for_librdkafka() == {
        "bootstrap.servers": "kafka:29092",
        "socket.timeout.ms": "10000",
        "topic.metadata.refresh.interval.ms": "5000",
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "producer",
        "sasl.password": PASSWORD,
        "ssl.ca.location": str(authority),
    }


def test_java_gets_the_passwords_place_and_not_the_password() -> None:
    login = Login("PLAIN", "producer", Path("/run/secrets/password"), Path("/run/secrets/ca.pem"))
    assert Kafka("kafka:29092", login).for_java() == {
        "bootstrap.servers": "kafka:29092",
        "request.timeout.ms": "10000",
        "metadata.max.age.ms": "5000",
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "PLAIN",
        "config.providers": "folder",
        "config.providers.folder.class": (
            "org.apache.kafka.common.config.provider.DirectoryConfigProvider"
        ),
        "sasl.jaas.config": (
            "org.apache.kafka.common.security.plain.PlainLoginModule required"
            ' username="producer" password="${folder:/run/secrets:password}";'
        ),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": "/run/secrets/ca.pem",
    }


def test_what_is_handed_around_holds_no_password() -> None:
    kafka = load(KafkaSettings).kafka
    assert PASSWORD not in repr(kafka)
    assert PASSWORD.encode() not in pickle.dumps(kafka)


def test_a_user_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KAFKA_USER")
    assert complaint() == "KAFKA_USER: got nothing, KAFKA_SECURITY_PROTOCOL=SASL_SSL takes one"


def test_a_password_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KAFKA_PASSWORD_FILE")
    assert complaint().startswith(
        "KAFKA_PASSWORD_FILE: got nothing, takes a file with the password"
    )


def test_a_passwords_file_that_is_not_there_is_told(folder: Path) -> None:
    (folder / "password").unlink()
    assert complaint() == (
        f"KAFKA_PASSWORD_FILE: got {folder}/password, which cannot be read:"
        " No such file or directory"
    )


@pytest.mark.parametrize("text", ["", "secret\n", "se cret", 'se"cret', "se\\cret", "se\tcret"])
def test_a_password_that_not_every_client_could_read_is_refused_and_not_shown(
    folder: Path, text: str
) -> None:
    (folder / "password").write_text(text)
    said = complaint()
    assert said.startswith(f"KAFKA_PASSWORD_FILE: got {folder}/password, takes a file with")
    assert not text or text not in said


def test_an_authority_that_has_expired_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "ca.pem").write_text(EXPIRED)
    monkeypatch.setenv("KAFKA_CA_FILE", str(folder / "ca.pem"))
    assert complaint() == (
        f"KAFKA_CA_FILE: got {folder}/ca.pem, whose certificate of an authority expired on"
        " Dec 29 00:00:00 2020 GMT"
    )


def test_what_is_no_certificate_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_CA_FILE", str(folder / "password"))
    assert complaint() == f"KAFKA_CA_FILE: got {folder}/password, which is no certificate (PEM)"


def test_a_certificate_that_is_not_there_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAFKA_CA_FILE", str(folder / "nowhere.pem"))
    assert complaint() == (
        f"KAFKA_CA_FILE: got {folder}/nowhere.pem, which cannot be read: No such file or directory"
    )
