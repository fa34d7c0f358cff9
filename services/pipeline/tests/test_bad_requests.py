"""Bad input at every door: a problem document with the field and the reason, nothing written."""

from typing import Any

import pytest
from chassis.testkit.running import Running, published
from pipeline.products.model import product_id

GTX = product_id("GTX-PRO")

GARBAGE: list[tuple[str, dict[str, Any], str]] = [
    ("/opportunities", {}, "/name"),
    ("/opportunities", {"name": "A", "colour": "red"}, "/colour"),
    ("/opportunities", {"name": 5}, "/name"),
    ("/opportunities", {"name": "A\x00B"}, "/name"),
    ("/opportunities", {"name": "A" * 201}, "/name"),
    ("/opportunities", {"name": "A", "amount": {"amount": "-1"}}, "/amount"),
    ("/opportunities", {"name": "A", "amount": {"amount": "1e30"}}, "/amount/amount"),
    ("/opportunities", {"name": "A", "amount": {"amount": "NaN"}}, "/amount/amount"),
    ("/opportunities", {"name": "A", "amount": {"amount": "1.005"}}, "/amount/amount"),
    ("/opportunities", {"name": "A", "customer_id": "nobody"}, "/customer_id"),
    ("/opportunities", {"name": "A", "customer_id": {"$ne": None}}, "/customer_id"),
    ("/opportunities", {"name": "A", "product_id": "nothing"}, "/product_id"),
    ("/opportunities", {"name": "A", "owner_id": "nobody"}, "/owner_id"),
    ("/opportunities", {"name": "A", "collaborator_ids": ["nobody"]}, "/collaborator_ids/0"),
    ("/opportunities", {"name": "A", "contacts": [{"contact_id": "nobody"}]}, "/contacts/0"),
    ("/opportunities", {"name": "A", "template": "unknown"}, "/template"),
    ("/opportunities", {"name": "A", "stage": "unknown"}, "/stage"),
    ("/opportunities", {"name": "A", "opened_on": "2030-01-01"}, "/opened_on"),
    ("/opportunities", {"name": "A", "opened_on": "yesterday"}, "/opened_on"),
    ("/opportunities", {"name": "A", "status": "won"}, ""),
    (
        "/opportunities",
        {"name": "A", "history": True, "external_id": "1", "opened_on": "0001-01-01"},
        "/opened_on",
    ),
    (
        "/follow-ups",
        {"customer_id": "customer-1", "method": "phone", "at": "9999-12-31T23:59:59Z"},
        "/at",
    ),
    (
        "/follow-ups",
        {"customer_id": "customer-1", "method": "phone", "at": "0001-01-01T00:00:00+14:00"},
        "/at",
    ),
    (
        "/orders",
        {
            "customer_id": "customer-1",
            "lines": [
                {
                    "product_id": GTX,
                    "quantity": "999999999",
                    "unit_price": {"amount": "9999999999999"},
                }
            ],
        },
        "/lines/0",
    ),
    ("/opportunities", {"name": "A", "probability": "1.5"}, "/probability"),
    ("/orders", {"lines": []}, "/lines"),
    ("/orders", {"customer_id": "customer-1", "lines": [{"product_id": GTX}]}, "/lines/0"),
    (
        "/orders",
        {"customer_id": "nobody", "lines": [{"product_id": "x", "amount": {"amount": "1"}}]},
        "/lines/0/product_id",
    ),
    (
        "/orders",
        {
            "customer_id": "customer-1",
            "lines": [{"product_id": GTX, "quantity": "-1", "amount": {"amount": "1"}}],
        },
        "/lines/0/quantity",
    ),
    ("/payments", {"customer_id": "customer-1", "amount": {"amount": "0"}}, "/amount/amount"),
    ("/payments", {"amount": {"amount": "5"}}, ""),
    ("/payments", {"customer_id": "nobody", "amount": {"amount": "5"}}, "/customer_id"),
    ("/follow-ups", {"customer_id": "customer-1", "method": "phone"}, "/at"),
    (
        "/follow-ups",
        {"customer_id": "customer-1", "method": "phone", "at": "2026-03-03T09:00:00"},
        "/at",
    ),
    (
        "/follow-ups",
        {"customer_id": "customer-1", "method": "pigeon", "at": "2026-03-03T01:00:00Z"},
        "/method",
    ),
    (
        "/follow-ups",
        {
            "customer_id": "customer-1",
            "method": "phone",
            "at": "2026-03-03T01:00:00Z",
            "due_at": "2026-03-02T01:00:00Z",
        },
        "/due_at",
    ),
    ("/products", {"name": "A", "code": "A", "list_price": {"amount": "0"}}, "/list_price/amount"),
]


@pytest.mark.parametrize(("path", "body", "pointer"), GARBAGE)
async def test_bad_input_is_told_by_field_and_changes_nothing(
    shared_pipeline: Running, path: str, body: dict[str, Any], pointer: str
) -> None:
    owned = body if path == "/products" or "owner_id" in body else body | {"owner_id": "rep-1"}
    async with published(shared_pipeline.db) as events:
        answer = await shared_pipeline.client.post(path, json=owned)
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert pointer in [error["pointer"] for error in answer.json()["errors"]], answer.text
    assert events.types == []


@pytest.mark.parametrize(
    "path",
    [
        "/opportunities?limit=0",
        "/opportunities?limit=201",
        "/opportunities?cursor=nonsense",
        "/opportunities?sort=password",
        "/opportunities?owner_id=%24ne",
        "/opportunities?status=unknown",
        "/follow-ups?due_before=soon",
    ],
)
async def test_bad_questions_are_refused(shared_pipeline: Running, path: str) -> None:
    assert (await shared_pipeline.client.get(path)).status_code == 400


@pytest.mark.parametrize("collection", ["opportunities", "orders", "payments", "follow-ups"])
async def test_what_does_not_exist_is_not_found(shared_pipeline: Running, collection: str) -> None:
    assert (await shared_pipeline.client.get(f"/{collection}/nothing")).status_code == 404
