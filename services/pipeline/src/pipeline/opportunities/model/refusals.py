"""Why a deal's command is refused.

Refused
├── GateClosed 409 gate-closed        what is missing, and what would prove it
├── OpportunityClosed 409             it is won or lost
├── MoveNotAllowed 409                the process forbids this move
├── WaiversExhausted 409              as many were waived as the process allows
└── WaivedByOneself 403 forbidden     nobody waives on a deal of one's own
"""

from typing import Any, ClassVar

from chassis.problems import CHINESE, ENGLISH, Forbidden, Refused, Text


class GateClosed(Refused):
    """The move lacks evidence: `missing` names each milestone and what would prove it."""

    slug = "gate-closed"
    titles: ClassVar[Text] = {CHINESE: "推进条件未满足", ENGLISH: "The gate is closed"}

    def __init__(self, from_stage: int, to_stage: int, missing: list[dict[str, Any]]) -> None:
        super().__init__(
            {
                CHINESE: f"从阶段 {from_stage} 推进到 {to_stage} 还缺 {len(missing)} 项",
                ENGLISH: f"moving from stage {from_stage} to {to_stage} lacks {len(missing)}",
            },
            members={"missing": missing, "from_stage": from_stage, "to_stage": to_stage},
        )
        self.from_stage = from_stage
        self.to_stage = to_stage

    @property
    def missing(self) -> list[str]:
        return sorted(each["milestone"] for each in self.members["missing"])


class OpportunityClosed(Refused):
    slug = "opportunity-closed"
    titles: ClassVar[Text] = {CHINESE: "商机已关闭", ENGLISH: "The opportunity is closed"}

    def __init__(self, status: str) -> None:
        words = {"won": "已成交", "lost": "已失单"}.get(status, status)
        super().__init__({CHINESE: f"商机{words}", ENGLISH: f"the opportunity is {status}"})


class MoveNotAllowed(Refused):
    slug = "move-not-allowed"
    titles: ClassVar[Text] = {CHINESE: "流程不允许此操作", ENGLISH: "The process forbids this move"}


class WaivedByOneself(Forbidden):
    def __init__(self) -> None:
        super().__init__(
            {
                CHINESE: "不能豁免自己负责的商机",
                ENGLISH: "nobody waives a gate on a deal of one's own",
            }
        )


class WaiversExhausted(Refused):
    slug = "waivers-exhausted"
    titles: ClassVar[Text] = {
        CHINESE: "豁免次数已用完",
        ENGLISH: "No more milestones of this deal may be waived",
    }

    def __init__(self, most: int, waived: int) -> None:
        super().__init__(
            {
                CHINESE: f"该流程每个商机最多豁免 {most} 项，已豁免 {waived} 项",
                ENGLISH: f"the process allows {most} waivers on one deal; there were {waived}",
            },
            members={"most": most, "waived": waived},
        )
