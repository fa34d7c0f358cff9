"""Contracts over HTTP: `/contracts`."""

from typing import Annotated, Any

from chassis.door import Door, Reader
from chassis.pages import page
from fastapi import APIRouter, Query, Response

from pipeline.contracts import commands, lifecycle
from pipeline.contracts.model import COMPLETED, TERMINATED
from pipeline.contracts.requests import (
    ContractChangeIn,
    ContractIn,
    EndIn,
    Kind,
    NoteIn,
    ReasonIn,
    SealIn,
    SendIn,
    Status,
    TerminateIn,
)
from pipeline.contracts.store import CONTRACTS
from pipeline.contracts.views import contract_view
from pipeline.requests import Cursor, Day, IdPath, IdQuery, Limit

router = APIRouter(tags=["contracts"])


@router.post("/contracts", status_code=201)
async def draft_contract(body: ContractIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.draft_new_contract(work, body.value),
        shown=contract_view,
        created="/contracts",
    )


@router.get("/contracts")
async def list_contracts(
    reader: Reader,
    customer_id: IdQuery = None,
    opportunity_id: IdQuery = None,
    owner_id: IdQuery = None,
    base_contract_id: IdQuery = None,
    kind: Annotated[Kind | None, Query()] = None,
    status: Annotated[Status | None, Query()] = None,
    number: Annotated[str | None, Query(max_length=40)] = None,
    ends_before: Annotated[Day | None, Query()] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    scope = await reader.scope("contracts:read")
    asked = {
        "customer_id": customer_id,
        "opportunity_id": opportunity_id,
        "owner_id": owner_id,
        "base_contract_id": base_contract_id,
        "kind": kind,
        "status": status,
        "number": number,
    }
    wanted: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
    if ends_before is not None:
        wanted["terms.ends_on"] = {"$lt": ends_before.isoformat(), "$gt": ""}
    found = await page(
        reader.db[CONTRACTS.collection],
        {"$and": [scope.filter(), wanted]},
        limit=limit,
        cursor=cursor,
        decode=CONTRACTS.aggregate,
    )
    return reader.page([contract_view(one) for one in found.items], found.next_cursor)


@router.get("/contracts/{contract_id}")
async def read_contract(contract_id: IdPath, reader: Reader) -> Response:
    contract = await reader.load(CONTRACTS, contract_id, "contracts:read")
    return reader.show(contract_view(contract), version=contract.version)


@router.patch("/contracts/{contract_id}")
async def change_contract(contract_id: IdPath, body: ContractChangeIn, door: Door) -> Response:
    lines = body.given_lines if "lines" in body.model_fields_set else None
    return await door.run(
        lambda work: commands.change_contract(work, contract_id, body.terms, lines),
        shown=contract_view,
    )


@router.post("/contracts/{contract_id}/submit")
async def submit_contract(contract_id: IdPath, body: NoteIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.submit_contract(work, contract_id, body.note), shown=contract_view
    )


@router.post("/contracts/{contract_id}/send")
async def send_contract(contract_id: IdPath, body: SendIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.send_contract(work, contract_id, body.sent_on), shown=contract_view
    )


@router.post("/contracts/{contract_id}/take-back")
async def take_contract_back(contract_id: IdPath, body: ReasonIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.take_contract_back(work, contract_id, body.reason),
        shown=contract_view,
    )


@router.post("/contracts/{contract_id}/discard")
async def discard_contract(contract_id: IdPath, body: ReasonIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.discard_contract(work, contract_id, body.reason),
        shown=contract_view,
    )


@router.post("/contracts/{contract_id}/request-seal")
async def request_seal(contract_id: IdPath, body: NoteIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.request_seal(work, contract_id, body.note), shown=contract_view
    )


@router.post("/contracts/{contract_id}/seal")
async def set_seal(contract_id: IdPath, body: SealIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.set_seal(work, contract_id, body.party, body.sealed_on, body.file_id),
        shown=contract_view,
    )


@router.post("/contracts/{contract_id}/complete")
async def complete_contract(contract_id: IdPath, body: EndIn, door: Door) -> Response:
    return await door.run(
        lambda work: lifecycle.end_contract(
            work, contract_id, COMPLETED, body.reason, body.ended_on
        ),
        shown=contract_view,
    )


@router.post("/contracts/{contract_id}/terminate")
async def terminate_contract(contract_id: IdPath, body: TerminateIn, door: Door) -> Response:
    return await door.run(
        lambda work: lifecycle.end_contract(
            work, contract_id, TERMINATED, body.reason, body.ended_on
        ),
        shown=contract_view,
    )
