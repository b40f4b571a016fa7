"""Says why a broker and a client do not trust each other, where aiokafka says only that it failed.

It needs aiokafka, which the services that talk to a broker by it have.
"""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka.conn import create_conn
from aiokafka.errors import (
    AuthenticationFailedError,
    KafkaConnectionError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)

from contracts.kafka import Kafka, Login


class RefusedError(KafkaError):  # type: ignore[misc]  # the library has no types
    """The broker's certificate, or the client's user, is refused; the text says which."""

    def __str__(self) -> str:
        return str(self.args[0])


@asynccontextmanager
async def refusal(kafka: Kafka) -> AsyncIterator[None]:
    """Raise `RefusedError` in place of a `KafkaConnectionError` that comes of a refusal."""
    try:
        yield
    except KafkaConnectionError as error:
        why = await _why(kafka, kafka.login) if kafka.login else None
        if why is None:
            raise
        raise RefusedError(why) from error


async def _why(kafka: Kafka, login: Login) -> str | None:
    """Connect once more, to the first broker, for what the library keeps to itself."""
    settings = kafka.for_aiokafka()
    del settings["metadata_max_age_ms"]  # it is for a client, not for a connection
    host, _, port = settings.pop("bootstrap_servers").partition(",")[0].rpartition(":")
    try:
        connection = await create_conn(host, int(port), **settings)
    except ssl.SSLCertVerificationError as error:
        return f"its certificate is refused: {error.verify_message}"
    except ssl.SSLError as error:
        return f"it does not speak TLS as asked: {error.reason}"
    except (AuthenticationFailedError, SaslAuthenticationFailed):
        return f"it refuses user {login.user} or the password"
    except UnsupportedSaslMechanismError:
        return f"it does not take {login.mechanism}"
    except (KafkaError, OSError, TimeoutError):
        return None
    connection.close()
    return None
