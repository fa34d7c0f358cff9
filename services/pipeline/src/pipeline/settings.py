"""What the pipeline service is told from outside."""

from decimal import Decimal

from chassis.settings import ServiceSettings
from pydantic import Field


class Settings(ServiceSettings):
    follow_up_grace_hours: float = Field(
        24.0, ge=0, description="how long after its time a follow-up that is not done is an alert"
    )
    quote_discount_limit: Decimal = Field(
        Decimal("0.70"), ge=0, lt=1, description="a discount above this share is refused"
    )
    quote_valid_days: int = Field(
        30, ge=1, le=3650, description="how long a quote is valid unless it says so itself"
    )
    paper_font: str | None = Field(
        None,
        description="a TrueType file whose font is put into papers (PDF); without it they use the "
        "standard Chinese font of PDF viewers",
    )
