"""A deal goes on by a newer version of its process; first, perhaps, only what that would mean."""

import copy
from dataclasses import dataclass

from chassis.problems import ValidationFailed
from chassis.work import Work

from pipeline import copies
from pipeline.access import reach
from pipeline.evidence.store import facts_about
from pipeline.opportunities.commands import about, process_of
from pipeline.opportunities.model import Opportunity, Standing, VersionChange, version_change
from pipeline.opportunities.store import OPPORTUNITIES
from pipeline.templates.model import Process
from pipeline.templates.store import newest, published


@dataclass(frozen=True, kw_only=True)
class VersionReport:
    """What moving a deal to a newer version means, or has meant (unless `is_dry_run`)."""

    deal: Opportunity
    process: Process
    from_version: int
    change: VersionChange
    missing: list[Standing]
    is_dry_run: bool


async def change_template_version(
    work: Work,
    identifier: str,
    version: int | None,
    stages: dict[str, str],
    *,
    is_dry_run: bool,
) -> VersionReport:
    """Let a deal go on by a newer version of its process, the newest unless another is named.

    Raises:
        ValidationFailed: no such version, not a newer one, or its stage is gone there.
    """
    deal = await reach(work, OPPORTUNITIES, identifier, "opportunities:change-template-version")
    deal.require_open()
    old = await process_of(work.db, deal)
    new = await _version(work, deal.template, version)
    evidence = await facts_about(work.db, deal.id, deal.linked_evidence, deal.proofs)
    # A dry run decides on a likeness of the deal, and leaves the deal unwritten.
    judged = copy.deepcopy(deal) if is_dry_run else deal
    judged.check(evidence)
    change = version_change(judged, old, new, stages)
    judged.change_version(old, new, stages, now=work.now)
    known = about(deal, evidence)
    contacts = [person.contact_id for fact in known for person in fact.met]
    roles = await copies.buying_roles(work, contacts)
    judged.learn(new, known, roles)
    ahead = min(judged.stage + 1, new.last_open_stage)
    standings = judged.standing(new, ahead if ahead > judged.stage else None, known, roles)
    return VersionReport(
        deal=judged,
        process=new,
        from_version=old.version,
        change=change,
        missing=[each for each in standings if not each.is_met],
        is_dry_run=is_dry_run,
    )


async def _version(work: Work, code: str, version: int | None) -> Process:
    if version is None:
        known = await newest(work.db, code)
    else:
        known = await published(work.db, code, version)
    if known is None:
        raise ValidationFailed(copies.unknown("/version", "已发布版本", "published version"))
    return known
