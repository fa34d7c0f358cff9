"""What a quote's paper says: kept when it is sent, so that an issued one never changes."""

from dataclasses import dataclass
from datetime import date

from pipeline.entities.model import EntityProfile
from pipeline.quotes.model import Offer


@dataclass(frozen=True, kw_only=True)
class QuotePaper:
    """`issued_on` is None for one that was not sent: it is drawn as a draft 草稿."""

    number: str
    revision: int
    title: str
    customer: str
    offer: Offer
    entity: EntityProfile | None = None
    issued_on: date | None = None

    @property
    def is_draft(self) -> bool:
        return self.issued_on is None
