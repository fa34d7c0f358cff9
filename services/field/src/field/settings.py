"""What the field service is told from outside."""

from datetime import timedelta

from chassis.settings import ServiceSettings
from pydantic import Field

from field.policy import FieldPolicy


class Settings(ServiceSettings):
    company_name: str = Field("公司", description="name of the organisation tree's root")
    plan_hour: int = Field(18, ge=0, le=23, description="visit plans are due the evening before")
    plan_decision_hour: int = Field(9, ge=0, le=23, description="plans are decided by this hour")
    fence_metres: float = Field(300, gt=0, description="how near to the customer a check-in is")
    fix_fresh_seconds: int = Field(120, gt=0, description="how old a position may be")

    @property
    def policy(self) -> FieldPolicy:
        return FieldPolicy(
            timezone=self.timezone,
            plan_hour=self.plan_hour,
            decision_hour=self.plan_decision_hour,
            fence_metres=self.fence_metres,
            fix_is_fresh_for=timedelta(seconds=self.fix_fresh_seconds),
        )
