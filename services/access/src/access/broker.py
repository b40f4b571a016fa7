"""Tells the broker its users and their rights; what it has been told before may change."""

from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialAlteration,
    UserScramCredentialUpsertion,
)

from access.errors import BrokerError
from access.rights import Right
from contracts.kafka import Kafka

_ITERATIONS = 8192
_ANSWER_S = 30.0


class Broker:
    """A broker that is asked by a user whom it refuses nothing."""

    def __init__(self, kafka: Kafka) -> None:
        self._why: KafkaError | None = None
        config: dict[str, Any] = {**kafka.for_librdkafka(), "log_level": 2}
        self._admin = AdminClient(config | {"error_cb": self._note})
        self._servers = kafka.servers

    def set_passwords(self, passwords: Mapping[str, str]) -> None:
        """Let each user log in with the password; raises `BrokerError`."""
        info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, _ITERATIONS)
        wanted: list[UserScramCredentialAlteration] = [
            UserScramCredentialUpsertion(user, info, password.encode())
            for user, password in passwords.items()
        ]
        self._settle(self._admin.alter_user_scram_credentials(wanted).values())

    def set_rights(self, rights: Iterable[Right]) -> None:
        """Give the users of `rights` these, and no others; raises `BrokerError`."""
        wanted = {_binding(right) for right in rights}
        self._settle(self._admin.create_acls(list(wanted)).values())
        (there,) = self._settle([self._admin.describe_acls(_EVERY)])
        principals = {binding.principal for binding in wanted}
        extra = [it for it in there if it.principal in principals and it not in wanted]
        if extra:
            self._settle(self._admin.delete_acls([_filter(it) for it in extra]).values())

    def _settle(self, answers: Iterable[Future[Any]]) -> list[Any]:
        try:
            return [answer.result(_ANSWER_S) for answer in answers]
        except (KafkaException, TimeoutError) as error:
            self._admin.poll(0)  # brings what went wrong on the way
            why = self._why or (error.args[0] if error.args else None)
            text = why.str() if isinstance(why, KafkaError) else f"silent for {_ANSWER_S:g} s"
            raise BrokerError(f"broker at {self._servers}: {text}") from error

    def _note(self, error: KafkaError) -> None:
        if self._why is None or error.code() != KafkaError._ALL_BROKERS_DOWN:  # noqa: SLF001
            self._why = error


_EVERY = AclBindingFilter(
    ResourceType.ANY,
    None,  # of any name
    ResourcePatternType.ANY,
    None,  # of any user
    None,  # from anywhere
    AclOperation.ANY,
    AclPermissionType.ANY,
)


def _binding(right: Right) -> AclBinding:
    return AclBinding(
        right.resource,
        right.name,
        right.pattern,
        f"User:{right.user}",
        "*",
        right.operation,
        AclPermissionType.ALLOW,
    )


def _filter(binding: AclBinding) -> AclBindingFilter:
    return AclBindingFilter(
        binding.restype,
        binding.name,
        binding.resource_pattern_type,
        binding.principal,
        binding.host,
        binding.operation,
        binding.permission_type,
    )
