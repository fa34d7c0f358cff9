"""A quote's paper as PDF: a draft says so, an issued one never changes."""

import io
from typing import Any

from chassis.testkit.running import Running
from pipeline.products.model import product_id
from pypdf import PdfReader

GTX = product_id("GTX-PRO")
PROFILE: dict[str, Any] = {
    "name": "天龙机械（上海）有限公司",
    "name_en": "Tianlong Machinery (Shanghai) Co., Ltd.",
    "tax_number": "91310000MA1FL0XX1A",
    "bank_name": "Bank of China",
    "bank_account": "4400 0000 1234",
}

SAID = [
    "Tianlong Machinery",
    "91310000MA1FL0XX1A",
    "4400 0000 1234",
    "45 days",
    "1,000.50",
    "Page 1 of 1",
    "(company seal)",
    "Options (not in the total)",
]


async def a_quote(running: Running, lines: int = 1) -> dict[str, Any]:
    entity = await running.client.post("/selling-entities", json={"code": "SH", **PROFILE})
    assert entity.status_code == 201, entity.text
    line = {"product_id": GTX, "quantity": "2", "unit_price": "500.25", "tax_rate": "0.13"}
    option = line | {"name": "Two more years", "is_optional": True}
    drafted = await running.as_("rep-1", "rep").post(
        "/quotes",
        json={
            "customer_id": "customer-1",
            "lines": [line] * lines + [option],
            "selling_entity_id": entity.json()["id"],
            "terms": {"delivery": "45 days", "payment": "30 % in advance"},
        },
    )
    assert drafted.status_code == 201, drafted.text
    found: dict[str, Any] = drafted.json()
    return found


async def document(running: Running, quote: dict[str, Any], **asked: Any) -> bytes:
    answer = await running.client.get(f"/quotes/{quote['id']}/document", params=asked)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/pdf"
    return bytes(answer.content)


def text_of(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


async def send(running: Running, quote: dict[str, Any]) -> None:
    for verb in ("submit", "send"):
        done = await running.as_("rep-1", "rep").post(f"/quotes/{quote['id']}/{verb}", json={})
        assert done.status_code == 200, done.text


async def test_a_draft_says_that_it_is_one_and_an_issued_quote_does_not(pipeline: Running) -> None:
    quote = await a_quote(pipeline)
    assert "DRAFT" in text_of(await document(pipeline, quote, language="en"))
    await send(pipeline, quote)
    issued = text_of(await document(pipeline, quote, language="en"))
    assert "DRAFT" not in issued
    for said in SAID:
        assert said in issued, said


async def test_the_chinese_paper_states_the_total_in_capital_numerals(pipeline: Running) -> None:
    quote = await a_quote(pipeline)
    gross = quote["total"]["gross"]["amount"]
    assert gross == "1130.57"
    said = text_of(await document(pipeline, quote))
    assert "壹仟壹佰叁拾元零伍角柒分" in said
    assert "草稿" in said


async def test_a_long_quote_numbers_its_pages(pipeline: Running) -> None:
    quote = await a_quote(pipeline, lines=60)
    content = await document(pipeline, quote, language="en")
    pages = len(PdfReader(io.BytesIO(content)).pages)
    assert pages > 1
    assert f"Page {pages} of {pages}" in text_of(content)


async def test_an_issued_paper_stays_as_it_was_whatever_changes_later(pipeline: Running) -> None:
    quote = await a_quote(pipeline)
    await send(pipeline, quote)
    entity = await pipeline.client.get(f"/selling-entities/{quote['selling_entity_id']}")
    first = await document(pipeline, quote)
    renamed = await pipeline.client.patch(
        f"/selling-entities/{quote['selling_entity_id']}",
        json={"name": "另一家公司"},
        headers={"If-Match": entity.headers["ETag"]},
    )
    assert renamed.status_code == 200, renamed.text
    assert await document(pipeline, quote) == first
    assert "另一家公司" not in text_of(first)
    assert "天龙机械" in text_of(await document(pipeline, quote, language="zh-CN", revision=1))


async def test_who_may_not_read_the_quote_gets_no_paper(pipeline: Running) -> None:
    quote = await a_quote(pipeline)
    path = f"/quotes/{quote['id']}/document"
    assert (await pipeline.as_("rep-3", "rep").get(path)).status_code == 404
    wrong = await pipeline.client.get(path, params={"language": "fr"})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (400, "/language")
    assert (await pipeline.client.get(path, params={"revision": 7})).status_code == 404
