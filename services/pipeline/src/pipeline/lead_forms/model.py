"""A public form: which fields it takes, and what the leads that come of it carry."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from chassis.facts import Aggregate, Fact
from chassis.problems import CHINESE, ENGLISH, Refused, Text

COMPANY = "company"
FIELDS = (
    COMPANY,
    "contact_name",
    "title",
    "phone",
    "mail",
    "wechat",
    "region",
    "industry",
    "need",
)


class LeadFormClosed(Refused):
    slug = "lead-form-closed"
    titles: ClassVar[Text] = {CHINESE: "表单已关闭", ENGLISH: "The form is closed"}


@dataclass(frozen=True, kw_only=True)
class Terms:
    """`trap` is a field that people do not see: what fills it in is a machine.

    `hourly_limit` is how often one address may send it in.
    """

    name: str
    fields: list[str]
    source: str | None = None
    campaign_id: str | None = None
    product_line: str | None = None
    temperature: str = "warm"
    hourly_limit: int = 20
    trap: str = "website"


@dataclass(frozen=True, kw_only=True)
class LeadFormOpened(Fact):
    pass


@dataclass(frozen=True, kw_only=True)
class LeadFormChanged(Fact):
    previous: Terms


@dataclass(frozen=True, kw_only=True)
class LeadFormShut(Fact):
    pass


@dataclass(kw_only=True)
class LeadForm(Aggregate):
    TYPE: ClassVar[str] = "lead_form"

    terms: Terms
    is_closed: bool = False

    def change(self, changes: Mapping[str, Any]) -> None:
        self._require_open()
        previous, self.terms = self.terms, Terms(**(asdict(self.terms) | dict(changes)))
        if self.terms != previous:
            self.record(LeadFormChanged(previous=previous))

    def close(self) -> None:
        self._require_open()
        self.is_closed = True
        self.record(LeadFormShut())

    def _require_open(self) -> None:
        if self.is_closed:
            raise LeadFormClosed()


def open_form(terms: Terms, identifier: str) -> LeadForm:
    form = LeadForm(id=identifier, key=identifier, terms=terms)
    form.record(LeadFormOpened())
    return form
