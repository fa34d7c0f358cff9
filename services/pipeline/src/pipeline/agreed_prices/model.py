"""An agreed price: proposed, approved or refused, ended. Nothing agreed is edited."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from chassis.facts import Aggregate, Fact
from chassis.problems import CHINESE, ENGLISH, FieldError, Refused, Text, ValidationFailed
from contracts.values import Money

PROPOSED, AGREED, REFUSED = "proposed", "agreed", "refused"


@dataclass(frozen=True, kw_only=True)
class AgreedPriceProposed(Fact):
    pass


@dataclass(frozen=True, kw_only=True)
class AgreedPriceSettled(Fact):
    """Agreed, or not: `decided_by` None means that nobody had to be asked."""

    status: str
    decided_by: str | None
    comment: str | None


@dataclass(frozen=True, kw_only=True)
class AgreedPriceEnded(Fact):
    valid_until: date
    previous_valid_until: date | None
    reason: str | None


class PriceAlreadyAgreed(Refused):
    """For some of those days another price is agreed, or proposed."""

    slug = "price-already-agreed"
    titles: ClassVar[Text] = {
        CHINESE: "该期间已有协议价",
        ENGLISH: "A price is agreed for some of these days already",
    }


@dataclass(kw_only=True)
class AgreedPrice(Aggregate):
    """`valid_until` belongs to it; None: until further notice."""

    TYPE: ClassVar[str] = "agreed_price"

    customer_id: str
    product_id: str
    price: Money
    is_taxed: bool = False
    valid_from: date
    valid_until: date | None = None
    reason: str | None = None
    status: str = PROPOSED
    proposed_by: str | None = None

    def is_valid(self, day: date) -> bool:
        return (
            self.status == AGREED
            and self.valid_from <= day
            and (self.valid_until is None or day <= self.valid_until)
        )

    def overlaps(self, valid_from: date, valid_until: date | None) -> bool:
        """Whether it stands, or may come to stand, on some of those days."""
        if self.status == REFUSED:
            return False
        begins_before_end = valid_until is None or self.valid_from <= valid_until
        ends_after_begin = self.valid_until is None or valid_from <= self.valid_until
        return begins_before_end and ends_after_begin

    def settle(self, status: str, by: str | None, comment: str | None) -> None:
        if self.status == PROPOSED:
            self.status = status
            self.record(AgreedPriceSettled(status=status, decided_by=by, comment=comment))

    def end(self, on: date, reason: str | None) -> None:
        """`on` is its last day."""
        if self.valid_until is not None and on > self.valid_until:
            raise ValidationFailed(
                FieldError(
                    "/valid_until",
                    "not-shorter",
                    {CHINESE: "只能缩短有效期", ENGLISH: "does not end it earlier"},
                )
            )
        previous, self.valid_until = self.valid_until, on
        self.record(AgreedPriceEnded(valid_until=on, previous_valid_until=previous, reason=reason))


def propose(
    *,
    identifier: str,
    customer_id: str,
    product_id: str,
    price: Money,
    is_taxed: bool,
    valid_from: date,
    valid_until: date | None,
    reason: str | None,
    proposed_by: str,
    owner_id: str,
    team_id: str | None,
    region: str | None,
    collaborator_ids: list[str],
) -> AgreedPrice:
    """Raises ValidationFailed if it ends before it begins."""
    if valid_until is not None and valid_until < valid_from:
        raise ValidationFailed(
            FieldError(
                "/valid_until",
                "too-early",
                {CHINESE: "早于生效日期", ENGLISH: "is before it begins"},
            )
        )
    proposed = AgreedPrice(
        id=identifier,
        key=customer_id,
        customer_id=customer_id,
        product_id=product_id,
        price=price,
        is_taxed=is_taxed,
        valid_from=valid_from,
        valid_until=valid_until,
        reason=reason,
        proposed_by=proposed_by,
        owner_id=owner_id,
        team_id=team_id,
        region=region,
        collaborator_ids=collaborator_ids,
    )
    proposed.record(AgreedPriceProposed())
    return proposed
