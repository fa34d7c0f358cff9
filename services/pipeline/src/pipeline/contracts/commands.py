"""What can be done with a contract until it binds: draft, change, approve, send, seal."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from chassis import files
from chassis.ids import new_id, stable_id
from chassis.problems import CHINESE, ENGLISH, Duplicate, ValidationFailed
from chassis.work import Work
from contracts.values import Money

from pipeline import copies
from pipeline.access import acting_staff, reach
from pipeline.approvals.commands import request_approval, void_approvals
from pipeline.approvals.model import APPROVED, Approval, Paper
from pipeline.contracts.from_quotes import accepted_quote, chosen_of, offered_terms
from pipeline.contracts.lifecycle import bind, evidence
from pipeline.contracts.model import (
    SENT,
    SUBMITTED,
    SUPPLEMENT,
    Contract,
    ContractStatus,
    Terms,
    draft_contract,
)
from pipeline.contracts.store import CONTRACTS, number_is_taken
from pipeline.entities.store import SELLING_ENTITIES
from pipeline.evidence.commands import note_fact, withdraw_fact
from pipeline.holders import holder_for
from pipeline.opportunities.store import OPPORTUNITIES
from pipeline.pricing.commands import complete_lines
from pipeline.pricing.model import GivenLine, PaperLine
from pipeline.quotes.model import Quote

WRITE, SEAL = "contracts:write", "contracts:seal"
APPROVAL, SEAL_USE = "contract", "seal"


@dataclass(frozen=True, kw_only=True)
class NewContract:
    """A contract as it is given; `terms` are what is agreed beside its lines.

    Of a quote it takes the lines, with the optional ones that `options` names by their place.
    """

    kind: str
    terms: dict[str, Any]
    lines: list[GivenLine] = field(default_factory=list)
    quote_id: str | None = None
    options: list[int] = field(default_factory=list)
    customer_id: str | None = None
    opportunity_id: str | None = None
    base_contract_id: str | None = None
    renews_id: str | None = None
    requirement_change_id: str | None = None
    owner_id: str | None = None
    number: str | None = None
    external_id: str | None = None


@dataclass
class _Parties:
    """Whose contract it is, and who else sees it."""

    customer_id: str | None
    opportunity_id: str | None
    owner_id: str | None
    shared_with: list[str] = field(default_factory=list)
    number: str | None = None


async def draft_new_contract(work: Work, given: NewContract) -> Contract:
    """Of its quote, its deal, or the contract it supplements or renews, it takes who it is for.

    Raises:
        Duplicate: its number or external id is taken.
        ValidationFailed: unknown customer, deal, product; terms that cannot be meant.
    """
    quote = await accepted_quote(work, given.quote_id)
    parties = await _parties(work, given, quote)
    if parties.customer_id is None or await copies.customer(work, parties.customer_id) is None:
        raise ValidationFailed(copies.unknown("/customer_id", "客户", "customer"))
    holder = await holder_for(work, parties.owner_id or acting_staff(work), WRITE)
    identifier = await _new_identifier(work, given.external_id)
    terms = given.terms
    await _require_entity(work, terms)
    if quote is None:
        lines = await _completed(work, given.lines, terms["currency"])
    else:
        lines, terms = chosen_of(quote, given.options), offered_terms(quote) | terms
    return work.add(
        CONTRACTS,
        draft_contract(
            identifier=identifier,
            number=await _number(work, given, parties, identifier),
            kind=given.kind,
            customer_id=parties.customer_id,
            terms=Terms(lines=lines, **terms),
            owner_id=holder.staff_id,
            team_id=holder.team_id,
            region=holder.region,
            collaborator_ids=parties.shared_with,
            opportunity_id=parties.opportunity_id,
            quote_id=given.quote_id,
            base_contract_id=given.base_contract_id,
            renews_id=given.renews_id,
            requirement_change_id=given.requirement_change_id,
            external_id=given.external_id,
        ),
    )


async def change_contract(
    work: Work, identifier: str, changes: dict[str, Any], lines: list[GivenLine] | None
) -> Contract:
    """Another text: what was approved of the one before counts no more."""
    contract = await reach(work, CONTRACTS, identifier, WRITE)
    if lines is not None:
        currency = changes.get("currency", contract.terms.currency)
        changes = changes | {"lines": await _completed(work, lines, currency)}
    await _require_entity(work, changes)
    if contract.change(changes):
        await _void(work, contract, "the contract was changed")
    return contract


async def submit_contract(work: Work, identifier: str, note: str | None) -> Contract:
    """Approved at once where the matrix asks for nobody."""
    contract = await reach(work, CONTRACTS, identifier, WRITE)
    contract.submit()
    if await request_approval(work, _paper(contract, APPROVAL, "合同"), note) is None:
        contract.approve(contract.fingerprint, by_rule=True)
    return contract


async def send_contract(work: Work, identifier: str, on: date | None) -> Contract:
    contract = await reach(work, CONTRACTS, identifier, WRITE)
    contract.send(_past(work, on, "/sent_on"))
    await note_fact(work, evidence(work, contract, "contract_sent"))
    return contract


async def take_contract_back(work: Work, identifier: str, reason: str) -> Contract:
    """What was sent proves nothing any more."""
    contract = await reach(work, CONTRACTS, identifier, WRITE)
    contract.take_back(reason)
    await _void(work, contract, reason)
    await _unsent(work, contract, reason)
    return contract


async def discard_contract(work: Work, identifier: str, reason: str) -> Contract:
    contract = await reach(work, CONTRACTS, identifier, WRITE)
    was_sent = contract.status == SENT
    contract.discard(reason)
    await _void(work, contract, reason)
    if was_sent:
        await _unsent(work, contract, reason)
    return contract


async def request_seal(work: Work, identifier: str, note: str | None) -> Contract:
    """Ask for the use of our seal 用印; granted at once where the matrix asks for nobody."""
    contract = await reach(work, CONTRACTS, identifier, WRITE)
    contract.request_seal()
    if await request_approval(work, _paper(contract, SEAL_USE, "用印"), note) is None:
        contract.decide_seal(contract.fingerprint, is_granted=True)
    return contract


async def set_seal(
    work: Work, identifier: str, party: str, on: date | None, file_id: str | None
) -> Contract:
    """One side has sealed; with both and the scan the contract binds.

    Raises:
        SealNotGranted: ours, without an approval of its use.
    """
    contract = await reach(work, CONTRACTS, identifier, SEAL)
    if file_id is not None:
        await files.require(work, file_id, record=contract.reference)
    contract.set_seal(party, _past(work, on, "/sealed_on"), file_id)
    if contract.is_in_force:
        await bind(work, contract)
    return contract


# What approvals tell


async def on_contract_decided(work: Work, approval: Approval) -> None:
    contract = await work.load(CONTRACTS, approval.paper_id)
    if contract.status == SUBMITTED:
        approval.require_unchanged(contract.fingerprint)
    if approval.outcome == APPROVED:
        contract.approve(approval.fingerprint)
    else:
        outcome = approval.outcome or ""
        contract.be_refused(approval.fingerprint, outcome, approval.comment)


async def on_seal_decided(work: Work, approval: Approval) -> None:
    contract = await work.load(CONTRACTS, approval.paper_id)
    approval.require_unchanged(contract.fingerprint)
    contract.decide_seal(
        approval.fingerprint,
        is_granted=approval.outcome == APPROVED,
        reason=approval.comment,
    )


# What several commands need


async def _parties(work: Work, given: NewContract, quote: Quote | None) -> _Parties:
    parties = _Parties(given.customer_id, given.opportunity_id, given.owner_id)
    if quote is not None:
        parties.customer_id = parties.customer_id or quote.customer_id
        parties.opportunity_id = parties.opportunity_id or quote.opportunity_id
        parties.owner_id = parties.owner_id or quote.owner_id
        if parties.opportunity_id != quote.opportunity_id:
            raise _wrong("/quote_id", "other-deal", "属于另一商机", "is of another deal")
    before_id = given.base_contract_id or given.renews_id
    if before_id is not None:
        before = await reach(work, CONTRACTS, before_id, WRITE)
        _require_base(given, before)
        parties.shared_with = list(before.collaborator_ids)
        parties.number = before.number
        parties.customer_id = parties.customer_id or before.customer_id
        parties.opportunity_id = parties.opportunity_id or before.opportunity_id
        parties.owner_id = parties.owner_id or before.owner_id
        if parties.customer_id != before.customer_id:
            raise _wrong("/customer_id", "other-customer", "与原合同不一致", "is another one's")
    if parties.opportunity_id is not None:
        deal = await reach(work, OPPORTUNITIES, parties.opportunity_id, "opportunities:read")
        parties.customer_id = parties.customer_id or deal.customer_id
        parties.owner_id = parties.owner_id or deal.owner_id
        parties.shared_with = list(deal.collaborator_ids)
        if parties.customer_id not in {deal.customer_id, *deal_parties(deal)}:
            raise _wrong(
                "/customer_id",
                "other-customer",
                "不是商机的客户或参与方",
                "is neither the customer of the deal nor a party to it",
            )
    return parties


def deal_parties(deal: Any) -> list[str]:
    return [party.customer_id for party in deal.terms.parties if party.customer_id]


def _require_base(given: NewContract, before: Contract) -> None:
    if not before.is_in_force:
        raise ContractStatus(
            {CHINESE: "原合同未生效或已结束", ENGLISH: "the contract before is not in force"}
        )
    if given.kind == SUPPLEMENT and before.is_supplement:
        raise _wrong("/base_contract_id", "a-supplement", "不可补充补充协议", "is a supplement")
    if given.kind == SUPPLEMENT and given.terms["currency"] != before.terms.currency:
        raise _wrong("/currency", "other-currency", "与原合同币种不同", "is not the contract's")


async def _require_entity(work: Work, terms: dict[str, Any]) -> None:
    entity_id = terms.get("entity_id")
    if entity_id is not None and await work.find(SELLING_ENTITIES, entity_id) is None:
        raise ValidationFailed(copies.unknown("/entity_id", "签约主体", "selling entity"))


async def _completed(work: Work, lines: list[GivenLine], currency: str) -> list[PaperLine]:
    return await complete_lines(work, lines, currency=currency, on=work.today)


async def _number(work: Work, given: NewContract, parties: _Parties, identifier: str) -> str:
    """As given, and then nobody else's; a supplement's follows that of its contract."""
    if given.number is None:
        tail = identifier[-6:].upper()
        if given.kind == SUPPLEMENT:
            return f"{parties.number}-{tail}"
        return f"HT{work.today:%Y%m%d}-{tail}"
    await work.guard(f"contract-number:{given.number}")
    if await number_is_taken(work, given.number):
        raise Duplicate(
            {CHINESE: f"合同编号 {given.number} 已存在", ENGLISH: f"{given.number} is taken"}
        )
    return given.number


async def _new_identifier(work: Work, external_id: str | None) -> str:
    if external_id is None:
        return new_id()
    identifier = stable_id("contract", "api", external_id)
    if await work.find(CONTRACTS, identifier) is not None:
        raise Duplicate(
            {CHINESE: f"外部编号 {external_id} 已存在", ENGLISH: f"{external_id} is taken already"}
        )
    return identifier


def _paper(contract: Contract, kind: str, word: str) -> Paper:
    return Paper(
        kind=kind,
        id=contract.id,
        fingerprint=contract.fingerprint,
        title=f"{word} {contract.number} {contract.terms.title}",
        opportunity_id=contract.opportunity_id,
        customer_id=contract.customer_id,
        owner_id=contract.owner_id or "",
        amount=Money(contract.gross.amount, contract.gross.currency),
    )


async def _void(work: Work, contract: Contract, reason: str) -> None:
    for kind in (APPROVAL, SEAL_USE):
        await void_approvals(work, kind, contract.id, reason)


async def _unsent(work: Work, contract: Contract, reason: str) -> None:
    await withdraw_fact(work, f"contract_sent:{contract.id}", contract.position, reason)


def _past(work: Work, on: date | None, pointer: str) -> date:
    if on is not None and on > work.today:
        raise _wrong(pointer, "in-future", "不能晚于今天", "is after today")
    return on or work.today


def _wrong(pointer: str, code: str, zh: str, en: str) -> ValidationFailed:
    return ValidationFailed(copies.field_error(pointer, code, zh, en))
