"""What a contract refuses.

Refused
├── ContractStatus       it is not at that point, or not any more
├── SealNotGranted       our seal is not set without an approval of its use
└── ContractExhausted    an order would draw more than is left
"""

from decimal import Decimal
from typing import ClassVar

from chassis.problems import CHINESE, ENGLISH, Refused, Text


class ContractStatus(Refused):
    """`status` is what it is now."""

    slug = "contract-status"
    titles: ClassVar[Text] = {
        CHINESE: "合同当前状态不允许此操作",
        ENGLISH: "The contract's present status does not allow this",
    }


class SealNotGranted(Refused):
    slug = "seal-not-granted"
    titles: ClassVar[Text] = {
        CHINESE: "用印未获批准",
        ENGLISH: "The use of our seal is not approved",
    }


class ContractExhausted(Refused):
    """`by` says how much more it would be than what is left."""

    slug = "contract-exhausted"
    titles: ClassVar[Text] = {
        CHINESE: "超出合同余额",
        ENGLISH: "That is more than the contract leaves",
    }

    def __init__(self, by: Decimal, currency: str) -> None:
        super().__init__(
            {CHINESE: f"超出 {by} {currency}", ENGLISH: f"it would be exceeded by {by} {currency}"},
            members={"by": str(by), "currency": currency},
        )
