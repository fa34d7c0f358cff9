"""Registrations over HTTP: `/registrations`, and who is protected beside a deal."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from chassis.door import Door, Reader
from chassis.http import RequestModel
from chassis.mongo import Database
from chassis.organisation import STAFF
from chassis.pages import page
from chassis.work import Work
from fastapi import APIRouter, Query, Response
from pydantic import Field

from pipeline.opportunities.store import OPPORTUNITIES
from pipeline.products.store import PRODUCTS
from pipeline.registrations import commands
from pipeline.registrations.commands import Beside
from pipeline.registrations.model import (
    POLICY_ID,
    Registration,
    RegistrationPolicy,
    Subject,
    default_policy,
    project_key,
)
from pipeline.registrations.store import POLICIES, REGISTRATIONS, live_of_customer
from pipeline.registrations.views import beside_view, protection_view, registration_view
from pipeline.requests import Cursor, Identifier, IdPath, IdQuery, Limit, Reason
from pipeline.views import plain

router = APIRouter(tags=["registrations"])
Status = Literal["granted", "conflicted", "refused", "lapsed", "released"]
Word = Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S")]
Days = Annotated[int, Field(ge=1, le=3650)]


class ProjectIn(RequestModel):
    customer_id: Identifier
    project_name: Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
    product_line: Word


class RegistrationIn(ProjectIn):
    """`dealer_id`: on behalf of a dealer, who is a customer, too."""

    dealer_id: Identifier | None = None
    opportunity_id: Identifier | None = None
    owner_id: Identifier | None = None

    def subject(self) -> Subject:
        return Subject(**self.model_dump(exclude={"owner_id"}))


class RuleIn(RequestModel):
    """`granted_id` is who gets the project: this registration unless it names another side."""

    granted_id: Identifier | None = None
    reason: Reason


class ExtendIn(RequestModel):
    """`evidence`: the id of a fact about this customer since; a superior may do without."""

    evidence: Annotated[str, Field(min_length=1, max_length=200)] | None = None


class ReleaseIn(RequestModel):
    reason: Reason


class PolicyChange(RequestModel):
    """Calendar days of protection and of an extension; how many extensions."""

    protection_days: Days = 90
    extension_days: Days = 60
    most_extensions: int = Field(2, ge=0, le=100)


def policy_view(policy: RegistrationPolicy) -> dict[str, Any]:
    return {"version": policy.version, **plain(policy.terms), "updated_at": policy.updated_at}


async def _names(db: Database, registrations: Sequence[Registration]) -> dict[str, str]:
    wanted = {one.owner_id for one in registrations}
    wanted |= {like.owner_id for one in registrations for like in one.similar}
    return await _names_of(db, wanted)


async def _names_of(db: Database, staff_ids: set[str | None]) -> dict[str, str]:
    found = db[STAFF].find({"_id": {"$in": sorted(one for one in staff_ids if one)}}, {"name": 1})
    return {document["_id"]: document["name"] async for document in found}


async def _shown(registration: Registration, work: Work) -> dict[str, Any]:
    return registration_view(registration, await _names(work.db, [registration]))


@router.post("/registrations", status_code=201)
async def register_project(body: RegistrationIn, door: Door) -> Response:
    """Granted, or `conflicted`: then it waits for a ruling."""
    return await door.run(
        lambda work: commands.register_project(work, body.subject(), body.owner_id),
        shown=_shown,
        created="/registrations",
    )


@router.post("/registrations/check")
async def check_project(body: ProjectIn, door: Door) -> Response:
    """Whose project it would be, and whose are similar."""

    async def shown(beside: Beside, work: Work) -> dict[str, Any]:
        owners = {one.owner_id for one in beside.same}
        owners |= {one.owner_id for one in beside.similar}
        return beside_view(beside, await _names_of(work.db, owners))

    subject = Subject(**body.model_dump())
    return await door.run(lambda work: commands.check_project(work, subject), shown=shown)


@router.get("/registrations")
async def list_registrations(
    reader: Reader,
    customer_id: IdQuery = None,
    dealer_id: IdQuery = None,
    opportunity_id: IdQuery = None,
    owner_id: IdQuery = None,
    product_line: Annotated[str | None, Query(min_length=1, max_length=100)] = None,
    status: Status | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    scope = await reader.scope("registrations:read")
    asked = {
        "subject.customer_id": customer_id,
        "subject.dealer_id": dealer_id,
        "subject.opportunity_id": opportunity_id,
        "owner_id": owner_id,
        "line_key": project_key(product_line) if product_line else None,
        "status": status,
    }
    wanted = {name: value for name, value in asked.items() if value is not None}
    found = await page(
        reader.db[REGISTRATIONS.collection],
        {"$and": [scope.filter(), wanted]},
        limit=limit,
        cursor=cursor,
        decode=REGISTRATIONS.aggregate,
    )
    names = await _names(reader.db, found.items)
    return reader.page([registration_view(one, names) for one in found.items], found.next_cursor)


@router.get("/registrations/{registration_id}")
async def read_registration(registration_id: IdPath, reader: Reader) -> Response:
    found = await reader.load(REGISTRATIONS, registration_id, "registrations:read")
    view = registration_view(found, await _names(reader.db, [found]))
    return reader.show(view, version=found.version)


@router.post("/registrations/{registration_id}/rule")
async def rule_on_conflict(registration_id: IdPath, body: RuleIn, door: Door) -> Response:
    """By a superior of all sides: one is granted, the others are refused."""
    granted_id = body.granted_id or registration_id
    return await door.run(
        lambda work: commands.rule_on_conflict(work, registration_id, granted_id, body.reason),
        shown=_shown,
    )


@router.post("/registrations/{registration_id}/extend")
async def extend_registration(registration_id: IdPath, body: ExtendIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.extend_registration(work, registration_id, body.evidence),
        shown=_shown,
    )


@router.post("/registrations/{registration_id}/release")
async def release_registration(registration_id: IdPath, body: ReleaseIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.release_registration(work, registration_id, body.reason),
        shown=_shown,
    )


@router.get("/opportunities/{opportunity_id}/protection")
async def read_protection(opportunity_id: IdPath, reader: Reader) -> Response:
    """Registrations of the deal's customer and product line (of any line, without a product)."""
    deal = await reader.load(OPPORTUNITIES, opportunity_id, "opportunities:read")
    found = await live_of_customer(reader.db, deal.customer_id) if deal.customer_id else []
    product = await reader.find(PRODUCTS, deal.terms.product_id) if deal.terms.product_id else None
    if product is not None and product.line:
        line = project_key(product.line)
        found = [one for one in found if project_key(one.subject.product_line) == line]
    names = await _names(reader.db, found)
    return reader.show(
        {
            "items": [
                protection_view(one, names) | {"is_of_this_owner": one.owner_id == deal.owner_id}
                for one in found
            ]
        }
    )


@router.get("/registration-policy")
async def read_registration_policy(reader: Reader) -> Response:
    await reader.scope("registration-policy:read")
    policy = await reader.find(POLICIES, POLICY_ID) or default_policy()
    return reader.show(policy_view(policy), version=policy.version)


@router.patch("/registration-policy")
async def change_registration_policy(body: PolicyChange, door: Door) -> Response:
    """It holds for what is granted or extended from now on."""
    changes = body.model_dump(exclude_unset=True)
    return await door.run(lambda work: commands.change_policy(work, changes), shown=policy_view)
