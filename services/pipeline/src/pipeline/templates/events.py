"""What is published about process templates."""

from typing import Any

from chassis.events import EventTable
from contracts import pipeline as wire

from pipeline.templates import model


def _published(
    _: model.ProcessTemplate, fact: model.ProcessTemplatePublished
) -> wire.ProcessTemplatePublished:
    return wire.ProcessTemplatePublished(**_told(fact))


def _drafted(
    _: model.ProcessTemplate, fact: model.ProcessTemplateDrafted
) -> wire.ProcessTemplateDrafted:
    return wire.ProcessTemplateDrafted(**_told(fact), based_on=fact.based_on)


def _changed(
    _: model.ProcessTemplate, fact: model.ProcessTemplateChanged
) -> wire.ProcessTemplateChanged:
    return wire.ProcessTemplateChanged(**_told(fact), previous=fact.previous)


def _withdrawn(
    _: model.ProcessTemplate, fact: model.ProcessTemplateWithdrawn
) -> wire.ProcessTemplateWithdrawn:
    return wire.ProcessTemplateWithdrawn(code=fact.code, version=fact.edition)


def _told(
    fact: model.ProcessTemplatePublished
    | model.ProcessTemplateDrafted
    | model.ProcessTemplateChanged,
) -> dict[str, Any]:
    return {"code": fact.code, "version": fact.edition, "definition": fact.definition}


EVENTS: EventTable = {
    model.ProcessTemplatePublished: _published,
    model.ProcessTemplateDrafted: _drafted,
    model.ProcessTemplateChanged: _changed,
    model.ProcessTemplateWithdrawn: _withdrawn,
}
