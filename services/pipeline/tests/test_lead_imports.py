"""Files of leads: one row one lead, once; what somebody works on already is skipped."""

from datetime import date
from typing import Any

from chassis.imports import ImportContext, ImportOutcome
from chassis.testkit.running import Running
from pipeline.leads.imports import LEAD_FILES


def a_row(**given: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {each.name: None for each in LEAD_FILES.fields}
    known = {"company": "Hengtai", "contact": "Wang Wei", "phone": "138 0013 8000"}
    return empty | known | {"source": "fair", "temperature": "hot"} | given


async def take(running: Running, row: dict[str, Any]) -> ImportOutcome:
    context = ImportContext(
        job_id="job",
        external_source="crm",
        is_history=False,
        today=date(2026, 3, 2),
        currency="CNY",
        timezone="Asia/Shanghai",
    )
    return await running.commits.run(
        lambda work: LEAD_FILES.handle(work, row, context), actor="account:admin"
    )


async def test_a_row_is_a_lead_of_whom_it_names(pipeline: Running) -> None:
    outcome = await take(pipeline, a_row(owner="Darcel Schlecht", campaign="fair-2026"))
    assert outcome.result == "created"
    [lead] = (await pipeline.as_("rep-1").get("/leads")).json()["items"]
    assert (lead["channel"], lead["campaign_id"], lead["contact"]["name"]) == (
        "import",
        "fair-2026",
        "Wang Wei",
    )
    assert lead["status"] == "assigned"


async def test_the_same_row_again_changes_nothing(pipeline: Running) -> None:
    await take(pipeline, a_row(external_id="L-1"))
    assert (await take(pipeline, a_row(external_id="L-1"))).result == "unchanged"


async def test_what_somebody_works_on_is_skipped_with_the_reason(pipeline: Running) -> None:
    await take(pipeline, a_row(owner="rep-1"))
    outcome = await take(pipeline, a_row(company="Hengtai Ltd.", external_id="L-2"))
    assert outcome.result == "skipped"
    assert "Darcel Schlecht" in str(outcome.warning)
