"""Files on deals and papers: taken, read and withdrawn with the rights of their record."""

import hashlib
from collections.abc import AsyncIterator
from typing import Any

from chassis.files import require
from chassis.problems import ValidationFailed
from chassis.testkit.running import Client, Running, published
from chassis.work import Work
from contracts import pipeline as wire
from httpx import Response

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
CONTENTS = "file_contents.files"


async def a_deal(client: Client) -> str:
    body = {"name": "A deal", "customer_id": "customer-1"}
    return "opportunity:" + str((await client.post("/opportunities", json=body)).json()["id"])


async def sent(
    client: Client, record: str, content: bytes = PDF, name: str = "报价 1.pdf", **headers: str
) -> Response:
    asked = {"record": record, "name": name}
    return await client.post("/files", params=asked, content=content, headers=headers)


def code_of(answer: Response) -> str:
    return str(answer.json()["errors"][0]["code"])


async def test_a_file_is_kept_with_its_record_and_comes_back_as_it_was(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    record = await a_deal(rep)
    async with published(pipeline.db) as events:
        answer = await sent(rep, record)
    assert answer.status_code == 201, answer.text
    file = answer.json()
    assert file["id"].startswith("pipeline-")
    assert (file["name"], file["media_type"], file["size"]) == (
        "报价 1.pdf",
        "application/pdf",
        len(PDF),
    )
    [attached] = events.payloads(wire.FileAttached)
    assert (attached.attached_to, attached.sha256) == (record, hashlib.sha256(PDF).hexdigest())
    assert "报价" not in str(events.documents[0]["value"].decode()), "a name may name a person"
    assert events.documents[0]["headers"]["ce_rightsof"] == record
    back = await rep.get(answer.headers["Location"].removeprefix("/api/v1"))
    assert back.content == PDF
    assert back.headers["content-type"] == "application/pdf"
    assert back.headers["x-content-type-options"] == "nosniff"
    assert back.headers["content-disposition"].startswith("attachment; ")
    assert "filename*=UTF-8''%E6%8A%A5%E4%BB%B7%201.pdf" in back.headers["content-disposition"]
    known = {"If-None-Match": back.headers["etag"]}
    assert (await rep.get(f"/files/{file['id']}", headers=known)).status_code == 304
    [listed] = (await rep.get("/files", params={"record": record})).json()["items"]
    assert listed["id"] == file["id"]


async def test_a_form_is_taken_too(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    record = await a_deal(rep)
    form = {"file": ("../../etc/a\u202e.pdf", PDF, "application/pdf")}
    answer = await rep.post("/files", params={"record": record}, files=form)
    assert answer.status_code == 201, answer.text
    assert answer.json()["name"] == "a.pdf"
    empty = await rep.post("/files", params={"record": record}, files={"x": ("a.pdf", PDF)})
    assert code_of(empty) == "required"


async def test_who_may_not_see_the_record_sees_no_file_of_it(pipeline: Running) -> None:
    rep, stranger = pipeline.as_("rep-1", "rep"), pipeline.as_("rep-3", "rep")
    record = await a_deal(rep)
    file = (await sent(rep, record)).json()
    assert (await stranger.get(f"/files/{file['id']}")).status_code == 404
    assert (await stranger.get("/files", params={"record": record})).status_code == 404
    assert (await sent(stranger, record)).status_code == 404
    assert (await stranger.delete(f"/files/{file['id']}")).status_code == 404
    boss = pipeline.as_("boss", "supervisor")
    assert (await boss.get(f"/files/{file['id']}")).content == PDF
    nobody = pipeline.as_("rep-1", "nobody")
    assert (await nobody.get(f"/files/{file['id']}")).status_code == 404


async def test_what_is_disguised_or_of_another_kind_is_refused_and_not_kept(
    pipeline: Running,
) -> None:
    rep = pipeline.as_("rep-1", "rep")
    record = await a_deal(rep)
    program = b"MZ\x90\0\3" + b"\0" * 100
    assert code_of(await sent(rep, record, program)) == "not-what-it-says"
    assert code_of(await sent(rep, record, program, "setup.exe")) == "type-not-allowed"
    assert code_of(await sent(rep, record, b"")) == "empty"
    assert code_of(await sent(rep, record, PDF, "")) == "name-required"
    mismatched = await sent(rep, record, PDF, **{"Content-Type": "image/png"})
    assert code_of(mismatched) == "type-mismatch"
    assert code_of(await sent(rep, "product:1")) == "unknown-record"
    assert (await sent(rep, "opportunity:none")).status_code == 404
    assert await pipeline.db[CONTENTS].count_documents({}) == 0


async def test_the_same_key_is_the_same_file(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    record = await a_deal(rep)
    key = {"Idempotency-Key": "one"}
    first = await sent(rep, record, **key)
    again = await sent(rep, record, **key)
    assert (again.status_code, again.json()["id"]) == (201, first.json()["id"])
    other = await sent(rep, record, PDF + b" ", **key)
    assert other.status_code == 422
    assert await pipeline.db[CONTENTS].count_documents({}) == 1
    assert (await rep.get(f"/files/{first.json()['id']}")).content == PDF


async def test_a_withdrawn_file_is_kept_and_shown_no_more(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    record = await a_deal(rep)
    file = (await sent(rep, record)).json()
    async with published(pipeline.db) as events:
        gone = await rep.delete(f"/files/{file['id']}", params={"reason": "old"})
    assert gone.status_code == 200, gone.text
    assert events.types == ["file.withdrawn"]
    assert (await rep.get(f"/files/{file['id']}")).status_code == 410
    [listed] = (await rep.get("/files", params={"record": record})).json()["items"]
    assert listed["withdrawn_reason"] == "old"
    assert (await rep.delete(f"/files/{file['id']}")).status_code == 410
    assert await pipeline.db[CONTENTS].count_documents({}) == 1


async def test_a_paper_takes_only_a_file_of_its_own_that_stands(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    record, other = await a_deal(rep), await a_deal(rep)
    file = (await sent(rep, record)).json()

    async def required(of: str) -> Any:
        async def ask(work: Work) -> bool:
            try:
                await require(work, file["id"], record=of)
            except ValidationFailed as refused:
                return refused.errors[0].pointer != "/file_id"
            return True

        return await pipeline.commits.run(ask)

    assert await required(record)
    assert not await required(other)
    await rep.delete(f"/files/{file['id']}")
    assert not await required(record)


async def test_a_file_over_the_limit_is_refused_while_it_arrives(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    record = await a_deal(rep)
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield b"0" * (1 << 20)

    asked = {"record": record, "name": "a.pdf"}
    answer = await rep.post("/files", params=asked, content=endless())
    assert answer.status_code == 413
    limit = pipeline.core.settings.file_mebibytes
    assert taken <= limit + 2
    announced = await sent(rep, record, PDF, **{"Content-Length": str((limit + 1) << 20)})
    assert announced.status_code == 413
    form = {"file": ("a.pdf", b"0" * ((limit << 20) + 1), "application/pdf")}
    assert (await rep.post("/files", params={"record": record}, files=form)).status_code == 413
