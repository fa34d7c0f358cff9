"""What is published about products."""

from chassis.events import EventTable
from contracts import pipeline as wire
from contracts.values import ProductId

from pipeline.products import model


def _listed(product: model.Product, _: model.ProductListed) -> wire.ProductListed:
    return wire.ProductListed(
        product_id=ProductId(product.id),
        profile=wire.ProductProfile(
            name=product.name,
            code=product.code,
            line=product.line,
            list_price=product.list_price,
            is_core=product.is_core,
        ),
    )


EVENTS: EventTable = {
    model.ProductListed: _listed,
    model.ProductPriceChanged: wire.ProductPriceChanged,
    model.ProductWithdrawn: wire.ProductWithdrawn,
}
