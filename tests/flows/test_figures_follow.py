"""What was sold is counted once, for whoever may see it, however often its events arrive."""

from decimal import Decimal

from tests.flows.company import Body, Company, Person, a_customer, yuan
from tests.flows.waiting import eventually
from tests.flows.watching import look


async def overall(person: Person) -> Body:
    figures: Body = (await person.get("/kpis/pipeline"))["overall"]
    return figures


async def a_won_deal(acme: Company, owner: Person, amount: int) -> tuple[str, str]:
    """The ids of a customer and of a deal with it that is ordered, delivered and won."""
    customer = (await owner.post("/customers", a_customer()))["id"]
    code = "PRESS"
    known = (await owner.get(f"/products?code={code}"))["items"]
    product = known[0] if known else await acme.admin.post("/products", {"name": "P", "code": code})
    await look(acme)
    deal = (await owner.post("/opportunities", {"name": "Presses", "customer_id": customer}))["id"]
    waiver = {"milestones": ["held_contact", "needs", "quote"], "reason": "an old friend"}
    await acme.director.post(f"/opportunities/{deal}/waive", waiver)
    order = await owner.post(
        "/orders",
        {
            "opportunity_id": deal,
            "lines": [{"product_id": product["id"], "amount": yuan(amount)}],
        },
    )
    await owner.post(f"/orders/{order['id']}/deliver")
    await owner.post(f"/opportunities/{deal}/win", {"amount": yuan(amount)})
    await look(acme)
    return customer, deal


def sums(figures: Body) -> tuple[int, int, Decimal]:
    return figures["total"], figures["won"], Decimal(figures["won_amount"])


async def test_a_won_deal_is_counted_once_for_everybody_above(watched: Company) -> None:
    above = (watched.rep, watched.boss, watched.director)
    beside = (watched.colleague, watched.stranger, watched.other_boss)
    before = {one.id: sums(await overall(one)) for one in (*above, *beside)}
    await a_won_deal(watched, watched.rep, 5_000)
    for one in above:
        total, won, amount = before[one.id]
        assert sums(await overall(one)) == (total + 1, won + 1, amount + 5_000)
    for one in beside:
        assert sums(await overall(one)) == before[one.id]


async def test_every_grouping_adds_up_to_the_same(watched: Company) -> None:
    await a_won_deal(watched, watched.stranger, 700)
    whole = sums(await overall(watched.director))
    for grouping in ("owner", "team", "region", "product", "customer", "month"):
        rows = (await watched.director.get(f"/kpis/pipeline?group_by={grouping}"))["rows"]
        added = tuple(sum(parts) for parts in zip(*map(sums, rows), strict=True))
        assert added == whole, grouping


async def test_a_reopened_deal_is_won_no_more(watched: Company) -> None:
    before = sums(await overall(watched.rep))
    _, deal = await a_won_deal(watched, watched.rep, 900)
    await watched.rep.post(f"/opportunities/{deal}/reopen", {"reason": "the order was a mistake"})
    await look(watched)
    total, won, amount = before
    assert sums(await overall(watched.rep)) == (total + 1, won, amount)


async def test_the_largest_customer_is_in_the_first_tier_at_once(watched: Company) -> None:
    customer, _ = await a_won_deal(watched, watched.rep, 5_000_000)

    async def ranked() -> Body | None:
        # Ranking takes a pause after each time, however quickly others look again.
        await look(watched)
        answer = await watched.rep.ask("GET", f"/tiers/{customer}")
        return answer.json() if answer.status_code == 200 else None

    tier = await eventually(ranked)
    assert (tier["computed"], tier["effective"]) == ("A", "A")
    assert tier["inputs"]["revenue"] == "5000000.00"
    assert tier["policy_version"] == 1
    assert "5,000,000.00" in tier["reason"]
    assert not await watched.stranger.sees(f"/tiers/{customer}")


async def test_figures_stay_with_who_sold_and_are_seen_by_who_leads_now(
    watched: Company,
) -> None:
    """The fact counts for the team of its day; who may see it follows today's tree."""
    first, second = watched.teams["first"], watched.teams["second"]
    await a_won_deal(watched, watched.colleague, 1_234)
    before = await by_team(watched.director)
    seen = {one.id: sums(await overall(one)) for one in (watched.boss, watched.other_boss)}
    own = sums(await overall(watched.colleague))
    await watched.admin.post(f"/staff/{watched.colleague.id}/move", {"team_id": second})
    await watched.settle()
    await look(watched)
    try:
        assert await by_team(watched.director) == before
        assert sums(await overall(watched.colleague)) == own
        for one, sign in ((watched.boss, -1), (watched.other_boss, 1)):
            total, won, amount = seen[one.id]
            expected = (total + sign * own[0], won + sign * own[1], amount + sign * own[2])
            assert sums(await overall(one)) == expected
    finally:
        await watched.admin.post(f"/staff/{watched.colleague.id}/move", {"team_id": first})
        await watched.settle()


async def by_team(person: Person) -> dict[str | None, tuple[int, int, Decimal]]:
    rows = (await person.get("/kpis/pipeline?group_by=team"))["rows"]
    return {row["key"]: sums(row) for row in rows}
