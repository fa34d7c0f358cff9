"""A deal moves to a newer version of its process: where it stands then, and what it lacks there.

Nobody gets further by it: a stage that is gone leads to what has taken its place at most, and what
the newer version asks for behind the deal is owed, and blocks its next move.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.opportunities.model.proving import Proving
from pipeline.opportunities.model.state import wrong
from pipeline.templates.model import Milestone, Process


@dataclass(frozen=True, kw_only=True)
class VersionChange:
    """What moving to a newer version means: `dropped` milestones count no more."""

    stage: int
    buyer_stage: int | None
    dropped: list[str] = field(default_factory=list)
    owed: list[str] = field(default_factory=list)


def version_change(
    deal: Proving, old: Process, new: Process, stages: Mapping[str, str]
) -> VersionChange:
    """`stages` says which of the new stages takes the place of one that is gone, by code.

    Raises:
        ValidationFailed: not a newer version of the same process, or no stage to stand at.
    """
    if new.code != old.code or new.version <= old.version:
        raise wrong("/version", "not-newer", "不是更新的版本", "not a newer version")
    stage = _stage(old, new, deal.stage, stages)
    if not 1 <= stage <= new.last_open_stage:
        pointer = f"/stages/{old.stage(deal.stage).code}"
        raise wrong(pointer, "not-open", "不是未成交阶段", "no stage that an open deal stands at")
    kept = {code for code in deal.milestones if _still_counts(deal, old, new, code)}
    judged = {
        milestone.code: milestone
        for _, milestone in old.gates(1, deal.stage)
        if milestone.code not in deal.owed
    }
    owed = [
        milestone.code
        for _, milestone in new.gates(1, stage)
        if not (milestone.code in kept and deal.is_met(milestone.code))
        and not _asks_alike(judged.get(milestone.code), milestone)
    ]
    return VersionChange(
        stage=stage,
        buyer_stage=_buyer_stage(old, new, deal.buyer_stage, stages),
        dropped=sorted(set(deal.milestones) - kept),
        owed=owed,
    )


def _stage(old: Process, new: Process, number: int, stages: Mapping[str, str]) -> int:
    code = old.stage(number).code
    same = new.stage_called(code)
    if same is not None:
        return same.number
    pointer = f"/stages/{code}"
    named = new.stage_called(stages.get(code, ""))
    if named is None:
        raise wrong(
            pointer, "needs-mapping", "该阶段已不存在，请指定对应阶段", "is gone; name its place"
        )
    earlier = [new.stage_called(stage.code) for stage in old.stages[: number - 1]]
    reached = max((stage.number for stage in earlier if stage is not None), default=0)
    if named.number > reached + 1:
        raise wrong(
            pointer,
            "further",
            f"换版不可使商机前进，最多到阶段 {reached + 1}",
            f"nobody gets further by it than stage {reached + 1}",
        )
    return named.number


def _buyer_stage(
    old: Process, new: Process, number: int | None, stages: Mapping[str, str]
) -> int | None:
    """Where the buyer stands by the newer version; None where nothing there corresponds."""
    if number is None:
        return None
    code = old.stage(number).code
    stage = new.stage_called(code) or new.stage_called(stages.get(code, ""))
    return None if stage is None or stage.buyer_stage is None else stage.number


def _still_counts(deal: Proving, old: Process, new: Process, code: str) -> bool:
    """A mark is kept where the newer version asks the same; a flag, wherever it asks at all."""
    before, after = old.milestone(code), new.milestone(code)
    if after is None:
        return False
    if not deal.is_met(code):
        return True
    return _asks_alike(before[1] if before else None, after[1])


def _asks_alike(before: Milestone | None, after: Milestone) -> bool:
    return before is not None and (before.proof, before.conditions) == (
        after.proof,
        after.conditions,
    )
