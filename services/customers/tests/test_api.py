"""The doors of archive and contacts: rights, duplicates, masks, erasure, bad input."""

import asyncio
from typing import Any

import pytest
from chassis.testkit.running import Client, Running, published
from contracts import customers as wire

CODE = "914403001922038216"


async def a_customer(client: Client, **given: Any) -> dict[str, Any]:
    answer = await client.post("/customers", json={"name": "华为技术有限公司"} | given)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def a_contact(client: Client, customer_id: str, **given: Any) -> dict[str, Any]:
    body = {"customer_id": customer_id, "name": "王小明"} | given
    answer = await client.post("/contacts", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def if_match(resource: dict[str, Any]) -> dict[str, str]:
    return {"If-Match": f'"{resource["version"]}"'}


FULL = {
    "name": "华为技术有限公司",
    "former_names": ["深圳华为"],
    "legal_name": "华为技术有限公司",
    "credit_code": CODE.lower(),
    "kind": "end_user",
    "industry": "telecom",
    "region": "华南",
    "addresses": [
        {
            "label": "总部",
            "country": "中国",
            "city": "深圳",
            "line": "坂田",
            "position": {"latitude": 22.65, "longitude": 114.06, "datum": "GCJ-02"},
        }
    ],
    "channels": [{"kind": "phone", "value": "+86 755 2878 0808"}],
    "business_status": "存续",
    "size": 200000,
    "founded": 1987,
    "revenue": {"amount": "880900000000.00", "currency": "CNY"},
    "yearly_demand": {"amount": "1000000.00"},
    "tags": ["重点"],
    "credit_limit": {"amount": "500000"},
    "credit_days": 60,
    "progress": "已送样",
    "potential_projects": "二期产线",
}


# The archive


async def test_a_customer_keeps_every_field(customers: Running) -> None:
    li = customers.as_("li", "rep", "finance")
    made = await a_customer(li, **FULL)
    assert made["credit_code"] == CODE
    assert made["region"] == "华南"
    assert made["owner_id"] == "li"
    assert made["owner_name"] == "Li"
    assert made["owner_region"] == "north"
    assert made["revenue"] == {"amount": "880900000000.00", "currency": "CNY"}
    assert made["channels"] == FULL["channels"]
    read = await li.get(f"/customers/{made['id']}")
    assert read.headers["ETag"] == '"1"'
    assert read.json() == made


async def test_registering_is_told_without_channels(customers: Running) -> None:
    li = customers.as_("li", "rep", "finance")
    async with published(customers.db) as events:
        await a_customer(li, **FULL)
    [event] = events.documents
    assert event["headers"]["ce_owner"] == "li"
    assert event["headers"]["ce_region"] == "north"
    assert b"2878" not in event["value"]
    [told] = events.payloads(wire.CustomerRegistered)
    assert told.profile.positions[0].datum == "GCJ-02"
    assert told.profile.region == "华南"


async def test_only_finance_decides_on_credit(customers: Running, li: Client) -> None:
    credit = {"credit_limit": {"amount": "500000"}}
    refused = await li.post("/customers", json={"name": "Cancity"} | credit)
    assert refused.status_code == 403
    made = await a_customer(li)
    path = f"/customers/{made['id']}"
    assert (await li.patch(path, json=credit, headers=if_match(made))).status_code == 403
    finance = customers.as_("li", "rep", "finance")
    async with published(customers.db) as events:
        given = await finance.patch(
            path, json=credit | {"credit_terms": "group"}, headers=if_match(made)
        )
    assert given.status_code == 200
    told = events.payloads(wire.CustomerUpdated)[0].profile
    assert (str(told.credit_limit and told.credit_limit.amount), told.credit_terms) == (
        "500000.00",
        "group",
    )


async def test_a_change_tells_what_was_before(customers: Running, li: Client) -> None:
    made = await a_customer(li)
    async with published(customers.db) as events:
        answer = await li.patch(
            f"/customers/{made['id']}", json={"industry": "ICT"}, headers=if_match(made)
        )
    assert answer.status_code == 200
    [told] = events.payloads(wire.CustomerUpdated)
    assert (told.previous.industry, told.profile.industry) == (None, "ICT")


async def test_a_change_needs_the_version_it_was_made_on(li: Client) -> None:
    made = await a_customer(li)
    path = f"/customers/{made['id']}"
    assert (await li.patch(path, json={"industry": "ICT"})).status_code == 428
    await li.patch(path, json={"industry": "ICT"}, headers=if_match(made))
    stale = await li.patch(path, json={"industry": "retail"}, headers=if_match(made))
    assert stale.status_code == 412
    assert stale.json()["current_version"] == 2


async def test_a_customer_is_found_by_what_people_type(li: Client) -> None:
    made = await a_customer(li)
    await a_customer(li, name="Acme Inc")
    for q in ("华为", "技术", "huawei", "hwjs", "HUA"):
        found = (await li.get("/customers", params={"q": q})).json()["items"]
        assert [one["id"] for one in found] == [made["id"]], q


async def test_pages_go_on_where_the_last_one_ended(li: Client) -> None:
    names = {f"{word} Works" for word in ("Alpha", "Beta", "Gamma", "Delta", "Epsilon")}
    for name in sorted(names):
        await a_customer(li, name=name)
    seen: list[str] = []
    cursor = None
    while True:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await li.get("/customers", params=params)).json()
        seen += [one["name"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == 5
    assert set(seen) == names


async def test_many_at_once_fail_one_by_one(li: Client) -> None:
    items = [{"name": "Alpha Works"}, {"name": ""}, {"name": "Beta Mills", "size": -1}]
    answer = await li.post("/customers/batch", json={"items": items})
    assert [item["status"] for item in answer.json()["items"]] == [201, 400, 400]


# Who sees what


async def test_a_rep_sees_own_and_shared_customers(
    li: Client, han: Client, wang: Client, boss: Client
) -> None:
    made = await a_customer(li, collaborator_ids=["wang"])
    path = f"/customers/{made['id']}"
    assert (await han.get(path)).status_code == 404
    assert (await wang.get(path)).status_code == 200
    assert (await boss.get(path)).status_code == 200
    for client, count in ((li, 1), (han, 0), (wang, 1), (boss, 1)):
        assert len((await client.get("/customers")).json()["items"]) == count


async def test_who_sees_a_customer_may_still_not_change_it(li: Client, wang: Client) -> None:
    made = await a_customer(li, collaborator_ids=["wang"])
    answer = await wang.patch(
        f"/customers/{made['id']}", json={"industry": "x"}, headers=if_match(made)
    )
    assert answer.status_code == 403


async def test_a_supervisor_hands_a_customer_and_its_people_over(
    customers: Running, li: Client, han: Client, boss: Client
) -> None:
    made = await a_customer(li)
    contact = await a_contact(li, made["id"])
    path = f"/customers/{made['id']}/change-owner"
    assert (await li.post(path, json={"owner_id": "han"})).status_code == 403
    async with published(customers.db) as events:
        answer = await boss.post(path, json={"owner_id": "han"})
    assert answer.status_code == 200
    [told] = events.payloads(wire.CustomerOwnerChanged)
    assert (told.previous_owner_id, told.owner_id) == ("li", "han")
    assert (await han.get(f"/contacts/{contact['id']}")).status_code == 200
    assert (await li.get(f"/contacts/{contact['id']}")).status_code == 404


async def test_nobody_registers_for_a_colleague_without_the_right(li: Client, boss: Client) -> None:
    body = {"name": "Acme", "owner_id": "han"}
    assert (await li.post("/customers", json=body)).status_code == 403
    assert (await boss.post("/customers", json=body)).status_code == 201
    foreign = await boss.post("/customers", json={"name": "Initech", "owner_id": "wang"})
    assert foreign.status_code == 400


async def test_phone_numbers_are_a_right_of_their_own(customers: Running, li: Client) -> None:
    made = await a_customer(li, channels=[{"kind": "phone", "value": "+86 755 28780808"}])
    contact = await a_contact(li, made["id"], phone="13800138000")
    visitor = customers.as_("guest", "visitor")
    shown = (await visitor.get(f"/contacts/{contact['id']}")).json()
    assert shown["phone"] == "138****8000"
    assert contact["phone"] == "13800138000"
    channels = (await visitor.get(f"/customers/{made['id']}")).json()["channels"]
    assert "28780808" not in channels[0]["value"]


# Duplicates


async def test_the_very_name_is_refused_with_the_owner_only(li: Client, wang: Client) -> None:
    made = await a_customer(li, industry="secret")
    refused = await wang.post(
        "/customers",
        json={"name": "华为技术有限公司", "force": True, "reason": "another one"},
    )
    assert refused.status_code == 409
    problem = refused.json()
    assert problem["type"] == "/problems/duplicate"
    assert problem["owner"] == {"id": "li", "name": "Li"}
    assert problem["can_be_forced"] is False
    assert made["id"] not in refused.text
    assert "secret" not in refused.text


async def test_a_name_that_means_the_same_needs_a_reason(li: Client, wang: Client) -> None:
    await a_customer(li)
    body: dict[str, Any] = {"name": "华为技术股份有限公司"}
    refused = await wang.post("/customers", json=body)
    assert refused.status_code == 409
    assert refused.json()["can_be_forced"] is True
    assert (await wang.post("/customers", json=body | {"force": True})).status_code == 400
    forced = await wang.post("/customers", json=body | {"force": True, "reason": "other owner"})
    assert forced.status_code == 201
    assert forced.json()["duplicate_reason"] == "other owner"


async def test_a_credit_code_is_unique_even_within_a_group(li: Client, wang: Client) -> None:
    made = await a_customer(li, credit_code=CODE)
    body = {"name": "Something Else", "credit_code": CODE, "group_parent_id": made["id"]}
    refused = await wang.post("/customers", json=body | {"force": True, "reason": "branch"})
    assert refused.status_code == 409
    assert refused.json()["reasons"] == ["credit_code"]


async def test_two_that_register_the_same_at_once_do_not_both_succeed(
    li: Client, wang: Client
) -> None:
    answers = await asyncio.gather(
        *(client.post("/customers", json={"name": "Acme"}) for client in (li, wang) * 4)
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7


async def test_two_names_with_one_credit_code_at_once_do_not_both_succeed(
    li: Client, wang: Client
) -> None:
    answers = await asyncio.gather(
        *(
            client.post("/customers", json={"name": name, "credit_code": CODE})
            for client, name in ((li, "Acme"), (wang, "Initech"))
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409]


async def test_branches_of_a_group_are_no_duplicates(li: Client) -> None:
    head = await a_customer(li)
    branch = await li.post(
        "/customers", json={"name": "华为技术有限公司", "group_parent_id": head["id"]}
    )
    assert branch.status_code == 201


async def test_a_check_says_who_owns_it_and_no_more(li: Client, wang: Client) -> None:
    made = await a_customer(
        li, former_names=["深圳华为"], channels=[{"kind": "phone", "value": "0755-28780808"}]
    )
    contact = await a_contact(li, made["id"], phone="13800138000", mail="wang@huawei.com")

    async def check(client: Client, **known: Any) -> list[dict[str, Any]]:
        answer = await client.post("/customers/check-duplicates", json={"name": "新客户"} | known)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["candidates"]
        return found

    for known, reason in (
        ({"name": "华为技术"}, "name"),
        ({"name": "深圳华为有限公司"}, "name"),
        ({"phones": ["+86 755 2878 0808"]}, "phone"),
        ({"phones": ["+86 138 0013 8000"]}, "phone"),
        ({"mails": ["sales@huawei.com"]}, "mail_domain"),
    ):
        [candidate] = await check(wang, **known)
        assert candidate["reasons"] == [reason]
        assert candidate["owner"] == {"id": "li", "name": "Li"}
        assert set(candidate) == {"score", "is_exact", "reasons", "owner"}
    assert await check(wang, mails=["somebody@qq.com"]) == []
    assert await check(wang, name="华为技术", group_parent_id=made["id"]) == []
    [own] = await check(li, name="华为技术")
    assert own["customer_id"] == made["id"]
    await li.post(f"/contacts/{contact['id']}/erase")
    assert await check(wang, phones=["13800138000"]) == []


async def test_nobody_stands_above_themselves(li: Client) -> None:
    head = await a_customer(li, name="Head Office")
    branch = await a_customer(li, name="Branch Office", group_parent_id=head["id"])
    answer = await li.patch(
        f"/customers/{head['id']}",
        json={"group_parent_id": branch["id"]},
        headers=if_match(head),
    )
    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/ring-of-parents"


# People


PERSON = {
    "phone": "13800138000",
    "mail": "wang.xiaoming@huawei.com",
    "wechat": "wxm_88",
    "birthday": "1980-05-06",
    "ambition": "升任采购总监",
    "conduct": "守信",
    "temperament": "沉稳",
    "likes": "围棋",
    "strengths": "谈判",
}
FOUND_IN_NO_STORE = [
    "王小明",
    "13800138000",
    "wang.xiaoming",
    "wxm_88",
    "1980-05-06",
    "升任采购总监",
    "围棋",
]


async def everything_stored(customers: Running) -> str:
    """All documents of all collections, as text; bytes decoded where they are text."""
    parts = []
    for name in await customers.db.list_collection_names():
        async for document in customers.db[name].find():
            parts += [
                value.decode("utf-8", "ignore") if isinstance(value, bytes) else repr(value)
                for value in document.values()
            ]
    return "\n".join(parts)


async def test_a_contact_is_kept_whole_and_stored_illegibly(customers: Running, li: Client) -> None:
    made = await a_customer(li)
    contact = await a_contact(
        li, made["id"], buying_role="decision_maker", attitude=2, department="采购部", **PERSON
    )
    assert {name: contact[name] for name in PERSON} == PERSON
    assert contact["name"] == "王小明"
    stored = await everything_stored(customers)
    for personal in FOUND_IN_NO_STORE:
        assert personal not in stored, personal


async def test_events_of_people_name_fields_and_no_values(customers: Running, li: Client) -> None:
    made = await a_customer(li)
    contact = await a_contact(li, made["id"], **PERSON)
    async with published(customers.db) as events:
        answer = await li.patch(
            f"/contacts/{contact['id']}",
            json={"phone": "13900139000", "attitude": -1},
            headers=if_match(contact),
        )
    assert answer.json()["phone"] == "13900139000"
    [told] = events.payloads(wire.ContactUpdated)
    assert told.changed == ["attitude", "phone"]
    assert b"139" not in events.documents[0]["value"]
    assert events.documents[0]["headers"]["ce_rightsof"] == f"customer:{made['id']}"


async def test_an_answer_given_again_is_read_anew(customers: Running, li: Client) -> None:
    made = await a_customer(li)
    body = {"customer_id": made["id"], "name": "王小明", "phone": "13800138000"}
    headers = {"Idempotency-Key": "once"}
    first = await li.post("/contacts", json=body, headers=headers)
    again = await li.post("/contacts", json=body, headers=headers)
    assert again.json() == first.json()
    await li.post(f"/contacts/{first.json()['id']}/erase")
    after = await li.post("/contacts", json=body, headers=headers)
    assert after.status_code == 201
    assert after.json()["name"] is None
    assert await customers.db["contacts"].count_documents({}) == 1


async def test_erasing_deletes_key_hashes_and_data(customers: Running, li: Client) -> None:
    made = await a_customer(li)
    contact = await a_contact(li, made["id"], **PERSON)
    other = await a_contact(li, made["id"], name="Li Si", phone="13700137000")
    async with published(customers.db) as events:
        answer = await li.post(
            f"/contacts/{contact['id']}/erase", json={"requested_on": "2026-03-01"}
        )
    assert answer.status_code == 200
    assert answer.json()["is_erased"] is True
    assert events.types == ["contact.erased"]
    for collection in ("people", "person_keys"):
        left = [one["_id"] async for one in customers.db[collection].find()]
        assert left == [other["id"]]
    shown = (await li.get(f"/contacts/{contact['id']}")).json()
    assert shown["name"] is None
    assert shown["is_erased"] is True
    again = await li.post(f"/contacts/{contact['id']}/erase")
    assert again.json()["type"] == "/problems/contact-erased"


async def test_a_contact_is_found_by_its_whole_number_or_address(li: Client) -> None:
    made = await a_customer(li)
    contact = await a_contact(li, made["id"], **PERSON)
    for params in ({"phone": "+86 138-0013-8000"}, {"mail": "Wang.Xiaoming@Huawei.com"}):
        found = (await li.get("/contacts", params=params)).json()["items"]
        assert [one["id"] for one in found] == [contact["id"]]
    assert (await li.get("/contacts", params={"phone": "1380013"})).json()["items"] == []


async def test_nobody_reports_in_a_ring_or_to_strangers(li: Client) -> None:
    one, two = await a_customer(li), await a_customer(li, name="Acme")
    top = await a_contact(li, one["id"])
    below = await a_contact(li, one["id"], reports_to_id=top["id"])
    stranger = await a_contact(li, two["id"])
    path = f"/contacts/{top['id']}"
    ring = await li.patch(path, json={"reports_to_id": below["id"]}, headers=if_match(top))
    assert ring.json()["type"] == "/problems/ring-of-reports"
    foreign = await li.patch(path, json={"reports_to_id": stranger["id"]}, headers=if_match(top))
    assert foreign.status_code == 400


async def test_anothers_contact_is_not_even_there(li: Client, wang: Client) -> None:
    made = await a_customer(li)
    contact = await a_contact(li, made["id"])
    assert (await wang.get(f"/contacts/{contact['id']}")).status_code == 404
    assert (await wang.get("/contacts")).json()["items"] == []
    assert (await wang.post(f"/contacts/{contact['id']}/erase")).status_code == 404
    body = {"customer_id": made["id"], "name": "x"}
    assert (await wang.post("/contacts", json=body)).status_code == 400


# Bad input


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/name"),
        ({"name": "  "}, "/name"),
        ({"name": "x" * 201}, "/name"),
        ({"name": "a\u0000b"}, "/name"),
        ({"name": 7}, "/name"),
        ({"name": "A", "nickname": "B"}, "/nickname"),
        ({"name": "A", "kind": "friend"}, "/kind"),
        ({"name": "A", "size": 1.5}, "/size"),
        ({"name": "A", "revenue": {"amount": "-1"}}, ""),
        ({"name": "A", "revenue": {"amount": "1e13"}}, "/revenue/amount"),
        ({"name": "A", "revenue": {"amount": "0.001"}}, "/revenue/amount"),
        ({"name": "A", "credit_code": "914403001922038217"}, "/credit_code"),
        ({"name": "A", "addresses": [{"position": {"latitude": 91, "longitude": 0}}]}, None),
        ({"name": "A", "group_parent_id": "nobody"}, "/group_parent_id"),
        ({"name": "A", "collaborator_ids": ["nobody"]}, "/collaborator_ids/0"),
    ],
)
async def test_bad_input_is_told_by_field_and_changes_nothing(
    quiet: Running, body: dict[str, Any], pointer: str | None
) -> None:
    answer = await quiet.as_("li", "rep").post("/customers", json=body)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    pointers = [error["pointer"] for error in answer.json()["errors"]]
    assert pointer is None or pointers == [pointer]
    assert await quiet.db["customers"].count_documents({}) == 0


async def test_a_contact_with_nonsense_is_refused(li: Client) -> None:
    made = await a_customer(li)
    for given in (
        {"phone": "call me"},
        {"mail": "nobody"},
        {"attitude": 3},
        {"birthday": "soon"},
        {"reports_to_id": "nobody"},
    ):
        body = {"customer_id": made["id"], "name": "x"} | given
        assert (await li.post("/contacts", json=body)).status_code == 400, given


async def test_unknown_ids_and_roles_without_rights(customers: Running, li: Client) -> None:
    assert (await li.get("/customers/nobody")).status_code == 404
    assert (await li.get("/contacts/nobody")).status_code == 404
    nobody = customers.as_("x", "nobody")
    assert (await nobody.get("/customers")).status_code == 403
