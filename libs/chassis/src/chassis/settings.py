"""What a process is told from outside: `TIANLONG_*`, read in one place."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ROLES = frozenset({"api", "relay", "worker"})
FILE_TYPES = frozenset({"pdf", "png", "jpg", "jpeg", "docx", "xlsx", "pptx", "zip", "csv", "txt"})


class ServiceSettings(BaseSettings):
    """Settings that every service has; a service subclasses this with its name and its own."""

    model_config = SettingsConfigDict(env_prefix="TIANLONG_", secrets_dir=None, extra="ignore")

    mongodb_uri: str = Field("mongodb://127.0.0.1:27017/?replicaSet=rs0", description="MongoDB")
    kafka_bootstrap: str = Field("127.0.0.1:9092", description="Kafka brokers, comma-separated")
    kafka_security_protocol: str = Field("PLAINTEXT", description="PLAINTEXT, SSL, SASL_SSL …")
    kafka_sasl_mechanism: str | None = Field(None, description="PLAIN, SCRAM-SHA-256 …")
    kafka_sasl_username: str | None = Field(None, description="SASL user")
    kafka_sasl_password: str | None = Field(None, description="SASL password")
    kafka_ssl_cafile: Path | None = Field(None, description="certificate authority, PEM")
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8000, description="port to listen on")
    roles: Annotated[frozenset[str], NoDecode] = Field(
        ROLES, description="what this process does: api, relay, worker; all by default"
    )
    instance: str = Field(
        "1", description="name of this worker among its service's, kept over restarts"
    )
    jwks_url: str = Field(
        "http://127.0.0.1:8080/.well-known/jwks.json",
        description="where signing keys are published",
    )
    grants_url: str | None = Field(
        None, description="where grants are published; beside the signing keys by default"
    )
    jwks: dict[str, Any] | None = Field(None, description="signing keys given directly, as JSON")
    grants: dict[str, Any] | None = Field(None, description="grants given directly, as JSON")
    timezone: str = Field("Asia/Shanghai", description="the company's time zone (IANA)")
    currency: str = Field("CNY", description="the company's currency (ISO 4217)")
    locale: str = Field("zh-CN", description="language of answers when the caller names none")
    log_level: str = Field("INFO", description="lowest level that is logged")
    database: str = Field("", description="database name; the service's name by default")
    relay_poll_seconds: float = Field(
        1.0, description="how often the relay looks without being woken"
    )
    watermark_seconds: float = Field(2.0, description="how often a watermark is written")
    watermark_lag_seconds: float = Field(15.0, description="how far a watermark lies behind now")
    wait_for_seconds: float = Field(5.0, description="deadline of Tianlong-Wait-For")

    file_mebibytes: int = Field(25, ge=1, le=1024, description="largest file on a record, in MiB")
    file_types: Annotated[frozenset[str], NoDecode] = Field(
        FILE_TYPES, description="kinds of file taken, comma-separated; all known ones by default"
    )

    @field_validator("file_types", mode="before")
    @classmethod
    def _known_types(cls, value: object) -> object:
        """`pdf,png` from the environment; what nothing is known about is refused."""
        if not isinstance(value, str):
            return value
        named = frozenset(part.strip().lower() for part in value.split(",") if part.strip())
        if named - FILE_TYPES:
            raise ValueError(f"kinds of file are {', '.join(sorted(FILE_TYPES))}")
        return named

    @field_validator("roles", mode="before")
    @classmethod
    def _named_roles(cls, value: object) -> object:
        """`api,relay` from the environment; unknown names are refused."""
        if not isinstance(value, str):
            return value
        named = frozenset(part.strip() for part in value.split(",") if part.strip())
        unknown = named - ROLES
        if unknown or not named:
            raise ValueError(f"roles are {', '.join(sorted(ROLES))}; not {', '.join(unknown)}")
        return named

    @property
    def where_grants_are(self) -> str:
        return self.grants_url or self.jwks_url.rsplit("/", 1)[0] + "/tianlong-grants.json"
