"""What the pipeline service is told from outside."""

from chassis.settings import ServiceSettings
from pydantic import Field


class Settings(ServiceSettings):
    follow_up_grace_hours: float = Field(
        24.0, ge=0, description="how long after its time a follow-up that is not done is an alert"
    )
