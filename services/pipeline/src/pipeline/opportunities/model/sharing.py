"""Who takes part in a deal beside its owner, and how it is credited to those who did."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from chassis.problems import CHINESE, ENGLISH, Refused, Text, ValidationFailed

from pipeline.opportunities.model import facts
from pipeline.opportunities.model.members import CreditShare, Member
from pipeline.opportunities.model.state import DealState, error
from pipeline.templates.model import OPTIONAL, Process

OWNERS_ROLE = "rep"
WHOLE = Decimal(100)


class CreditSharesFixed(Refused):
    slug = "credit-shares-fixed"
    titles: ClassVar[Text] = {
        CHINESE: "业绩分成已在成交时确定",
        ENGLISH: "The credit shares were fixed when the deal was won",
    }


@dataclass(kw_only=True)
class Sharing(DealState):
    """A deal that several people work on."""

    def seat_members(self, members: Sequence[Member]) -> None:
        """Whoever takes part sees the deal and its papers, and nobody who has left."""
        if list(members) == self.members:
            return
        previous, self.members = self.members, list(members)
        self.share()
        self.record(facts.OpportunityShared(members=self.members, previous_members=previous))

    def share(self) -> None:
        """All who see it beside its owner: its collaborators 协作人, and its team."""
        members = (member.staff_id for member in self.members)
        self.collaborator_ids = list(dict.fromkeys([*self.terms.collaborator_ids, *members]))

    def agree_credit(self, shares: Sequence[CreditShare]) -> None:
        """How winning it will be credited 业绩分成, in percent of the whole.

        Raises:
            CreditSharesFixed: it was won; what was fixed then is never changed.
            ValidationFailed: not a hundred in all, twice the same, or nobody of this deal.
        """
        if self.are_shares_fixed:
            raise CreditSharesFixed
        self.require_open()
        taking_part = {self.owner_id, *self.collaborator_ids}
        staff = [share.staff_id for share in shares]
        errors = [
            error(f"/shares/{n}/staff_id", "not-in-deal", "未参与该商机", "takes no part in it")
            for n, one in enumerate(staff)
            if one not in taking_part
        ]
        if len(set(staff)) < len(staff):
            errors.append(error("/shares", "twice", "人员重复", "name each person once"))
        total = sum((share.percent for share in shares), Decimal(0))
        if total != WHOLE:
            zh, en = f"合计为 {total}%，应为 100%", f"add up to {total}, not to 100"
            errors.append(error("/shares", "not-whole", zh, en))
        if errors:
            raise ValidationFailed(errors)
        if list(shares) != self.credit_shares:
            previous, self.credit_shares = self.credit_shares, list(shares)
            self.record(
                facts.CreditSharesAgreed(shares=self.credit_shares, previous_shares=previous)
            )

    def fix_shares(self) -> None:
        """Winning fixes them, once; all of it is the owner's where nothing was agreed."""
        if not self.are_shares_fixed:
            if not self.credit_shares and self.owner_id:
                self.credit_shares = [CreditShare(staff_id=self.owner_id, percent=WHOLE)]
            self.are_shares_fixed = True

    def roles_missing(self, process: Process, to_stage: int) -> list[dict[str, Any]]:
        """Roles that lead or are required at the stages on the way, and that nobody has taken.

        The role of the owner is the owner's.
        """
        taken = {(stage, member.role) for member in self.members for stage in member.stages}
        return [
            {"stage": number, "role": role, "duty": duty}
            for number in range(self.stage, min(to_stage, len(process.stages) + 1))
            for role, duty in process.stage(number).duties.items()
            if duty != OPTIONAL and role != OWNERS_ROLE
            if (process.stage(number).code, role) not in taken
        ]
