"""Invoices, deductions and statements over HTTP: issued once, then only reversed."""

from typing import Any

from chassis.testkit.running import Client, Running, published
from contracts import pipeline as wire
from httpx import Response
from pipeline.products.model import product_id

GTX = product_id("GTX-PRO")
BUYER = {"title": "Cancity Ltd", "tax_number": "91330000MA27XXXX0X"}
LINES = [
    {"description": "machine", "tax_rate": "0.13", "net": {"amount": "100.00"}},
    {"description": "training", "tax_rate": "0.06", "gross": {"amount": "10.00"}},
]


async def request(client: Client, **more: Any) -> Response:
    body = {"customer_id": "customer-1", "lines": LINES, "buyer": BUYER} | more
    return await client.post("/invoices", json=body)


async def issued(client: Client, number: str = "26310001") -> str:
    """The path of an invoice that was issued."""
    path = f"/invoices/{(await request(client)).json()['id']}"
    done = await client.post(f"{path}/issue", json={"number": number})
    assert done.status_code == 200, done.text
    return path


async def a_debt(client: Client) -> dict[str, Any]:
    line = {"product_id": GTX, "quantity": "1", "unit_price": {"amount": "100"}}
    placed = await client.post("/orders", json={"customer_id": "customer-1", "lines": [line]})
    await client.post(f"/orders/{placed.json()['id']}/ship", json={})
    listed = await client.get(f"/payment-milestones?order_id={placed.json()['id']}")
    found: dict[str, Any] = listed.json()["items"][0]
    return found


def slug(answer: Response) -> str:
    return str(answer.json()["type"]).removeprefix("/problems/")


async def test_tax_is_stated_per_line_and_the_sums_are_those_of_the_lines(
    pipeline: Running,
) -> None:
    rep = pipeline.as_("rep-1", "rep")
    asked = (await request(rep)).json()
    assert [(one["net"]["amount"], one["tax"]["amount"]) for one in asked["lines"]] == [
        ("100.00", "13.00"),
        ("9.43", "0.57"),
    ]
    assert (asked["net"]["amount"], asked["tax"]["amount"], asked["gross"]["amount"]) == (
        "109.43",
        "13.57",
        "123.00",
    )
    assert asked["status"] == "requested"


async def test_a_special_invoice_names_the_tax_number(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    refused = await request(rep, buyer={"title": "Cancity Ltd"})
    assert refused.json()["errors"][0]["pointer"] == "/buyer/tax_number"
    ordinary = await request(rep, buyer={"title": "Cancity Ltd"}, kind="ordinary")
    assert ordinary.status_code == 201
    again = (await request(rep, buyer=None, kind="ordinary")).json()
    assert again["buyer"]["title"] == "Cancity Ltd"


async def test_a_number_stands_on_one_invoice_only(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    first = await issued(rep, "1")
    other = (await request(rep)).json()["id"]
    taken = await rep.post(f"/invoices/{other}/issue", json={"number": "1"})
    assert slug(taken) == "duplicate"
    red = await rep.post(f"{first}/reverse", json={"red_number": "1", "reason": "wrong"})
    assert slug(red) == "duplicate"


async def test_an_issued_invoice_is_reversed_in_parts_and_never_beyond_itself(
    pipeline: Running,
) -> None:
    rep = pipeline.as_("rep-1", "rep")
    path = await issued(rep)
    cancelled = await rep.post(f"{path}/cancel", json={"reason": "wrong"})
    assert slug(cancelled) == "invoice-settled"
    some = {"red_number": "R1", "reason": "returned", "parts": [{"line": 1, "gross": "50.00"}]}
    async with published(pipeline.db) as events:
        part = await rep.post(f"{path}/reverse", json=some)
    assert part.json()["status"] == "partly_reversed"
    told = events.payloads(wire.InvoiceReversed)[0]
    assert (str(told.gross.amount), told.is_full) == ("50.00", False)
    much = some | {"red_number": "R2", "parts": [{"line": 1, "gross": "63.01"}]}
    over = await rep.post(f"{path}/reverse", json=much)
    assert slug(over) == "invoice-over-reversed"
    assert over.json()["left"][0] == {"line": 1, "gross": "63.00"}
    rest = await rep.post(f"{path}/reverse", json={"red_number": "R2", "reason": "returned"})
    assert rest.json()["status"] == "reversed"
    assert {one["left"]["amount"] for one in rest.json()["lines"]} == {"0.00"}


async def test_a_deduction_takes_off_what_is_open_until_it_is_reversed(pipeline: Running) -> None:
    finance = pipeline.client
    debt = await a_debt(pipeline.as_("rep-1", "rep"))
    body = {"payment_milestone_id": debt["id"], "kind": "rebate", "reason": "yearly"}
    over = await finance.post("/deductions", json=body | {"amount": {"amount": "100.01"}})
    assert (slug(over), over.json()["open"]) == ("milestone-overpaid", "100.00")
    made = await finance.post("/deductions", json=body | {"amount": {"amount": "30"}})
    assert made.json()["status"] == "made"
    path = f"/payment-milestones/{debt['id']}"
    assert (await finance.get(path)).json()["open_amount"]["amount"] == "70.00"
    undo = f"/deductions/{made.json()['id']}/reverse"
    assert (await finance.post(undo, json={"reason": "wrong"})).json()["status"] == "reversed"
    assert (await finance.get(path)).json()["open_amount"]["amount"] == "100.00"
    account = await finance.get("/statements/customer-1?from=2026-03-01&to=2026-03-03")
    assert [one["amount"]["amount"] for one in account.json()["movements"]] == [
        "100.00",
        "-30.00",
        "30.00",
    ]


async def test_bad_debt_waits_for_everybody_whom_the_matrix_asks(pipeline: Running) -> None:
    rep, director = pipeline.as_("rep-1", "rep"), pipeline.as_("director", "director")
    debt = await a_debt(rep)
    body = {"payment_milestone_id": debt["id"], "kind": "bad_debt", "reason": "insolvent"}
    asked = await rep.post("/deductions", json=body | {"amount": {"amount": "100"}})
    assert (asked.status_code, asked.json()["status"]) == (201, "proposed"), asked.text
    path = f"/payment-milestones/{debt['id']}"
    assert (await rep.get(path)).json()["open_amount"]["amount"] == "100.00"
    for approver in (pipeline.as_("boss", "supervisor"), director, director):
        waiting = (await approver.get("/approvals?mine=to-decide")).json()["items"]
        for one in waiting:
            await approver.post(f"/approvals/{one['id']}/approve", json={})
    read = (await rep.get(f"/deductions/{asked.json()['id']}")).json()
    assert read["status"] == "made"
    assert (await rep.get(path)).json()["status"] == "settled"


async def test_a_statement_keeps_its_lines_and_is_confirmed_once(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    await a_debt(rep)
    body = {"customer_id": "customer-1", "first_on": "2026-02-01", "last_on": "2026-03-02"}
    made = await rep.post("/statements", json=body)
    assert made.json()["balances"] == [
        {
            "currency": "CNY",
            "opening": "0.00",
            "debit": "100.00",
            "credit": "0.00",
            "closing": "100.00",
        }
    ]
    path = f"/statements/{made.json()['id']}"
    no = await rep.post(
        f"{path}/dispute", json={"reason": "goods missing", "difference": {"amount": "-20"}}
    )
    assert no.json()["status"] == "disputed"
    stranger = await rep.post(f"{path}/confirm", json={"contact_id": "nobody"})
    assert stranger.json()["errors"][0]["pointer"] == "/contact_id"
    yes = await rep.post(f"{path}/confirm", json={"contact_id": "buyer"})
    assert (yes.json()["status"], yes.json()["answered_on"]) == ("confirmed", "2026-03-02")
    assert slug(await rep.post(f"{path}/confirm", json={})) == "statement-settled"
    assert len((await rep.get(path)).json()["movements"]) == 1


async def test_a_statement_is_of_days_that_have_come(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    body = {"customer_id": "customer-1", "first_on": "2026-03-02", "last_on": "2026-03-03"}
    assert (await rep.post("/statements", json=body)).json()["errors"][0]["pointer"] == "/last_on"
    other = body | {"customer_id": "customer-2", "last_on": "2026-03-02"}
    assert (await rep.post("/statements", json=other)).status_code == 404
    far = await rep.get("/statements/customer-2?from=2026-03-01&to=2026-03-03")
    assert far.status_code == 404
