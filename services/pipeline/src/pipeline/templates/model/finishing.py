"""Whether a deal on a process could ever be won: what would stop it, and where that stands."""

from collections.abc import Iterator
from typing import Any, ClassVar

from chassis.problems import CHINESE, ENGLISH, FieldError, Refused, Text

from pipeline.templates.model.process import DUTIES, LEAD, LOST_REASONS, ROLES, Milestone, Process
from pipeline.templates.model.proofs import PROOF_KINDS

CONDITIONS: dict[str, dict[str, frozenset[Any]]] = {
    "survey_taken": {
        "buying_role": frozenset({True, False}),
        "known": frozenset({"need", "budget_range", "purchase_on", "purchase_method"}),
    },
    "demonstration_held": {"stance": frozenset({True, False})},
}
"""What a milestone may ask of its proof beside the kind, and the values that can be met."""


class Unfinishable(Refused):
    """A deal on this process could never be won; `errors` say where it would get stuck."""

    slug = "unfinishable"
    titles: ClassVar[Text] = {
        CHINESE: "流程无法走完",
        ENGLISH: "The process cannot be finished",
    }

    def __init__(self, code: str, faults: list[FieldError]) -> None:
        def listed(language: str) -> str:
            return "; ".join(f"{one.pointer} {one.told(language)['message']}" for one in faults)

        told = {language: f"{code}: {listed(language)}" for language in (CHINESE, ENGLISH)}
        super().__init__(told, errors=faults)


def require_finishable(process: Process) -> None:
    """Raise `Unfinishable` unless every stage can be reached and every milestone be proven."""
    found = faults(process)
    if found:
        raise Unfinishable(process.code, found)


def faults(process: Process) -> list[FieldError]:
    """Everything that would keep a deal from being won, each with its place in the definition."""
    found = list(_numbering(process))
    if found:
        # Without numbers that can be counted on, nothing else can be said of the way.
        return found
    return [
        *_codes(process),
        *_stages(process),
        *_milestones(process),
        *_order(process),
        *_pairing(process),
        *_rules(process),
    ]


Placed = list[tuple[str, int, Milestone]]


def _placed(process: Process) -> Placed:
    """Every milestone with its pointer and the stage whose gate it belongs to."""
    gates = [
        (f"/stages/{place}/gate/{number}", stage.number, milestone)
        for place, stage in enumerate(process.stages)
        for number, milestone in enumerate(stage.gate)
    ]
    last = process.won_stage
    return gates + [
        (f"/closing/{number}", last, milestone) for number, milestone in enumerate(process.closing)
    ]


def _fault(pointer: str, code: str, zh: str, en: str) -> FieldError:
    return FieldError(pointer, code, {CHINESE: zh, ENGLISH: en})


def _numbering(process: Process) -> Iterator[FieldError]:
    numbers = [stage.number for stage in process.stages]
    if not numbers or numbers != list(range(1, len(numbers) + 1)):
        yield _fault(
            "/stages",
            "numbering",
            f"阶段须依次编号 1、2、3…，而不是 {numbers}",
            f"stages are numbered 1, 2, 3 …, not {numbers}",
        )
    if not 2 <= process.won_stage <= len(numbers):
        yield _fault(
            "/won_stage",
            "unreachable",
            f"没有未成交的商机能到达成交阶段 {process.won_stage}",
            f"no open deal can reach won stage {process.won_stage}",
        )


def _codes(process: Process) -> Iterator[FieldError]:
    """Stages, milestones, and standard work within its stage, are told apart by their codes."""
    stages = [(f"/stages/{n}", stage.code) for n, stage in enumerate(process.stages)]
    milestones = [(pointer, milestone.code) for pointer, _, milestone in _placed(process)]
    works = [
        [(f"/stages/{n}/work/{m}", work.code) for m, work in enumerate(stage.work)]
        for n, stage in enumerate(process.stages)
    ]
    for group in (stages, milestones, *works):
        seen: set[str] = set()
        for pointer, code in group:
            if code in seen:
                yield _fault(
                    f"{pointer}/code", "duplicate", f"{code} 重复", f"{code} stands there twice"
                )
            seen.add(code)


def _stages(process: Process) -> Iterator[FieldError]:
    for place, stage in enumerate(process.stages):
        at = f"/stages/{place}"
        if not 0 <= stage.probability <= 1:
            yield _fault(
                f"{at}/probability",
                "out-of-bounds",
                f"赢率 {stage.probability} 不在 0 到 1 之间",
                f"probability {stage.probability} is not between 0 and 1",
            )
        if stage.norm_days is not None and stage.norm_days < 1:
            yield _fault(f"{at}/norm_days", "out-of-bounds", "须为正数", "is not above zero")
        if LEAD not in stage.duties.values():
            yield _fault(
                f"{at}/duties", "no-lead", "没有主导角色", "no role leads here, so nobody acts"
            )
        for role, duty in stage.duties.items():
            if role not in ROLES or duty not in DUTIES:
                yield _fault(
                    f"{at}/duties/{role}", "unknown", "没有这个角色或职责", "no such role or duty"
                )
        for number, work in enumerate(stage.work):
            if work.owner not in ROLES:
                yield _fault(f"{at}/work/{number}/owner", "unknown", "没有这个角色", "no such role")
        # Nothing is asked of a deal that is won already, so such a gate could never be passed.
        if stage.gate and stage.number >= process.won_stage:
            yield _fault(
                f"{at}/gate",
                "unreachable",
                "成交之后不再有推进条件",
                "a gate after the deal is won, where nobody passes",
            )


def _milestones(process: Process) -> Iterator[FieldError]:
    for pointer, _, milestone in _placed(process):
        if milestone.proof not in PROOF_KINDS:
            yield _fault(
                f"{pointer}/proof",
                "unknown-fact-kind",
                f"没有 {milestone.proof} 这种事实",
                f"{milestone.code} asks for {milestone.proof}, unknown fact kind",
            )
            continue
        known = CONDITIONS.get(milestone.proof, {})
        for name, asked in milestone.conditions.items():
            values = asked if isinstance(asked, list) else [asked]
            can_be_met = name in known and all(
                isinstance(value, str | bool) and value in known[name] for value in values
            )
            if not can_be_met:
                yield _fault(
                    f"{pointer}/conditions/{name}",
                    "unknown-condition",
                    "此类事实无法满足该条件",
                    "no fact of this kind can meet this condition",
                )


def _order(process: Process) -> Iterator[FieldError]:
    """What comes after what: known, never of a later stage, and never in a circle."""
    placed = _placed(process)
    stage_of = {milestone.code: stage for _, stage, milestone in placed}
    after = {milestone.code: milestone.after for _, _, milestone in placed}
    for pointer, stage, milestone in placed:
        for number, code in enumerate(milestone.after):
            at = f"{pointer}/after/{number}"
            if code not in stage_of:
                yield _fault(at, "unknown", f"没有里程碑 {code}", f"no such milestone: {code}")
            elif stage_of[code] > stage:
                yield _fault(
                    at,
                    "circular",
                    f"{code} 属于之后的阶段，推进条件成环",
                    f"a circular gate: {code} belongs to a later stage",
                )
        if _comes_after_itself(milestone.code, after):
            yield _fault(
                f"{pointer}/after",
                "circular",
                f"推进条件成环：{milestone.code} 以自身为前提",
                f"a circular gate: {milestone.code} comes after itself",
            )


def _comes_after_itself(code: str, after: dict[str, list[str]]) -> bool:
    waiting, seen = list(after.get(code, [])), set[str]()
    while waiting:
        earlier = waiting.pop()
        if earlier == code:
            return True
        if earlier not in seen:
            seen.add(earlier)
            waiting += after.get(earlier, [])
    return False


def _pairing(process: Process) -> Iterator[FieldError]:
    """Each buyer's stage bears the number of the one it is paired with."""
    lag_from = process.rules.buyer_lag_from
    for place, stage in enumerate(process.stages):
        at = f"/stages/{place}/buyer_stage"
        buyer = stage.buyer_stage
        if buyer is not None and buyer.number != stage.number:
            yield _fault(
                f"{at}/number",
                "pairing",
                f"采购阶段编号应为 {stage.number}",
                f"the buyer's stage paired with stage {stage.number} bears its number",
            )
        # What a deal has to catch up with, somebody must be able to set.
        if buyer is None and lag_from is not None and stage.number <= process.won_stage:
            yield _fault(
                at,
                "pairing",
                "限制采购阶段滞后时，每个阶段都须有对应的采购阶段",
                "a rule on the buyer's lag needs a buyer's stage beside every stage",
            )


def _rules(process: Process) -> Iterator[FieldError]:
    rules = process.rules
    bounds = (
        ("enter_up_to", rules.enter_up_to, 1, process.last_open_stage),
        ("buyer_lag_from", rules.buyer_lag_from, 1, len(process.stages)),
        ("buyer_lag", rules.buyer_lag, 0, len(process.stages)),
        ("misaligned_from", rules.misaligned_from, 1, len(process.stages)),
        ("reopen_within_days", rules.reopen_within_days, 0, 36_500),
        ("most_waivers", rules.most_waivers, 0, 1_000),
    )
    for name, value, least, most in bounds:
        if value is not None and not least <= value <= most:
            yield _fault(
                f"/rules/{name}",
                "out-of-bounds",
                f"须在 {least} 到 {most} 之间",
                f"is not between {least} and {most}",
            )
    for number, reason in enumerate(rules.lost_reasons):
        if reason not in LOST_REASONS:
            yield _fault(
                f"/rules/lost_reasons/{number}", "unknown", "没有这个失单原因", "no such reason"
            )
