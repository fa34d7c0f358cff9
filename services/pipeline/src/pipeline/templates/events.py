"""What is published about process templates."""

from chassis.events import EventTable
from contracts import pipeline as wire

from pipeline.templates import model


def _published(
    _: model.ProcessTemplate, fact: model.ProcessTemplatePublished
) -> wire.ProcessTemplatePublished:
    return wire.ProcessTemplatePublished(
        code=fact.code, version=fact.edition, definition=fact.definition
    )


EVENTS: EventTable = {model.ProcessTemplatePublished: _published}
