"""The doors: figures, tiers and alerts, as people with different rights see them."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from chassis.clock import VirtualClock
from chassis.testkit import Running, a_message, service, take
from contracts import customers as customers_wire
from contracts import field as field_wire
from contracts import pipeline as wire
from contracts.envelope import BY_PAYLOAD, Event
from insights import store
from insights.main import create_app

STAGE = wire.StageRef(number=1, code="contact", norm_days=14)


class Company:
    """Insights in this process; events are brought to it by hand, the clock is turned by hand."""

    def __init__(self, running: Running, clock: VirtualClock, yuan: Any) -> None:
        self.running = running
        self.clock = clock
        self._yuan = yuan
        self._sequences: dict[str, int] = {}

    async def say(self, payload: Event, subject: str, **more: Any) -> str:
        """Something happened elsewhere; its event id."""
        reference = f"{BY_PAYLOAD[type(payload)].aggregate}:{subject}"
        self._sequences[reference] = self._sequences.get(reference, 0) + 1
        message = a_message(
            payload,
            subject=subject,
            sequence=self._sequences[reference],
            recorded_at=more.pop("recorded_at", self.clock.now()),
            **more,
        )
        await take(self.running, [message])
        return message.id

    async def look(self, **forward: float) -> None:
        """Time passes, everything is folded, and the evaluator looks."""
        self.clock.advance(timedelta(**forward))
        measures = self.running.app.state.progress.measures
        measures.caught_up_at = measures.passed = self.clock.now()
        await self.running.app.state.evaluator.look()

    async def staff(self, name: str, team: str) -> None:
        profile = field_wire.StaffProfile(name=name.title(), team_id=team)
        await self.say(field_wire.StaffJoined(staff_id=name, profile=profile), name)

    async def team(self, name: str, leader: str | None, parent: str | None = None) -> None:
        profile = field_wire.TeamProfile(name=name.title(), leader_id=leader, parent_id=parent)
        await self.say(field_wire.TeamFormed(team_id=name, profile=profile), name)

    async def customer(self, name: str, owner: str = "ann", kind: str = "end_user") -> None:
        profile = customers_wire.CustomerProfile(name=name.title(), owner_id=owner, kind=kind)
        await self.say(customers_wire.CustomerRegistered(customer_id=name, profile=profile), name)

    async def deal(self, name: str, owner: str = "ann", team: str = "red", **more: Any) -> str:
        customer = more.pop("customer", None)
        return await self.say(
            wire.OpportunityOpened(
                opportunity_id=name,
                owner_id=owner,
                template="standard",
                template_version=1,
                stage=STAGE,
                opened_on=more.pop("opened_on", date(2026, 2, 20)),
                terms=wire.DealTerms(name=name, customer_id=customer, product_id="gtx"),
            ),
            name,
            owner=owner,
            team=team,
            region="East",
            **more,
        )

    async def win(
        self, name: str, amount: str, closed_on: date = date(2026, 3, 1), owner: str = "ann"
    ) -> str:
        return await self.say(
            wire.OpportunityWon(
                opportunity_id=name,
                customer_id=None,
                amount=self._yuan(amount),
                opened_on=date(2026, 2, 20),
                closed_on=closed_on,
                previous_stage=STAGE,
            ),
            name,
            owner=owner,
            team="red",
            region="East",
        )

    async def delivered(self, order: str, customer: str, amount: str, on: date) -> None:
        await self.say(
            wire.OrderPlaced(
                order_id=order,
                number=order,
                customer_id=customer,
                opportunity_id=None,
                owner_id="ann",
                lines=[],
                total=self._yuan(amount),
                placed_on=on,
            ),
            order,
            key=customer,
        )
        await self.say(
            wire.OrderDelivered(
                order_id=order,
                customer_id=customer,
                opportunity_id=None,
                lines=[],
                amount=self._yuan(amount),
                delivered_on=on,
            ),
            order,
            key=customer,
        )


@pytest.fixture
async def company(mongodb_uri: str, clock: VirtualClock, yuan: Any) -> AsyncIterator[Company]:
    async with service(create_app, mongodb_uri, clock=clock) as running:
        found = Company(running, clock, yuan)
        await found.team("all", "dora")
        await found.team("red", "sue", "all")
        await found.team("blue", "tom", "all")
        for name, team in (("ann", "red"), ("bob", "red"), ("cyd", "blue"), ("sue", "red")):
            await found.staff(name, team)
        await found.staff("dora", "all")
        yield found


async def figures(company: Company, who: str, role: str, **query: str) -> Any:
    client = company.running.as_(who, role)
    answer = await client.get("/kpis/pipeline", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_sum_never_counts_a_deal_that_its_reader_may_not_open(company: Company) -> None:
    for name, owner, team in (("d1", "ann", "red"), ("d2", "bob", "red"), ("d3", "cyd", "blue")):
        await company.deal(name, owner, team)
        await company.win(name, "100", owner=owner)
    own = await figures(company, "ann", "rep")
    assert own["overall"]["won_amount"] == "100.00"
    assert [row["key"] for row in own["rows"]] == ["ann"]
    teams = await figures(company, "sue", "supervisor")
    assert {row["key"] for row in teams["rows"]} == {"ann", "bob"}
    assert teams["overall"]["total"] == 2
    everybody = await figures(company, "dora", "director", group_by="region")
    assert everybody["overall"]["won_amount"] == "300.00"
    nothing = await company.running.as_("ann", "nobody").get("/kpis/pipeline")
    assert nothing.status_code == 403


async def test_a_row_is_told_in_full(company: Company) -> None:
    await company.customer("acme")
    await company.deal("d1", customer="acme")
    await company.win("d1", "1054.50")
    await company.deal("d2", customer="acme", opened_on=None)
    answer = await figures(company, "dora", "director", group_by="customer")
    assert answer["currency"] == "CNY"
    assert answer["rows"] == [
        {
            "key": "acme",
            "name": "Acme",
            "total": 2,
            "open": 1,
            "won": 1,
            "lost": 0,
            "won_amount": "1054.50",
            "win_rate": "1.0000",
            "average_won_amount": "1054.50",
            "median_days_to_close": 9,
            "open_by_stage": {"contact": 1},
        }
    ]
    assert answer["overall"] == {k: v for k, v in answer["rows"][0].items() if k not in "key name"}


async def test_names_stand_beside_keys_and_a_row_without_key_holds_the_rest(
    company: Company,
) -> None:
    await company.deal("d1")
    by_owner = await figures(company, "dora", "director", group_by="owner")
    assert [(row["key"], row["name"]) for row in by_owner["rows"]] == [("ann", "Ann")]
    by_team = await figures(company, "dora", "director", group_by="team")
    assert [(row["key"], row["name"]) for row in by_team["rows"]] == [("red", "Red")]
    by_customer = await figures(company, "dora", "director", group_by="customer")
    assert [(row["key"], row["name"]) for row in by_customer["rows"]] == [(None, None)]


@pytest.mark.parametrize(
    ("since", "until", "counted"),
    [
        ("2026-03-01", "2026-03-02", 1),
        ("2026-02-28", "2026-03-01", 0),
        ("2026-03-02", None, 1),
        (None, "2026-03-02", 2),
        ("2025-12-15", "2026-04-03", 3),
        ("2026-03-02", "2026-03-02", 0),
    ],
)
async def test_a_range_is_right_to_the_day(
    company: Company, since: str | None, until: str | None, counted: int
) -> None:
    await company.deal("d1")
    await company.win("d1", "1", date(2026, 3, 1))
    await company.deal("d2")
    await company.win("d2", "1", date(2026, 3, 2))
    await company.deal("d3")
    await company.deal("d4", opened_on=None)
    query = {"from": since, "to": until}
    asked = {name: value for name, value in query.items() if value is not None}
    answer = await figures(company, "dora", "director", **asked)
    assert answer["overall"]["total"] == counted


@pytest.mark.parametrize(
    "query",
    [
        {"group_by": "shoe-size"},
        {"from": "yesterday"},
        {"from": "2026-03-02", "to": "2026-03-01"},
        {"from": "0001-01-01"},
        {"to": "9999-12-31"},
    ],
)
async def test_a_question_that_makes_no_sense_is_told_so(
    company: Company, query: dict[str, str]
) -> None:
    answer = await company.running.client.get("/kpis/pipeline", params=query)
    assert answer.status_code == 400
    assert answer.json()["type"] == "/problems/validation"


async def test_a_write_is_seen_by_a_read_that_waits_for_it(company: Company) -> None:
    position = await company.deal("d1")
    client = company.running.client
    seen = await client.get("/kpis/pipeline", headers={"Tianlong-Wait-For": position})
    assert seen.json()["overall"]["total"] == 1
    unknown = await client.get("/kpis", headers={"Tianlong-Wait-For": "payment:p1:1"})
    assert unknown.status_code == 400


async def test_a_write_that_is_held_is_told_at_once(company: Company) -> None:
    early = a_message(
        wire.IntentChanged(opportunity_id="d1", intent="weak", previous_intent="none"),
        subject="d1",
        sequence=2,
    )
    await take(company.running, [early])
    answer = await company.running.client.get(
        "/kpis", headers={"Tianlong-Wait-For": "opportunity:d1:2"}
    )
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 1


async def test_tiers_come_from_a_year_of_orders_with_inputs_and_reason(company: Company) -> None:
    for name, amount in (("large", "800"), ("middle", "150"), ("small", "50")):
        await company.customer(name)
        await company.delivered(f"o-{name}", name, amount, date(2025, 12, 1))
    await company.delivered("o-old", "small", "9000", date(2025, 3, 2))
    await company.customer("none", owner="cyd")
    await company.look()
    director = company.running.as_("dora", "director")
    found = (await director.get("/tiers")).json()["items"]
    assert {one["id"]: one["effective"] for one in found} == {
        "large": "A",
        "middle": "B",
        "small": "C",
        "none": "D",
    }
    large = (await director.get("/tiers/large", headers={"Accept-Language": "en"})).json()
    assert large["inputs"]["revenue"] == "800.00"
    assert large["policy_version"] == 1
    assert "800.00" in large["reason"]
    history = (await director.get("/tiers/large/history")).json()["items"]
    assert [one["type"] for one in history] == ["tianlong.tier.changed.v1"]
    # Inputs are of now, also where the tier itself did not change.
    await company.delivered("o-more", "small", "1", date(2026, 1, 5))
    await company.look(seconds=30)
    assert (await director.get("/tiers/large")).json()["inputs"]["group_revenue"] == "1001.00"


async def test_the_order_in_which_events_arrive_makes_no_difference_to_tiers(
    mongodb_uri: str, yuan: Any
) -> None:
    orders = [("a", "600"), ("b", "250"), ("c", "100"), ("d", "50"), ("b", "40"), ("d", "700")]
    outcomes = []
    for arrival in (orders, orders[::-1], orders[3:] + orders[:3]):
        clock = VirtualClock(datetime(2026, 3, 2, 1, tzinfo=UTC))
        async with service(create_app, mongodb_uri, clock=clock) as running:
            company = Company(running, clock, yuan)
            for number, (customer, amount) in enumerate(arrival):
                await company.delivered(f"o{number}", customer, amount, date(2026, 2, 1))
                if number == 2:
                    for name in "dcba":
                        await company.customer(name)
                # Ranked at every step, with what had come by then.
                await company.look(seconds=10)
            found = (await running.client.get("/tiers")).json()["items"]
            shown = ("id", "computed", "effective", "inputs", "reason", "reason_zh")
            outcomes.append([{name: one[name] for name in shown} for one in found])
    assert outcomes[0] == outcomes[1] == outcomes[2]
    assert {one["id"]: one["effective"] for one in outcomes[0]} == {
        "d": "A",
        "a": "A",
        "b": "A",
        "c": "B",
    }


async def test_tiers_obey_the_rights_of_their_customers(company: Company) -> None:
    await company.customer("anns", owner="ann")
    await company.customer("cyds", owner="cyd")
    await company.look()
    rep = company.running.as_("ann", "rep")
    assert [one["id"] for one in (await rep.get("/tiers")).json()["items"]] == ["anns"]
    assert (await rep.get("/tiers/cyds")).status_code == 404
    changed = customers_wire.CustomerOwnerChanged(
        customer_id="cyds", owner_id="ann", previous_owner_id="cyd"
    )
    await company.say(changed, "cyds")
    await company.look(seconds=30)
    assert (await rep.get("/tiers/cyds")).status_code == 200


async def test_a_held_tier_goes_down_after_two_bad_month_ends(company: Company) -> None:
    await company.customer("acme")
    await company.delivered("o1", "acme", "100", date(2026, 3, 1))
    director = company.running.as_("dora", "director")
    await company.look()
    await company.look(days=1)
    assert (await director.get("/tiers/acme")).json()["held"] == "A"
    await company.customer("giant")
    await company.delivered("o2", "giant", "100000", date(2026, 3, 3))
    effective = []
    for _ in range(3):
        await company.look(days=30)
        effective.append((await director.get("/tiers/acme")).json()["effective"])
    assert effective == ["A", "C", "C"]
    computed = (await director.get("/tiers/acme")).json()["computed"]
    assert computed == "C"


async def test_a_follow_up_past_its_time_raises_one_alert_and_doing_it_clears_it(
    company: Company,
) -> None:
    await company.deal("d1")
    planned = wire.FollowUpPlanned(
        follow_up_id="f1",
        opportunity_id="d1",
        customer_id=None,
        owner_id="ann",
        terms=wire.FollowUpTerms(at=company.clock.now(), method="phone", objective="ask"),
        due_at=company.clock.now() + timedelta(hours=24),
    )
    await company.say(planned, "f1", owner="ann", team="red")
    await company.look(hours=24)
    rep = company.running.as_("ann", "rep")
    assert (await rep.get("/alerts")).json()["items"] == []
    await company.look(seconds=1)
    await company.look(seconds=1)
    (alert,) = (await rep.get("/alerts")).json()["items"]
    assert alert["id"] == "follow-up-overdue:f1:1"
    assert alert["status"] == "open"
    assert "ask" in alert["reason_en"]
    assert (await company.running.as_("cyd", "rep").get("/alerts")).json()["items"] == []
    seen = await rep.post(f"/alerts/{alert['id']}/acknowledge", json={"note": "calling"})
    assert seen.json()["status"] == "acknowledged"
    done = wire.FollowUpDone(
        follow_up_id="f1",
        opportunity_id="d1",
        customer_id=None,
        result="ok",
        done_at=company.clock.now(),
    )
    fact = await company.say(done, "f1", owner="ann", team="red")
    await company.look(seconds=1)
    (alert,) = (await rep.get("/alerts", params={"status": "cleared"})).json()["items"]
    assert alert["cleared_by"] == fact
    again = await rep.post(f"/alerts/{alert['id']}/acknowledge", json={})
    assert again.status_code == 409


async def test_our_own_lag_never_looks_like_somebodys_silence(company: Company) -> None:
    await company.deal("d1")
    company.clock.advance(timedelta(days=30))
    measures = company.running.app.state.progress.measures
    measures.caught_up_at = company.clock.now()
    measures.passed = company.clock.now() - timedelta(days=20)
    await company.running.app.state.evaluator.look()
    director = company.running.as_("dora", "director")
    assert (await director.get("/alerts")).json()["items"] == []
    await company.look()
    (alert,) = (await director.get("/alerts")).json()["items"]
    assert alert["id"] == "stage-over-norm:d1:1"
    groups = await director.get("/alerts", params={"group_by": "rule-and-owner"})
    assert [(one["rule"], one["owner_name"], one["count"]) for one in groups.json()["groups"]] == [
        ("stage-over-norm", "Ann", 1)
    ]


async def test_a_deal_that_moves_in_time_raises_nothing(company: Company) -> None:
    await company.deal("d1")
    company.clock.advance(timedelta(days=10))
    await company.win("d1", "1")
    await company.look(days=30)
    director = company.running.as_("dora", "director")
    assert (await director.get("/alerts")).json()["items"] == []
    assert await company.running.db[store.TIMERS].count_documents({}) == 0


async def test_an_alert_follows_its_deal_to_a_new_owner(company: Company) -> None:
    await company.deal("d1")
    await company.look(days=15)
    changed = wire.OpportunityOwnerChanged(
        opportunity_id="d1", owner_id="cyd", previous_owner_id="ann"
    )
    await company.say(changed, "d1", owner="cyd", team="blue")
    await company.look(seconds=1)
    assert (await company.running.as_("ann", "rep").get("/alerts")).json()["items"] == []
    assert len((await company.running.as_("cyd", "rep").get("/alerts")).json()["items"]) == 1


async def test_only_operators_rebuild(company: Company) -> None:
    refused = await company.running.as_("ann", "nobody").post("/operations/rebuild", json={})
    assert refused.status_code == 403
    asked = await company.running.client.post("/operations/rebuild", json={"projection": "tiers"})
    assert asked.json()["state"] == "asked"
    state = (await company.running.client.get("/operations/rebuild")).json()
    assert (state["state"], state["active_generation"]) == ("asked", 1)


async def test_a_skipped_message_is_passed_over_by_the_fold(company: Company) -> None:
    held = company.running
    await company.deal("d1")
    early = a_message(
        wire.IntentChanged(opportunity_id="d1", intent="weak", previous_intent="none"),
        subject="d1",
        sequence=3,
        recorded_at=datetime(2026, 3, 2, tzinfo=UTC),
    )
    await take(held, [early])
    await held.app.state.heed()
    (line,) = (await held.client.get("/operations/dead-letters")).json()["items"]
    assert (line["id"], line["reason"]) == ("opportunity:d1:3", "gap")
    skipped = await held.client.post(
        "/operations/dead-letters/opportunity:d1:3/skip", json={"reason": "2 was lost long ago"}
    )
    assert skipped.status_code == 200, skipped.text
    await held.app.state.heed()
    assert await held.db[store.WAITING].count_documents({}) == 0
    state = await held.db[store.STATES].find_one({"kind": "opportunity"})
    assert state is not None
    assert state["seq"] == 3
