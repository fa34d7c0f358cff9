"""A selling entity: registered, changed, no longer used; and the terms it offers by default."""

from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar

from chassis.facts import Aggregate, Fact
from chassis.problems import CHINESE, ENGLISH, Refused, Text


@dataclass(frozen=True, kw_only=True)
class PaperTerms:
    """Delivery 交货, payment 付款 and warranty 质保 terms, and the annex 附件, in two languages."""

    delivery: str | None = None
    payment: str | None = None
    warranty: str | None = None
    annex: str | None = None
    delivery_en: str | None = None
    payment_en: str | None = None
    warranty_en: str | None = None
    annex_en: str | None = None

    def over(self, default: "PaperTerms") -> "PaperTerms":
        """What is said here, and the default's where nothing is."""
        said = {name: value for name, value in _values(self).items() if value is not None}
        return replace(default, **said)


def _values(terms: PaperTerms) -> dict[str, str | None]:
    return {each.name: getattr(terms, each.name) for each in fields(terms)}


@dataclass(frozen=True, kw_only=True)
class EntityProfile:
    """As it stands on papers: names, tax number, bank, address, phone."""

    name: str
    name_en: str | None = None
    tax_number: str | None = None
    address: str | None = None
    address_en: str | None = None
    phone: str | None = None
    bank_name: str | None = None
    bank_name_en: str | None = None
    bank_account: str | None = None
    swift_code: str | None = None
    terms: PaperTerms = field(default_factory=PaperTerms)


@dataclass(frozen=True, kw_only=True)
class EntityRegistered(Fact):
    pass


@dataclass(frozen=True, kw_only=True)
class EntityChanged(Fact):
    profile: EntityProfile
    previous: EntityProfile
    changed: list[str]


@dataclass(frozen=True, kw_only=True)
class EntityActivated(Fact):
    is_active: bool


class EntityNotActive(Refused):
    slug = "selling-entity-not-active"
    titles: ClassVar[Text] = {
        CHINESE: "签约主体已停用",
        ENGLISH: "The selling entity is no longer used",
    }


@dataclass(kw_only=True)
class SellingEntity(Aggregate):
    TYPE: ClassVar[str] = "selling_entity"

    code: str
    profile: EntityProfile
    is_active: bool = True

    def change(self, changes: dict[str, Any]) -> None:
        """Papers that were issued keep what was printed on them."""
        previous, self.profile = self.profile, replace(self.profile, **changes)
        changed = sorted(
            name for name in changes if getattr(previous, name) != getattr(self.profile, name)
        )
        if changed:
            self.record(EntityChanged(profile=self.profile, previous=previous, changed=changed))

    def activate(self, is_active: bool) -> None:
        if is_active != self.is_active:
            self.is_active = is_active
            self.record(EntityActivated(is_active=is_active))


def register_entity(identifier: str, code: str, profile: EntityProfile) -> SellingEntity:
    entity = SellingEntity(id=identifier, key=identifier, code=code, profile=profile)
    entity.record(EntityRegistered())
    return entity
