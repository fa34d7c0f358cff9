"""What insights is told from outside."""

from chassis.settings import ServiceSettings
from pydantic import Field


class Settings(ServiceSettings):
    catch_up_records: int = Field(
        4_000, description="most records folded at once while catching up"
    )
    evaluate_seconds: float = Field(
        1.0, description="how often tiers are ranked and timers looked at, at most"
    )
    progress_seconds: float = Field(
        1.0, description="how often the ends of the input topics are asked for"
    )
    retired_seconds: float = Field(
        10.0, description="how long a replaced generation stays for reads that began on it"
    )
