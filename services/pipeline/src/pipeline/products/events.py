"""What is published about products."""

from chassis.events import EventTable
from contracts import pipeline as wire
from contracts.values import ProductId

from pipeline.products import model


def _profile(product: model.Product) -> wire.ProductProfile:
    return wire.ProductProfile(
        name=product.name,
        code=product.code,
        line=product.line,
        list_price=product.list_price,
        is_core=product.is_core,
        unit=product.unit,
        tax_code=product.tax_code,
        is_standard=product.is_standard,
        is_list_price_taxed=product.is_list_price_taxed,
    )


def _listed(product: model.Product, _: model.ProductListed) -> wire.ProductListed:
    return wire.ProductListed(product_id=ProductId(product.id), profile=_profile(product))


def _updated(product: model.Product, fact: model.ProductUpdated) -> wire.ProductUpdated:
    return wire.ProductUpdated(
        product_id=ProductId(product.id),
        profile=_profile(product),
        previous=fact.previous,
        changed=fact.changed,
    )


def _floor_set(floor: model.ProductFloor, fact: model.FloorPriceSet) -> wire.ProductFloorChanged:
    return wire.ProductFloorChanged(
        product_id=ProductId(floor.id),
        floor_price=floor.floor_price,
        previous_floor_price=fact.previous_floor_price,
    )


def _cost_set(cost: model.ProductCost, fact: model.StandardCostSet) -> wire.ProductCostChanged:
    return wire.ProductCostChanged(
        product_id=ProductId(cost.id),
        standard_cost=cost.standard_cost,
        previous_standard_cost=fact.previous_standard_cost,
    )


EVENTS: EventTable = {
    model.ProductListed: _listed,
    model.ProductUpdated: _updated,
    model.ProductPriceChanged: wire.ProductPriceChanged,
    model.ProductWithdrawn: wire.ProductWithdrawn,
    model.FloorPriceSet: _floor_set,
    model.StandardCostSet: _cost_set,
}
