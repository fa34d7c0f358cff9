"""A deal goes on by a newer version of its process: never further, and nothing forgotten."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from chassis.problems import ValidationFailed
from chassis.testkit.running import Running, published
from contracts import pipeline as wire
from pipeline.evidence.model import Evidence
from pipeline.opportunities.model import (
    GateClosed,
    Holder,
    Opportunity,
    OpportunityClosed,
    open_opportunity,
    version_change,
)
from pipeline.templates.model import Milestone, Process, Stage
from pipeline.templates.store import shipped

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
TODAY = date(2026, 3, 2)
OLD = shipped("standard", 1)


def newer(**stages: Stage | None) -> Process:
    """Version 2, with stages replaced by code; those replaced by None are gone."""
    kept = [stages.get(stage.code, stage) for stage in OLD.stages]
    left = [stage for stage in kept if stage is not None]
    numbered = [replace(stage, number=n) for n, stage in enumerate(left, start=1)]
    won = next(stage.number for stage in numbered if stage.code == "won")
    return replace(OLD, version=2, stages=numbered, won_stage=won)


def old(code: str) -> Stage:
    stage = OLD.stage_called(code)
    assert stage is not None
    return stage


def a_deal(stage: int = 1) -> Opportunity:
    return open_opportunity(
        OLD,
        Holder(staff_id="rep-1"),
        {"name": "A plant", "customer_id": "customer-1"},
        identifier="deal-1",
        stage=stage,
        opened_on=TODAY,
        now=NOW,
    )


def a_fact(kind: str) -> Evidence:
    return Evidence(
        id=f"{kind}:1", kind=kind, event_id=f"{kind}:1:1", at=NOW, opportunity_ids=["deal-1"]
    )


BUDGET = Milestone(code="budget", zh="预算", en="Budget", proof="terms_agreed")


def test_what_a_newer_version_asks_for_behind_the_deal_is_owed() -> None:
    deal = a_deal()
    deal.learn(OLD, [a_fact("contact_held")], {})
    deal.advance(OLD, 2, now=NOW)
    contact = old("contact")
    new = newer(contact=replace(contact, gate=[*contact.gate, BUDGET]))
    deal.change_version(OLD, new, {}, now=NOW)
    assert (deal.template_version, deal.stage, deal.owed) == (2, 2, ["budget"])
    deal.update({"need": "steam"}, now=NOW)
    deal.learn(new, [], {})
    with pytest.raises(GateClosed) as closed:
        deal.advance(new, 3, now=NOW)
    assert closed.value.missing == ["budget"]
    deal.learn(new, [a_fact("terms_agreed")], {})
    deal.advance(new, 3, now=NOW)


def test_a_proof_counts_no_more_where_another_is_asked_for() -> None:
    deal = a_deal()
    deal.learn(OLD, [a_fact("contact_held")], {})
    contact = old("contact")
    other = [replace(contact.gate[0], proof="terms_agreed")]
    new = newer(contact=replace(contact, gate=other))
    deal.change_version(OLD, new, {}, now=NOW)
    assert deal.milestones == {}
    with pytest.raises(GateClosed):
        deal.advance(new, 2, now=NOW)


def test_a_deal_that_entered_midway_owes_only_what_is_new() -> None:
    deal = a_deal(stage=4)
    contact = old("contact")
    new = newer(contact=replace(contact, gate=[*contact.gate, BUDGET]))
    deal.change_version(OLD, new, {}, now=NOW)
    assert deal.owed == ["budget"]


def test_a_stage_that_is_gone_leads_to_what_took_its_place_at_most() -> None:
    deal = a_deal(stage=2)
    new = newer(needs=None)
    with pytest.raises(ValidationFailed) as unmapped:
        version_change(deal, OLD, new, {})
    assert unmapped.value.errors[0][:2] == ("/stages/needs", "needs-mapping")
    with pytest.raises(ValidationFailed) as further:
        version_change(deal, OLD, new, {"needs": "quotation"})
    assert further.value.errors[0].code == "further"
    assert version_change(deal, OLD, new, {"needs": "presentation"}).stage == 2
    assert version_change(deal, OLD, new, {"needs": "contact"}).stage == 1


def test_nobody_wins_by_changing_the_version() -> None:
    deal = a_deal(stage=5)
    shorter = newer(quotation=None, negotiation=None)
    with pytest.raises(ValidationFailed) as won:
        version_change(deal, OLD, shorter, {"negotiation": "won"})
    assert won.value.errors[0].code == "not-open"


def test_a_flag_stays_where_the_newer_version_asks_for_the_same() -> None:
    deal = a_deal()
    deal.learn(OLD, [a_fact("contact_held")], {})
    deal.advance(OLD, 2, now=NOW)
    deal.doubt("contact_held:1:1", "it never took place")
    deal.change_version(OLD, newer(), {}, now=NOW)
    deal.update({"need": "steam"}, now=NOW)
    deal.learn(newer(), [], {})
    with pytest.raises(GateClosed) as closed:
        deal.advance(newer(), 3, now=NOW)
    assert closed.value.missing == ["held_contact"]


def test_only_an_open_deal_moves_and_only_to_a_newer_version() -> None:
    deal = a_deal()
    with pytest.raises(ValidationFailed):
        deal.change_version(OLD, OLD, {}, now=NOW)
    deal.lose(OLD, reasons=["price"], closed_on=TODAY)
    with pytest.raises(OpportunityClosed):
        deal.change_version(OLD, newer(), {}, now=NOW)


async def test_a_dry_run_tells_what_is_missing_and_changes_nothing(pipeline: Running) -> None:
    rep, admin = pipeline.as_("rep-1", "rep"), pipeline.client
    body = {"name": "A plant", "customer_id": "customer-1", "stage": "needs", "need": "steam"}
    deal = (await rep.post("/opportunities", json=body)).json()
    made = (await admin.post("/process-templates", json={"code": "standard"})).json()
    stages: list[dict[str, Any]] = made["definition"]["stages"]
    stages[0]["gate"].append({"code": "budget", "zh": "预算", "en": "B", "proof": "terms_agreed"})
    path = f"/process-templates/{made['id']}"
    await admin.patch(path, json={"stages": stages}, headers={"If-Match": '"1"'})
    verb = f"/opportunities/{deal['id']}/change-template-version"
    draft = await rep.post(verb, json={"version": 2})
    assert draft.json()["errors"][0]["pointer"] == "/version"
    await admin.post(f"{path}/publish")
    async with published(pipeline.db) as events:
        tried = (await rep.post(verb, json={"dry_run": True})).json()
    assert events.types == []
    assert (tried["from_version"], tried["to_version"]) == (1, 2)
    assert tried["owed"] == ["budget"]
    assert [each["milestone"] for each in tried["missing"]] == ["budget"]
    assert (await rep.get(f"/opportunities/{deal['id']}")).json()["template_version"] == 1
    async with published(pipeline.db) as events:
        changed = await rep.post(verb, json={})
    assert changed.json()["missing"] == tried["missing"]
    assert events.payloads(wire.TemplateVersionChanged)[0].owed == ["budget"]
    refused = await rep.post(f"/opportunities/{deal['id']}/advance", json={})
    assert [each["milestone"] for each in refused.json()["missing"]] == ["budget"]
