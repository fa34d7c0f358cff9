"""People's data, each encrypted with a key of its own: without the key nothing can be read.

`people` holds what is encrypted, and keyed hashes of phone, mail and mail domain to find it by;
`person_keys` holds the keys, wrapped by the master key, and is backed up apart from the data.
AES-256-GCM with the person's id as associated data; HKDF-SHA256 derives from the master key what
wraps and what hashes.
"""

import asyncio
import base64
import dataclasses
import hmac
import os
from collections.abc import Mapping
from hashlib import sha256

import msgspec
from chassis.mongo import Database, Document
from chassis.reach import domain_of, mail_address, phone_digits
from chassis.work import Work
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pymongo import ASCENDING, IndexModel

from customers.contacts.model import Person

PEOPLE, PERSON_KEYS, MASTER_KEYS = "people", "person_keys", "master_keys"
INDEXES = {
    PEOPLE: [
        IndexModel([("phones", ASCENDING)], name="phones"),
        IndexModel([("mails", ASCENDING)], name="mails"),
        IndexModel([("domains", ASCENDING)], name="domains"),
    ],
    PERSON_KEYS: [],
    MASTER_KEYS: [],
}
_KEY_BYTES, _NONCE_BYTES = 32, 12
_decode = msgspec.json.Decoder(Person).decode


class MasterKeyWrong(RuntimeError):
    """The master key given is not the one that the person keys were wrapped with."""


@dataclasses.dataclass(frozen=True)
class _Derived:
    wrapping: AESGCM
    hashing: bytes


class Vault:
    """Seals and opens people. The master key is given, or made once and kept in the database."""

    def __init__(self, db: Database, master_key: str | None = None) -> None:
        self._db = db
        self._given = base64.b64decode(master_key, validate=True) if master_key else None
        if self._given is not None and len(self._given) != _KEY_BYTES:
            raise ValueError(f"the master key has {_KEY_BYTES} bytes, in base64")
        self._derived: _Derived | None = None
        self._lock = asyncio.Lock()

    async def seal(self, work: Work, person_id: str, customer_id: str, person: Person) -> None:
        """Write a person, in the unit of work; the first time with a key of its own."""
        keys = await self._keys()
        wrapped = await work.document(PERSON_KEYS, person_id)
        if wrapped is None:
            key = AESGCM.generate_key(256)
            sealed = _sealed(keys.wrapping, key, person_id)
            work.put(PERSON_KEYS, {"_id": person_id, "wrapped": sealed})
        else:
            key = _opened(keys.wrapping, wrapped["wrapped"], person_id)
        document: Document = {
            "_id": person_id,
            "customer_id": customer_id,
            "sealed": _sealed(AESGCM(key), msgspec.json.encode(person), person_id),
        }
        for kind, value in (
            ("phones", phone_digits(person.phone) if person.phone else None),
            ("mails", mail_address(person.mail) if person.mail else None),
            ("domains", domain_of(person.mail) if person.mail else None),
        ):
            document[kind] = [await self.hashed(kind, value)] if value else []
        work.put(PEOPLE, document)

    async def open(self, work: Work, person_id: str) -> Person | None:
        """The person as this unit of work has left them; None once erased."""
        keys = await self._keys()
        wrapped = await work.document(PERSON_KEYS, person_id)
        sealed = await work.document(PEOPLE, person_id)
        return _person(keys.wrapping, person_id, wrapped, sealed)

    async def open_many(self, person_ids: list[str]) -> Mapping[str, Person]:
        """Those that are not erased, in two round trips."""
        if not person_ids:
            return {}
        keys = await self._keys()
        condition = {"_id": {"$in": person_ids}}
        wrapped = {one["_id"]: one async for one in self._db[PERSON_KEYS].find(condition)}
        sealed = {one["_id"]: one async for one in self._db[PEOPLE].find(condition)}
        found = {
            one: _person(keys.wrapping, one, wrapped.get(one), sealed.get(one))
            for one in person_ids
        }
        return {one: person for one, person in found.items() if person is not None}

    def destroy(self, work: Work, person_id: str) -> None:
        """Delete key, hashes and what the key opened: nobody can read it ever again."""
        work.delete(PERSON_KEYS, person_id)
        work.delete(PEOPLE, person_id)

    async def hashed(self, kind: str, value: str) -> bytes:
        """What a value is found by: nobody without the master key can make or undo it."""
        keys = await self._keys()
        return hmac.digest(keys.hashing, f"{kind}:{value}".encode(), sha256)

    async def _keys(self) -> _Derived:
        if self._derived is None:
            async with self._lock:
                if self._derived is None:
                    self._derived = await self._derive()
        return self._derived

    async def _derive(self) -> _Derived:
        master = self._given or await self._kept_in_database()
        derived = _Derived(AESGCM(_derived(master, b"wrap")), _derived(master, b"hash"))
        await self._require_same(derived)
        return derived

    async def _kept_in_database(self) -> bytes:
        await self._db[MASTER_KEYS].update_one(
            {"_id": "person"}, {"$setOnInsert": {"key": os.urandom(_KEY_BYTES)}}, upsert=True
        )
        kept = await self._db[MASTER_KEYS].find_one({"_id": "person"})
        if kept is None:
            raise MasterKeyWrong("the master key was made and is gone")
        return bytes(kept["key"])

    async def _require_same(self, derived: _Derived) -> None:
        """Better no service than people sealed under two master keys."""
        mark = hmac.digest(derived.hashing, b"mark", sha256)
        await self._db[MASTER_KEYS].update_one(
            {"_id": "mark"}, {"$setOnInsert": {"mark": mark}}, upsert=True
        )
        kept = await self._db[MASTER_KEYS].find_one({"_id": "mark"})
        if kept is None or not hmac.compare_digest(kept["mark"], mark):
            raise MasterKeyWrong("TIANLONG_PERSON_MASTER_KEY is not the key used so far")


def _derived(master: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=purpose).derive(master)


def _sealed(key: AESGCM, plain: bytes, person_id: str) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + key.encrypt(nonce, plain, person_id.encode())


def _opened(key: AESGCM, sealed: bytes, person_id: str) -> bytes:
    return key.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], person_id.encode())


def _person(
    wrapping: AESGCM, person_id: str, wrapped: Document | None, sealed: Document | None
) -> Person | None:
    if wrapped is None or sealed is None:
        return None
    key = _opened(wrapping, wrapped["wrapped"], person_id)
    return _decode(_opened(AESGCM(key), sealed["sealed"], person_id))
