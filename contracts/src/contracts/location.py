"""Where the dataset lies, and in which format."""

from typing import Literal, NamedTuple, Self

from pydantic import Field, SecretStr, model_validator

from contracts.settings import HTTP_SERVER, Settings
from contracts.volume import AGGREGATES

type Format = Literal["parquet", "delta"]


class Location(NamedTuple):
    """Where the dataset lies, and in which format.

    `uri` is an absolute path, or ``s3a://bucket/prefix``; what else is here is the object store's.
    """

    uri: str = str(AGGREGATES)
    format: Format = "parquet"
    endpoint: str | None = None
    access_key: str | None = None
    secret_key: str | None = None
    region: str = "us-east-1"

    @property
    def is_remote(self) -> bool:
        """Whether it is an object store."""
        return not self.uri.startswith("/")

    @property
    def key(self) -> str:
        """The bucket and the prefix in it, or the path."""
        return self.uri.partition("://")[2].rstrip("/") if self.is_remote else self.uri

    def __repr__(self) -> str:
        """Leave out what is secret: this may come into a log."""
        return f"Location({self.uri!r}, {self.format!r})"


class LocationSettings(Settings):
    """The settings of whoever writes or reads the dataset."""

    aggregates_uri: str = Field(
        str(AGGREGATES),
        pattern=r"^(/[^/].*|s3a?://[a-z0-9][a-z0-9.-]+(/.*)?)$",
        description="an absolute path or s3a://bucket/prefix",
    )
    aggregates_format: Format = Field("parquet", description="parquet or delta")
    s3_endpoint: str | None = Field(
        None, pattern=rf"^{HTTP_SERVER}$", description="http://host:port or https://host"
    )
    s3_access_key: SecretStr | None = Field(None, description="the key's name, with S3_SECRET_KEY")
    s3_secret_key: SecretStr | None = Field(None, description="the key, with S3_ACCESS_KEY")
    s3_region: str = Field(
        "us-east-1", pattern="^[a-z0-9-]+$", description="a region's name, such as eu-central-1"
    )

    @model_validator(mode="after")
    def _keys_come_together(self) -> Self:
        if (self.s3_access_key is None) != (self.s3_secret_key is None):
            raise ValueError(
                "S3_ACCESS_KEY and S3_SECRET_KEY: got one of them, takes both or neither"
            )
        return self

    @property
    def store_secrets(self) -> list[str]:
        """What of the store's keys must never be seen."""
        return [self.s3_secret_key.get_secret_value()] if self.s3_secret_key else []

    @property
    def location(self) -> Location:
        """Where the dataset lies."""
        access, secret = self.s3_access_key, self.s3_secret_key
        return Location(
            self.aggregates_uri,
            self.aggregates_format,
            self.s3_endpoint,
            access.get_secret_value() if access else None,
            secret.get_secret_value() if secret else None,
            self.s3_region,
        )
