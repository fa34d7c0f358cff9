"""A process 销售流程: its stages, the milestones that open each gate, and its rules.

A process is data (`data/*.json`); what is known here is its shape, and which kinds of fact can
prove a milestone. One that could not be finished is refused: `Unfinishable` says why.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar

from chassis.facts import Aggregate, Fact
from chassis.problems import Words


@dataclass(frozen=True)
class ProofKind:
    """A kind of fact that proves something, in words."""

    zh: str
    en: str

    @property
    def words(self) -> Words:
        return Words({"zh-CN": self.zh, "en": self.en})


PROOF_KINDS: dict[str, ProofKind] = {
    "appointment_made": ProofKind(
        "一次计划拜访或跟进，写明该商机、联系人和约定时间",
        "a planned visit or follow-up that names the deal, a contact and an agreed time",
    ),
    "visit_plan_approved": ProofKind(
        "包含该商机的拜访计划获主管批准，或临时拜访已签到",
        "an approved visit plan that names the deal, or an unplanned visit that was accepted",
    ),
    "survey_taken": ProofKind(
        "已签到的拜访中与有采购角色的联系人会面并登记调研结果（预算范围、采购时间、采购方式）",
        "a survey at a checked-in visit with a contact who has a buying role, with budget range, "
        "purchase date and purchase method (from the survey or on the deal)",
    ),
    "demonstration_held": ProofKind(
        "拜访中登记的方案演示，含参加人及其态度",
        "a demonstration recorded at a visit, with its attendees and their stance",
    ),
    "contact_held": ProofKind(
        "与客户联系人的一次实际接触：已签到的拜访或已完成的跟进",
        "a contact that took place: a checked-in visit with a contact, or a follow-up that is done",
    ),
    "needs_recorded": ProofKind(
        "商机上或调研中登记的客户需求", "the customer's need, on the deal or in a survey"
    ),
    "order_placed": ProofKind("该商机名下的订单", "an order placed for the deal"),
    "advance_payment_received": ProofKind(
        "该商机名下的预付款到账", "an advance payment received for the deal"
    ),
    "proposal_sent": ProofKind("已提交方案", "a proposal sent"),
    "bid_review_approved": ProofKind("立项/投标评审通过", "the bid/no-bid review approved"),
    "feasibility_confirmed": ProofKind(
        "咨询顾问确认技术可行性", "technical feasibility confirmed by a consultant"
    ),
    "formal_offer_sent": ProofKind(
        "已提交投标文件或正式报价方案", "a bid or a priced formal proposal sent"
    ),
    "shortlisted": ProofKind("入围或中标通知书", "shortlisting or award, evidenced"),
    "evaluation_approved": ProofKind(
        "内部项目评估通过（毛利、风险、资源）",
        "the internal evaluation approved (margin, risk, resources)",
    ),
    "terms_agreed": ProofKind("商务条款达成一致", "commercial terms agreed"),
    "finance_consented": ProofKind("财务同意", "finance's consent"),
    "legal_consented": ProofKind("法务同意", "legal's consent"),
    "contract_sent": ProofKind("合同已发出", "the contract sent"),
    "contract_sealed": ProofKind(
        "双方盖章的合同（附扫描件）", "the contract sealed by both sides, its scan attached"
    ),
    "quote_sent": ProofKind("已发出报价单", "a quote sent"),
}


@dataclass(frozen=True, kw_only=True)
class Milestone:
    """Milestone 里程碑: what must be true to leave a stage, and the kind of fact that proves it.

    It counts as proven only once those that it comes `after` are proven or waived.
    """

    code: str
    zh: str
    en: str
    proof: str
    conditions: dict[str, Any] = field(default_factory=dict)
    after: list[str] = field(default_factory=list)
    is_waivable: bool = True

    @property
    def title(self) -> Words:
        return Words({"zh-CN": self.zh, "en": self.en})


@dataclass(frozen=True, kw_only=True)
class BuyerStage:
    """The buyer's side of a stage."""

    number: int
    zh: str
    en: str


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Stage 阶段: `gate` is what must be proven to leave it forwards."""

    number: int
    code: str
    zh: str
    en: str
    probability: Decimal
    norm_days: int | None = None
    buyer_stage: BuyerStage | None = None
    duties: dict[str, str] = field(default_factory=dict)
    gate: list[Milestone] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What a process allows beside moving to the next stage.

    Losing is always allowed. `enter_up_to`: the last stage a deal may enter at (中途介入), any
    open one if None. `buyer_lag_from`: moving on from that stage or a later one, the buyer's
    stage may lie behind the new one by `buyer_lag` at most.
    """

    may_skip: bool = True
    may_move_back: bool = True
    enter_up_to: int | None = None
    reopen_within_days: int | None = 180
    buyer_lag_from: int | None = None
    buyer_lag: int = 1


@dataclass(frozen=True, kw_only=True)
class Process:
    """`won_stage` is where a won deal stands; `closing` is proven besides all gates before it.

    `is_entered_by_winning`: nobody advances into the won stage, winning leads there.
    """

    code: str
    version: int
    zh: str
    en: str
    stages: list[Stage]
    won_stage: int
    is_entered_by_winning: bool = True
    closing: list[Milestone] = field(default_factory=list)
    rules: Rules = field(default_factory=Rules)

    def stage(self, number: int) -> Stage:
        return self.stages[number - 1]

    def stage_called(self, code: str) -> Stage | None:
        return next((stage for stage in self.stages if stage.code == code), None)

    @property
    def last_open_stage(self) -> int:
        """The furthest stage that an open deal can stand at."""
        return self.won_stage - 1 if self.is_entered_by_winning else self.won_stage

    def gates(self, start: int, end: int) -> list[tuple[int, Milestone]]:
        """Milestones between standing at `start` and standing at `end`, with their stages."""
        return [(n, milestone) for n in range(start, end) for milestone in self.stage(n).gate]

    def winning(self, start: int) -> list[tuple[int, Milestone]]:
        """Milestones between standing at `start` and having won."""
        closing = [(self.last_open_stage, milestone) for milestone in self.closing]
        return self.gates(start, self.won_stage) + closing

    def milestone(self, code: str) -> tuple[int, Milestone] | None:
        return next((found for found in self.winning(1) if found[1].code == code), None)


class Unfinishable(ValueError):
    """A deal on this process could never be won; the message says where it would get stuck."""


def require_finishable(process: Process) -> None:
    """Raise `Unfinishable` unless every stage can be reached and every milestone be proven."""
    numbers = [stage.number for stage in process.stages]
    if not numbers or numbers != list(range(1, len(numbers) + 1)):
        raise Unfinishable(f"{process.code}: stages are numbered 1, 2, 3 …, not {numbers}")
    if not 2 <= process.won_stage <= len(numbers):
        raise Unfinishable(f"{process.code}: no open deal can reach won stage {process.won_stage}")
    _require_unique(process, [stage.code for stage in process.stages])
    milestones = [m for stage in process.stages for m in stage.gate] + process.closing
    _require_unique(process, [milestone.code for milestone in milestones])
    for milestone in milestones:
        if milestone.proof not in PROOF_KINDS:
            raise Unfinishable(
                f"{process.code}: {milestone.code} asks for {milestone.proof}, unknown fact kind"
            )
    for stage in process.stages[process.won_stage - 1 :]:
        # Nothing is asked of a deal that is won already, so such a gate could never be passed.
        if stage.gate:
            raise Unfinishable(f"{process.code}: a gate at {stage.code}, after the deal is won")
    for stage in process.stages:
        if not 0 <= stage.probability <= 1:
            raise Unfinishable(f"{process.code}: probability {stage.probability} at {stage.code}")


def _require_unique(process: Process, codes: list[str]) -> None:
    doubled = sorted({code for code in codes if codes.count(code) > 1})
    if doubled:
        raise Unfinishable(f"{process.code}: {', '.join(doubled)} stands there twice")


@dataclass(frozen=True, kw_only=True)
class ProcessTemplatePublished(Fact):
    code: str
    edition: int
    definition: dict[str, Any]


DRAFT, PUBLISHED, WITHDRAWN = "draft", "published", "withdrawn"


@dataclass(kw_only=True)
class ProcessTemplate(Aggregate):
    """Process template 流程模板: one published version of a process (`edition` is its number)."""

    TYPE: ClassVar[str] = "process_template"

    code: str
    edition: int
    status: str = PUBLISHED
    definition: dict[str, Any]


def template_id(code: str, edition: int) -> str:
    return f"{code}-{edition}"


def publish(process: Process, definition: dict[str, Any]) -> ProcessTemplate:
    """A new template of `process`; raises `Unfinishable`."""
    require_finishable(process)
    identifier = template_id(process.code, process.version)
    template = ProcessTemplate(
        id=identifier,
        key=identifier,
        code=process.code,
        edition=process.version,
        definition=definition,
    )
    template.record(
        ProcessTemplatePublished(code=process.code, edition=process.version, definition=definition)
    )
    return template
