"""What goes another way in the demo: questions, appeals, changes, money asked back, and who is away.

Each of these is left where somebody has to decide, so that whoever signs in finds one of each to look at.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from sqlmodel import col, select

from voucher.absences import Absence
from voucher.amendments import Amendment
from voucher.appeals import Appeal
from voucher.awards import ProviderAward
from voucher.claims import Claim, ClaimState
from voucher.database import get
from voucher.money import Money
from voucher.orders import Order, OrderState
from voucher.payouts import Payout, PayoutState
from voucher.people import Organisation
from voucher.price_lists import ListPrice
from voucher.ratings import OrderRating
from voucher.recoveries import Recovery
from voucher.requests import Defect, InformationRequest
from voucher.vouchers import Voucher, VoucherState
from voucher.work import Work
from workflows.absence import enter_absence, hand_over_role
from workflows.amendment import propose_change
from workflows.appeal import file_appeal
from workflows.application import appeal_rejection, ask_applicant
from workflows.awards import ask_award, propose_award
from workflows.demo.data import DOMAIN, WEIHAI
from workflows.demo.payments import do_jobs
from workflows.demo.story import Demo, Phase
from workflows.issue import refuse_voucher
from workflows.price_list import publish_price
from workflows.purchase import rate_order
from workflows.recovery import decide_recovery, open_recovery, record_hearing, serve_recovery
from workflows.revocation import open_revocation

# Of the completed orders one in so many is rated.
RATED = 3


def turns() -> tuple[Phase, ...]:
    """The phases, after the payments."""
    return (
        ("SMEs rate what they bought", rate_services),
        ("An applicant is asked for what is missing", _once(InformationRequest, _ask_what_is_missing)),
        ("An application is rejected, and the SME appeals", _reject_one),
        ("A provider proposes another price", _once(Amendment, _propose_another_price)),
        ("An SME appeals against what was cut", _once(Appeal, _appeal_a_cut)),
        ("An auditor finds a payment wrong; it is heard, decided and asked back", _once(Recovery, _ask_money_back)),
        # after it: what is asked back counts for no award
        ("A provider publishes its prices and asks for its yearly award; an officer checks the figures",
         _once(ProviderAward, _ask_for_an_award)),
        ("Something is held against the holder of a voucher", _open_a_hearing),
        ("An approver will be away, and hands over", _once(Absence, _go_away)),
    )


Told = tuple[int, int, str]


def _once(table: type[Any], act: Callable[[Demo], str]) -> Callable[[Demo], Told]:
    """A phase that acts unless there is one of these already."""
    def phase(demo: Demo) -> Told:
        with demo.day(1) as work:
            stands = work.session.exec(select(table.id).limit(1)).first() is not None
        return (0, 1, "") if stands else (1, 0, act(demo))
    return phase


def _contact(demo: Demo, work: Work, organisation: Any) -> Work:
    """The work in the hands of who acts for an organisation."""
    return demo.by(work, demo.contact(get(work.session, Organisation, organisation).number))


def _orders(work: Work, *states: OrderState) -> Sequence[Order]:
    return work.session.exec(select(Order).where(col(Order.state).in_(states), Order.currency == "CNY").order_by(Order.reference)).all()


def _first_voucher(work: Work, state: VoucherState) -> Voucher:
    return work.session.exec(select(Voucher).where(Voucher.state == state, Voucher.currency == "CNY")
                             .order_by(Voucher.reference).limit(1)).one()


def rate_services(demo: Demo) -> Told:
    """One in RATED of the completed orders, from three to five stars."""
    done = found = 0
    with demo.day(16) as work:
        rated = set(work.session.exec(select(OrderRating.order_id)))
        for at, order in enumerate(_orders(work, OrderState.COMPLETED)[::RATED]):
            if order.id in rated:
                found += 1
                continue
            voucher = get(work.session, Voucher, order.voucher_id)
            rate_order(_contact(demo, work, voucher.sme_id), order.reference, 5 - at % 3, "演示：按期交付，报告清楚" if at % 3 == 0 else "")
            done += 1
    return done, found, ""


def _ask_for_an_award(demo: Demo) -> str:
    with demo.day(3) as work:
        payout = work.session.exec(select(Payout).where(Payout.state == PayoutState.SETTLED, Payout.currency == "CNY")
                                   .order_by(Payout.reference).limit(1)).one()
        assert payout.claim_id is not None
        order = get(work.session, Order, get(work.session, Claim, payout.claim_id).order_id)
        provider = get(work.session, Organisation, order.provider_id)
        mine = _contact(demo, work, provider.id)
        if work.session.exec(select(ListPrice.id).limit(1)).first() is None:
            publish_price(mine, provider.reference, WEIHAI, order.service_type, str(order.net))
        award = ask_award(mine, provider.reference, demo.programmes[WEIHAI], work.today.year, "services")
        propose_award(demo.by(work, "reviewer1"), award.reference)
        return award.reference


def _ask_what_is_missing(demo: Demo) -> str:
    with demo.day(3) as work:
        voucher = _first_voucher(work, VoucherState.SUBMITTED)
        ask_applicant(demo.by(work, "reviewer2"), voucher.reference, [Defect.PURPOSE_UNCLEAR, Defect.AMOUNT_UNCLEAR],
                      "演示：请说明拟购买的服务内容，并列出金额的计算依据。")
        return voucher.reference


def _reject_one(demo: Demo) -> Told:
    with demo.day(3) as work:
        stood = work.session.exec(select(Voucher.reference).where(Voucher.state == VoucherState.APPEALED)).first()
        if stood is not None:
            return 0, 1, stood
        voucher = _first_voucher(work, VoucherState.REVIEWED)
        refuse_voucher(demo.by(work, "approver2"), voucher.reference, "演示：所申请内容属于日常生产，不是研发活动", "管理办法第七条")
    with demo.day(2) as work:
        appeal_rejection(_contact(demo, work, voucher.sme_id), voucher.reference, "演示：申请内容是新产品的小试，立项书可以补充")
    return 1, 0, voucher.reference


def _propose_another_price(demo: Demo) -> str:
    with demo.day(2) as work:
        order = _orders(work, OrderState.ACCEPTED, OrderState.REGISTERED)[0]
        less = Money(order.net.minor * 9 // 10, order.currency)
        propose_change(_contact(demo, work, order.provider_id), order.reference, "演示：试样减少，价格相应降低", net=less,
                       vat=Money(order.vat.minor * 9 // 10, order.currency))
        return order.reference


def _appeal_a_cut(demo: Demo) -> str:
    with demo.day(18) as work:
        claims = work.session.exec(select(Claim).where(Claim.state == ClaimState.APPROVED, Claim.currency == "CNY")
                                   .order_by(Claim.reference.desc())).all()  # type: ignore[attr-defined]
        claim = next(each for each in claims if each.approved not in (None, each.requested))
        file_appeal(_contact(demo, work, claim.claimant_id), claim.reference, "演示：该项检测不是强制检测，附检测委托书")
        return claim.reference


def _ask_money_back(demo: Demo) -> str:
    """A fifth of a payout of the first batch; by people who had no part in the case."""
    with demo.day(30) as work:
        payout = work.session.exec(select(Payout).where(Payout.state == PayoutState.SETTLED, Payout.currency == "CNY")
                                   .order_by(Payout.reference).limit(1)).one()
        recovery = open_recovery(demo.by(work, "auditor1"), payout.reference, "演示：报告中有一部分由申领单位自行完成", "管理办法第二十条",
                                 principal=Money(payout.amount.minor // 5, payout.currency))
    with demo.day(20) as work:
        record_hearing(demo.by(work, "auditor1"), recovery.reference, "演示：本单位认可该部分工作由自己完成。",
                       work.today - timedelta(days=1))
    with demo.day(12) as work:
        decide_recovery(demo.by(work, "approver3"), recovery.reference, "演示：该部分不属于购买的服务")
    with demo.day(11) as work:
        serve_recovery(demo.by(work, "finance1"), recovery.reference)
    do_jobs(demo, 11, "make_recovery_notice")
    return recovery.reference


def _open_a_hearing(demo: Demo) -> Told:
    with demo.day(2) as work:
        stood = work.session.exec(select(Voucher.reference).where(Voucher.state == VoucherState.HEARING)).first()
        if stood is not None:
            return 0, 1, stood
        voucher = work.session.exec(select(Voucher).where(Voucher.state == VoucherState.ISSUED, Voucher.currency == "CNY")
                                    .order_by(Voucher.reference.desc()).limit(1)).one()  # type: ignore[attr-defined]
        open_revocation(demo.by(work, "approver2"), voucher.reference, "演示：登记信息显示该企业已迁出本市", "管理办法第五条")
        return 1, 0, voucher.reference


def _go_away(demo: Demo) -> str:
    with demo.day(1) as work:
        mine = demo.by(work, "approver2")
        absence = enter_absence(mine, work.today + timedelta(days=5), work.today + timedelta(days=9), "演示：年休假")
        hand_over_role(mine, str(absence.id), "approver", f"reviewer2@{DOMAIN}")
        return f"{absence.from_on} to {absence.until_on}"
