"""What a client may say about leads."""

from typing import Annotated, Any, Literal

from chassis.credit_code import is_credit_code, normalised
from chassis.http import MoneyIn, RequestModel
from pydantic import AfterValidator, Field, model_validator

from pipeline.leads.commands import Changes, NewLead
from pipeline.leads.duplicates import Probe
from pipeline.leads.model import Company, Origin, Referrer, Wish
from pipeline.leads.qualifying import Target
from pipeline.leads.store import Person
from pipeline.requests import Day, Identifier, Moment, Reason

Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
Short = Annotated[str, Field(min_length=1, max_length=100)]
Long = Annotated[str, Field(min_length=1, max_length=2000)]
Phone = Annotated[str, Field(pattern=r"^[+0-9][0-9 ()./+-]{3,29}$")]
Mail = Annotated[str, Field(max_length=254, pattern=r"^[^@\s]{1,64}@[^@\s]+\.[^@\s.]{2,}$")]
Temperature = Literal["hot", "warm", "cold"]
Method = Literal["visit", "phone", "video", "message", "mail", "meeting", "other"]
Kind = Literal["end_user", "dealer", "wholesaler", "retailer", "agent", "broker", "trading_market"]


def _checked(code: str) -> str:
    code = normalised(code)
    if not is_credit_code(code):
        raise ValueError("not a unified social credit code: its checksum is wrong")
    return code


CreditCode = Annotated[str, Field(max_length=30), AfterValidator(_checked)]


class CompanyFields(RequestModel):
    credit_code: CreditCode | None = None
    industry: Short | None = None
    region: Short | None = None
    kind: Kind = "end_user"


class CompanyIn(CompanyFields):
    name: Name


class CompanyChange(CompanyFields):
    """Only what is named changes; null empties a field."""

    name: Name | None = None

    @model_validator(mode="after")
    def _keeps_a_name(self) -> "CompanyChange":
        if "name" in self.model_fields_set and self.name is None:
            raise ValueError("a company keeps a name")
        return self


class ContactFields(RequestModel):
    """Who asked. It is kept apart, never published, and erased on request."""

    name: Name | None = None
    title: Short | None = None
    phone: Phone | None = None
    mail: Mail | None = None
    wechat: Short | None = None


class ReferrerIn(RequestModel):
    kind: Literal["customer", "contact", "staff"]
    id: Identifier


class LeadIn(RequestModel):
    """`force` with a reason: it is another one than it looks like."""

    company: CompanyIn
    contact: ContactFields = ContactFields()
    source: Short | None = None
    campaign_id: Identifier | None = None
    referrer: ReferrerIn | None = None
    temperature: Temperature = "warm"
    product_line: Short | None = None
    need: Long | None = None
    owner_id: Identifier | None = None
    external_id: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    force: bool = False
    reason: Reason | None = None

    def given(self) -> NewLead:
        referrer = Referrer(**self.referrer.model_dump()) if self.referrer else None
        return NewLead(
            company=Company(**self.company.model_dump()),
            origin=Origin(
                channel="referral" if referrer else "api",
                source=self.source,
                campaign_id=self.campaign_id,
                referrer=referrer,
            ),
            person=Person(**self.contact.model_dump()),
            temperature=self.temperature,
            product_line=self.product_line,
            need=self.need,
            external_id=self.external_id,
            owner_id=self.owner_id,
            is_forced=self.force,
            reason=self.reason,
        )


class LeadChange(RequestModel):
    """Only what is named changes; null empties a field."""

    company: CompanyChange = CompanyChange()
    contact: ContactFields = ContactFields()
    temperature: Temperature = "warm"
    product_line: Short | None = None
    need: Long | None = None

    def changes(self) -> Changes:
        own = {"temperature", "product_line", "need"} & self.model_fields_set
        return Changes(
            company=self.company.model_dump(exclude_unset=True),
            person=self.contact.model_dump(exclude_unset=True),
            lead={name: getattr(self, name) for name in own},
        )


class DuplicateCheck(RequestModel):
    name: Name
    credit_code: CreditCode | None = None
    phone: Phone | None = None
    mail: Mail | None = None

    def probe(self) -> Probe:
        return Probe(self.name, self.credit_code, self.phone, self.mail)


class AssignIn(RequestModel):
    """To whom; nobody named: to whom the rules choose."""

    owner_id: Identifier | None = None


class ReasonIn(RequestModel):
    reason: Reason


class ContactIn(RequestModel):
    """A contact that took place; `at` is now unless it says otherwise."""

    method: Method
    result: Long
    at: Moment | None = None


class WishIn(RequestModel):
    """The deal to be opened with the customer."""

    name: Name
    template: str = Field("standard", pattern=r"^[a-z0-9_]{1,40}$")
    amount: MoneyIn | None = None
    product_id: Identifier | None = None
    expected_close_on: Day | None = None
    need: Long | None = None

    @property
    def value(self) -> Wish:
        given: dict[str, Any] = self.model_dump(exclude={"amount"})
        return Wish(**given, amount=self.amount.value if self.amount else None)


class QualifyIn(RequestModel):
    """Into `customer_id`, into the duplicate that was told of, or (neither) into a new customer.

    `force` with a reason: the new one is another than those it looks like.
    """

    customer_id: Identifier | None = None
    into_duplicate: bool = False
    opportunity: WishIn | None = None
    force: bool = False
    reason: Reason | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> "QualifyIn":
        if self.customer_id is not None and self.into_duplicate:
            raise ValueError("either customer_id or into_duplicate")
        if self.force and self.reason is None:
            raise ValueError("force needs a reason")
        if self.opportunity and self.opportunity.amount and self.opportunity.amount.amount < 0:
            raise ValueError("the amount of a deal is not negative")
        return self

    def target(self) -> Target:
        return Target(
            customer_id=self.customer_id,
            is_duplicate=self.into_duplicate,
            is_forced=self.force,
            reason=self.reason,
        )
