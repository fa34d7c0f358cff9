"""`/problems/<slug>`: what each refusal means and what to do about it, in Chinese and English."""

from html import escape
from typing import NamedTuple

from chassis.problems import NotFound
from fastapi import APIRouter
from fastapi.responses import HTMLResponse

router = APIRouter(include_in_schema=False)


class Meaning(NamedTuple):
    status: int
    chinese: str
    english: str


PROBLEMS: dict[str, Meaning] = {
    "validation": Meaning(
        400,
        "输入有误；errors 逐项给出字段 (pointer)、代码 (code) 和说明。改正后重试。",
        "The input is not valid. `errors` names each field (pointer), a code and the reason.",
    ),
    "idempotency-key-required": Meaning(
        400,
        "除 /session 外，每个 POST 都须带 Idempotency-Key，以便安全地重试。",
        "Every POST except /session needs an Idempotency-Key, so that it can be repeated safely.",
    ),
    "unauthenticated": Meaning(
        401,
        "未登录、令牌无效或会话已结束。请登录或刷新令牌。",
        "Not signed in, the token is not valid, or the session has ended. Sign in or refresh.",
    ),
    "forbidden": Meaning(
        403,
        "已登录，但角色没有此权限。GET /api/v1/me 显示有效权限。",
        "Signed in, but no role of yours has this right. GET /api/v1/me shows what you may do.",
    ),
    "too-broad": Meaning(
        422,
        "筛选条件在大量记录中只命中极少数。请增加状态、负责人、团队或时间条件后重试。",
        "The filters would try very many records for very few matches. Add a status, an owner, a "
        "team or a time.",
    ),
    "shared-too-widely": Meaning(
        403,
        "保存的视图默认只能共享给本团队；共享给角色或其他团队需要 saved-views:share 权限。",
        "A saved view is shared with one's own team; roles and other teams take the right "
        "saved-views:share.",
    ),
    "not-found": Meaning(
        404,
        "不存在，或您无权看到；两者不作区分。",
        "It does not exist, or you may not see it; the difference is not told.",
    ),
    "method-not-allowed": Meaning(
        405, "该路径不支持此方法。", "This path does not know this method."
    ),
    "conflict": Meaning(
        409,
        "与他人同时修改冲突；current_version 为当前版本。请重新读取后再试。",
        "Somebody else changed it at the same time; `current_version` is what it is now. "
        "Read it again, then decide.",
    ),
    "duplicate": Meaning(
        409,
        "已存在；仅告知归属人，不显示内容。",
        "It exists already. You are told who owns it, not what it says.",
    ),
    "gate-closed": Meaning(
        409,
        "推进条件未满足；missing 列出所缺事实及其证明方式。",
        "The gate of this stage is closed; `missing` lists what is missing and what proves it.",
    ),
    "own-account": Meaning(
        409,
        "不能停用自己的账号或修改自己的角色；请另一位管理员操作。",
        "You cannot disable your own account or change your own roles; ask another administrator.",
    ),
    "move-not-allowed": Meaning(
        409,
        "该销售流程不允许此移动（跳过、退回或重开）。",
        "The sales process forbids this move: skipping, going back or reopening.",
    ),
    "waivers-exhausted": Meaning(
        409,
        "该流程对单个商机的豁免次数已用完；请补齐事实。",
        "As many milestones of this deal were waived as its process allows; bring the facts.",
    ),
    "fact-withdrawn": Meaning(
        409,
        "该事实已撤回；如有误，请重新登记。",
        "The fact was withdrawn already. Tell it anew if it is so after all.",
    ),
    "case-withdrawn": Meaning(
        409,
        "该案例已撤下，不再修改。",
        "The case was withdrawn from the library and is not changed any more.",
    ),
    "unfinishable": Meaning(
        409,
        "按此流程没有商机能够成交；errors 指出卡住的位置及原因。",
        "No deal on this process could ever be won; `errors` say where it would stick, and why.",
    ),
    "template-not-draft": Meaning(
        409,
        "已发布或撤回的流程版本不可修改；请起草新版本。",
        "A published or withdrawn version of a process is not changed; draft the next one.",
    ),
    "opportunity-closed": Meaning(
        409,
        "商机已赢单或输单；按流程规则可重开。",
        "The opportunity is won or lost. It may be reopened as its process allows.",
    ),
    "follow-up-settled": Meaning(
        409,
        "跟进已完成或已取消。请新建跟进。",
        "The follow-up is done or cancelled already. Plan a new one.",
    ),
    "approval-settled": Meaning(
        409,
        "审批已通过、拒绝、退回、撤回或失效；outcome 为其结果。需要时请重新提交。",
        "The approval is approved, refused, returned, recalled or void (`outcome`). "
        "Request another one if it is needed.",
    ),
    "not-your-turn": Meaning(
        409,
        "正在等待他人审批 (waiting_for)，或不是您提交的审批。",
        "Somebody else is asked at present (`waiting_for`), or it was not you who asked.",
    ),
    "file-withdrawn": Meaning(
        410,
        "附件已撤下：保留备查，不再提供下载。",
        "The file was withdrawn: it is kept, and shown no more.",
    ),
    "own-paper": Meaning(
        409,
        "不能审批自己的单据或自己提交的审批；请由上级或其代理人审批。",
        "Nobody approves their own paper, or what they requested; a superior does, or their "
        "stand-in.",
    ),
    "paper-changed": Meaning(
        409,
        "提交审批后单据内容有变，该审批不再有效；请重新提交。",
        "The paper was changed after its approval was requested. Request it anew.",
    ),
    "no-approver": Meaning(
        409,
        "审批矩阵要求审批，但组织中没有可以审批的人；请设置上级、总监或相应角色。",
        "The matrix asks for an approver, and the organisation has nobody who could be: name a "
        "superior, a director, or somebody with the role.",
    ),
    "stand-in-over": Meaning(
        409, "代理已结束，不能再更改。", "The stand-in is over and cannot change any more."
    ),
    "lead-settled": Meaning(
        409,
        "线索已转化或已作废；作废的可重新打开。",
        "The lead is qualified or disqualified; a disqualified one can be reopened.",
    ),
    "lead-waiting": Meaning(
        409,
        "线索正在等待客户建档结果，稍后再试。",
        "The lead waits until its customer is registered or refused; try again in a moment.",
    ),
    "lead-taken": Meaning(
        409,
        "线索不处于所需状态：只能领取线索池中的线索，只能处理已归属某人的线索。",
        "Only a lead in the pool can be claimed, and only one that is somebody's be worked on.",
    ),
    "lead-rule-withdrawn": Meaning(
        409, "分配规则已停用。", "The assignment rule is withdrawn; set a new one."
    ),
    "lead-form-closed": Meaning(
        409, "表单已关闭，不能再更改。", "The form is closed and cannot change any more."
    ),
    "registration-settled": Meaning(
        409,
        "报备不处于可执行此操作的状态（已失效、已释放、被驳回或待裁定）。",
        "The registration has ended, was refused, or waits for a ruling.",
    ),
    "extension-refused": Meaning(
        409,
        "报备延期次数已用完，或没有新的进展证据；可由上级批准。",
        "It was extended as often as it may be, or there is no progress since; "
        "a superior may approve it.",
    ),
    "ruled-by-oneself": Meaning(
        409,
        "不能裁定自己的报备，也不能批准自己的延期；请上级处理。",
        "Nobody rules on a registration of their own, nor approves its extension; ask a superior.",
    ),
    "credit-exceeded": Meaning(
        409,
        "超出客户（或集团）的信用额度；by 为超出金额。可先回款、申请临时额度或减少订货。",
        "The credit limit of the customer or its group would be exceeded; `by` says by how much. "
        "Collect a payment, ask for a temporary limit, or order less.",
    ),
    "deduction-settled": Meaning(
        409,
        "扣款已生效、驳回或冲销，不能再次处理。",
        "The deduction was made, refused or reversed already.",
    ),
    "invoice-settled": Meaning(
        409,
        "发票的状态不允许此操作：未开票不能红冲，已开票不能取消。",
        "The invoice is not in a state for this: only an issued one is reversed, only a "
        "requested one is cancelled.",
    ),
    "invoice-over-reversed": Meaning(
        409,
        "红冲金额超过开票金额；left 逐行给出可红冲金额。",
        "More would be reversed than was issued; `left` says what is left of each line.",
    ),
    "statement-settled": Meaning(
        409,
        "对账单已确认或已提出异议。",
        "The statement of account was confirmed or disputed already.",
    ),
    "credit-blocked": Meaning(
        409,
        "逾期天数超过政策，暂停下单和发货；回款后恢复。",
        "Payments are overdue for longer than the policy allows: nothing is ordered or shipped "
        "until they are paid.",
    ),
    "limit-settled": Meaning(
        409,
        "临时额度已批准、驳回、到期或撤销，不能再次处理。",
        "The temporary limit was granted, refused, expired or revoked already.",
    ),
    "milestone-closed": Meaning(
        409,
        "回款节点已结清或已取消。",
        "The payment milestone is settled or cancelled, or something of it is settled.",
    ),
    "milestone-overpaid": Meaning(
        409,
        "超过回款节点的未结金额；open 为未结金额。",
        "It is more than the payment milestone leaves open; `open` says how much that is.",
    ),
    "payment-settled": Meaning(
        409,
        "回款的状态不允许此操作：未到期、已冲销、已退款或为历史数据。",
        "The payment is not in a state for this: not matured, reversed, refunded, or history.",
    ),
    "payment-spent": Meaning(
        409,
        "超过回款的未分配金额；left 为剩余。",
        "It is more than is left of the payment; `left` says how much that is.",
    ),
    "order-settled": Meaning(
        409,
        "订单已交付或已取消，不能再更改。",
        "The order is delivered or cancelled and cannot change any more.",
    ),
    "quantity-exceeded": Meaning(
        409,
        "数量超出可用余量；lines 逐行给出所需 (asked) 和余量 (left)。",
        "More is asked than is left; `lines` tells for each line what was `asked` and is `left`.",
    ),
    "nothing-to-accept": Meaning(
        409,
        "没有待验收的交付；已验收的不再验收。",
        "No delivery waits for acceptance; what was accepted is not accepted again.",
    ),
    "price-list-published": Meaning(
        409,
        "价格表已发布，不能修改；可终止 (end) 并另立新表。",
        "A published price list is not changed: end it and draw up another one.",
    ),
    "price-already-agreed": Meaning(
        409,
        "该客户该产品在此期间已有协议价 (agreed_price_id)；请先终止它。",
        "For some of these days a price is agreed already (`agreed_price_id`); end that one first.",
    ),
    "cost-inquiry-settled": Meaning(
        409,
        "询价已关闭，不能再答复；请另行询价。",
        "The cost inquiry is closed and is answered no more: ask anew.",
    ),
    "hand-over-status": Meaning(
        409,
        "项目移交当前状态不允许此操作；status 为当前状态。",
        "The hand-over's state does not allow this; `status` is what it is now.",
    ),
    "own-hand-over": Meaning(
        403,
        "移交须由提交人以外的实施人员接收或退回。",
        "Somebody of delivery other than who submitted it accepts or returns a hand-over.",
    ),
    "outcome-review-cancelled": Meaning(
        409,
        "商机已重新打开；再次关闭后会重新发起复盘。",
        "The deal was reopened; closing it again opens another review.",
    ),
    "team-seat-status": Meaning(
        409,
        "该团队角色当前状态不允许此操作；status 为当前状态。",
        "The seat in the team does not allow this; `status` is what it is now.",
    ),
    "team-lead-taken": Meaning(
        409,
        "这些阶段 (stages) 已有主导人 staff_id，请由其转交或退出。",
        "`staff_id` leads these `stages` already, and can transfer or leave the seat.",
    ),
    "credit-shares-fixed": Meaning(
        409,
        "业绩分成在成交时确定，之后不再更改。",
        "Credit shares are fixed when a deal is won, and never changed after.",
    ),
    "tender-status": Meaning(
        409,
        "招投标当前状态不允许此操作；status 为当前状态。",
        "The tender's state does not allow this; `status` is what it is now.",
    ),
    "quote-issued": Meaning(
        409,
        "报价已发出，不能修改；可修订 (revise) 出下一版。",
        "The quote was issued and is not changed any more; `revise` begins the next revision.",
    ),
    "quote-settled": Meaning(
        409,
        "报价当前状态不允许此操作；status 为当前状态。",
        "The quote's state does not allow this; `status` is what it is now.",
    ),
    "quote-not-approved": Meaning(
        409,
        "报价未经审批，或审批后内容有变；请先提交审批 (submit)。",
        "The quote is not approved, or was changed since: submit it first.",
    ),
    "exchange-rate-unknown": Meaning(
        409,
        "该日期及以前没有该币种的汇率 (currency, on)。请财务在 /exchange-rates 录入。",
        "No exchange rate is known for `currency` on or before `on`; finance sets one at "
        "/exchange-rates.",
    ),
    "tax-rate-ended": Meaning(
        409,
        "税率已终止，不能再次终止。",
        "The tax rate has ended already.",
    ),
    "selling-entity-not-active": Meaning(
        409,
        "签约主体已停用，新单据不能使用。",
        "The selling entity is out of use, so no new paper can name it.",
    ),
    "contract-status": Meaning(
        409,
        "合同当前状态不允许此操作；status 为当前状态。已发出的合同先收回，已生效的以补充协议变更。",
        "The contract's `status` does not allow this. Take back what was sent; supplement what "
        "binds already.",
    ),
    "seal-not-granted": Meaning(
        409,
        "用印未获批准。请先申请用印 (request-seal)。",
        "The use of our seal is not approved. Ask for it first (request-seal).",
    ),
    "contract-exhausted": Meaning(
        409,
        "超出合同余额；by 为超出金额。可签补充协议后再下单。",
        "More than the contract leaves; `by` says how much. A supplement can add to it.",
    ),
    "requirement-change-status": Meaning(
        409,
        "需求变更当前状态不允许此操作；status 为当前状态。双方同意后方可落实。",
        "The requirement change's `status` does not allow this. Both sides agree before it counts.",
    ),
    "product-withdrawn": Meaning(
        409,
        "产品已停售，不能用于新业务。",
        "The product is withdrawn and cannot be used for anything new.",
    ),
    "contact-erased": Meaning(
        409,
        "联系人已按要求删除，不能恢复。",
        "The contact was erased on request and cannot come back.",
    ),
    "ring-of-parents": Meaning(
        409,
        "集团关系不能成环：客户不能是自己的上级。",
        "Group relations form no ring: a customer cannot stand above itself.",
    ),
    "ring-of-reports": Meaning(
        409,
        "汇报关系不能成环。",
        "Reporting lines form no ring: nobody reports to themselves.",
    ),
    "misplaced-team": Meaning(
        409,
        "组织架构不允许：公司 → 大区 → 团队，且不能成环。",
        "The organisation tree forbids it: company, then region, then team, and no ring.",
    ),
    "staff-has-left": Meaning(
        409,
        "该员工已离职。",
        "This member of staff has left the company.",
    ),
    "wrong-status": Meaning(
        409,
        "当前状态不允许此操作；请重新读取后再决定。",
        "Its present status does not allow this. Read it again, then decide.",
    ),
    "outside-fence": Meaning(
        409,
        "签到位置在客户围栏之外。请说明原因后重试。",
        "The check-in is outside the customer's fence. Give a reason and send it again.",
    ),
    "precondition-failed": Meaning(
        412,
        "If-Match 与当前版本不符。请重新读取。",
        "If-Match names a version that is no longer current. Read it again.",
    ),
    "too-large": Meaning(
        413, "请求体过大。请分批或缩小文件。", "The body is too large. Send less at once."
    ),
    "idempotency-mismatch": Meaning(
        422,
        "同一 Idempotency-Key 用于不同内容。新命令请用新的键。",
        "This Idempotency-Key was used with another body. A new command needs a new key.",
    ),
    "precondition-required": Meaning(
        428,
        "PATCH 须带 If-Match，值为所读到的 ETag。",
        "A PATCH needs If-Match with the ETag that you read.",
    ),
    "rate-limited": Meaning(
        429,
        "请求过于频繁，或登录失败次数过多。按 Retry-After 等待。",
        "Too many requests, or too many failed sign-ins. Wait as Retry-After says.",
    ),
    "continued-too-often": Meaning(
        409,
        "自上次有据进展以来，商机最多继续两次。请搁置（设唤醒日期）或停止。",
        "Since its last proven progress the deal was continued twice, which is all. Park it until "
        "a day, or stop it.",
    ),
    "clock-stopped": Meaning(
        409,
        "商机已关闭或搁置，15/30 天时钟不再走，无需复核或判断。",
        "The deal is closed or parked: its 15- and 30-day clock stands, nothing is to be judged.",
    ),
    "not-due-yet": Meaning(
        409,
        "距上次有据进展未满 30 天，尚不需判断意向；due_on 为到期日。",
        "Thirty days since the last proven progress are not over; `due_on` says when they are.",
    ),
    "reviewed-already": Meaning(
        409,
        "本周的漏斗检查中已有该商机；下周再检查。",
        "This week's funnel review has the deal already; the next week has a sheet of its own.",
    ),
    "for-a-higher-reviewer": Meaning(
        409,
        "超过规定金额的商机由上一级（reviewer_id）检查。",
        "Deals above the policy's amount are reviewed one level up, by `reviewer_id`.",
    ),
    "leave-settled": Meaning(
        409,
        "请假已批准、拒绝或取消，不能再审批；已取消或拒绝的请假不能再取消。",
        "The leave is decided or cancelled; ask for another one instead.",
    ),
    "leave-overlaps": Meaning(
        409,
        "其中某些日期已有请假或出差（leave_id）。先取消那一个。",
        "There is leave on some of these days already, see `leave_id`. Cancel that one first.",
    ),
    "task-settled": Meaning(
        409,
        "任务已完成或已取消；如需继续，请新建任务。",
        "The task is done or cancelled; create another one to go on.",
    ),
    "fault": Meaning(
        500,
        "系统内部错误，已记录。请附上 X-Request-Id 报告。",
        "Our own mistake; it is logged. Report it with the X-Request-Id.",
    ),
    "unavailable": Meaning(
        503,
        "某个服务、数据库或消息系统暂时没有应答。按 Retry-After 重试；"
        "写操作请用同一 Idempotency-Key。",
        "A service, its database or the log does not answer right now. Repeat as Retry-After "
        "says; a command with the same Idempotency-Key.",
    ),
}


@router.get("/problems")
async def problems() -> HTMLResponse:
    return _html("".join(_section(slug, meaning) for slug, meaning in PROBLEMS.items()))


@router.get("/problems/{slug}")
async def problem(slug: str) -> HTMLResponse:
    meaning = PROBLEMS.get(slug)
    if meaning is None:
        raise NotFound("problem", slug)
    return _html(_section(slug, meaning))


def _section(slug: str, meaning: Meaning) -> str:
    return (
        f'<h2 id="{slug}">{slug} · {meaning.status}</h2>'
        f"<p lang=zh-CN>{escape(meaning.chinese)}</p><p lang=en>{escape(meaning.english)}</p>"
    )


def _html(body: str) -> HTMLResponse:
    return HTMLResponse(
        "<!doctype html><meta charset=utf-8><title>Problems</title>"
        f"<style>body{{font:16px system-ui;margin:2rem;max-width:50rem}}</style>{body}"
    )
