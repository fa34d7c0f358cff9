"""What an administrator may say about a process."""

from typing import Annotated, Any

from chassis.http import Amount, RequestModel
from pydantic import Field

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Number = Annotated[int, Field(ge=1, le=50)]
Days = Annotated[int, Field(ge=0, le=36_500)]
Word = Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]


class MilestoneIn(RequestModel):
    """`proof` is a kind of fact; `after` names milestones that have to be met before."""

    code: Code
    zh: Name
    en: Name
    proof: Word
    conditions: dict[Word, bool | Annotated[list[Word], Field(max_length=20)]] = Field(
        default={}, max_length=10
    )
    after: list[Code] = Field(default=[], max_length=20)
    is_waivable: bool = True


class BuyerStageIn(RequestModel):
    number: Number
    zh: Name
    en: Name


class StandardWorkIn(RequestModel):
    code: Code
    zh: Annotated[str, Field(min_length=1, max_length=500)]
    en: Annotated[str, Field(min_length=1, max_length=500)]
    owner: Word
    documents: list[Name] = Field(default=[], max_length=20)


class StageIn(RequestModel):
    number: Number
    code: Code
    zh: Name
    en: Name
    probability: Amount
    norm_days: int | None = Field(None, ge=-1, le=3_650)
    buyer_stage: BuyerStageIn | None = None
    duties: dict[Word, Word] = Field(default={}, max_length=30)
    gate: list[MilestoneIn] = Field(default=[], max_length=30)
    work: list[StandardWorkIn] = Field(default=[], max_length=30)


class RulesIn(RequestModel):
    may_skip: bool = True
    may_move_back: bool = True
    enter_up_to: Number | None = None
    reopen_within_days: Days | None = 180
    buyer_lag_from: Number | None = None
    buyer_lag: int = Field(1, ge=0, le=50)
    misaligned_from: Number = 2
    lost_reasons: list[Word] = Field(default=[], max_length=30)
    most_waivers: int | None = Field(None, ge=0, le=1_000)


class PartsIn(RequestModel):
    """Parts of a process; each one that is named replaces what was there, whole."""

    zh: Name | None = None
    en: Name | None = None
    stages: list[StageIn] | None = Field(None, max_length=50)
    won_stage: Number | None = None
    is_entered_by_winning: bool | None = None
    closing: list[MilestoneIn] | None = Field(None, max_length=30)
    rules: RulesIn | None = None

    def parts(self) -> dict[str, Any]:
        """What was said, as plain data."""
        said = self.model_dump(mode="json", exclude={"code", "based_on"})
        return {name: value for name, value in said.items() if value is not None}


class DraftIn(PartsIn):
    """A new version of `code`, from an earlier one: `based_on`, else the newest if there is any."""

    code: Code
    based_on: int | None = Field(None, ge=1, le=1_000_000)
