"""What can be done about the funnel: have it counted anew."""

from chassis.mongo import Document
from chassis.work import Work

from pipeline.funnel.store import CONTROL, FIRST, FUNNEL


async def count_anew(work: Work) -> Document:
    """Ask for another generation, counted from the deals beside the one that is read."""
    control = await work.document(CONTROL, FUNNEL)
    if control is None:
        control = {"_id": FUNNEL, "active": FIRST, "building": FIRST, "after": ""}
    elif control["building"] is None:
        control = control | {"building": control["active"] + 1, "after": ""}
    work.put(CONTROL, control)
    return control
