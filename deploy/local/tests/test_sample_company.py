"""The sample company's rows, as they are handed to the imports."""

import csv
import io
from collections import Counter

from tianlong.samples import derive
from tianlong.samples.loading import MAPPINGS, crm

COMPANY = crm()


def rows(kind: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(COMPANY.files[kind].decode())))


def test_everybody_has_a_superior_who_comes_before_them() -> None:
    known = {""}
    for member in rows("staff"):
        assert member["manager"] in known
        known.add(member["name"])
    roles = Counter(member["role"] for member in rows("staff"))
    assert roles == {"director": 1, "supervisor": 6, "rep": 35}


def test_everybody_joined_before_the_first_deal() -> None:
    assert {member["joined_on"] for member in rows("staff")} == {"2016-10-19"}
    assert min(filter(None, (deal["engage_date"] for deal in rows("opportunities")))) > "2016-10-19"


def test_everybody_signs_in_under_a_name_of_their_own() -> None:
    names = [member["external_id"] for member in rows("staff")]
    assert "darcel.schlecht" in names
    assert len(set(names)) == len(names) == 42


def test_parents_come_before_their_subsidiaries() -> None:
    known = {""}
    for customer in rows("customers"):
        assert customer["subsidiary_of"] in known
        known.add(customer["account"])
    assert len(known) == 86


def test_a_customer_belongs_to_the_agent_who_won_the_most_there() -> None:
    deals = [
        {"account": "A", "sales_agent": "X", "deal_stage": "Won", "close_value": "10"},
        {"account": "A", "sales_agent": "Y", "deal_stage": "Won", "close_value": "11"},
        {"account": "A", "sales_agent": "X", "deal_stage": "Lost", "close_value": "0"},
        {"account": "B", "sales_agent": "Y", "deal_stage": "Engaging", "close_value": ""},
        {"account": "", "sales_agent": "Z", "deal_stage": "Engaging", "close_value": ""},
    ]
    assert derive.owners_by_won_amount(deals) == {"A": "Y", "B": "Y"}
    agents = {member["name"] for member in rows("staff")}
    assert {customer["owner"] for customer in rows("customers")} <= agents


def test_the_mappings_settle_every_name_that_the_files_spell_differently() -> None:
    settled = MAPPINGS["opportunities"]["values"]["product"]
    products = {product["product"] for product in rows("products")}
    used = {settled.get(deal["product"], deal["product"]) for deal in rows("opportunities")}
    assert used == products
    industries = {customer["sector"] for customer in rows("customers")}
    assert "technolgy" in industries & MAPPINGS["customers"]["values"]["industry"].keys()


def test_every_column_that_a_mapping_names_is_there() -> None:
    for kind, mapping in MAPPINGS.items():
        assert mapping["columns"].keys() <= rows(kind)[0].keys()
