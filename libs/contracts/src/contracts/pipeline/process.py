"""How deals are run: versions of a process that are written, and what comes beside the stages."""

from datetime import date
from typing import Any

import msgspec

from contracts.envelope import Event, event
from contracts.pipeline.deals import StageRef
from contracts.values import ContactId, CustomerId, OpportunityId, StaffId

__all__ = [
    "BuyerStageDoubted",
    "CaseChanged",
    "CaseRecorded",
    "CaseStory",
    "CaseWithdrawn",
    "DealFactRecorded",
    "DealFactWithdrawn",
    "EvaluationPrepared",
    "EvaluationTold",
    "MisalignmentChanged",
    "PlaybookStep",
    "ProcessTemplateChanged",
    "ProcessTemplateDrafted",
    "ProcessTemplateWithdrawn",
    "StagePlaybookWritten",
    "StepTicked",
    "TemplateVersionChanged",
]


@event("process_template", "drafted")
class ProcessTemplateDrafted(Event, frozen=True, kw_only=True):
    """The next version is being written, from `based_on` if there was one; no deal runs on it."""

    code: str
    version: int
    definition: dict[str, Any]
    based_on: int | None = None


@event("process_template", "changed")
class ProcessTemplateChanged(Event, frozen=True, kw_only=True):
    """A draft was changed; a published version never is."""

    code: str
    version: int
    definition: dict[str, Any]
    previous: dict[str, Any]


@event("process_template", "withdrawn")
class ProcessTemplateWithdrawn(Event, frozen=True, kw_only=True):
    """The draft was given up."""

    code: str
    version: int


@event("opportunity", "buyer_stage_doubted")
class BuyerStageDoubted(Event, frozen=True, kw_only=True):
    """The fact that told where the buyer stands was withdrawn; `proof` is the id of its event."""

    opportunity_id: OpportunityId
    buyer_stage: int
    proof: str
    reason: str


@event("opportunity", "misalignment_changed")
class MisalignmentChanged(Event, frozen=True, kw_only=True):
    """Our stage and the buyer's came too far apart, or together again.

    `misalignment` is ours minus theirs: positive where we sell ahead of them; missing once the
    deal is closed.
    """

    opportunity_id: OpportunityId
    is_misaligned: bool
    misalignment: int | None
    at_stage: int
    buyer_stage: int | None


@event("deal_fact", "recorded")
class DealFactRecorded(Event, frozen=True, kw_only=True):
    """Somebody told of something done for a deal: `proposal_sent`, `terms_agreed` or
    `feasibility_confirmed` on the day `on`, with these contacts."""

    deal_fact_id: str
    opportunity_id: OpportunityId
    customer_id: CustomerId | None
    kind: str
    title: str
    on: date
    contact_ids: list[ContactId] = []
    text: str | None = None
    file_id: str | None = None
    recorded_by: StaffId


@event("deal_fact", "withdrawn")
class DealFactWithdrawn(Event, frozen=True, kw_only=True):
    """It was told wrongly, or is no longer so; it proves nothing any more."""

    deal_fact_id: str
    opportunity_id: OpportunityId
    kind: str
    reason: str
    withdrawn_by: StaffId


@event("opportunity", "template_version_changed")
class TemplateVersionChanged(Event, frozen=True, kw_only=True):
    """The deal goes on by a newer version of its process.

    `dropped` milestones are asked otherwise or no more, and count no longer; `owed` ones belong
    to stages behind the deal and block its next move.
    """

    opportunity_id: OpportunityId
    template: str
    version: int
    previous_version: int
    stage: StageRef
    previous_stage: StageRef
    buyer_stage: int | None
    previous_buyer_stage: int | None
    dropped: list[str]
    owed: list[str]


class PlaybookStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step of the standard work; `owner` is a role, `documents` are the templates to use."""

    code: str
    step: str
    content: str
    standard: str
    owner: str
    documents: list[str] = []
    norm_days: int | None = None


@event("stage_playbook", "written")
class StagePlaybookWritten(Event, frozen=True, kw_only=True):
    """The standard work of a stage, whole; `previous` is missing for the first edition."""

    stage_playbook_id: str
    template: str
    stage: str
    edition: int
    norm_days: int | None
    steps: list[PlaybookStep]
    previous: list[PlaybookStep] | None
    previous_norm_days: int | None = None


@event("playbook_progress", "step_ticked")
class StepTicked(Event, frozen=True, kw_only=True):
    """A note on a deal's worklist (`is_done` false: taken back). It proves nothing."""

    opportunity_id: OpportunityId
    stage: str
    step: str
    is_done: bool
    ticked_by: StaffId


class CaseStory(msgspec.Struct, frozen=True, kw_only=True):
    """What a case tells; `stages` are codes of the process `template`."""

    title: str
    template: str
    stages: list[str]
    industries: list[str] = []
    situation: str
    approach: str
    outcome: str
    lessons: str
    opportunity_id: OpportunityId | None = None


@event("case", "recorded")
class CaseRecorded(Event, frozen=True, kw_only=True):
    """A case for the library."""

    case_id: str
    story: CaseStory


@event("case", "changed")
class CaseChanged(Event, frozen=True, kw_only=True):
    case_id: str
    story: CaseStory
    previous: CaseStory


@event("case", "withdrawn")
class CaseWithdrawn(Event, frozen=True, kw_only=True):
    case_id: str
    reason: str


class EvaluationTold(msgspec.Struct, frozen=True, kw_only=True):
    """What the internal evaluation judges, without its margin: that has rights of its own."""

    risk: str
    risks: str
    resources: str


@event("opportunity", "evaluation_prepared")
class EvaluationPrepared(Event, frozen=True, kw_only=True):
    """What the internal evaluation is to judge was written down, or written anew."""

    opportunity_id: OpportunityId
    evaluation: EvaluationTold
    previous: EvaluationTold | None
