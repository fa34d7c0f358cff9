"""Why something about an approval is not done.

Refused
├── ApprovalSettled   approval-settled   nobody is asked any more
├── NotYourTurn       not-your-turn      somebody else is asked, or asked for it
├── OwnPaper          own-paper          one's own paper, or one's own request
├── PaperChanged      paper-changed      the paper says something else by now
└── NoApprover        no-approver        there is nobody who could be asked
"""

from typing import ClassVar

from chassis.problems import CHINESE, ENGLISH, Refused, Text


class ApprovalSettled(Refused):
    slug = "approval-settled"
    titles: ClassVar[Text] = {
        CHINESE: "审批已结束",
        ENGLISH: "The approval is settled",
    }


class NotYourTurn(Refused):
    slug = "not-your-turn"
    titles: ClassVar[Text] = {
        CHINESE: "当前不由您审批",
        ENGLISH: "It is not your turn to decide",
    }


class OwnPaper(Refused):
    slug = "own-paper"
    titles: ClassVar[Text] = {
        CHINESE: "不能审批自己的单据",
        ENGLISH: "Nobody approves their own paper",
    }


class PaperChanged(Refused):
    slug = "paper-changed"
    titles: ClassVar[Text] = {
        CHINESE: "单据内容已变更，审批不再有效",
        ENGLISH: "The paper has changed since its approval was requested",
    }


class NoApprover(Refused):
    slug = "no-approver"
    titles: ClassVar[Text] = {
        CHINESE: "找不到审批人",
        ENGLISH: "There is nobody to approve it",
    }
