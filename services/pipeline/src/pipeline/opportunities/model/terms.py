"""What a deal is about: its terms, and the small values they are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from typing import Any

from contracts.values import Money

from pipeline.products.model import Line

INTENTS = ("none", "weak", "medium", "strong", "confirmed")
FORECAST_CALLS = ("commit", "best_case", "pipeline")
PURCHASE_METHODS = ("tender", "comparison", "single_source")
PARTY_ROLES = ("contract_party", "end_user", "dealer", "design_institute", "general_contractor")


@dataclass(frozen=True, kw_only=True)
class Party:
    """A party of the project; a customer of ours or one known by name only."""

    role: str
    customer_id: str | None = None
    name: str | None = None


@dataclass(frozen=True, kw_only=True)
class DealContact:
    """A contact of the deal and their stance to us (−2…+2)."""

    contact_id: str
    stance: int | None = None


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """What the internal evaluation 项目评估 judges: margin (a share of 1), risk, resources."""

    margin: Decimal
    risk: str
    risks: str
    resources: str


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a deal is about. `amount` comes from the lines where there are any (`amount_source`).

    `need` 需求定义 and `purpose` 采购目的 are the customer's; `probability` is set only where a
    person overrides that of the stage; `collaborator_ids` are 协作人.
    """

    name: str
    customer_id: str | None = None
    amount: Money | None = None
    amount_source: str = "estimate"
    is_taxed: bool = False
    product_id: str | None = None
    lines: list[Line] = field(default_factory=list)
    parties: list[Party] = field(default_factory=list)
    contacts: list[DealContact] = field(default_factory=list)
    competitors: list[str] = field(default_factory=list)
    expected_close_on: date | None = None
    probability: Decimal | None = None
    forecast_call: str | None = None
    collaborator_ids: list[str] = field(default_factory=list)
    need: str | None = None
    purpose: str | None = None
    budget_range: str | None = None
    purchase_on: date | None = None
    purchase_method: str | None = None
    next_step: str | None = None
    next_step_on: date | None = None


TERMS = frozenset(each.name for each in fields(Terms))


def changed_terms(before: Terms, after: Terms) -> list[str]:
    return sorted(name for name in TERMS if getattr(before, name) != getattr(after, name))


PAPERS_BY_RANK = ("contract", "quote")


def priced(values: dict[str, Any], papers: Mapping[str, Money] | None = None) -> dict[str, Any]:
    """`values` with the amount that counts, its source and the main product.

    The order of sources is contract, accepted quote (`papers`, by source), lines, estimate.
    """
    lines: Sequence[Line] = values.get("lines") or []
    if lines:
        # The deal counts for one product in every sum: the line with the largest amount.
        largest = max(lines, key=lambda line: line.amount.amount)
        values = values | {"product_id": largest.product_id}
    for source in PAPERS_BY_RANK:
        if papers and source in papers:
            return values | {"amount": papers[source], "amount_source": source}
    if not lines:
        return values | {"amount_source": "estimate"}
    total = lines[0].amount
    for line in lines[1:]:
        total = total + line.amount
    return values | {"amount": total, "amount_source": "lines"}
