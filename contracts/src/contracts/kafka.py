"""How a service reaches Kafka: one set of settings, in the words of each client library.

What is handed around names the file of the password, and never holds what is in it: nothing of it
can get into a plan, a log or a checkpoint.
"""

import ssl
import time
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import AfterValidator, Field, model_validator

from contracts.settings import SERVERS, Settings
from contracts.topics import (
    DEAD_LETTER_SUFFIX,
    MARKET_ALERTS,
    MARKET_WINDOWS,
    RAW_EVENTS,
    RAW_EVENTS_PATTERN,
)

type Mechanism = Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"]

ANSWER_MS = 10_000
"""After so long without an answer a client asks which broker leads the partition now."""
LEADERS_EVERY_MS = 5_000
"""So often a client looks up which broker leads each partition.

It notices a new leader before its own requests to a broker that hangs have timed out.
"""

_NO_TOPICS_OF_EVENTS = {".", "..", MARKET_WINDOWS, MARKET_ALERTS}
_PASSWORD_ALONE = "a file with the password alone: no blanks, quotes, backslashes or line breaks"  # noqa: S105
_MODULES = {
    "PLAIN": "org.apache.kafka.common.security.plain.PlainLoginModule",
    "SCRAM-SHA-256": "org.apache.kafka.common.security.scram.ScramLoginModule",
    "SCRAM-SHA-512": "org.apache.kafka.common.security.scram.ScramLoginModule",
}


class Login(NamedTuple):
    """Who a client is, by SASL over TLS; without `ca_file` the system's authorities count."""

    mechanism: Mechanism
    user: str
    password_file: Path
    ca_file: Path | None = None

    def password(self) -> str:
        """Read the password; raises `OSError`."""
        return self.password_file.read_text()


class Kafka(NamedTuple):
    """Where the brokers are, and who asks them; without a login plain text is spoken."""

    servers: str
    login: Login | None = None

    def for_aiokafka(self) -> dict[str, Any]:
        """Give the settings of aiokafka's clients; raises `OSError`, `ssl.SSLError`."""
        found: dict[str, Any] = {
            "bootstrap_servers": self.servers,
            "request_timeout_ms": ANSWER_MS,
            "metadata_max_age_ms": LEADERS_EVERY_MS,
        }
        if self.login is None:
            return found
        return found | {
            "security_protocol": "SASL_SSL",
            "ssl_context": ssl.create_default_context(cafile=self.login.ca_file),
            "sasl_mechanism": self.login.mechanism,
            "sasl_plain_username": self.login.user,
            "sasl_plain_password": self.login.password(),
        }

    def for_librdkafka(self) -> dict[str, str]:
        """Give the settings of confluent-kafka's clients; raises `OSError`."""
        found = {
            "bootstrap.servers": self.servers,
            "socket.timeout.ms": str(ANSWER_MS),
            "topic.metadata.refresh.interval.ms": str(LEADERS_EVERY_MS),
        }
        if self.login is None:
            return found
        found |= {
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": self.login.mechanism,
            "sasl.username": self.login.user,
            "sasl.password": self.login.password(),
        }
        if self.login.ca_file is not None:
            found["ssl.ca.location"] = str(self.login.ca_file)
        return found

    def for_java(self) -> dict[str, str]:
        """Give the settings of Java's clients, which read the password's file by themselves."""
        found = {
            "bootstrap.servers": self.servers,
            "request.timeout.ms": str(ANSWER_MS),
            "metadata.max.age.ms": str(LEADERS_EVERY_MS),
        }
        if self.login is None:
            return found
        folder, name = self.login.password_file.parent, self.login.password_file.name
        provider = "org.apache.kafka.common.config.provider.DirectoryConfigProvider"
        found |= {
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": self.login.mechanism,
            "config.providers": "folder",
            "config.providers.folder.class": provider,
            "sasl.jaas.config": (
                f'{_MODULES[self.login.mechanism]} required username="{self.login.user}"'
                f' password="${{folder:{folder}:{name}}}";'
            ),
        }
        if self.login.ca_file is not None:
            found |= {
                "ssl.truststore.type": "PEM",
                "ssl.truststore.location": str(self.login.ca_file),
            }
        return found


class KafkaSettings(Settings):
    """The settings of every service that talks to Kafka."""

    kafka_bootstrap_servers: str = Field(
        "localhost:9092",
        pattern=rf"^{SERVERS}$",
        description="host:port of the broker, or several with commas between",
    )
    kafka_security_protocol: Literal["PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="PLAINTEXT or SASL_SSL"
    )
    kafka_sasl_mechanism: Mechanism = Field(
        "SCRAM-SHA-512", description="SCRAM-SHA-512, SCRAM-SHA-256 or PLAIN"
    )
    kafka_user: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9._@+-]{1,128}$",
        description="a user's name: letters, digits and . _ @ + -, at most 128",
    )
    kafka_password_file: Path | None = Field(None, description=_PASSWORD_ALONE)
    kafka_ca_file: Path | None = Field(
        None, description="a file with the certificates (PEM) of the authorities to trust"
    )

    @property
    def kafka(self) -> Kafka:
        """How Kafka is reached."""
        if self.kafka_security_protocol == "PLAINTEXT":
            return Kafka(self.kafka_bootstrap_servers)
        assert self.kafka_user  # noqa: S101 - else they would not have loaded
        assert self.kafka_password_file  # noqa: S101
        login = Login(
            self.kafka_sasl_mechanism, self.kafka_user, self.kafka_password_file, self.kafka_ca_file
        )
        return Kafka(self.kafka_bootstrap_servers, login)

    @model_validator(mode="after")
    def _can_log_in(self) -> Self:
        if self.kafka_security_protocol == "PLAINTEXT":
            return self
        if self.kafka_user is None:
            raise ValueError("KAFKA_USER: got nothing, KAFKA_SECURITY_PROTOCOL=SASL_SSL takes one")
        _check_password(self.kafka_password_file)
        if self.kafka_ca_file is not None:
            _check_authorities(self.kafka_ca_file)
        return self


def _of_events(name: str) -> str:
    if name in _NO_TOPICS_OF_EVENTS or name.endswith(DEAD_LETTER_SUFFIX):
        raise ValueError("takes another name")
    return name


class TopicSettings(KafkaSettings):
    """The settings of every service that has to do with the topic of the events."""

    kafka_topic: Annotated[str, AfterValidator(_of_events)] = Field(
        RAW_EVENTS,
        pattern=RAW_EVENTS_PATTERN,
        description="a topic's name: letters, digits, dots, dashes and underscores, at most 245;"
        f" not {MARKET_WINDOWS}, {MARKET_ALERTS} or one that ends in {DEAD_LETTER_SUFFIX}",
    )


def _check_password(path: Path | None) -> None:
    """Refuse what not every client can read, or could not be told from the rest of a setting."""
    if path is None:
        raise ValueError(f"KAFKA_PASSWORD_FILE: got nothing, takes {_PASSWORD_ALONE}")
    try:
        password = path.read_text()
    except (OSError, UnicodeError) as error:
        raise ValueError(f"KAFKA_PASSWORD_FILE: got {path}, which {_cannot(error)}") from None
    if not password or not password.isprintable() or set(password) & set(" \"'\\"):
        raise ValueError(f"KAFKA_PASSWORD_FILE: got {path}, takes {_PASSWORD_ALONE}")


def _check_authorities(path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(path)
    except (OSError, UnicodeError) as error:  # `ssl.SSLError` among them
        raise ValueError(f"KAFKA_CA_FILE: got {path}, which {_cannot(error)}") from None
    ends = [str(it["notAfter"]) for it in context.get_ca_certs()]
    if all(ssl.cert_time_to_seconds(it) < time.time() for it in ends):
        when = f"expired on {max(ends, key=ssl.cert_time_to_seconds)}" if ends else "is none"
        raise ValueError(f"KAFKA_CA_FILE: got {path}, whose certificate of an authority {when}")


def _cannot(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return "is no certificate (PEM)"
    why = error.strerror if isinstance(error, OSError) else "it is no text"
    return f"cannot be read: {why}"
