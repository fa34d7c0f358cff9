"""The `crm` company's way into the system: through the gateway only, as any client's files would.

Every step can be repeated: what is there already is found by its external id and left as it is.
"""

import asyncio
import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from tianlong.client import Gateway, signed_in
from tianlong.errors import Refused
from tianlong.imports import Job, run_import
from tianlong.samples import derive

SOURCE = "crm-sales-opportunities"
NAMES = ("crm",)
_SIGN_INS_AT_ONCE = 14

# What the files call it -> what the system calls it. The values settle the files' known dirt.
MAPPINGS: dict[str, dict[str, Any]] = {
    "staff": {
        "columns": {
            "name": "name",
            "manager": "manager",
            "region": "region",
            "role": "role",
            "joined_on": "joined_on",
            "external_id": "external_id",
        },
        "constants": {},
        "values": {},
        "shift_dates_to": None,
    },
    "customers": {
        "columns": {
            "account": "name",
            "sector": "industry",
            "year_established": "founded",
            "revenue": "revenue",
            "employees": "size",
            "office_location": "country",
            "subsidiary_of": "group_parent",
            "owner": "owner",
        },
        "constants": {},
        "values": {
            "industry": {"technolgy": "technology"},
            "country": {"Philipines": "Philippines"},
        },
        "shift_dates_to": None,
    },
    "products": {
        "columns": {
            "product": "name",
            "code": "code",
            "series": "line",
            "sales_price": "list_price",
        },
        "constants": {},
        "values": {},
        "shift_dates_to": None,
    },
    "opportunities": {
        "columns": {
            "opportunity_id": "external_id",
            "sales_agent": "owner",
            "product": "product",
            "account": "customer",
            "deal_stage": "stage",
            "engage_date": "opened_on",
            "close_date": "closed_on",
            "close_value": "amount",
        },
        "constants": {"template": "standard"},
        "values": {"product": {"GTXPro": "GTX Pro"}},
        "shift_dates_to": "yesterday",
    },
}

Tell = Callable[[str], None]
Track = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Company:
    """The four files as they are handed in, and what must come out."""

    files: Mapping[str, bytes]
    staff: list[derive.Row]
    deals: int


def crm() -> Company:
    folder = files("tianlong.samples") / "crm"

    def rows(name: str) -> list[derive.Row]:
        return derive.read_rows((folder / name).read_text(encoding="utf-8"))

    deals, teams = rows("sales_pipeline.csv"), rows("sales_teams.csv")
    staff = derive.staff_rows(teams, deals)
    return Company(
        files={
            "staff": derive.as_csv(staff),
            "customers": derive.as_csv(derive.customer_rows(rows("accounts.csv"), deals)),
            "products": derive.as_csv(derive.product_rows(rows("products.csv"))),
            "opportunities": (folder / "sales_pipeline.csv").read_bytes(),
        },
        staff=staff,
        deals=len(deals),
    )


async def load(gateway: Gateway, password: str, tell: Tell, track: Track) -> None:
    """Bring the company in and give everybody a sign-in. Raises Refused."""
    company = crm()
    staff = await _import(gateway, "staff", company, tell, track)
    # Each next service must know the staff before it can say whose a record is.
    await _until_seen(gateway, ("customers", "products"), staff)
    customers, _ = await asyncio.gather(
        _import(gateway, "customers", company, tell, track),
        _import(gateway, "products", company, tell, track),
    )
    await _until_seen(gateway, ("products",), customers)
    _, created = await asyncio.gather(
        _import(gateway, "opportunities", company, tell, track),
        create_sign_ins(gateway, company.staff, password, track),
    )
    tell(f"sign-ins: {created} new")


async def _import(gateway: Gateway, kind: str, company: Company, tell: Tell, track: Track) -> Job:
    name = f"{SOURCE}-{kind}"
    mapping = {"name": name, "kind": kind, "history": True, "external_source": SOURCE}
    await save_mapping(gateway, {**mapping, **MAPPINGS[kind]})
    job = await run_import(
        gateway,
        kind,
        f"{kind}.csv",
        company.files[kind],
        mapping=name,
        progress=lambda done, total: track(kind, done, total),
    )
    tell(job.sentence(kind))
    if job.failed:
        raise Refused(
            f"{job.failed} rows of the sample's {kind} were not taken; "
            f"see GET /api/v1/imports/{job.id}/errors."
        )
    return job


async def save_mapping(gateway: Gateway, mapping: Mapping[str, Any]) -> None:
    """Save it unless it is there: a saved one knows by how many days its dates were moved."""
    kind = mapping["kind"]
    saved = await gateway.get("/import-mappings", {"kind": kind})
    if mapping["name"] not in {found["name"] for found in saved["items"]}:
        await gateway.post(f"/import-mappings?kind={kind}", mapping)


async def _until_seen(gateway: Gateway, kinds: tuple[str, ...], job: Job) -> None:
    """Wait until the services that import these kinds have seen what the job brought in."""
    for kind in kinds:
        await gateway.get("/imports", {"kind": kind, "limit": "1"}, wait_for=job.positions)


async def create_sign_ins(
    gateway: Gateway, staff: list[derive.Row], password: str, track: Track
) -> int:
    """An account for each member of staff; returns how many were new."""
    ids = {
        member["name"]: member["id"]
        for member in (await gateway.get("/staff", {"limit": "200"}))["items"]
    }
    items = [
        {
            "username": derive.username(row["name"]),
            "password": password,
            "staff_id": ids[row["name"]],
            "roles": [row["role"]],
        }
        for row in staff
    ]
    results: list[dict[str, Any]] = []
    # A password is slow to hash, on purpose: few at a time keep each request short.
    for start in range(0, len(items), _SIGN_INS_AT_ONCE):
        results += await _batch(gateway, items[start : start + _SIGN_INS_AT_ONCE])
        track("sign-ins", len(results), len(items))
    taken = [result for result in results if result["status"] not in (200, 201, 409)]
    if taken:
        raise Refused(f"A sign-in could not be made: {json.dumps(taken[0])}")
    return sum(result["status"] == 201 for result in results)


async def _batch(gateway: Gateway, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One result per item; the same batch again, under its key, while one finds no database."""
    key = str(uuid.uuid4())
    for _ in range(10):
        answer = await gateway.post("/accounts/batch", {"items": items}, key)
        if all(result["status"] != 503 for result in answer["items"]):
            break
        await asyncio.sleep(1)
    return list(answer["items"])


async def figures(
    address: str, password: str, *, at_least: int = 0, patience: float = 120
) -> dict[str, Any]:
    """The pipeline's figures by owner, as the director sees them once insights has counted enough.

    The administrator runs the system, and sees no business. Raises Refused.
    """
    deadline = time.monotonic() + patience
    async with signed_in(address, derive.username(derive.DIRECTOR), password) as director:
        while True:
            kpis = await director.get("/kpis/pipeline", {"group_by": "owner"})
            total = kpis["overall"]["total"]
            if total >= at_least:
                return dict(kpis)
            if time.monotonic() > deadline:
                raise Refused(
                    f"Insights has counted {total} of {at_least} opportunities after "
                    f"{patience:.0f} s; see `tianlong status` for what holds it back."
                )
            await asyncio.sleep(0.25)
