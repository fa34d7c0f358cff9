"""A deal, its gate and its history as they are shown over HTTP."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from chassis.mongo import Database, Document
from chassis.problems import CHINESE, in_language
from chassis.work import Work

from pipeline.evidence.model import Evidence
from pipeline.opportunities.commands import process_of
from pipeline.opportunities.model import Evaluation, Opportunity, Standing, told
from pipeline.opportunities.queries import Gate
from pipeline.opportunities.versions import VersionReport
from pipeline.templates.model import Process
from pipeline.views import line_view, money_view, plain

TERMS_SHOWN_APART = frozenset({"amount", "lines", "probability", "collaborator_ids"})


async def opportunity_view(deal: Opportunity, work: Work) -> dict[str, Any]:
    """A deal as a command's answer shows it."""
    return shown(deal, await process_of(work.db, deal))


async def opportunity_views(db: Database, deals: Sequence[Opportunity]) -> list[dict[str, Any]]:
    return [shown(deal, await process_of(db, deal)) for deal in deals]


def shown(deal: Opportunity, process: Process) -> dict[str, Any]:
    stage = process.stage(deal.stage)
    terms = plain(deal.terms)
    return {
        "id": deal.id,
        "version": deal.version,
        "external_id": deal.external_id,
        "origin": deal.origin,
        "owner_id": deal.owner_id,
        "team_id": deal.team_id,
        "region": deal.region,
        "collaborator_ids": deal.collaborator_ids,
        "credit_shares": [plain(share) for share in deal.credit_shares],
        **{name: value for name, value in terms.items() if name not in TERMS_SHOWN_APART},
        "amount": money_view(deal.terms.amount),
        "lines": [line_view(line) for line in deal.terms.lines],
        "template": deal.template,
        "template_version": deal.template_version,
        "status": deal.status,
        "stage": {
            "number": stage.number,
            "code": stage.code,
            "zh": stage.zh,
            "en": stage.en,
            "norm_days": stage.norm_days,
            "since": deal.stage_since,
        },
        "buyer_stage": deal.buyer_stage,
        "buyer_stage_doubt": deal.buyer_stage_doubt,
        "misalignment": deal.misalignment,
        "is_misaligned": deal.is_misaligned,
        "is_mid_way": deal.is_mid_way,
        "intent": deal.intent,
        "probability": str(deal.probability(process)),
        "probability_is_manual": deal.terms.probability is not None,
        "slips": deal.slips,
        "evaluation": _evaluation_view(deal.evaluation),
        "is_parked": deal.is_parked,
        "wake_on": deal.wake_on,
        "opened_on": deal.opened_on,
        "closed_on": deal.closed_on,
        "won_amount": money_view(deal.won_amount),
        "lost_reasons": deal.lost_reasons,
        "lost_note": deal.lost_note,
        "winner": deal.winner,
        "milestones": {code: plain(held) for code, held in deal.milestones.items()},
        "created_at": deal.created_at,
        "progressed_at": deal.progressed_at,
        "updated_at": deal.updated_at,
    }


def _evaluation_view(evaluation: Evaluation | None) -> dict[str, Any] | None:
    """Without its margin, which has rights of its own: its approval tells it."""
    if evaluation is None:
        return None
    return {name: value for name, value in plain(evaluation).items() if name != "margin"}


def days_in_stage(deal: Opportunity, now: datetime) -> int | None:
    """Whole days at its stage; None where it entered midway and nobody knows since when."""
    return None if deal.stage_since is None else (now - deal.stage_since).days


def gate_view(deal: Opportunity, gate: Gate, language: str) -> dict[str, Any]:
    """Every milestone on the way: met by which event, or what it lacks and what would prove it."""
    milestones = [_standing_view(each, language) for each in gate.standings]
    if gate.lag is not None:
        milestones.append(_in_words(gate.lag, language) | {"state": "missing", "is_met": False})
    return {
        "opportunity_id": deal.id,
        "from_stage": deal.stage,
        "to_stage": gate.to_stage,
        "is_open": all(each["is_met"] for each in milestones),
        "milestones": milestones,
        "offered": [evidence_view(fact) for fact in gate.offered],
        "roles_missing": gate.roles_missing,
    }


def version_report_view(report: VersionReport, work: Work) -> dict[str, Any]:
    """Where the deal stands by the newer version, and what it lacks for its next move."""
    language = work.caller.language if work.caller else CHINESE
    deal, change = report.deal, report.change
    return {
        "opportunity": shown(deal, report.process),
        "from_version": report.from_version,
        "to_version": report.process.version,
        "is_dry_run": report.is_dry_run,
        "stage": report.process.stage(deal.stage).code,
        "buyer_stage": deal.buyer_stage,
        "dropped": change.dropped,
        "owed": change.owed,
        "missing": [_standing_view(each, language) for each in report.missing],
    }


def _standing_view(each: Standing, language: str) -> dict[str, Any]:
    return (
        _in_words(told(each.stage, each.milestone), language)
        | {
            "state": each.state,
            "is_met": each.is_met,
            "proven_by": each.proof,
            "proven_at": each.at,
        }
        | ({"reason": each.reason} if each.reason else {})
        | ({"waived_by": each.waived_by} if each.waived_by else {})
    )


def _in_words(values: dict[str, Any], language: str) -> dict[str, Any]:
    return {
        name: in_language(value, language) if isinstance(value, dict) else value
        for name, value in values.items()
    }


def evidence_view(fact: Evidence) -> dict[str, Any]:
    return plain(fact)


def history_view(event: Document) -> dict[str, Any]:
    """One line of the deal's history: what happened, when, by whom, from the event log."""
    return {
        "id": event["_id"],
        "sequence": event["seq"],
        "type": event["type"],
        "occurred_at": event["occurred_at"],
        "recorded_at": event["recorded_at"],
        "actor": event["headers"].get("ce_actor"),
        "data": msgspec.Raw(bytes(event["value"])),
    }
