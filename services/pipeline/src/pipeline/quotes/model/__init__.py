"""A quote's rules: what it offers, what that is worth to us, and what may be done with it."""

from pipeline.quotes.model.assessment import Assessment, Basis, assess
from pipeline.quotes.model.comparison import Difference, compare
from pipeline.quotes.model.offer import Bearer, Offer, require_offer
from pipeline.quotes.model.quote import Quote, Revision, draft_quote
from pipeline.quotes.model.refusals import QuoteIssued, QuoteNotApproved, QuoteSettled

__all__ = [
    "Assessment",
    "Basis",
    "Bearer",
    "Difference",
    "Offer",
    "Quote",
    "QuoteIssued",
    "QuoteNotApproved",
    "QuoteSettled",
    "Revision",
    "assess",
    "compare",
    "draft_quote",
    "require_offer",
]
