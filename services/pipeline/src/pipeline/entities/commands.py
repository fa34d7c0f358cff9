"""What can be done with selling entities."""

from typing import Any

from chassis.ids import stable_id
from chassis.problems import CHINESE, ENGLISH, Duplicate
from chassis.work import Work

from pipeline.entities.model import EntityProfile, SellingEntity, register_entity
from pipeline.entities.store import SELLING_ENTITIES


async def register_new_entity(work: Work, code: str, profile: EntityProfile) -> SellingEntity:
    """Raises Duplicate if the code is taken."""
    await work.scope("selling-entities:write")
    identifier = stable_id("selling_entity", code.casefold())
    if await work.find(SELLING_ENTITIES, identifier) is not None:
        raise Duplicate({CHINESE: f"编码 {code} 已存在", ENGLISH: f"code {code} is taken"})
    return work.add(SELLING_ENTITIES, register_entity(identifier, code, profile))


async def change_entity(work: Work, identifier: str, changes: dict[str, Any]) -> SellingEntity:
    await work.scope("selling-entities:write")
    entity = await work.load(SELLING_ENTITIES, identifier)
    entity.change(changes)
    return entity


async def activate_entity(work: Work, identifier: str, is_active: bool) -> SellingEntity:
    """Take into use again, or out of it: no new paper then names it."""
    await work.scope("selling-entities:write")
    entity = await work.load(SELLING_ENTITIES, identifier)
    entity.activate(is_active)
    return entity
