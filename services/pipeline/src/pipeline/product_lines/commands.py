"""What can be done with product lines."""

from chassis.problems import CHINESE, ENGLISH, Duplicate
from chassis.work import Work

from pipeline.product_lines.model import ProductLine, product_line_id, record_line
from pipeline.product_lines.store import PRODUCT_LINES


async def record_product_line(work: Work, name: str, *, is_core: bool) -> ProductLine:
    """Raises Duplicate if there is one by that name."""
    await work.scope("product-lines:write")
    if await work.find(PRODUCT_LINES, product_line_id(name)) is not None:
        raise Duplicate({CHINESE: f"产品线 {name} 已存在", ENGLISH: f"there is a line {name}"})
    return work.add(PRODUCT_LINES, record_line(name, is_core=is_core))


async def change_product_line(
    work: Work, identifier: str, *, is_core: bool | None, is_active: bool | None
) -> ProductLine:
    """None leaves it as it is."""
    await work.scope("product-lines:write")
    line = await work.load(PRODUCT_LINES, identifier)
    line.change(
        line.is_core if is_core is None else is_core,
        line.is_active if is_active is None else is_active,
    )
    return line
