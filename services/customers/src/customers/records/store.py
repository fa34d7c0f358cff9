"""Where customer records lie, with what they are found by."""

from collections.abc import Iterable

from chassis.mongo import Document
from chassis.names import core_of, pieces_of, same_name, searchable
from chassis.reach import domain_of, phone_digits
from chassis.store import Stored, from_plain_document, plain_document
from pymongo import ASCENDING, DESCENDING, IndexModel

from customers.records.model import Customer

PHONES = frozenset({"phone", "mobile", "fax"})
DOMAINS = frozenset({"mail", "website"})


def _encode(customer: Customer) -> Document:
    document = plain_document(customer)
    cores = list(dict.fromkeys(core_of(name) for name in customer.names))
    channels = customer.channels
    document["search"] = {
        "name": same_name(customer.name),
        "names": list(dict.fromkeys(same_name(name) for name in customer.names)),
        "cores": cores,
        "pieces": sorted({piece for core in cores for piece in pieces_of(core)}),
        "words": searchable(customer.names),
        "phones": _known(phone_digits(one.value) for one in channels if one.kind in PHONES),
        "domains": _known(domain_of(one.value) for one in channels if one.kind in DOMAINS),
    }
    return document


def _decode(document: Document) -> Customer:
    return from_plain_document(
        Customer, {name: value for name, value in document.items() if name != "search"}
    )


def _known(values: Iterable[str | None]) -> list[str]:
    return sorted({value for value in values if value})


CUSTOMERS = Stored(
    Customer,
    "customers",
    encode=_encode,
    decode=_decode,
    indexes=[
        IndexModel([("owner_id", ASCENDING), ("_id", DESCENDING)], name="of_owner"),
        IndexModel([("team_id", ASCENDING), ("_id", DESCENDING)], name="of_team"),
        IndexModel([("collaborator_ids", ASCENDING)], name="shared_with"),
        IndexModel([("credit_code", ASCENDING)], name="credit_code", sparse=True),
        IndexModel([("group_parent_id", ASCENDING)], name="of_group", sparse=True),
        IndexModel([("external_id", ASCENDING)], name="external", sparse=True),
        IndexModel([("search.name", ASCENDING), ("_id", ASCENDING)], name="by_name"),
        IndexModel([("search.cores", ASCENDING)], name="cores"),
        IndexModel([("search.pieces", ASCENDING)], name="similar_names"),
        IndexModel([("search.words", ASCENDING)], name="typed"),
        IndexModel([("search.phones", ASCENDING)], name="phones"),
        IndexModel([("search.domains", ASCENDING)], name="domains"),
    ],
)
