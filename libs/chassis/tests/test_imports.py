"""Import jobs through the door, on a real MongoDB: whole files, bad files, again, after a crash."""

import asyncio
import csv
import io
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar

import httpx
import pytest
from chassis import imports
from chassis.clock import VirtualClock
from chassis.core import Core
from chassis.facts import Aggregate, Fact
from chassis.http import create_app
from chassis.ids import stable_id
from chassis.imports import ImportContext, ImportField, ImportKind, ImportOutcome, ImportWorker
from chassis.mongo import Database
from chassis.problems import CHINESE, ENGLISH, Refused
from chassis.settings import ServiceSettings
from chassis.store import Stored
from chassis.testkit.signing import GRANTS, JWKS, bearer
from chassis.work import Work
from contracts import pipeline as wire
from contracts.pipeline import ProductProfile

ADMIN = bearer(None, "admin", sub="admin") | {"Accept-Language": "en"}
HEADINGS = "编号,产品名称,上市日期,价格"


@dataclass(frozen=True, kw_only=True)
class Listed(Fact):
    profile: ProductProfile


@dataclass(kw_only=True)
class Product(Aggregate):
    TYPE: ClassVar[str] = "product"
    name: str
    listed_on: date | None = None


class Forbiddenly(Refused):
    slug, status = "not-this-one", 409
    titles = {CHINESE: "不行", ENGLISH: "Not this one"}


PRODUCTS = Stored(Product, "products")
prepared: list[int] = []


async def import_product(work: Work, row: dict[str, Any], context: ImportContext) -> ImportOutcome:
    if row["name"] == "forbidden":
        raise Forbiddenly
    if row["name"] == "broken":
        raise ZeroDivisionError
    identifier = stable_id("product", context.external_source, row["external_id"])
    if await work.find(PRODUCTS, identifier) is not None:
        return ImportOutcome("unchanged")
    product = Product(id=identifier, key=identifier, name=row["name"], listed_on=row["listed_on"])
    product.record(Listed(profile=ProductProfile(name=row["name"], code=row["external_id"])))
    work.add(PRODUCTS, product)
    warning = None if row["listed_on"] else {CHINESE: "没有日期", ENGLISH: "no date"}
    return ImportOutcome("created", product.position, warning)


async def look_up(_db: Database, rows: Sequence[dict[str, Any]], context: ImportContext) -> None:
    context.memory["rows"] = len(rows)
    prepared.append(len(rows))


KINDS = [
    ImportKind(
        name="products",
        zh="产品",
        en="Products",
        fields=[
            ImportField("external_id", "编号", "Number", required=True),
            ImportField("name", "产品名称", "Name", required=True),
            ImportField("listed_on", "上市日期", "Listed on", imports.day),
            ImportField("price", "价格", "Price", imports.amount),
        ],
        handle=import_product,
        prepare=look_up,
    )
]


@dataclass
class Importing:
    core: Core
    client: httpx.AsyncClient
    clock: VirtualClock
    uploads: int = 0

    async def post(
        self, content: bytes | str, *, key: str | None = None, who: Any = None, **form: str
    ) -> httpx.Response:
        self.uploads += 1
        raw = content.encode() if isinstance(content, str) else content
        return await self.client.post(
            "/api/v1/imports?kind=products",
            files={"file": ("file.csv", raw)},
            data=form,
            headers=(who or ADMIN) | {"Idempotency-Key": key or f"upload-{self.uploads}"},
        )

    async def done(self, answer: httpx.Response) -> dict[str, Any]:
        assert answer.status_code == 201, answer.text
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            job = await self.get(answer.headers["location"])
            if job["status"] in ("done", "failed"):
                return job
            await asyncio.sleep(0.02)
        raise AssertionError(f"not done: {job}")

    async def begun(self, products: int) -> None:
        for _ in range(1_000):
            if await self.core.db["products"].count_documents({}) >= products:
                return
            await asyncio.sleep(0.01)
        raise AssertionError("not begun")

    async def get(self, path: str) -> dict[str, Any]:
        answer = await self.client.get(path, headers=ADMIN)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def save(self, **mapping: Any) -> httpx.Response:
        self.uploads += 1
        return await self.client.post(
            "/api/v1/import-mappings",
            json={"name": "crm", "kind": "products"} | mapping,
            headers=ADMIN | {"Idempotency-Key": f"mapping-{self.uploads}"},
        )


@asynccontextmanager
async def a_service(
    mongodb_uri: str, database_name: str, clock: VirtualClock, *, roles: str = "api,worker"
) -> AsyncIterator[Importing]:
    settings = ServiceSettings(
        mongodb_uri=mongodb_uri, database=database_name, jwks=JWKS, grants=GRANTS, roles=roles
    )
    core = Core(
        settings,
        name="pipeline",
        stored=[PRODUCTS],
        events={Listed: wire.ProductListed},
        indexes=imports.INDEXES,
        clock=clock,
    )
    app = create_app(core, routers=[imports.router(KINDS)], parts=[ImportWorker(KINDS, core)])
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            yield Importing(core, client, clock)


@pytest.fixture
async def importing(
    mongodb_uri: str, database_name: str, clock: VirtualClock
) -> AsyncIterator[Importing]:
    async with a_service(mongodb_uri, database_name, clock) as service:
        yield service


def a_table(count: int, first: int = 0) -> str:
    rows = (f"P{n},产品 {n},2017-03-01,5" for n in range(first, first + count))
    return "\n".join([HEADINGS, *rows]) + "\n"


async def test_every_row_becomes_a_unit_of_work_with_its_event(importing: Importing) -> None:
    job = await importing.done(await importing.post(a_table(30)))
    assert (job["total"], job["processed"], job["created"], job["failed"]) == (30, 30, 30, 0)
    assert len(job["positions"]) == 30
    assert job["positions"][0].startswith("product:")
    assert job["id"].startswith("pipeline-")
    assert await importing.core.db["products"].count_documents({}) == 30
    assert await importing.core.db["events"].count_documents({}) == 30


async def test_importing_the_same_file_again_changes_nothing(importing: Importing) -> None:
    await importing.done(await importing.post(a_table(5)))
    again = await importing.done(await importing.post(a_table(5)))
    assert (again["created"], again["unchanged"], again["positions"]) == (0, 5, [])
    assert await importing.core.db["events"].count_documents({}) == 5


async def test_a_row_that_fails_does_not_fail_the_others_and_is_given_back(
    importing: Importing,
) -> None:
    table = f"{HEADINGS}\nP1,good,,\nP2,forbidden,,\nP3,good,someday,-1\n,good,,\nP5,broken,,\n"
    job = await importing.done(await importing.post(table))
    assert (job["created"], job["failed"], job["warning_count"]) == (1, 4, 1)
    assert job["warnings"] == [{"row": 2, "message": "no date"}]
    answer = await importing.client.get(f"/api/v1/imports/{job['id']}/errors", headers=ADMIN)
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert lines[0] == [*HEADINGS.split(","), "reason"]
    assert lines[1] == ["P2", "forbidden", "", "", "3: Not this one"]
    assert lines[2][4].startswith("4: listed_on: “someday” is not a date; price: ")
    assert lines[3][4] == "5: external_id: Number must not be empty"
    assert "ZeroDivision" not in lines[4][4]


async def test_a_rehearsal_reports_and_writes_nothing(importing: Importing) -> None:
    job = await importing.done(await importing.post(a_table(4), dry_run="true"))
    assert (job["created"], job["is_dry_run"]) == (4, True)
    assert await importing.core.db["products"].count_documents({}) == 0
    assert await importing.core.db["events"].count_documents({}) == 0


@pytest.mark.parametrize(
    ("content", "pointer", "code"),
    [
        (b"", "/file", "empty"),
        (f"{HEADINGS}\n".encode(), "/file", "no-rows"),
        (b"PK\x03\x04 and no workbook", "/file", "broken-workbook"),
        (b"name\nx\n", "/columns/external_id", "missing-field"),
        (HEADINGS.encode("gbk") + b"\nP1,\xff\xff,,\n", "/file", "bad-bytes"),
        (f'{HEADINGS}\nP1,"open,,\n'.encode(), "/file", "broken-csv"),
    ],
)
async def test_a_file_that_is_no_table_of_this_kind_is_refused_whole(
    importing: Importing, content: bytes, pointer: str, code: str
) -> None:
    answer = await importing.post(content)
    assert answer.status_code == 400, answer.text
    problem = answer.json()
    assert problem["type"] == "/problems/validation"
    assert (pointer, code) in [(error["pointer"], error["code"]) for error in problem["errors"]]
    assert await importing.core.db["import_jobs"].count_documents({}) == 0


async def test_a_table_in_gb18030_is_understood(importing: Importing) -> None:
    job = await importing.done(await importing.post(a_table(2).encode("gb18030")))
    assert job["created"] == 2
    assert await importing.core.db["products"].count_documents({"name": "产品 1"}) == 1


async def test_a_gigabyte_is_refused_while_it_arrives(importing: Importing) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
        while sent < 1 << 30:
            sent += 1 << 20
            yield bytes(1 << 20)

    answer = await importing.client.post(
        "/api/v1/imports?kind=products",
        content=endless(),
        headers=ADMIN
        | {"Idempotency-Key": "big", "Content-Type": "multipart/form-data; boundary=b"},
    )
    assert answer.status_code == 413
    assert answer.json()["type"] == "/problems/too-large"
    assert await importing.core.db["import_jobs"].count_documents({}) == 0
    assert await importing.core.db["import_files.files"].count_documents({}) == 0


async def test_a_form_that_is_none_is_refused(importing: Importing) -> None:
    for content, kind in ((b"{}", "application/json"), (b"x", "multipart/form-data")):
        answer = await importing.client.post(
            "/api/v1/imports?kind=products",
            content=content,
            headers=ADMIN | {"Idempotency-Key": "k", "Content-Type": kind},
        )
        assert answer.status_code == 400, answer.text
    answer = await importing.client.post(
        "/api/v1/imports?kind=aliens",
        files={"file": b"x"},
        headers=ADMIN | {"Idempotency-Key": "k"},
    )
    assert answer.json()["errors"][0]["pointer"] == "/kind"


async def test_one_key_is_one_job_and_another_file_under_it_is_refused(
    importing: Importing,
) -> None:
    first = await importing.post(a_table(3), key="once")
    second = await importing.post(a_table(3), key="once")
    assert first.headers["location"] == second.headers["location"]
    third = await importing.post(a_table(4), key="once")
    assert (third.status_code, third.json()["type"]) == (422, "/problems/idempotency-mismatch")
    assert (await importing.done(second))["created"] == 3


async def test_an_upload_needs_a_key_and_a_right(importing: Importing) -> None:
    answer = await importing.client.post(
        "/api/v1/imports?kind=products", files={"file": b"x"}, headers=ADMIN
    )
    assert answer.json()["type"] == "/problems/idempotency-key-required"
    answer = await importing.post(a_table(1), who=bearer("someone", "nobody"))
    assert answer.status_code == 403


async def test_a_job_is_seen_by_who_started_it_and_by_who_may_see_all(
    importing: Importing,
) -> None:
    job = await importing.done(await importing.post(a_table(1), who=bearer("ann", "rep")))
    for staff, status, count in (("ann", 200, 1), ("bob", 404, 0)):
        headers = bearer(staff, "rep")
        answer = await importing.client.get(f"/api/v1/imports/{job['id']}", headers=headers)
        listed = await importing.client.get("/api/v1/imports", headers=headers)
        assert (answer.status_code, len(listed.json()["items"])) == (status, count)
    assert len((await importing.get("/api/v1/imports?kind=products"))["items"]) == 1


async def test_a_saved_mapping_settles_the_dirt(importing: Importing) -> None:
    saved = await importing.save(
        columns={"id": "external_id", "product": "name"},
        values={"name": {"GTXPro": "GTX Pro"}},
        constants={"price": "550"},
        external_source="crm",
    )
    assert saved.status_code == 201, saved.text
    table = "id;product;unused\n1;GTXPro;\n2;GTX Basic;x\n"
    await importing.done(await importing.post(table, mapping="crm"))
    names = await importing.core.db["products"].distinct("name")
    assert sorted(names) == ["GTX Basic", "GTX Pro"]
    refused = await importing.post(table, mapping="unknown")
    assert refused.json()["errors"][0]["code"] == "unknown-mapping"
    refused = await importing.post("id\n1\n", mapping="crm")
    assert refused.json()["errors"][0]["pointer"] == "/columns/product"


async def test_a_mapping_for_unknown_fields_is_refused(importing: Importing) -> None:
    answer = await importing.save(columns={"x": "colour"})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "unknown-field")
    answer = await importing.save(shift_dates_to="tomorrow")
    assert answer.status_code == 400


async def test_dates_move_so_that_the_last_is_yesterday_and_the_shift_is_kept(
    importing: Importing,
) -> None:
    columns = {"id": "external_id", "product": "name", "on": "listed_on"}
    mapping = {"columns": columns, "shift_dates_to": "yesterday", "history": True}
    await importing.save(**mapping)
    table = "id,product,on\n1,a,2017-12-01\n2,b,2017-12-31\n3,c,\n"
    rehearsed = await importing.done(await importing.post(table, mapping="crm", dry_run="true"))
    job = await importing.done(await importing.post(table, mapping="crm"))
    # The clock stands at Monday, 2 March 2026, 9 o'clock in Shanghai.
    shift = (date(2026, 3, 1) - date(2017, 12, 31)).days
    assert job["shift_days"] == rehearsed["shift_days"] == shift
    stored = await importing.core.db["products"].distinct("listed_on")
    assert sorted(filter(None, stored)) == ["2026-01-30", "2026-03-01"]
    importing.clock.advance(timedelta(days=40))
    await importing.save(**mapping)
    again = await importing.done(await importing.post(table, mapping="crm"))
    assert (again["shift_days"], again["unchanged"], again["created"]) == (shift, 3, 0)


async def test_the_template_has_the_fields_as_people_call_them(importing: Importing) -> None:
    path = "/api/v1/imports/template?kind=products"
    headers = bearer("ann", "rep")
    chinese = await importing.client.get(path, headers=headers)
    assert chinese.content.decode("utf-8-sig").strip() == HEADINGS
    english = await importing.client.get(path, headers=headers | {"Accept-Language": "en"})
    assert english.content.decode("utf-8-sig").strip() == "Number,Name,Listed on,Price"


async def test_a_job_goes_on_where_a_dead_worker_left_it(
    mongodb_uri: str, database_name: str, clock: VirtualClock
) -> None:
    async with a_service(mongodb_uri, database_name, clock, roles="api") as uploading:
        answer = await uploading.post(a_table(2_500))
        # What a worker leaves that was killed in its second chunk: the first one is noted, some
        # rows of the second are done, and nobody holds the lease.
        await uploading.core.db["import_jobs"].update_one(
            {},
            {"$set": {"status": "running", "next_row": 1000, "processed": 1000, "created": 1000}},
        )
    prepared.clear()
    async with a_service(mongodb_uri, database_name, clock) as resuming:
        job = await resuming.done(answer)
        assert prepared == [1000, 500]
        assert (job["processed"], job["created"], job["total"]) == (2500, 2500, 2500)
        assert len(job["positions"]) == 500
        assert await resuming.core.db["products"].count_documents({}) == 1500
        assert await resuming.core.db["import_files.files"].count_documents({}) == 0


async def test_a_stopped_worker_leaves_its_job_to_the_next_one(
    mongodb_uri: str, database_name: str, clock: VirtualClock
) -> None:
    async with a_service(mongodb_uri, database_name, clock) as stopping:
        answer = await stopping.post(a_table(3_000))
        await stopping.begun(100)
    async with a_service(mongodb_uri, database_name, clock) as resuming:
        job = await resuming.done(answer)
        assert (job["processed"], job["failed"]) == (3000, 0)
        assert await resuming.core.db["products"].count_documents({}) == 3000
        assert await resuming.core.db["events"].count_documents({}) == 3000
