"""The lead itself: new → assigned → contacted → qualifying → qualified, or disqualified.

Whoever it is assigned to has until `respond_by` for a first contact; what is not answered lapses
and is assigned anew. While it is `qualifying` it waits for `customers`, and nothing else happens.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar

from chassis.facts import Aggregate
from chassis.problems import CHINESE, ENGLISH, Refused, Text

from pipeline.leads.model.facts import (
    Company,
    LeadAssigned,
    LeadCaptured,
    LeadDisqualified,
    LeadLapsed,
    LeadPersonErased,
    LeadQualificationRefused,
    LeadQualificationRequested,
    LeadQualified,
    LeadReopened,
    LeadResponded,
    LeadReturned,
    LeadUpdated,
    Likely,
    Origin,
    Refusal,
    Request,
    Wish,
)

NEW, ASSIGNED, CONTACTED = "new", "assigned", "contacted"
QUALIFYING, REFUSED = "qualifying", "refused"
QUALIFIED, DISQUALIFIED = "qualified", "disqualified"
STATUSES = (NEW, ASSIGNED, CONTACTED, QUALIFYING, REFUSED, QUALIFIED, DISQUALIFIED)
HELD = (ASSIGNED, CONTACTED, REFUSED)
"""Somebody works on it."""
COMPANY_FIELDS = frozenset(Company.__dataclass_fields__)
_WORDS = {
    NEW: "在线索池中",
    ASSIGNED: "已分配",
    CONTACTED: "已联系",
    QUALIFYING: "转化中",
    REFUSED: "转化被拒",
    QUALIFIED: "已转化",
    DISQUALIFIED: "已作废",
}


class LeadSettled(Refused):
    """It is qualified or disqualified; only a disqualified one can be reopened."""

    slug = "lead-settled"
    titles: ClassVar[Text] = {
        CHINESE: "线索已转化或已作废",
        ENGLISH: "The lead is qualified or disqualified",
    }


class LeadWaiting(Refused):
    """The customer archive has not answered yet."""

    slug = "lead-waiting"
    titles: ClassVar[Text] = {
        CHINESE: "线索正在等待客户建档结果",
        ENGLISH: "The lead waits for the customer to be registered",
    }


class LeadTaken(Refused):
    """Only what lies in the pool can be claimed."""

    slug = "lead-taken"
    titles: ClassVar[Text] = {CHINESE: "线索不在线索池中", ENGLISH: "The lead is not in the pool"}


@dataclass(frozen=True, kw_only=True)
class Contact:
    """A contact that took place: when, how, and what came of it."""

    at: datetime
    method: str
    result: str


@dataclass(frozen=True, kw_only=True)
class Term:
    """To whom a lead is given, and until when the first response is due."""

    owner_id: str
    team_id: str | None
    region: str | None
    way: str
    respond_by: datetime
    rule_id: str | None = None


@dataclass(kw_only=True)
class Lead(Aggregate):
    """`lapsed_by` are those who let it lapse since it was last in the pool."""

    TYPE: ClassVar[str] = "lead"

    company: Company
    origin_of: Origin
    temperature: str = "warm"
    product_line: str | None = None
    need: str | None = None
    external_id: str | None = None
    status: str = NEW
    assigned_at: datetime | None = None
    respond_by: datetime | None = None
    responded_at: datetime | None = None
    contacts: list[Contact] = field(default_factory=list)
    lapses: int = 0
    lapsed_by: list[str] = field(default_factory=list)
    likely: list[Likely] = field(default_factory=list)
    duplicate_reason: str | None = None
    """Why it was taken although it looked like another one."""
    request: Request | None = None
    refusal: Refusal | None = None
    customer_id: str | None = None
    opportunity_id: str | None = None
    disqualified_reason: str | None = None
    person_erased_at: datetime | None = None

    @property
    def is_in_pool(self) -> bool:
        return self.status == NEW

    def change(self, changes: dict[str, Any]) -> None:
        """Give fields other values; a fact if that is news."""
        self._require_open()
        before, temperature = self.company, self.temperature
        company = {name: value for name, value in changes.items() if name in COMPANY_FIELDS}
        plain = {name: value for name, value in changes.items() if name not in COMPANY_FIELDS}
        changed = [name for name, value in company.items() if getattr(before, name) != value]
        changed += [name for name, value in plain.items() if getattr(self, name) != value]
        if not changed:
            return
        self.company = replace(before, **company)
        for name, value in plain.items():
            setattr(self, name, value)
        self.note_change(sorted(changed), company=before, temperature=temperature)

    def note_change(
        self,
        changed: list[str],
        *,
        company: Company | None = None,
        temperature: str | None = None,
    ) -> None:
        """What changed, by name; what is personal is told no other way."""
        self.record(
            LeadUpdated(
                previous_company=company or self.company,
                previous_temperature=temperature or self.temperature,
                changed=changed,
            )
        )

    def assign(self, term: Term, *, at: datetime) -> None:
        """Give it to somebody: the clock of the first response starts."""
        self._require_open()
        previous = self.owner_id
        self.owner_id, self.team_id, self.region = term.owner_id, term.team_id, term.region
        self.status, self.assigned_at = ASSIGNED, at
        self.respond_by, self.responded_at = term.respond_by, None
        self.record(
            LeadAssigned(
                owner_id=term.owner_id,
                previous_owner_id=previous,
                way=term.way,
                rule_id=term.rule_id,
                respond_by=term.respond_by,
            )
        )

    def claim(self, term: Term, *, at: datetime) -> None:
        """Taken from the pool by the one who will answer it 领取."""
        self._require_open()
        if not self.is_in_pool:
            raise LeadTaken()
        self.assign(term, at=at)

    def hurry(self, respond_by: datetime) -> None:
        """The temperature changed while the clock ran."""
        if self.status == ASSIGNED:
            self.respond_by = respond_by

    def respond(self, contact: Contact, *, working_minutes: int) -> None:
        """A contact took place; the first one stops the clock."""
        self._require_open()
        self.contacts = [*self.contacts, contact][-200:]
        if self.status != ASSIGNED or self.assigned_at is None:
            self.note_change(["contacts"])
            return
        self.status, self.responded_at, self.respond_by = CONTACTED, contact.at, None
        self.record(
            LeadResponded(
                method=contact.method,
                responded_at=contact.at,
                assigned_at=self.assigned_at,
                working_minutes=working_minutes,
            )
        )

    def is_overdue(self, now: datetime) -> bool:
        return self.status == ASSIGNED and self.respond_by is not None and self.respond_by <= now

    def lapse(self) -> None:
        """Nobody answered in time; who it was is not asked again."""
        if self.status != ASSIGNED or self.owner_id is None or self.respond_by is None:
            raise LeadTaken()
        self.lapses += 1
        self.lapsed_by = [*self.lapsed_by, self.owner_id]
        self.record(
            LeadLapsed(owner_id=self.owner_id, respond_by=self.respond_by, lapses=self.lapses)
        )

    def give_back(self, reason: str) -> None:
        """Back to the pool 退回; nobody's clock runs there."""
        self._require_open()
        if self.owner_id is None:
            raise LeadTaken()
        previous, self.owner_id = self.owner_id, None
        self.team_id = self.region = None
        self.status, self.respond_by, self.assigned_at = NEW, None, None
        self.refusal, self.lapsed_by = None, []
        self.record(LeadReturned(previous_owner_id=previous, reason=reason))

    def request_customer(
        self, wish: Wish | None, *, at: datetime, is_forced: bool, reason: str | None
    ) -> None:
        """Ask `customers` to register the company; until it answers this lead waits."""
        self.require_held()
        attempt = self.request.attempt + 1 if self.request else 1
        self.request = Request(attempt=attempt, asked_at=at, wish=wish, is_forced=is_forced)
        self.status, self.refusal, self.respond_by = QUALIFYING, None, None
        self.record(
            LeadQualificationRequested(
                attempt=attempt, is_forced=is_forced, forced_reason=reason if is_forced else None
            )
        )

    def be_refused(self, refusal: Refusal) -> None:
        """`customers` has that company already: everything is as before, and it is told whose."""
        if self.status != QUALIFYING:
            return
        self.status, self.refusal = REFUSED, refusal
        self.record(
            LeadQualificationRefused(
                reason=refusal.reason,
                duplicate_of=refusal.duplicate_of,
                duplicate_owner_id=refusal.duplicate_owner_id,
            )
        )

    def qualify(
        self, customer_id: str, opportunity_id: str | None, *, is_new_customer: bool
    ) -> None:
        """It has become business with a customer."""
        if not is_new_customer:
            self.require_held()
        self.status, self.refusal, self.respond_by = QUALIFIED, None, None
        self.customer_id, self.opportunity_id = customer_id, opportunity_id
        self.record(
            LeadQualified(
                customer_id=customer_id,
                is_new_customer=is_new_customer,
                opportunity_id=opportunity_id,
            )
        )

    def disqualify(self, reason: str) -> None:
        """Nothing will come of it 作废."""
        self._require_open()
        previous, self.status = self.status, DISQUALIFIED
        self.disqualified_reason, self.respond_by = reason, None
        self.record(LeadDisqualified(reason=reason, previous_status=previous))

    def reopen(self) -> None:
        """Interest came back: from the pool, or from its owner's list, everything starts anew."""
        if self.status != DISQUALIFIED or self.disqualified_reason is None:
            raise LeadSettled(self._standing())
        previous, self.disqualified_reason = self.disqualified_reason, None
        self.status, self.refusal, self.lapsed_by = NEW, None, []
        self.record(LeadReopened(previous_reason=previous))

    def erase_person(self, now: datetime) -> None:
        """Only that somebody was erased is left."""
        self.person_erased_at = now
        self.need = None
        self.contacts = [replace(one, result="") for one in self.contacts]
        self.record(LeadPersonErased(erased_at=now))

    def _require_open(self) -> None:
        if self.status == QUALIFYING:
            raise LeadWaiting()
        if self.status in (QUALIFIED, DISQUALIFIED):
            raise LeadSettled(self._standing())

    def require_held(self) -> None:
        """
        Raises:
            LeadTaken: it lies in the pool.
            LeadSettled: it is done with.
            LeadWaiting: it waits for its customer.
        """
        self._require_open()
        if self.status not in HELD:
            raise LeadTaken({CHINESE: "请先领取或分配", ENGLISH: "it has to be somebody's first"})

    def _standing(self) -> Text:
        return {CHINESE: _WORDS[self.status], ENGLISH: f"it is {self.status}"}


def capture(
    company: Company,
    origin: Origin,
    *,
    identifier: str,
    temperature: str,
    product_line: str | None = None,
    need: str | None = None,
    external_id: str | None = None,
    likely: list[Likely] | None = None,
    duplicate_reason: str | None = None,
) -> Lead:
    """A new lead, nobody's yet."""
    lead = Lead(
        id=identifier,
        key=identifier,
        company=company,
        origin_of=origin,
        temperature=temperature,
        product_line=product_line,
        need=need,
        external_id=external_id,
        likely=likely or [],
        duplicate_reason=duplicate_reason,
    )
    lead.record(
        LeadCaptured(
            channel=origin.channel,
            source=origin.source,
            campaign_id=origin.campaign_id,
            form_id=origin.form_id,
            referrer=origin.referrer,
        )
    )
    return lead
