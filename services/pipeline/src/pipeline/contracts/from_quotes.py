"""What a contract takes of the quote that the customer accepted: lines, currency and terms."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from chassis.problems import ValidationFailed
from chassis.work import Work

from pipeline import copies
from pipeline.access import reach
from pipeline.pricing.model import PaperLine
from pipeline.quotes.model import Quote
from pipeline.quotes.model.quote import ACCEPTED
from pipeline.quotes.store import QUOTES


async def accepted_quote(work: Work, quote_id: str | None) -> Quote | None:
    """Raises ValidationFailed if the customer has not accepted it."""
    if quote_id is None:
        return None
    quote = await reach(work, QUOTES, quote_id, "quotes:read")
    if quote.status != ACCEPTED:
        raise ValidationFailed(
            copies.field_error("/quote_id", "not-accepted", "报价未被接受", "is not accepted")
        )
    return quote


def chosen_of(quote: Quote, options: Sequence[int]) -> list[PaperLine]:
    """All lines that are not optional 可选项, and of these the ones named by place from 1."""
    lines = quote.offer.lines
    for place, number in enumerate(options):
        if number > len(lines) or not lines[number - 1].is_optional:
            raise ValidationFailed(
                copies.unknown(f"/options/{place}", "可选项", "optional line of the quote")
            )
    return [
        replace(line, is_optional=False)
        for number, line in enumerate(lines, start=1)
        if not line.is_optional or number in options
    ]


def offered_terms(quote: Quote) -> dict[str, Any]:
    """What was offered beside the lines; what the contract says itself goes before it."""
    offer = quote.offer
    return {
        "currency": offer.currency,
        "entity_id": offer.selling_entity_id,
        "delivery": offer.terms.delivery,
        "payment": offer.terms.payment,
        "warranty": offer.terms.warranty,
        "other": offer.terms.annex,
    }
