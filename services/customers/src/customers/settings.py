"""What the customers service is told from outside."""

from pathlib import Path

from chassis.settings import ServiceSettings
from pydantic import Field, SecretStr


class Settings(ServiceSettings):
    person_master_key: SecretStr | None = Field(
        None, description="wraps the keys of people: 32 bytes in base64; made and kept if missing"
    )
    erasure_journal: Path | None = Field(
        None, description="file outside the database that erasures are appended to"
    )
