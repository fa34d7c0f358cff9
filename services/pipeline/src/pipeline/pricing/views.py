"""Lines of papers, and amounts with their tax, as they are shown over HTTP."""

from typing import Any

from pipeline.pricing.model import PaperLine
from pipeline.taxes.model import Taxed
from pipeline.views import money_view


def taxed_view(amount: Taxed) -> dict[str, Any]:
    return {
        "net": money_view(amount.net),
        "tax": money_view(amount.tax),
        "gross": money_view(amount.gross),
    }


def paper_line_view(line: PaperLine) -> dict[str, Any]:
    """With net, tax and gross after every discount."""
    return {
        "product_id": line.product_id,
        "name": line.name,
        "quantity": format(line.quantity.normalize() + 0, "f"),
        "unit": line.unit,
        "unit_price": money_view(line.unit_price),
        "is_taxed": line.is_taxed,
        "discount": str(line.discount),
        "tax_rate": str(line.tax_rate),
        "allowance": str(line.allowance),
        "is_optional": line.is_optional,
        "cost_inquiry_id": line.cost_inquiry_id,
        "note": line.note,
        **taxed_view(line.taxed),
    }
