"""People at rest: keys, hashes, the master key, and the journal of erasures."""

import base64
import os
from pathlib import Path

import pytest
from chassis.testkit.running import Client, Running
from chassis.work import Work
from cryptography.exceptions import InvalidTag
from customers.contacts.journal import ErasureJournal
from customers.contacts.model import Person
from customers.contacts.people import PEOPLE, PERSON_KEYS, MasterKeyWrong, Vault
from customers.records.store import CUSTOMERS

PERSON = Person(name="王小明", phone="13800138000", mail="wang@acme.cn")


def a_master_key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


async def seal(customers: Running, vault: Vault, person_id: str, person: Person = PERSON) -> None:
    async def sealing(work: Work) -> None:
        await vault.seal(work, person_id, "customer", person)

    await customers.commits.run(sealing, actor="test")


async def test_a_person_comes_back_as_they_were_sealed(customers: Running) -> None:
    vault = Vault(customers.db, a_master_key())
    await seal(customers, vault, "one")
    assert await vault.open_many(["one", "nobody"]) == {"one": PERSON}


async def test_each_person_has_a_key_and_each_sealing_a_nonce(customers: Running) -> None:
    vault = Vault(customers.db, a_master_key())
    for person_id in ("one", "two"):
        await seal(customers, vault, person_id)
    one, two = [document async for document in customers.db[PEOPLE].find().sort("_id")]
    assert one["sealed"] != two["sealed"]
    assert one["phones"] == two["phones"]
    await seal(customers, vault, "one")
    again = await customers.db[PEOPLE].find_one({"_id": "one"})
    assert again is not None
    assert again["sealed"] != one["sealed"]
    keys = [document async for document in customers.db[PERSON_KEYS].find().sort("_id")]
    assert keys[0]["wrapped"] != keys[1]["wrapped"]


async def test_data_does_not_open_under_another_persons_name(customers: Running) -> None:
    vault = Vault(customers.db, a_master_key())
    for person_id in ("one", "two"):
        await seal(customers, vault, person_id)
    stolen = await customers.db[PEOPLE].find_one({"_id": "one"})
    assert stolen is not None
    await customers.db[PEOPLE].update_one({"_id": "two"}, {"$set": {"sealed": stolen["sealed"]}})
    with pytest.raises(InvalidTag):
        await vault.open_many(["two"])


async def test_hashes_cannot_be_made_without_the_master_key(
    customers: Running, mongodb_uri: str
) -> None:
    one = Vault(customers.db, a_master_key())
    hashed = await one.hashed("phones", "13800138000")
    assert hashed == await one.hashed("phones", "13800138000")
    assert hashed != await one.hashed("mails", "13800138000")
    await customers.db["master_keys"].delete_many({})
    assert hashed != await Vault(customers.db, a_master_key()).hashed("phones", "13800138000")


async def test_another_master_key_is_refused(customers: Running) -> None:
    await seal(customers, Vault(customers.db, a_master_key()), "one")
    with pytest.raises(MasterKeyWrong):
        await Vault(customers.db, a_master_key()).open_many(["one"])


async def test_without_a_given_key_one_is_made_and_kept(customers: Running) -> None:
    await seal(customers, Vault(customers.db), "one")
    assert await Vault(customers.db).open_many(["one"]) == {"one": PERSON}


def test_a_master_key_has_thirty_two_bytes(customers: Running) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Vault(customers.db, base64.b64encode(b"short").decode())


async def test_a_restored_backup_brings_nobody_back(
    customers: Running, li: Client, tmp_path: Path
) -> None:
    customer = (await li.post("/customers", json={"name": "Acme"})).json()
    contacts = [
        (await li.post("/contacts", json={"customer_id": customer["id"], "name": name})).json()
        for name in ("Erased", "Kept")
    ]
    erased, kept = (contact["id"] for contact in contacts)
    backup = [
        (name, [document async for document in customers.db[name].find()])
        for name in (PEOPLE, PERSON_KEYS)
    ]
    journal = ErasureJournal(customers.core, tmp_path / "outside" / "erasures.jsonl")
    await li.post(f"/contacts/{erased}/erase")
    await journal.write_out()
    await journal.write_out()
    path = tmp_path / "outside" / "erasures.jsonl"
    [line] = path.read_text().splitlines()
    assert erased in line
    assert path.stat().st_mode & 0o077 == 0
    for name, documents in backup:
        await customers.db[name].delete_many({})
        await customers.db[name].insert_many(documents)
    assert await journal.erase_again() == 1
    assert await journal.erase_again() == 0
    left = [document["_id"] async for document in customers.db[PERSON_KEYS].find()]
    assert left == [kept]


async def test_stored_records_come_back_as_they_were(customers: Running, li: Client) -> None:
    await li.post(
        "/customers",
        json={
            "name": "上海电气集团股份有限公司",
            "revenue": {"amount": "1.10"},
            "addresses": [{"position": {"latitude": 1, "longitude": 2.5}}],
            "channels": [{"kind": "mail", "value": "info@acme.cn"}],
        },
    )
    document = await customers.db["customers"].find_one({})
    assert document is not None
    assert document["search"]["domains"] == ["acme.cn"]
    assert "上海电气" in document["search"]["cores"]
    read = CUSTOMERS.aggregate(document)
    assert CUSTOMERS.document(read) | {"rev": 0} == document
