"""The kinds of fact that can prove a milestone, in words."""

from dataclasses import dataclass

from chassis.problems import CHINESE, ENGLISH, Words


@dataclass(frozen=True)
class ProofKind:
    """A kind of fact that proves something, in words."""

    zh: str
    en: str

    @property
    def words(self) -> Words:
        return Words({CHINESE: self.zh, ENGLISH: self.en})


PROOF_KINDS: dict[str, ProofKind] = {
    "appointment_made": ProofKind(
        "一次计划拜访或跟进，写明该商机、联系人和约定时间",
        "a planned visit or follow-up that names the deal, a contact and an agreed time",
    ),
    "visit_plan_approved": ProofKind(
        "包含该商机的拜访计划获主管批准，或临时拜访已签到",
        "an approved visit plan that names the deal, or an unplanned visit that was accepted",
    ),
    "survey_taken": ProofKind(
        "已签到的拜访中与有采购角色的联系人会面并登记调研结果（预算范围、采购时间、采购方式）",
        "a survey at a checked-in visit with a contact who has a buying role, with budget range, "
        "purchase date and purchase method (from the survey or on the deal)",
    ),
    "demonstration_held": ProofKind(
        "拜访中登记的方案演示，含参加人及其态度",
        "a demonstration recorded at a visit, with its attendees and their stance",
    ),
    "contact_held": ProofKind(
        "与客户联系人的一次实际接触：已签到的拜访或已完成的跟进",
        "a contact that took place: a checked-in visit with a contact, or a follow-up that is done",
    ),
    "needs_recorded": ProofKind(
        "商机上或调研中登记的客户需求", "the customer's need, on the deal or in a survey"
    ),
    "order_placed": ProofKind("该商机名下的订单", "an order placed for the deal"),
    "advance_payment_received": ProofKind(
        "该商机名下的预付款到账", "an advance payment received for the deal"
    ),
    "proposal_sent": ProofKind("已提交方案", "a proposal sent"),
    "bid_review_approved": ProofKind("立项/投标评审通过", "the bid/no-bid review approved"),
    "feasibility_confirmed": ProofKind(
        "咨询顾问确认技术可行性", "technical feasibility confirmed by a consultant"
    ),
    "formal_offer_sent": ProofKind(
        "已提交投标文件或正式报价方案", "a bid or a priced formal proposal sent"
    ),
    "shortlisted": ProofKind("入围或中标通知书", "shortlisting or award, evidenced"),
    "evaluation_approved": ProofKind(
        "内部项目评估通过（毛利、风险、资源）",
        "the internal evaluation approved (margin, risk, resources)",
    ),
    "terms_agreed": ProofKind("商务条款达成一致", "commercial terms agreed"),
    "finance_consented": ProofKind("财务同意", "finance's consent"),
    "legal_consented": ProofKind("法务同意", "legal's consent"),
    "contract_sent": ProofKind("合同已发出", "the contract sent"),
    "contract_sealed": ProofKind(
        "双方盖章的合同（附扫描件）", "the contract sealed by both sides, its scan attached"
    ),
    "quote_sent": ProofKind("已发出报价单", "a quote sent"),
}
