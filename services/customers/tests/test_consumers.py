"""What other services' facts do to a customer, also when they come twice."""

from datetime import date
from decimal import Decimal
from typing import Any

from chassis.testkit.running import Client, Running, deliver, published, take
from contracts import customers as wire
from contracts import field, pipeline
from contracts.values import (
    CustomerId,
    Fix,
    Money,
    OpportunityId,
    OrderId,
    Position,
    StaffId,
    TeamId,
    VisitId,
)

HERE = Position(latitude=31.2304, longitude=121.4737)


async def a_customer(client: Client, **given: Any) -> str:
    answer = await client.post("/customers", json={"name": "Acme"} | given)
    customer_id: str = answer.json()["id"]
    return customer_id


def opened(customer_id: str | None) -> pipeline.OpportunityOpened:
    return pipeline.OpportunityOpened(
        opportunity_id=OpportunityId("deal"),
        owner_id=StaffId("li"),
        template="standard",
        template_version=1,
        stage=pipeline.StageRef(number=1, code="contact"),
        opened_on=date(2026, 3, 2),
        terms=pipeline.DealTerms(
            name="deal", customer_id=CustomerId(customer_id) if customer_id else None
        ),
    )


def placed(customer_id: str) -> pipeline.OrderPlaced:
    return pipeline.OrderPlaced(
        order_id=OrderId("order"),
        number="1",
        customer_id=CustomerId(customer_id),
        opportunity_id=None,
        owner_id=StaffId("li"),
        lines=[],
        total=Money(Decimal("1.00"), "CNY"),
        placed_on=date(2026, 3, 2),
    )


def checked_in(customer_id: str, **given: Any) -> field.VisitCheckedIn:
    visit: dict[str, Any] = {
        "visit_id": VisitId("visit"),
        "staff_id": StaffId("li"),
        "customer_id": CustomerId(customer_id),
        "at": "2026-03-02T01:00:00Z",
        "fix": Fix(position=HERE),
        "fix_status": "fresh",
    }
    return field.VisitCheckedIn(**visit | given)


async def test_deals_and_orders_move_the_status(customers: Running, li: Client) -> None:
    customer_id = await a_customer(li)
    async with published(customers.db) as events:
        message = await deliver(customers, opened(customer_id), subject="deal")
        await deliver(customers, placed(customer_id), subject="order")
        await take(customers, [message, message])
        await deliver(customers, opened(customer_id), subject="another-deal")
    moves = events.payloads(wire.CustomerStatusChanged)
    assert [(move.status, move.reason) for move in moves] == [
        ("interested", "opportunity:deal:1"),
        ("won", "order:order:1"),
    ]
    assert (await li.get(f"/customers/{customer_id}")).json()["status"] == "won"


async def test_deals_without_a_customer_or_of_an_unknown_one_pass(customers: Running) -> None:
    async with published(customers.db) as events:
        await deliver(customers, opened(None), subject="deal-1")
        await deliver(customers, opened("nobody"), subject="deal-2")
        await deliver(customers, placed("nobody"), subject="order")
    assert events.types == []


async def test_the_first_good_check_in_proposes_a_place(customers: Running, li: Client) -> None:
    customer_id = await a_customer(li)
    elsewhere = Fix(position=Position(latitude=39.9, longitude=116.4))
    for number, visit in enumerate(
        (
            checked_in(customer_id, fix_status="stale"),
            checked_in(customer_id, is_phone=True),
            checked_in(customer_id, fix=None, fix_status="missing"),
            checked_in(customer_id),
            checked_in(customer_id, fix=elsewhere),
        )
    ):
        await deliver(customers, visit, subject=f"visit-{number}")
    shown = (await li.get(f"/customers/{customer_id}")).json()
    assert shown["proposed_position"] == {
        "latitude": 31.2304,
        "longitude": 121.4737,
        "datum": "WGS-84",
    }
    assert shown["version"] == 2


async def test_customers_and_people_follow_an_owner_who_moves(
    customers: Running, li: Client, boss: Client
) -> None:
    customer_id = await a_customer(li)
    made = await li.post("/contacts", json={"customer_id": customer_id, "name": "Wang"})
    contact_id = made.json()["id"]
    north, south = (
        field.StaffProfile(name="Li", team_id=TeamId(team)) for team in ("north", "south")
    )
    await deliver(
        customers,
        field.StaffMoved(staff_id=StaffId("li"), profile=south, previous=north),
        subject="li",
    )
    other_boss = customers.as_("boss-south", "supervisor")
    for path in (f"/customers/{customer_id}", f"/contacts/{contact_id}"):
        assert (await boss.get(path)).status_code == 404
        assert (await other_boss.get(path)).status_code == 200
    async with published(customers.db) as events:
        changed = await li.patch(
            f"/customers/{customer_id}", json={"industry": "x"}, headers={"If-Match": '"1"'}
        )
    assert changed.status_code == 200
    assert events.documents[0]["headers"]["ce_region"] == "south"
