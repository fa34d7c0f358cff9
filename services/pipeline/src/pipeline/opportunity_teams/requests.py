"""What is said about a deal's team over HTTP."""

from decimal import Decimal
from typing import Annotated

from chassis.http import RequestModel
from pydantic import Field

from pipeline.requests import Day, Identifier, Reason

Note = Annotated[str, Field(min_length=1, max_length=1000)]
Stage = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class MemberIn(RequestModel):
    """Without `staff_id`, whoever has the role may take the seat; without `stages`, from now on."""

    role: Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]
    staff_id: Identifier | None = None
    stages: Annotated[list[Stage], Field(min_length=1, max_length=50)] | None = None
    note: Note | None = None


class DeclineIn(RequestModel):
    reason: Reason


class TransferIn(RequestModel):
    staff_id: Identifier
    note: Note | None = None


class LeaveIn(RequestModel):
    reason: Reason | None = None


class ExecutiveTimeIn(RequestModel):
    hours: Annotated[Decimal, Field(gt=0, le=1000, decimal_places=1, allow_inf_nan=False)]
    purpose: Reason
    staff_id: Identifier | None = None
    on: Day | None = None
