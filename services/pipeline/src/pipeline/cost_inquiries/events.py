"""What is published about cost inquiries."""

from chassis.events import EventTable
from contracts import pipeline as wire

from pipeline.cost_inquiries import model


def _cost_set(cost: model.InquiredCost, fact: model.InquiredCostSet) -> wire.InquiredCostChanged:
    return wire.InquiredCostChanged(
        cost_inquiry_id=cost.id,
        unit_cost=cost.unit_cost,
        floor_price=cost.floor_price,
        previous_unit_cost=fact.previous_unit_cost,
        previous_floor_price=fact.previous_floor_price,
    )


EVENTS: EventTable = {
    model.CostInquiryAsked: wire.CostInquiryAsked,
    model.CostInquiryAnswered: wire.CostInquiryAnswered,
    model.CostInquiryClosed: wire.CostInquiryClosed,
    model.InquiredCostSet: _cost_set,
}
