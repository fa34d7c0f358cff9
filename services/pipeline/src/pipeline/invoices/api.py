"""Invoices over HTTP: `/invoices`."""

from typing import Annotated, Any, Literal

from chassis.door import Door, Reader
from chassis.pages import page
from fastapi import APIRouter, Query, Response

from pipeline.invoices import commands
from pipeline.invoices.model import Invoice, Reversal
from pipeline.invoices.requests import CancelIn, InvoiceIn, IssueIn, ReverseIn
from pipeline.invoices.store import INVOICES
from pipeline.requests import Cursor, IdPath, IdQuery, Limit
from pipeline.taxes.model import Taxed
from pipeline.views import money_view, plain

router = APIRouter(tags=["invoices"])
Status = Literal["requested", "issued", "partly_reversed", "reversed", "cancelled"]


def invoice_view(invoice: Invoice) -> dict[str, Any]:
    left = invoice.left()
    return {
        "id": invoice.id,
        "version": invoice.version,
        "customer_id": invoice.customer_id,
        "contract_id": invoice.contract_id,
        "order_id": invoice.order_id,
        "opportunity_id": invoice.opportunity_id,
        "payment_milestone_ids": invoice.payment_milestone_ids,
        "owner_id": invoice.owner_id,
        "team_id": invoice.team_id,
        "kind": invoice.kind,
        "buyer": plain(invoice.buyer),
        "lines": [
            {"description": line.description, "tax_rate": str(line.tax_rate)}
            | _taxed_view(line.taxed)
            | {"left": money_view(left[place].gross)}
            for place, line in enumerate(invoice.lines, start=1)
        ],
        "net": money_view(invoice.net),
        "tax": money_view(invoice.tax),
        "gross": money_view(invoice.gross),
        "status": invoice.status,
        "number": invoice.number,
        "issued_on": invoice.issued_on,
        "reversals": [_reversal_view(one) for one in invoice.reversals],
        "cancelled_reason": invoice.cancelled_reason,
        "created_at": invoice.created_at,
        "updated_at": invoice.updated_at,
    }


@router.post("/invoices", status_code=201)
async def request_invoice(body: InvoiceIn, door: Door) -> Response:
    given = commands.NewInvoice(
        customer_id=body.customer_id,
        kind=body.kind,
        lines=[line.value for line in body.lines],
        buyer=body.buyer.value if body.buyer else None,
        order_id=body.order_id,
        payment_milestone_ids=body.payment_milestone_ids,
    )
    return await door.run(
        lambda work: commands.request_invoice(work, given), shown=invoice_view, created="/invoices"
    )


@router.get("/invoices")
async def list_invoices(
    reader: Reader,
    customer_id: IdQuery = None,
    contract_id: IdQuery = None,
    order_id: IdQuery = None,
    opportunity_id: IdQuery = None,
    number: Annotated[str | None, Query(max_length=40)] = None,
    status: Annotated[Status | None, Query()] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    scope = await reader.scope("invoices:read")
    asked = {
        "customer_id": customer_id,
        "contract_id": contract_id,
        "order_id": order_id,
        "opportunity_id": opportunity_id,
        "number": number,
        "status": status,
    }
    wanted = {name: value for name, value in asked.items() if value is not None}
    found = await page(
        reader.db[INVOICES.collection],
        {"$and": [scope.filter(), wanted]},
        limit=limit,
        cursor=cursor,
        decode=INVOICES.aggregate,
    )
    return reader.page([invoice_view(one) for one in found.items], found.next_cursor)


@router.get("/invoices/{invoice_id}")
async def read_invoice(invoice_id: IdPath, reader: Reader) -> Response:
    found = await reader.load(INVOICES, invoice_id, "invoices:read")
    return reader.show(invoice_view(found), version=found.version)


@router.post("/invoices/{invoice_id}/issue")
async def issue_invoice(invoice_id: IdPath, body: IssueIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.issue_invoice(work, invoice_id, body.number, body.issued_on),
        shown=invoice_view,
    )


@router.post("/invoices/{invoice_id}/cancel")
async def cancel_invoice(invoice_id: IdPath, body: CancelIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.cancel_invoice(work, invoice_id, body.reason), shown=invoice_view
    )


@router.post("/invoices/{invoice_id}/reverse")
async def reverse_invoice(invoice_id: IdPath, body: ReverseIn, door: Door) -> Response:
    """红冲, in whole or in part."""
    return await door.run(
        lambda work: commands.reverse_invoice(
            work,
            invoice_id,
            red_number=body.red_number,
            parts=[one.value for one in body.parts],
            on=body.reversed_on,
            reason=body.reason,
        ),
        shown=invoice_view,
    )


def _taxed_view(taxed: Taxed) -> dict[str, Any]:
    return {
        "net": money_view(taxed.net),
        "tax": money_view(taxed.tax),
        "gross": money_view(taxed.gross),
    }


def _reversal_view(reversal: Reversal) -> dict[str, Any]:
    return {
        "red_number": reversal.red_number,
        "parts": [{"line": one.line} | _taxed_view(one.taxed) for one in reversal.parts],
        "on": reversal.on,
        "reason": reversal.reason,
    }
