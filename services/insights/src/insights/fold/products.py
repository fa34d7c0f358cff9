"""Products: their names, for figures grouped by product."""

import msgspec
from contracts import pipeline as wire
from msgspec.structs import replace

from insights.fold.inputs import Input

AGGREGATE = "product"


class Product(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    seq: int = 0
    waiting: int = 0
    name: str = ""
    code: str = ""
    line: str | None = None


def profiled(
    product: Product, _event: Input, fact: wire.ProductListed | wire.ProductUpdated
) -> Product:
    profile = fact.profile
    return replace(product, name=profile.name, code=profile.code, line=profile.line)
