"""Public forms over HTTP: kept by marketing, sent in by anybody.

`POST /lead-forms/{id}/submissions` takes JSON, or what an HTML form sends. It answers 202 whether
the lead is new, known, or was a machine's.
"""

import re
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl

import msgspec
from chassis.core import Core
from chassis.door import Door, Reader
from chassis.http import RequestModel, invalid_request
from chassis.pages import page
from chassis.problems import (
    CHINESE,
    ENGLISH,
    FieldError,
    NotFound,
    RateLimited,
    TooLarge,
    ValidationFailed,
)
from fastapi import APIRouter, Request, Response
from pydantic import Field, ValidationError, model_validator

from pipeline.lead_forms import commands
from pipeline.lead_forms.model import COMPANY, FIELDS, LeadForm, Terms
from pipeline.lead_forms.store import (
    AN_HOUR,
    COUNTS,
    LEAD_FORMS,
    counts_in,
    visits_this_hour,
)
from pipeline.requests import Cursor, Identifier, IdPath, Limit
from pipeline.views import plain

router = APIRouter(tags=["leads"])
LARGEST = 16 * 1024
Short = Annotated[str, Field(min_length=1, max_length=100)]
FieldName = Literal[
    "company",
    "contact_name",
    "title",
    "phone",
    "mail",
    "wechat",
    "region",
    "industry",
    "need",
]
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


class FormChange(RequestModel):
    """Only what is named changes."""

    name: Short = "-"
    fields: list[FieldName] = Field(default=["company"], min_length=1, max_length=9)
    source: Short | None = None
    campaign_id: Identifier | None = None
    product_line: Short | None = None
    temperature: Literal["hot", "warm", "cold"] = "warm"
    hourly_limit: int = Field(20, ge=1, le=10_000)
    trap: str = Field("website", pattern=r"^[a-z_]{1,40}$")

    @model_validator(mode="after")
    def _asks_for_the_company(self) -> "FormChange":
        if COMPANY not in self.fields:
            raise ValueError("a form asks for the company: it is what a lead is told by")
        if self.trap in FIELDS:
            raise ValueError("the trap is no field of the form")
        return self


class FormIn(FormChange):
    """`trap`: a field that people do not see. `hourly_limit`: so often from one address."""

    name: Short
    fields: list[FieldName] = Field(min_length=1, max_length=9)


class SubmissionIn(RequestModel):
    """What a form may send in, if it asks for it."""

    company: Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
    contact_name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    title: Short | None = None
    phone: Annotated[str, Field(pattern=r"^[+0-9][0-9 ()./+-]{3,29}$")] | None = None
    mail: (
        Annotated[str, Field(max_length=254, pattern=r"^[^@\s]{1,64}@[^@\s]+\.[^@\s.]{2,}$")] | None
    ) = None
    wechat: Short | None = None
    region: Short | None = None
    industry: Short | None = None
    need: Annotated[str, Field(min_length=1, max_length=2000)] | None = None


def form_view(form: LeadForm) -> dict[str, Any]:
    return {
        "id": form.id,
        "version": form.version,
        **plain(form.terms),
        "is_closed": form.is_closed,
        "created_at": form.created_at,
        "updated_at": form.updated_at,
    }


@router.post("/lead-forms", status_code=201)
async def open_lead_form(body: FormIn, door: Door) -> Response:
    terms = Terms(**body.model_dump())
    return await door.run(
        lambda work: commands.open_lead_form(work, terms), shown=form_view, created="/lead-forms"
    )


@router.get("/lead-forms")
async def list_lead_forms(
    reader: Reader, is_closed: bool = False, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    await reader.scope("lead-forms:read")
    found = await page(
        reader.db[LEAD_FORMS.collection],
        {"is_closed": is_closed},
        limit=limit,
        cursor=cursor,
        decode=LEAD_FORMS.aggregate,
    )
    return reader.page([form_view(one) for one in found.items], found.next_cursor)


@router.get("/lead-forms/{form_id}")
async def read_lead_form(form_id: IdPath, reader: Reader) -> Response:
    """With what came of it: leads taken, machines trapped."""
    form = await reader.load(LEAD_FORMS, form_id, "lead-forms:read")
    counts = counts_in(await reader.document(COUNTS, form_id))
    return reader.show(form_view(form) | {"counts": counts}, version=form.version)


@router.patch("/lead-forms/{form_id}")
async def change_lead_form(form_id: IdPath, body: FormChange, door: Door) -> Response:
    changes = body.model_dump(exclude_unset=True)
    return await door.run(
        lambda work: commands.change_lead_form(work, form_id, changes), shown=form_view
    )


@router.post("/lead-forms/{form_id}/close")
async def close_lead_form(form_id: IdPath, door: Door) -> Response:
    return await door.run(lambda work: commands.close_lead_form(work, form_id), shown=form_view)


@router.post("/lead-forms/{form_id}/submissions", status_code=202)
async def submit_lead_form(form_id: IdPath, request: Request) -> Response:
    """By anybody, without sign-in. With an `Idempotency-Key` it may be repeated safely."""
    core: Core = request.app.state.core
    found = await core.commits.lookups.find(LEAD_FORMS.collection, form_id)
    form = LEAD_FORMS.aggregate(found) if found else None
    if form is None or form.is_closed:
        raise NotFound("lead_form", form_id)
    await _require_seldom(core, request, form)
    given = await _given(request)
    request_id = str(request.state.request_id)
    if given.pop(form.terms.trap, None):
        await core.commits.run(
            lambda work: commands.spring_trap(work, form_id), correlation=request_id
        )
        return _accepted()
    checked = _checked(given, form.terms.fields)
    key = request.headers.get("idempotency-key")
    if key is not None and not _KEY.fullmatch(key):
        key = None
    await core.commits.run(
        lambda work: commands.take_submission(work, form_id, checked, key), correlation=request_id
    )
    return _accepted()


def _accepted() -> Response:
    """The same for everybody: what is known already is nobody's business."""
    return Response(b'{"status":"accepted"}', status_code=202, media_type="application/json")


async def _require_seldom(core: Core, request: Request, form: LeadForm) -> None:
    now = core.clock.now()
    # The gateway says where the request came from; nobody else can, since it drops their headers.
    address = request.headers.get("x-forwarded-for")
    if address is None:
        address = request.client.host if request.client else "-"
    if await visits_this_hour(core.db, form.id, address[:100], now) > form.terms.hourly_limit:
        raise RateLimited(headers={"Retry-After": str(_seconds_left(now))})


def _seconds_left(now: datetime) -> int:
    hour = now.replace(minute=0, second=0, microsecond=0)
    return max(1, int((hour + AN_HOUR - now).total_seconds()))


async def _given(request: Request) -> dict[str, Any]:
    body = await request.body()
    if len(body) > LARGEST:
        raise TooLarge({CHINESE: "表单最多 16 KiB", ENGLISH: "a form has 16 KiB at most"})
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if kind == "application/x-www-form-urlencoded":
            pairs = parse_qsl(body.decode(), strict_parsing=bool(body), max_num_fields=50)
            # A field that was left empty says nothing.
            return {name: value for name, value in pairs if value}
        given = msgspec.json.decode(body, type=dict[str, Any])
    except (ValueError, msgspec.MsgspecError) as error:
        message = {CHINESE: "不是有效的表单数据", ENGLISH: "is not what a form sends"}
        raise ValidationFailed(FieldError("", "not-a-form", message)) from error
    return {name: value for name, value in given.items() if value not in ("", None)}


def _checked(given: dict[str, Any], fields: list[str]) -> dict[str, str]:
    message = {CHINESE: "未知字段", ENGLISH: "is not a field of this form"}
    strange = [
        FieldError(f"/{name[:60]}", "extra-forbidden", message) for name in given.keys() - {*fields}
    ]
    if strange:
        raise ValidationFailed(sorted(strange))
    try:
        submission = SubmissionIn.model_validate(given)
    except ValidationError as error:
        raise invalid_request(error) from error
    return submission.model_dump(exclude_none=True)
