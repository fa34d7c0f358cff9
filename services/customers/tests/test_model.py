"""The rules of the archive and of contacts, with nothing running."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from chassis.credit_code import is_credit_code
from chassis.facts import facts_of
from chassis.names import core_of, likeness, searchable
from chassis.problems import ValidationFailed
from chassis.reach import domain_of, masked, phone_digits
from contracts.values import Position
from customers.contacts.model import (
    BuyingRole,
    Contact,
    ContactErased,
    ContactUpdated,
    PersonErased,
    RingOfReports,
)
from customers.records.model import (
    Address,
    Customer,
    CustomerOwnerChanged,
    CustomerStatusChanged,
    CustomerUpdated,
    RingOfParents,
    Status,
)
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
# Published codes of Huawei, Alibaba (China), Tencent and Xiaomi.
CODES = ["914403001922038216", "91330100799655058B", "9144030071526726XG", "91110108551385082Q"]


def a_customer(**given: Any) -> Customer:
    return Customer(**{"id": "c", "key": "c", "name": "Acme"} | given).register()


def a_contact(**given: Any) -> Contact:
    return Contact(**{"id": "p", "key": "c", "customer_id": "c"} | given).add()


# Credit codes


@pytest.mark.parametrize("code", CODES)
def test_published_credit_codes_are_right(code: str) -> None:
    assert is_credit_code(code)


@given(code=st.sampled_from(CODES), at=st.integers(0, 17), character=st.sampled_from("0123456789"))
def test_one_wrong_character_is_noticed(code: str, at: int, character: str) -> None:
    changed = code[:at] + character + code[at + 1 :]
    assert is_credit_code(changed) == (changed == code)


@pytest.mark.parametrize("code", ["", "9144", "91440300192203821I", "91440300192203821６"])
def test_what_is_no_credit_code_at_all(code: str) -> None:
    assert not is_credit_code(code)


def test_a_wrong_credit_code_is_refused() -> None:
    with pytest.raises(ValidationFailed):
        a_customer(credit_code="914403001922038217")


# Names


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("华为技术有限公司", "华为技术"),
        ("上海电气集团股份有限公司", "上海电气"),
        ("Acme Co., Ltd.", "ACME"),
        ("Acme GmbH", "acme, inc"),
        ("宝马（中国）有限公司", "宝马有限公司"),
    ],
)
def test_the_legal_form_does_not_tell_companies_apart(one: str, other: str) -> None:
    assert core_of(one) == core_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("华为技术有限公司上海分公司", "华为技术有限公司"), ("公司", "集团"), ("Inc", "Ltd")],
)
def test_branches_and_bare_forms_stay_what_they_are(one: str, other: str) -> None:
    assert core_of(one) != core_of(other)


def test_a_slip_of_the_pen_is_still_like_it() -> None:
    assert likeness(core_of("Massive Dynamic"), core_of("Massive Dynamics Inc")) > 0.9
    assert likeness(core_of("Massive Dynamic"), core_of("Initech")) < 0.3


def test_a_name_is_found_by_pinyin_initials_and_any_word() -> None:
    words = searchable(["上海电气集团", "Acme Corporation"])
    for typed in ("上海", "电气", "shanghaidian", "shdq", "dianqi", "acme", "corp"):
        assert any(word.startswith(typed) for word in words), typed


@given(name=st.text(min_size=1, max_size=200))
def test_no_name_breaks_the_search(name: str) -> None:
    core_of(name)
    assert len(searchable([name])) <= 80


@pytest.mark.parametrize(
    ("number", "digits"),
    [
        ("+86 138-0013-8000", "13800138000"),
        ("0086 13800138000", "13800138000"),
        ("010-6552 9988", "1065529988"),
        ("+86 10 6552 9988", "1065529988"),
        ("110", None),
    ],
)
def test_one_number_has_one_form(number: str, digits: str | None) -> None:
    assert phone_digits(number) == digits


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("li@Acme.cn", "acme.cn"),
        ("https://www.acme.cn/about", "acme.cn"),
        ("li@qq.com", None),
        ("li@gmail.com", None),
    ],
)
def test_public_mail_domains_say_nothing(address: str, domain: str | None) -> None:
    assert domain_of(address) == domain


@given(number=st.text(alphabet="0123456789+- ", max_size=30))
def test_a_masked_number_shows_its_ends_at_most(number: str) -> None:
    shown = masked(number)
    assert len(shown) == len(number)
    assert sum(character != "*" for character in shown) <= 7


# Records


def test_an_update_tells_what_was_before_and_names_every_field() -> None:
    customer = a_customer(industry="retail")
    customer.change({"industry": "software", "progress": "asked for a quote"})
    [*_, fact] = facts_of(customer)
    assert isinstance(fact, CustomerUpdated)
    assert (fact.previous.industry, fact.profile.industry) == ("retail", "software")
    assert fact.changed == ["industry", "progress"]


def test_no_change_is_no_fact() -> None:
    customer = a_customer(industry="retail")
    customer.change({"industry": "retail"})
    assert customer.version == 1


def test_a_name_given_up_is_kept_as_former() -> None:
    customer = a_customer()
    customer.change({"name": "Acme International"})
    assert customer.former_names == ["Acme"]


def test_the_customers_own_region_is_told_as_region() -> None:
    customer = a_customer()
    customer.change({"area": "East"})
    [*_, fact] = facts_of(customer)
    assert fact.changed == ["region"]
    assert fact.profile.region == "East"
    assert customer.region is None


def test_nobody_stands_above_themselves() -> None:
    customer = a_customer()
    with pytest.raises(RingOfParents):
        customer.require_no_ring("c", frozenset())
    with pytest.raises(RingOfParents):
        customer.require_no_ring("child", frozenset({"c"}))


def test_a_new_owner_is_no_longer_a_collaborator() -> None:
    customer = a_customer(owner_id="li", collaborator_ids=["han", "wang"])
    customer.be_owned_by("han", "team", "East")
    [*_, fact] = facts_of(customer)
    assert isinstance(fact, CustomerOwnerChanged)
    assert (fact.previous_owner_id, fact.owner_id) == ("li", "han")
    assert customer.collaborator_ids == ["wang"]
    customer.be_owned_by("han", "team", "East")
    assert customer.version == 2


def test_facts_move_the_status_forward_only() -> None:
    customer = a_customer()
    customer.show_interest("opportunity:1:1")
    customer.show_interest("opportunity:2:1")
    customer.buy("order:1:1")
    customer.show_interest("opportunity:3:1")
    customer.buy("order:2:1")
    moves = [fact for fact in facts_of(customer) if isinstance(fact, CustomerStatusChanged)]
    assert [(move.previous_status, move.status, move.reason) for move in moves] == [
        (Status.POTENTIAL, Status.INTERESTED, "opportunity:1:1"),
        (Status.INTERESTED, Status.WON, "order:1:1"),
    ]


def test_a_position_is_proposed_once_and_only_where_none_is_known() -> None:
    here, there = Position(latitude=31, longitude=121), Position(latitude=39, longitude=116)
    customer = a_customer()
    customer.propose_position(here)
    customer.propose_position(there)
    assert customer.proposed_position == here
    customer.change({"addresses": [Address(city="Shanghai", position=here)]})
    assert customer.proposed_position is None
    customer.propose_position(there)
    assert customer.proposed_position is None


# Contacts


def test_what_is_personal_is_told_by_name_only() -> None:
    contact = a_contact(buying_role=BuyingRole.USER, attitude=0)
    contact.change({"attitude": 2}, ["phone"])
    [*_, fact] = facts_of(contact)
    assert isinstance(fact, ContactUpdated)
    assert fact.changed == ["attitude", "phone"]
    assert (fact.previous_attitude, contact.attitude) == (0, 2)


def test_erasing_leaves_a_tombstone() -> None:
    contact = a_contact(department="purchasing")
    contact.erase(NOW, date(2026, 3, 1))
    [*_, fact] = facts_of(contact)
    assert isinstance(fact, PersonErased)
    assert contact.is_erased
    assert contact.department is None
    with pytest.raises(ContactErased):
        contact.change({"attitude": 1}, [])
    with pytest.raises(ContactErased):
        contact.erase(NOW, None)


def test_nobody_reports_to_themselves() -> None:
    with pytest.raises(RingOfReports):
        a_contact().require_no_ring("p", frozenset())
    with pytest.raises(RingOfReports):
        a_contact().require_no_ring("q", frozenset({"p"}))
