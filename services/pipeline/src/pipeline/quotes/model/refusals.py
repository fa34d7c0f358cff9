"""What a quote refuses.

Refused
├── QuoteIssued 409 quote-issued             it was sent: revise it
├── QuoteSettled 409 quote-settled           not in this state
└── QuoteNotApproved 409 quote-not-approved  nothing leaves unapproved
"""

from typing import ClassVar

from chassis.problems import CHINESE, ENGLISH, Refused, Text


class QuoteIssued(Refused):
    slug = "quote-issued"
    titles: ClassVar[Text] = {
        CHINESE: "报价已发出，只能修订",
        ENGLISH: "The quote was issued: revise it",
    }


class QuoteSettled(Refused):
    slug = "quote-settled"
    titles: ClassVar[Text] = {
        CHINESE: "报价当前状态不允许此操作",
        ENGLISH: "The quote's state does not allow this",
    }


class QuoteNotApproved(Refused):
    slug = "quote-not-approved"
    titles: ClassVar[Text] = {
        CHINESE: "报价未经审批，不能发出",
        ENGLISH: "The quote is not approved, so it cannot be sent",
    }
