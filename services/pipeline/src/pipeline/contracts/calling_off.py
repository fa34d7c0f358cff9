"""Orders draw on contracts, one after the other, and give back what they do not need."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from chassis.problems import ValidationFailed
from chassis.work import Work
from contracts.values import Money

from pipeline import copies
from pipeline.access import reach
from pipeline.contracts.model import Contract
from pipeline.contracts.store import CONTRACTS
from pipeline.orders.model import Freed, Order, Part
from pipeline.pricing.model import PaperLine


async def drawn_on(
    work: Work,
    contract_id: str,
    order_id: str,
    parts: Sequence[Part],
    papers: list[PaperLine],
    on: date,
) -> tuple[list[PaperLine], list[int]]:
    """The lines of an order that calls off `parts`, or all that is left, of a contract.

    A frame contract without lines, bounded by its limit, is drawn on with `papers` of the order's
    own. With the lines comes, for each, the contract's line it draws on (0: none).
    """
    # One after the other: who comes late sees what is left, instead of deciding all over again.
    await work.guard(f"contract:{contract_id}")
    contract = await reach(work, CONTRACTS, contract_id, "contracts:read")
    chosen = _chosen(contract, parts, papers)
    if papers:
        lines, numbers = papers, [0 for _ in papers]
    else:
        lines = [contract.items[part.line - 1].line.part(part.quantity) for part in chosen]
        numbers = [part.line for part in chosen]
    gross = sum((line.gross.amount for line in lines), Decimal(0))
    contract.call_off(order_id, chosen, Money(gross, lines[0].currency), on)
    return lines, numbers


async def give_back(work: Work, order: Order, freed: Freed) -> None:
    """What an order is no longer for, another one may draw."""
    if order.contract_id is None or not freed.parts:
        return
    contract = await work.load(CONTRACTS, order.contract_id)
    numbered = [(order.contract_lines[part.line - 1], part.quantity) for part in freed.parts]
    parts = [Part(line=number, quantity=quantity) for number, quantity in numbered if number]
    contract.give_back(order.id, parts, freed.gross)


def _chosen(contract: Contract, parts: Sequence[Part], papers: Sequence[PaperLine]) -> list[Part]:
    if papers:
        if contract.items and not contract.has_limit:
            raise _wrong("/paper_lines", "not-in-contract", "须按合同明细下单", "are not its lines")
        return []
    chosen = list(parts) or [
        Part(line=number, quantity=item.left)
        for number, item in enumerate(contract.items, start=1)
        if item.left > 0
    ]
    if not chosen:
        raise _wrong("/parts", "nothing-left", "合同没有可下单的余量", "nothing is left to order")
    for place, part in enumerate(chosen):
        if part.line > len(contract.items):
            raise _wrong(f"/parts/{place}/line", "unknown", "合同没有这一行", "no such line")
    return chosen


def _wrong(pointer: str, code: str, zh: str, en: str) -> ValidationFailed:
    return ValidationFailed(copies.field_error(pointer, code, zh, en))
