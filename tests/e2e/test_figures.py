"""The figures that must come out, against the files they came from."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pymongo import MongoClient
from tianlong.samples import loading

from tests.e2e import sample
from tests.e2e.sample import Figures
from tests.e2e.suite import Suite, tianlong

TEAMS = sample.team_of()
KEYS = {
    "owner": lambda deal: deal.owner,
    "team": lambda deal: TEAMS[deal.owner][0],
    "region": lambda deal: TEAMS[deal.owner][1],
    "product": lambda deal: deal.product,
    "customer": lambda deal: deal.customer or None,
    "month": lambda deal: deal.day.strftime("%Y-%m") if deal.day else None,
}


@pytest.fixture(scope="module")
def deals(suite: Suite) -> list[sample.Deal]:
    """The files' deals, moved by the shift that the import kept."""
    told = suite.person("admin").get("/import-mappings", kind="opportunities")
    mapping = next(one for one in told["items"] if one["kind"] == "opportunities")
    last_in_file = date(2017, 12, 31)
    moved = sample.deals(last_in_file + timedelta(days=mapping["shift_days"]))
    latest = max(day for deal in moved for day in (deal.opened_on, deal.closed_on) if day)
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    assert latest in {today - timedelta(days=1), today - timedelta(days=2)}
    return moved


def as_figures(row: dict[str, Any]) -> Figures:
    days = row["median_days_to_close"]
    return Figures(
        total=row["total"],
        open=row["open"],
        won=row["won"],
        lost=row["lost"],
        won_amount=row["won_amount"],
        win_rate=row["win_rate"],
        median_days_to_close=days if days is None else float(days),
    )


def test_the_whole_is_what_the_files_say(suite: Suite, deals: list[sample.Deal]) -> None:
    whole = suite.person("sales.director").get("/kpis/pipeline")["overall"]
    assert as_figures(whole) == sample.figures(deals)
    assert (whole["total"], whole["won"], whole["lost"], whole["open"]) == (
        8800,
        4238,
        2473,
        2089,
    )
    assert whole["won_amount"] == "10005534.00"
    assert whole["win_rate"] == "0.6315"


def test_the_best_owner_is_darcel_schlecht(suite: Suite) -> None:
    rows = suite.person("sales.director").get("/kpis/pipeline", group_by="owner")["rows"]
    best = max(rows, key=lambda row: float(row["won_amount"]))
    assert (best["name"], best["won_amount"]) == ("Darcel Schlecht", "1153214.00")


@pytest.mark.parametrize("dimension", KEYS)
def test_every_grouping_adds_up_to_the_whole(
    suite: Suite, deals: list[sample.Deal], dimension: str
) -> None:
    told = suite.person("sales.director").get("/kpis/pipeline", group_by=dimension)
    assert sum(row["total"] for row in told["rows"]) == told["overall"]["total"]
    expected = sample.grouped(deals, KEYS[dimension])
    found = {row["key"] and row["name"]: as_figures(row) for row in told["rows"]}
    if dimension == "team":
        # A team is known by its leader here, and has a name of its own there.
        assert sorted(map(str, found.values())) == sorted(map(str, expected.values()))
    else:
        assert found == expected


@pytest.mark.parametrize(
    ("start", "days"), [(0, 1), (3, 30), (40, 61), (100, 365), (-10, 5), (200, 2000)]
)
def test_any_range_is_right_to_the_day(
    suite: Suite, deals: list[sample.Deal], start: int, days: int
) -> None:
    first = min(deal.day for deal in deals if deal.day)
    since = first + timedelta(days=start)
    until = since + timedelta(days=days)
    told = suite.person("sales.director").get(
        "/kpis/pipeline", group_by="product", **{"from": since.isoformat(), "to": until.isoformat()}
    )
    counted = sample.within(deals, since, until)
    assert as_figures(told["overall"]) == sample.figures(counted)
    assert {row["name"]: as_figures(row) for row in told["rows"]} == sample.grouped(
        counted, KEYS["product"]
    )


def test_everybody_counts_only_what_they_may_see(suite: Suite, deals: list[sample.Deal]) -> None:
    own = [deal for deal in deals if deal.owner == "Darcel Schlecht"]
    rep = suite.person("darcel.schlecht")
    assert as_figures(rep.get("/kpis/pipeline")["overall"]) == sample.figures(own)
    by_owner = rep.get("/kpis/pipeline", group_by="owner")["rows"]
    assert [row["name"] for row in by_owner] == ["Darcel Schlecht"]

    team = [deal for deal in deals if TEAMS[deal.owner][0] == "Melvin Marxen"]
    supervisor = suite.person("melvin.marxen")
    assert as_figures(supervisor.get("/kpis/pipeline")["overall"]) == sample.figures(team)


def test_tiers_are_cut_from_what_customers_bought(suite: Suite, deals: list[sample.Deal]) -> None:
    """All of it lies within twelve months; A up to 80 % of revenue, B up to 95 %, D without."""
    bought: dict[str, Decimal] = dict.fromkeys(
        (row["account"] for row in sample.rows("accounts.csv")), Decimal(0)
    )
    for deal in deals:
        if deal.stage == "Won" and deal.customer:
            bought[deal.customer] += deal.amount
    whole, before = sum(bought.values()), Decimal(0)
    expected = {}
    for customer, amount in sorted(bought.items(), key=lambda each: -each[1]):
        share = before / whole
        tier = "A" if share < Decimal("0.8") else "B" if share < Decimal("0.95") else "C"
        expected[customer] = (tier if amount else "D", f"{amount:.2f}")
        before += amount
    tiers = suite.person("sales.director").all_of("/tiers")
    assert {one["customer_name"]: (one["computed"], one["inputs"]["revenue"]) for one in tiers} == (
        expected
    )
    assert all(one["effective"] == one["computed"] and one["reason"] for one in tiers)


def test_a_second_import_of_the_same_files_changes_nothing(suite: Suite) -> None:
    before = suite.person("sales.director").get("/kpis/pipeline", group_by="month")
    events_before = published(suite)
    for kind, content in loading.crm().files.items():
        file = suite.data / f"{kind}.csv"
        file.write_bytes(content)
        mapping = f"crm-sales-opportunities-{kind}"
        done = tianlong("import", kind, str(file), "--mapping", mapping, data=suite.data)
        assert "failed" not in done.stdout.lower() or " 0 failed" in done.stdout.lower()
    assert published(suite) == events_before
    after = suite.person("sales.director").get("/kpis/pipeline", group_by="month")
    assert after["rows"] == before["rows"]


def published(suite: Suite) -> int:
    """How many events the importing services have published or are about to."""
    with MongoClient[dict[str, Any]](suite.run_state["mongodb"]) as client:
        return sum(
            client[name]["events"].count_documents({})
            for name in ("customers", "pipeline", "field")
        )


def test_deals_without_a_customer_are_kept_and_listed(suite: Suite) -> None:
    jobs = suite.person("admin").all_of("/imports", kind="opportunities")
    first = next(job for job in jobs if job["created"])
    job = suite.person("admin").get(f"/imports/{first['id']}")
    assert (job["created"], job["failed"], job["warning_count"]) == (8800, 0, 1425)
    assert job["warnings"]
    director = suite.person("sales.director")
    rows = director.get("/kpis/pipeline", group_by="customer")["rows"]
    assert next(row for row in rows if row["key"] is None)["total"] == 1425
