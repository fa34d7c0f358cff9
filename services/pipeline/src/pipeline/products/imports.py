"""Files of products: name, code, product line, list price."""

from chassis.imports import ImportContext, ImportField, ImportKind, ImportOutcome, Row, amount, text
from chassis.work import Work
from contracts.values import Money

from pipeline.products.model import list_product, product_id
from pipeline.products.store import PRODUCTS


async def take_product(work: Work, row: Row, context: ImportContext) -> ImportOutcome:
    """A product new to us is listed; of a known one only the price may change."""
    code = row["code"] or row["name"]
    price = None if row["list_price"] is None else Money(row["list_price"], context.currency)
    known = await work.find(PRODUCTS, product_id(code))
    if known is None:
        listed = list_product(
            name=row["name"],
            code=code,
            line=row["line"],
            list_price=price,
            external_id=row["external_id"],
            origin="import" if context.is_history else None,
        )
        work.add(PRODUCTS, listed)
        return ImportOutcome("created", listed.position)
    if price is None or known.is_withdrawn or price == known.list_price:
        return ImportOutcome("unchanged", known.position)
    known.change_price(price, today=work.today)
    return ImportOutcome("updated", known.position)


PRODUCT_FILES = ImportKind(
    name="products",
    zh="产品",
    en="Products",
    fields=[
        ImportField("name", "名称", "name", text(200), required=True),
        ImportField("code", "编码", "code", text(64)),
        ImportField("line", "产品线", "line", text(100)),
        ImportField("list_price", "目录价", "list_price", amount),
        ImportField("external_id", "外部编号", "external_id", text(64)),
    ],
    handle=take_product,
)
