"""Approval matrices over HTTP: `/approval-matrices`."""

from decimal import Decimal
from typing import Annotated, Any

from chassis.clock import local_date
from chassis.door import Door, Reader
from chassis.http import RequestModel
from chassis.mongo import Document
from chassis.problems import NotFound
from fastapi import APIRouter, Query, Response
from pydantic import Field, model_validator

from pipeline.approval_matrices import commands
from pipeline.approval_matrices.model import ApprovalMatrix, Ask, Deadlines, Row, matrix_id
from pipeline.approval_matrices.store import (
    APPROVAL_MATRICES,
    defaults,
    definition_of,
    matrix_for,
)
from pipeline.requests import Day, Identifier, IdPath

router = APIRouter(tags=["approval-matrices"])
KIND = r"^[a-z_]{1,40}$"
Kind = Annotated[str, Field(pattern=KIND)]
Role = Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]
Share = Annotated[Decimal, Field(ge=-10, le=10, decimal_places=4, allow_inf_nan=False)]
Hours = Annotated[Decimal, Field(gt=0, le=1000, decimal_places=2, allow_inf_nan=False)]


class AskIn(RequestModel):
    """Exactly one: a superior so many levels up, somebody with a role, or this very person."""

    line: Annotated[int, Field(ge=1, le=10)] | None = None
    role: Role | None = None
    staff_id: Identifier | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> "AskIn":
        if sum(one is not None for one in (self.line, self.role, self.staff_id)) != 1:
            raise ValueError("an approver is a line, a role or a staff_id: exactly one of them")
        return self


class RowIn(RequestModel):
    """Applies where everything it says is so. Amounts are in the company's currency."""

    asks: list[AskIn] = Field(min_length=1, max_length=20)
    amount_from: Annotated[
        Decimal | None, Field(ge=0, lt=10**13, decimal_places=2, allow_inf_nan=False)
    ] = None
    discount_from: Share | None = None
    margin_below: Share | None = None
    is_below_floor: bool | None = None
    requester_roles: list[Role] = Field(default=[], max_length=20)

    @property
    def value(self) -> Row:
        return Row(
            asks=[Ask(**ask.model_dump()) for ask in self.asks],
            **self.model_dump(exclude={"asks"}),
        )


class DeadlinesIn(RequestModel):
    """Working hours."""

    remind_after_hours: Hours = Decimal(8)
    escalate_after_hours: Hours = Decimal(24)
    urge_pause_hours: Hours = Decimal(4)


class MatrixIn(RequestModel):
    """The next version for a kind of paper; `other` is for kinds without one of their own.

    No rows: such papers are approved by rule.
    """

    kind: Kind
    effective_from: Day | None = None
    rows: list[RowIn] = Field(max_length=100)
    deadlines: DeadlinesIn = DeadlinesIn()


def matrix_view(matrix: ApprovalMatrix) -> dict[str, Any]:
    return _shown(matrix.definition)


@router.post("/approval-matrices", status_code=201)
async def publish_approval_matrix(body: MatrixIn, door: Door) -> Response:
    today = local_date(door.now, door.core.settings.timezone)
    return await door.run(
        lambda work: commands.publish_approval_matrix(
            work,
            kind=body.kind,
            effective_from=body.effective_from or today,
            today=today,
            rows=[row.value for row in body.rows],
            deadlines=Deadlines(**body.deadlines.model_dump()),
        ),
        shown=matrix_view,
        created="/approval-matrices",
    )


@router.get("/approval-matrices")
async def list_approval_matrices(
    reader: Reader, kind: Annotated[str | None, Query(pattern=KIND)] = None
) -> Response:
    """Of each kind the one in effect today; of one kind all its versions, the newest first."""
    await reader.scope("approval-matrices:read")
    versions = reader.db[APPROVAL_MATRICES.collection]
    if kind is None:
        today = local_date(reader.now, reader.core.settings.timezone)
        kinds = sorted({*defaults(), *await versions.distinct("kind")})
        in_effect = [await matrix_for(reader.db, one, today) for one in kinds]
        return reader.page([_shown(definition_of(matrix)) for matrix in in_effect], None)
    found = versions.find({"kind": kind}).sort("edition", -1).limit(200)
    items = [_shown(one["definition"]) async for one in found]
    default = [_shown(definition_of(defaults()[kind]))] if kind in defaults() else []
    return reader.page([*items, *default], None)


@router.get("/approval-matrices/{matrix_id}")
async def read_approval_matrix(matrix_id: IdPath, reader: Reader) -> Response:
    await reader.scope("approval-matrices:read")
    kind, _, version = matrix_id.rpartition("-")
    if version == "1" and kind in defaults():
        return reader.show(_shown(definition_of(defaults()[kind])))
    matrix = await reader.find(APPROVAL_MATRICES, matrix_id)
    if matrix is None:
        raise NotFound(ApprovalMatrix.TYPE, matrix_id)
    return reader.show(matrix_view(matrix), version=matrix.version)


def _shown(definition: Document) -> Document:
    """`is_default`: it came with the service, and nobody has published it."""
    kind, version = definition["kind"], definition["version"]
    is_default = version == 1 and kind in defaults()
    return {"id": matrix_id(kind, version), "is_default": is_default} | definition
