"""Selling entities over HTTP: `/selling-entities`."""

from dataclasses import asdict
from typing import Annotated, Any

from chassis.door import Door, Reader
from chassis.http import RequestModel
from chassis.pages import page
from fastapi import APIRouter, Response
from pydantic import Field, model_validator

from pipeline.entities import commands
from pipeline.entities.model import EntityProfile, PaperTerms, SellingEntity
from pipeline.entities.store import SELLING_ENTITIES
from pipeline.requests import Cursor, IdPath, Limit

router = APIRouter(tags=["selling-entities"])
Name = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(min_length=1, max_length=4000)]


class TermsIn(RequestModel):
    """What is left out is the selling entity's default."""

    delivery: Text | None = None
    payment: Text | None = None
    warranty: Text | None = None
    annex: Text | None = None
    delivery_en: Text | None = None
    payment_en: Text | None = None
    warranty_en: Text | None = None
    annex_en: Text | None = None

    @property
    def value(self) -> PaperTerms:
        return PaperTerms(**self.model_dump())


class ProfileIn(RequestModel):
    name: Name | None = None
    name_en: Name | None = None
    tax_number: Annotated[str, Field(pattern=r"^[0-9A-Z]{15,20}$")] | None = None
    address: Name | None = None
    address_en: Name | None = None
    phone: Annotated[str, Field(pattern=r"^[0-9+() -]{5,30}$")] | None = None
    bank_name: Name | None = None
    bank_name_en: Name | None = None
    bank_account: Annotated[str, Field(pattern=r"^[0-9A-Z -]{5,40}$")] | None = None
    swift_code: Annotated[str, Field(pattern=r"^[A-Z0-9]{8,11}$")] | None = None
    terms: TermsIn | None = None

    def changes(self) -> dict[str, Any]:
        """What was given, by field of the profile."""
        given = {name: getattr(self, name) for name in self.model_fields_set if name != "code"}
        if "terms" in given:
            given["terms"] = self.terms.value if self.terms else PaperTerms()
        return given

    @model_validator(mode="after")
    def _keeps_its_name(self) -> "ProfileIn":
        if "name" in self.model_fields_set and self.name is None:
            raise ValueError("a selling entity has a name")
        return self


class EntityIn(ProfileIn):
    code: str = Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")
    name: Name


def entity_view(entity: SellingEntity) -> dict[str, Any]:
    return {
        "id": entity.id,
        "version": entity.version,
        "code": entity.code,
        **asdict(entity.profile),
        "is_active": entity.is_active,
    }


@router.post("/selling-entities", status_code=201)
async def register_entity(body: EntityIn, door: Door) -> Response:
    profile = EntityProfile(**body.changes())
    return await door.run(
        lambda work: commands.register_new_entity(work, body.code, profile),
        shown=entity_view,
        created="/selling-entities",
    )


@router.get("/selling-entities")
async def list_entities(
    reader: Reader, is_active: bool | None = None, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    await reader.scope("selling-entities:read")
    found = await page(
        reader.db[SELLING_ENTITIES.collection],
        {} if is_active is None else {"is_active": is_active},
        sort="code",
        is_descending=False,
        limit=limit,
        cursor=cursor,
        decode=SELLING_ENTITIES.aggregate,
    )
    return reader.page([entity_view(one) for one in found.items], found.next_cursor)


@router.get("/selling-entities/{entity_id}")
async def read_entity(entity_id: IdPath, reader: Reader) -> Response:
    entity = await reader.load(SELLING_ENTITIES, entity_id, "selling-entities:read")
    return reader.show(entity_view(entity), version=entity.version)


@router.patch("/selling-entities/{entity_id}")
async def change_entity(entity_id: IdPath, body: ProfileIn, door: Door) -> Response:
    return await door.run(
        lambda work: commands.change_entity(work, entity_id, body.changes()), shown=entity_view
    )


@router.post("/selling-entities/{entity_id}/deactivate")
async def deactivate_entity(entity_id: IdPath, door: Door) -> Response:
    return await door.run(
        lambda work: commands.activate_entity(work, entity_id, False), shown=entity_view
    )


@router.post("/selling-entities/{entity_id}/activate")
async def activate_entity(entity_id: IdPath, door: Door) -> Response:
    return await door.run(
        lambda work: commands.activate_entity(work, entity_id, True), shown=entity_view
    )
