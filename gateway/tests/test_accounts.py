"""Who may sign in, and who may say so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from chassis.testkit.running import published

if TYPE_CHECKING:
    from conftest import Gateway

NEW = {"username": "Darcel.Schlecht", "password": "12345678", "roles": ["rep"]}


async def test_an_account_signs_in_and_carries_its_roles(gateway: Gateway) -> None:
    admin = await gateway.as_()
    opened = await admin.post("/accounts", json=NEW)
    assert opened.status_code == 201
    assert opened.json()["username"] == "darcel.schlecht"
    assert opened.headers["Location"] == f"/api/v1/accounts/{opened.json()['id']}"
    rep = await gateway.as_("darcel.schlecht", "12345678")
    me = (await rep.get("/me")).json()
    assert me["roles"] == ["rep"]
    assert me["access"]["opportunities:read"] == "shared"
    assert (await rep.get("/accounts")).status_code == 403
    assert (await rep.post("/accounts", json=NEW)).status_code == 403


async def test_a_user_name_is_given_once(gateway: Gateway) -> None:
    admin = await gateway.as_()
    assert (await admin.post("/accounts", json=NEW)).status_code == 201
    again = await admin.post("/accounts", json=NEW | {"username": " DARCEL.schlecht"})
    assert again.status_code == 409
    assert again.json()["type"] == "/problems/duplicate"


async def test_in_a_batch_one_that_fails_does_not_fail_the_others(gateway: Gateway) -> None:
    admin = await gateway.as_()
    items = [
        {"username": "a", "password": "12345678"},
        {"username": "b", "password": "short"},
        {"username": "c", "password": "12345678", "roles": ["king"]},
        {"username": "d", "password": "12345678", "staff_id": "nobody"},
        {"username": "e", "password": "12345678"},
    ]
    answer = await admin.post("/accounts/batch", json={"items": items})
    assert [item["status"] for item in answer.json()["items"]] == [201, 400, 400, 400, 201]
    pointers = [item["problem"]["errors"][0]["pointer"] for item in answer.json()["items"][1:4]]
    assert pointers == ["/password", "/roles/0", "/staff_id"]


async def test_the_same_command_twice_opens_one_account(gateway: Gateway) -> None:
    admin = await gateway.as_()
    key = {"Idempotency-Key": "k1"}
    first = await admin.post("/accounts", json=NEW, headers=key)
    second = await admin.post("/accounts", json=NEW, headers=key)
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    other = await admin.post("/accounts", json=NEW | {"username": "x"}, headers=key)
    assert other.status_code == 422


async def test_changed_roles_ask_for_a_new_sign_in(gateway: Gateway) -> None:
    admin = await gateway.as_()
    opened = await admin.post("/accounts", json=NEW)
    path = f"/accounts/{opened.json()['id']}"
    rep = await gateway.as_("darcel.schlecht", "12345678")
    changed = await admin.patch(
        path, json={"roles": ["director"]}, headers={"If-Match": opened.headers["ETag"]}
    )
    assert changed.status_code == 200
    await gateway.app.state.desk.revocations.look()
    assert (await rep.get("/me")).status_code == 401
    director = await gateway.as_("darcel.schlecht", "12345678")
    assert (await director.get("/me")).json()["roles"] == ["director"]
    stale = await admin.patch(
        path, json={"roles": []}, headers={"If-Match": opened.headers["ETag"]}
    )
    assert stale.status_code == 412
    assert (await admin.patch(path, json={"roles": []})).status_code == 428


async def test_a_disabled_account_is_out_and_stays_out(gateway: Gateway) -> None:
    admin = await gateway.as_()
    opened = await admin.post("/accounts", json=NEW)
    tokens = await gateway.sign_in("darcel.schlecht", "12345678")
    await admin.patch(
        f"/accounts/{opened.json()['id']}",
        json={"is_enabled": False},
        headers={"If-Match": opened.headers["ETag"]},
    )
    held = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert (await gateway.client.get("/me", headers=held)).status_code == 401
    credentials = {"username": "darcel.schlecht", "password": "12345678"}
    assert (await gateway.client.post("/session", json=credentials)).status_code == 401
    body = {"refresh_token": tokens["refresh_token"]}
    assert (await gateway.client.post("/session/refresh", json=body)).status_code == 401


async def test_nobody_takes_the_last_administrators_rights_away(gateway: Gateway) -> None:
    admin = await gateway.as_()
    own = (await admin.get("/me")).json()["account"]["id"]
    read = await admin.get(f"/accounts/{own}")
    for change in ({"roles": ["rep"]}, {"is_enabled": False}):
        refused = await admin.patch(
            f"/accounts/{own}", json=change, headers={"If-Match": read.headers["ETag"]}
        )
        assert refused.status_code == 409
        assert refused.json()["type"] == "/problems/own-account"


async def test_ones_own_password_needs_the_old_one_and_ends_other_sessions(
    gateway: Gateway,
) -> None:
    admin = await gateway.as_()
    await admin.post("/accounts", json=NEW)
    here = await gateway.as_("darcel.schlecht", "12345678")
    elsewhere = await gateway.as_("darcel.schlecht", "12345678")
    wrong = await here.post("/me/password", json={"current": "x", "password": "another one"})
    assert wrong.status_code == 400
    body = {"current": "12345678", "password": "another one"}
    assert (await here.post("/me/password", json=body)).status_code == 200
    await gateway.app.state.desk.revocations.look()
    assert (await here.get("/me")).status_code == 200
    assert (await elsewhere.get("/me")).status_code == 401
    await gateway.sign_in("darcel.schlecht", "another one")


async def test_every_change_is_kept_and_no_password_is(gateway: Gateway) -> None:
    admin = await gateway.as_()
    async with published(gateway.core.db) as events:
        opened = await admin.post("/accounts", json=NEW)
        await admin.patch(
            f"/accounts/{opened.json()['id']}",
            json={"roles": ["supervisor"], "password": "a new secret"},
            headers={"If-Match": opened.headers["ETag"]},
        )
    assert events.types == ["account.opened", "account.changed", "account.password_changed"]
    for document in events.documents:
        assert "pending" not in document, "accounts are nobody else's business"
        assert b"12345678" not in document["value"]
        assert b"secret" not in document["value"]
    async for account in gateway.core.db["accounts"].find():
        assert "hash" not in str(account)
    async for answer in gateway.core.db["answers"].find():
        assert b"12345678" not in (answer.get("body") or b"")


async def test_no_fast_hash_of_a_password_is_kept_either(gateway: Gateway) -> None:
    """A stored answer knows its request by a hash; two that differ in the password only are one."""
    admin = await gateway.as_()
    key = {"Idempotency-Key": "k"}
    for path, body in (
        ("/accounts", NEW),
        ("/accounts/batch", {"items": [NEW | {"username": "other"}]}),
    ):
        first = await admin.post(path, json=body, headers=key)
        changed = json.loads(json.dumps(body).replace("12345678", "87654321"))
        second = await admin.post(path, json=changed, headers=key)
        assert second.json() == first.json()
        assert first.status_code < 300
    await gateway.sign_in("darcel.schlecht", "12345678")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"username": "x"},
        {"username": "", "password": "12345678"},
        {"username": "   ", "password": "12345678"},
        {"username": "x", "password": "1234567"},
        {"username": "x", "password": "1" * 201},
        {"username": "x\x00", "password": "12345678"},
        {"username": "x", "password": "12345678", "roles": "rep"},
        {"username": "x", "password": "12345678", "is_admin": True},
        [],
        "x",
    ],
)
async def test_bad_input_is_told_by_field(gateway: Gateway, body: object) -> None:
    answer = await (await gateway.as_()).post("/accounts", json=body)
    assert answer.status_code == 400
    assert answer.json()["type"] == "/problems/validation"
    assert answer.json()["errors"]


async def test_accounts_come_in_pages(gateway: Gateway) -> None:
    admin = await gateway.as_()
    items = [{"username": f"u{n}", "password": "12345678"} for n in range(5)]
    await admin.post("/accounts/batch", json={"items": items})
    names: list[str] = []
    cursor = None
    while True:
        parameters = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await admin.get("/accounts", params=parameters)).json()
        names += [item["username"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(names) == ["admin", "u0", "u1", "u2", "u3", "u4"]
