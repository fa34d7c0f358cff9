"""How a contract begins."""

from decimal import Decimal

from contracts.values import Money

from pipeline.contracts.model.contract import Contract
from pipeline.contracts.model.terms import Terms, require_sound

ZERO = Decimal("0.00")


def draft_contract(
    *,
    identifier: str,
    number: str,
    kind: str,
    customer_id: str,
    terms: Terms,
    owner_id: str,
    team_id: str | None,
    region: str | None,
    collaborator_ids: list[str] | None = None,
    opportunity_id: str | None = None,
    quote_id: str | None = None,
    base_contract_id: str | None = None,
    renews_id: str | None = None,
    requirement_change_id: str | None = None,
    external_id: str | None = None,
) -> Contract:
    """A new draft.

    Raises:
        ValidationFailed: terms that cannot be meant.
    """
    require_sound(kind, terms)
    nothing = Money(ZERO, terms.currency)
    contract = Contract(
        id=identifier,
        key=customer_id,
        owner_id=owner_id,
        team_id=team_id,
        region=region,
        collaborator_ids=collaborator_ids or [],
        rights_of=f"opportunity:{opportunity_id}" if opportunity_id else None,
        number=number,
        kind=kind,
        customer_id=customer_id,
        opportunity_id=opportunity_id,
        quote_id=quote_id,
        base_contract_id=base_contract_id,
        renews_id=renews_id,
        requirement_change_id=requirement_change_id,
        external_id=external_id,
        terms=terms,
        net=nothing,
        gross=nothing,
        drawn=nothing,
    )
    contract.begin()
    return contract
