"""Wallet: where the terms say so, an SME pays its part of an order in before work begins, and the wallet pays the provider.

The bank's statement says what came. Exactly what is asked for, from an account of the SME, lets the work begin; anything else goes
back where it came from, as a payout of its own. What is held goes to the provider once its claim is approved, and back when nothing
comes of the order: a job looks at both, so that no verb has to think of it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists
from sqlmodel import col, func, or_, select

from voucher import accounting
from voucher.appeals import Appeal, appeal_behind
from voucher.bank.accounts import Account, problems_of
from voucher.claims import Claim, ClaimState, lines_of, live_claims_on
from voucher.database import get
from voucher.deadlines import deadlines_of, drop_clock, start_clock, stop_clocks
from voucher.deposits import PAY_IN, Deposit, DepositState, awaited, lock_deposits, paid_in, to_pay_in
from voucher.errors import NotNow, Problem, _, refuse_if_any
from voucher.files import FileStore
from voucher.history import Event, record
from voucher.holds import all_stand_approved, holds_on
from voucher.jobs import put_many
from voucher.money import Money, total
from voucher.numbering import next_reference, next_references
from voucher.orders import BINDING, OFF, Order, lock_order
from voucher.payouts import Payout, PayoutState
from voucher.people import BankAccount, Organisation, Role, account_of, office
from voucher.posting import post
from voucher.programmes.cases import own_share_of
from voucher.programmes.durations import Duration
from voucher.programmes.programmes import terms_version
from voucher.reasons import ANOTHER_ACCOUNT, ANOTHER_AMOUNT, ANOTHER_CURRENCY, NOT_AWAITED
from voucher.references import year_of
from voucher.statements import BankLine, Finding, LineState
from voucher.uses import case_of
from voucher.vouchers import STOPPED_STATES, Voucher
from voucher.work import Work
from workflows.machine import Machine, Step
from workflows.payouts import PAYOUT, make_payout

_DESK = (Role.FINANCE, Role.TREASURY)

DEPOSIT = Machine(
    "deposit",
    Step("ask_deposit", (), DepositState.EXPECTED, "deposit.asked"),
    Step("ask_deposit_again", (), DepositState.EXPECTED, "deposit.asked_again"),
    Step("drop_deposit", (DepositState.EXPECTED,), DepositState.DROPPED, "deposit.dropped"),
    # What the bank reports is true whoever imports it.
    Step("take_deposit", (DepositState.EXPECTED,), DepositState.HELD, "deposit.received", by=_DESK),
    Step("refuse_deposit", (), DepositState.REFUSED, "deposit.refused", by=_DESK),
    Step("undo_receipt", (DepositState.HELD,), DepositState.EXPECTED, "deposit.receipt_undone", by=_DESK),
    Step("pay_deposit_on", (DepositState.HELD,), DepositState.SPENT, "deposit.paid_on"),
    Step("give_deposit_back", (DepositState.HELD,), DepositState.SPENT, "deposit.given_back"),
    Step("give_surplus_back", (DepositState.HELD,), DepositState.HELD, "deposit.surplus_given_back"),
    Step("take_deposit_back", (DepositState.HELD, DepositState.SPENT), DepositState.HELD, "deposit.taken_back"),
)

#: How long an SME has where the terms do not say: the thirty days of Flanders' kmo-portefeuille.
_USUAL = "30 days"

_NAMED = re.compile(r"M-[0-9]{4}-[0-9]{5,}-[0-9]", re.ASCII)


def ask_deposit(work: Work, voucher: Voucher, order: Order, *, then: str = "") -> Deposit | None:
    """Ask the SME for what its order wants in the wallet and does not have yet; None where that is nothing.

    `then` names the verb that follows when it does not come in time.
    """
    wanted = to_pay_in(terms_version(work.session, order.terms_id).terms, order)
    return _ask(work, voucher, order, wanted - paid_in(work.session, order), "ask_deposit", then)


def _ask(work: Work, voucher: Voucher, order: Order, missing: Money, step: str, then: str = "") -> Deposit | None:
    if missing.minor <= 0:
        return None
    deposit = Deposit(reference=next_reference(work.session, "M", year_of(work.today)), order_id=order.id, state="",
                      amount_minor=missing.minor, left_minor=missing.minor, currency=missing.currency, asked_at=work.now)
    DEPOSIT.follow(work, deposit, step, case=voucher.reference, order=order.reference, amount=str(missing))
    _await(work, voucher, order, then)
    return deposit


def _await(work: Work, voucher: Voucher, order: Order, then: str = "") -> None:
    """From today the SME has its time to pay in."""
    terms = terms_version(work.session, order.terms_id).terms
    own = own_share_of(terms, case_of(work.session, terms, voucher, order))
    start_clock(work, order.reference, PAY_IN, case=voucher.reference, waits_for=Role.SME, firm=voucher.sme_id,
                length=(own.within if own else None) or Duration.parse(_USUAL), then=then)


def refuse_unpaid(work: Work, order: Order) -> None:
    """Raises NotNow while the SME's part of an order is not in the wallet."""
    terms = terms_version(work.session, order.terms_id).terms
    missing = to_pay_in(terms, order) - paid_in(work.session, order)
    if missing.minor > 0:
        raise NotNow(_("The SME has to pay {amount} {currency} into the wallet first; the office has not received it yet."),
                     amount=str(missing), currency=missing.currency)


# --- what the bank brings ----------------------------------------------------------------------------------------------


def named_deposit(line: BankLine) -> str:
    """The reference of a deposit that a line names, in the payer's reference or text; empty when it names none."""
    found = _NAMED.search(f"{line.end_to_end} {line.text}".upper())
    return found[0] if found and line.amount_minor > 0 and not line.is_return else ""


def lock_named(work: Work, lines: Iterable[BankLine]) -> dict[str, Deposit]:
    """The deposits that lines name, by reference, locked until the work ends: in story order they come before payouts."""
    wanted = {name for name in map(named_deposit, lines) if name}
    locked = select(Deposit).where(col(Deposit.reference).in_(wanted)).order_by(col(Deposit.reference))
    return {each.reference: each for each in work.session.exec(
        locked.with_for_update(key_share=True).execution_options(populate_existing=True))} if wanted else {}


@dataclass(frozen=True)
class _Seen:
    """What is asked about lines once, however many they are: what they name, and the accounts that they came from, the newest last."""

    orders: Mapping[UUID, Order]
    vouchers: Mapping[UUID, Voucher]
    accounts: Sequence[BankAccount]
    firms: Mapping[UUID, Organisation]
    here: Organisation

    def payer(self, line: BankLine, bank_code: str = "") -> BankAccount:
        """The account from which money came. One that nobody here named stands with the office: it is a stranger's."""
        named = [each for each in self.accounts if (each.number, each.currency) == (line.counterparty_account, line.currency)]
        return named[-1] if named else BankAccount(
            organisation_id=self.here.id, currency=line.currency, number=line.counterparty_account, holder=line.counterparty_name,
            bank_code=bank_code, active=False)

    def problems(self, account: BankAccount) -> list[Problem]:
        """What would keep the bank from paying to an account."""
        country = self.firms.get(account.organisation_id, self.here).country
        return problems_of(Account(account.holder, account.number, account.currency, account.bank_name, account.bank_code, country), "")

    def is_of_its_firm(self, line: BankLine, order: Order) -> bool:
        """Whether money for an order came from an account that its SME named at any time."""
        sme = self.vouchers[order.voucher_id].sme_id
        return any((each.organisation_id, each.number) == (sme, line.counterparty_account) for each in self.accounts)

    def case(self, order: Order | None) -> str:
        """The voucher of an order; none where nothing is known of one."""
        return self.vouchers[order.voucher_id].reference if order else ""


def _look_at(work: Work, lines: Sequence[BankLine], orders: Iterable[UUID | None]) -> _Seen:
    def all_of(table: type[Any], wanted: Iterable[UUID | None]) -> dict[UUID, Any]:
        return {each.id: each for each in work.session.exec(select(table).where(table.id.in_({key for key in wanted if key})))}

    found = all_of(Order, orders)
    accounts = work.session.exec(select(BankAccount).where(
        col(BankAccount.number).in_({line.counterparty_account for line in lines})).order_by(col(BankAccount.id))).all()
    return _Seen(found, all_of(Voucher, (order.voucher_id for order in found.values())), accounts,
                 all_of(Organisation, (each.organisation_id for each in accounts)), office(work.session))


def take_deposits(work: Work, lines: Iterable[BankLine], known: Mapping[str, Deposit]) -> list[tuple[BankLine, Deposit]]:
    """Take or send back the money of open lines that name a deposit. Without an account to which it could go back a person has to look.

    `known` are those of them that there are, locked. Answers the lines that are cleared so, each with its deposit, to be posted by
    the caller. The number of questions does not grow with the lines.
    """
    named = [line for line in lines if line.state == LineState.OPEN and named_deposit(line)]
    if not named:
        return []
    seen = _look_at(work, named, (each.order_id for each in known.values()))
    fit: dict[UUID, tuple[BankLine, Deposit]] = {}
    wrong: list[tuple[BankLine, Order | None, str]] = []
    for line in named:
        deposit = known.get(named_deposit(line))
        order = seen.orders.get(deposit.order_id) if deposit and deposit.order_id else None
        if seen.problems(seen.payer(line)):
            line.finding = Finding.PAYER_UNKNOWN
            work.session.add(line)
        elif deposit is None or order is None or deposit.id in fit:
            wrong.append((line, order, NOT_AWAITED))
        elif reason := _what_is_wrong(seen, line, deposit, order):
            wrong.append((line, order, reason))
        else:
            fit[deposit.id] = (line, deposit)
    _take(work, seen, list(fit.values()))
    return [*fit.values(), *_refuse(work, seen, wrong)]


def _what_is_wrong(seen: _Seen, line: BankLine, deposit: Deposit, order: Order) -> str:
    if deposit.state != DepositState.EXPECTED or order.state in OFF:
        return NOT_AWAITED
    if line.currency != deposit.currency:
        return ANOTHER_CURRENCY
    if line.amount != deposit.amount:
        return ANOTHER_AMOUNT
    return "" if seen.is_of_its_firm(line, order) else ANOTHER_ACCOUNT


def take_deposit(work: Work, line: BankLine, deposit: Deposit) -> Deposit:
    """What was asked for is there; it is the caller who says that the line fits."""
    _take(work, _look_at(work, [line], [deposit.order_id]), [(line, deposit)])
    return deposit


def _take(work: Work, seen: _Seen, fit: Sequence[tuple[BankLine, Deposit]]) -> None:
    """Hold what came in on these deposits."""
    orders = [seen.orders[deposit.order_id] for _line, deposit in fit if deposit.order_id]
    DEPOSIT.advance_many(
        work, [deposit for _line, deposit in fit], "take_deposit", {},
        [{"case": seen.case(order), "order": order.reference, "amount": str(deposit.amount), "line": str(line.id)}
         for (line, deposit), order in zip(fit, orders, strict=True)],
        [{"received_on": line.booked_on, "holder": line.counterparty_name, "account_number": line.counterparty_account}
         for line, _deposit in fit])
    for line, deposit in fit:
        _clear(work, line, deposit)
    if fit:
        stop_clocks(work, [order.reference for order in orders], PAY_IN)


def undo_receipt(work: Work, deposit: Deposit) -> None:
    """What came in on a locked deposit was not its money: it is awaited again. Raises NotNow when it has moved on."""
    assert deposit.order_id is not None
    order = get(work.session, Order, deposit.order_id)
    if deposit.state != DepositState.HELD or deposit.left != deposit.amount or awaited(work.session, order.id) is not None:
        raise NotNow(_("Something of {deposit} went on to the provider or back, or more was asked for since. Its receipt stands."),
                     deposit=deposit.reference)
    voucher = get(work.session, Voucher, order.voucher_id)
    DEPOSIT.advance_many(work, [deposit], "undo_receipt", {}, [{"case": voucher.reference, "order": order.reference}],
                         received_on=None, holder="", account_number="")
    asked = [each for each in deadlines_of(work.session, order.reference) if each.rule == PAY_IN]
    _await(work, voucher, order, asked[-1].then if asked else "")


def refuse_money(work: Work, line: BankLine, order: Order | None, reason: str, bank_code: str = "") -> Deposit:
    """Send the money of a line back where it came from: a deposit that is refused, with a payout of its own.

    `bank_code` is the bank of an account that nobody here named. Raises NotNow, and NotValid with what keeps it from being paid.
    """
    if not line.counterparty_account:
        raise NotNow(_("The bank does not say from which account this came, so it cannot be sent back."))
    seen = _look_at(work, [line], [order.id if order else None])
    refuse_if_any(seen.problems(seen.payer(line, bank_code)))
    [(_line, deposit)] = _refuse(work, seen, [(line, order, reason)], bank_code)
    return deposit


def _refuse(
    work: Work, seen: _Seen, wrong: Sequence[tuple[BankLine, Order | None, str]], bank_code: str = ""
) -> list[tuple[BankLine, Deposit]]:
    """Send the money of these lines back, each with a deposit that says why and a payout."""
    if not wrong:
        return []
    year, count = year_of(work.today), len(wrong)
    deposits = [Deposit(
        reference=reference, order_id=order.id if order else None, state="", amount_minor=line.amount_minor, left_minor=0,
        back_minor=line.amount_minor, currency=line.currency, received_on=line.booked_on, holder=line.counterparty_name,
        account_number=line.counterparty_account, reason=reason, asked_at=work.now)
        for reference, (line, order, reason) in zip(next_references(work.session, "M", year, count), wrong, strict=True)]
    cases = [seen.case(order) or deposit.reference for (_line, order, _reason), deposit in zip(wrong, deposits, strict=True)]
    DEPOSIT.begin_many(work, deposits, "refuse_deposit", {}, [
        {"case": case, "reason": reason, "order": order.reference if order else "", "amount": str(deposit.amount), "line": str(line.id)}
        for (line, order, reason), deposit, case in zip(wrong, deposits, cases, strict=True)])
    payers = [seen.payer(line, bank_code) for line, _order, _reason in wrong]
    PAYOUT.follow_many(work, [Payout(
        reference=reference, deposit_id=deposit.id, payee_id=payer.organisation_id, state="", amount_minor=deposit.amount_minor,
        currency=deposit.currency, holder=payer.holder, account_number=payer.number, bank_name=payer.bank_name, bank_code=payer.bank_code,
        payable_at=work.now)
        for reference, deposit, payer in zip(next_references(work.session, "Y", year, count), deposits, payers, strict=True)],
        "make_payout", [{"case": case, "amount": str(deposit.amount)} for case, deposit in zip(cases, deposits, strict=True)])
    for (line, _order, _reason), deposit in zip(wrong, deposits, strict=True):
        _clear(work, line, deposit)
    return [(line, deposit) for (line, _order, _reason), deposit in zip(wrong, deposits, strict=True)]


def _clear(work: Work, line: BankLine, deposit: Deposit) -> None:
    line.state, line.finding, line.deposit_id = LineState.MATCHED, Finding.NONE, deposit.id
    work.session.add(line)


def _named_account(work: Work, number: str, currency: str) -> BankAccount | None:
    same = select(BankAccount).where(BankAccount.number == number, BankAccount.currency == currency)
    return work.session.exec(same.order_by(col(BankAccount.id).desc())).first()


# --- what becomes of it ------------------------------------------------------------------------------------------------


def ask_for_wallets(work: Work, _store: FileStore) -> int:
    """Ask for a look at every order whose wallet may have to move (a job): see `_to_look_at`."""
    orders = work.session.exec(select(Order.reference).join(Voucher, col(Voucher.id) == Order.voucher_id)
                               .where(col(Voucher.state).not_in(STOPPED_STATES), _to_look_at()).order_by(col(Order.id))).all()
    put_many(work, "settle_wallet", {f"{order} {work.now.isoformat()}": {"order": order} for order in orders})
    return len(orders)


def _to_look_at() -> ColumnElement[bool]:
    """Orders that came to nothing, or were decided whole, or changed, while something is awaited or held; those of which a payment
    to the provider is still here though its claim does not stand; and those of which an appeal was upheld after money went back.
    """
    approved = select(func.coalesce(func.sum(Claim.approved_minor), 0)).where(
        Claim.order_id == Order.id, Claim.state == ClaimState.APPROVED).correlate(Order).scalar_subquery()

    standing = exists().where(col(Deposit.order_id) == Order.id, col(Deposit.state).in_((DepositState.EXPECTED, DepositState.HELD)))
    going = exists().where(_is_going_on(), col(Payout.state).in_(_AT_HAND))
    return or_(and_(standing, or_(col(Order.held_minor) == approved, Order.version > 1)), and_(going, ~all_stand_approved()),
               _wants_back())


#: What history calls it that an appeal was upheld and the firm's part is there, or nothing of it is wanted.
_COMPLETE = "order.own_part_complete"


def _wants_back() -> ColumnElement[bool]:
    """Of orders in a question: an appeal was upheld after money went back, and nobody has looked yet what is asked for anew."""
    of_order = col(Deposit.order_id) == Order.id
    back = exists().where(of_order, col(Deposit.back_minor) > 0, col(Deposit.state) == DepositState.SPENT)
    asked = exists().where(of_order, col(Deposit.asked_at) > Appeal.decided_at)
    complete = exists().where(col(Event.subject) == Order.reference, col(Event.name) == _COMPLETE, col(Event.at) > Appeal.decided_at)
    return and_(back, exists().where(col(Claim.order_id) == Order.id, col(Claim.state) == ClaimState.APPROVED,
                                     col(Appeal.supplement_id) == Claim.id, ~asked, ~complete))


def settle_wallet(work: Work, _store: FileStore, order: str) -> None:
    """Bring the wallet of an order in line with the order (a job); asked again, nothing moves.

    A payment to the provider whose claim does not stand any more is taken back while it is still here. When nothing comes of the
    order, all goes back to the SME. What is more than the order wants now, or was invoiced in the end, goes back too, and what is
    less is asked for. Once all of it is decided, the rest goes to the provider. While the voucher is stopped nothing moves.
    """
    voucher, held = lock_order(work.session, order)
    if voucher.state in STOPPED_STATES:
        return
    _take_back(work, voucher, held)
    wanted, decided = _wanted(work, held), _is_decided(work, held)
    _spend(work, voucher, held, paid_in(work.session, held) - wanted, _PAYER)
    expected = awaited(work.session, held.id)
    if expected is not None and paid_in(work.session, held) + expected.amount != wanted:
        DEPOSIT.advance_many(work, [expected], "drop_deposit", {}, [{"case": voucher.reference, "order": held.reference}], left_minor=0)
        drop_clock(work, held.reference, PAY_IN)
        expected = None
    if expected is None and (held.state in BINDING or decided):
        asked = _ask(work, voucher, held, wanted - paid_in(work.session, held),
                     "ask_deposit" if held.state in BINDING else "ask_deposit_again")
        if asked is None and work.session.exec(select(Order.id).where(Order.id == held.id, _wants_back())).first():
            record(work, _COMPLETE, held.reference, case=voucher.reference)
    if decided:
        _spend(work, voucher, held, total((each.left for each in _held(work, held)), held.currency), _PROVIDER)


_PAYER, _PROVIDER = "payer", "provider"

#: A payment that has not left the house, or that the bank brought back.
_AT_HAND = (PayoutState.PAYABLE, PayoutState.RETURNED)


def _is_going_on() -> ColumnElement[bool]:
    """Of payouts, deposits and orders in a question: the payment hands a firm's own money on to the provider."""
    return and_(col(Payout.deposit_id) == Deposit.id, col(Deposit.order_id) == Order.id, col(Payout.payee_id) == Order.provider_id,
                col(Deposit.state) != DepositState.REFUSED)


def _take_back(work: Work, voucher: Voucher, order: Order) -> None:
    """The payments to the provider that are still here are held again, unless every claim on the order stands approved and unheld.

    One that is in a batch, or at the bank, stays there: a batch is dissolved by a person.
    """
    going = select(Deposit).where(exists().where(_is_going_on(), col(Order.id) == order.id, ~all_stand_approved(),
                                                 col(Payout.state).in_(_AT_HAND)))
    deposits = {each.id: each for each in work.session.exec(going.order_by(col(Deposit.id)).with_for_update(key_share=True)
                                                            .execution_options(populate_existing=True))}
    here = select(Payout).where(col(Payout.deposit_id).in_(deposits), Payout.payee_id == order.provider_id,
                                col(Payout.state).in_(_AT_HAND)).order_by(col(Payout.reference))
    for payout in work.session.exec(here.with_for_update(key_share=True).execution_options(populate_existing=True)).all():
        assert payout.deposit_id is not None
        _hold_again(work, voucher, order, deposits[payout.deposit_id], payout)


def _hold_again(work: Work, voucher: Voucher, order: Order, deposit: Deposit, payout: Payout) -> None:
    """A payment to the provider is not made, or not made anew; what the bank brought back stands with the firm's money again."""
    replaced = get(work.session, Payout, payout.replaces_id).reference if payout.replaces_id else ""
    returned = payout.reference if payout.state == PayoutState.RETURNED else replaced
    PAYOUT.follow(work, payout, "cancel_returned_payout" if returned else "cancel_payout", case=voucher.reference)
    DEPOSIT.advance_many(work, [deposit], "take_deposit_back", {}, [
        {"case": voucher.reference, "order": order.reference, "amount": str(payout.amount), "payout": payout.reference}],
        left_minor=deposit.left_minor + payout.amount_minor)
    if returned:
        owed = accounting.owed_by(work.session, [payout])[payout.id]
        post(work, accounting.deposit_taken_back(owed, payout, returned, work.today))


def _wanted(work: Work, order: Order) -> Money:
    """The SME's part of an order: of its price, and once all is decided of what was invoiced. A cut stays between SME and provider."""
    if _comes_to_nothing(order):
        return Money.zero(order.currency)
    ordered = to_pay_in(terms_version(work.session, order.terms_id).terms, order)
    if not _is_decided(work, order):
        return ordered
    invoices = _invoices(work, [each for each in live_claims_on(work.session, order.id) if each.state == ClaimState.APPROVED])
    invoiced = sum(line.basis_minor for each in invoices for line in lines_of(work.session, each.id))
    return min(ordered, order.money(invoiced - sum(each.requested_minor for each in invoices)), key=lambda money: money.minor)


def _invoices(work: Work, claims: Sequence[Claim]) -> list[Claim]:
    """The claims by which the invoices behind these came, each once: what an appeal gave back stands on the first one's."""
    found = {}
    for claim in claims:
        while (appeal := appeal_behind(work.session, claim.id)) is not None:
            claim = get(work.session, Claim, appeal.claim_id)
        found[claim.id] = claim
    return list(found.values())


def _comes_to_nothing(order: Order) -> bool:
    return order.state in OFF or order.held_minor == 0


def _is_decided(work: Work, order: Order) -> bool:
    """Whether all that the order still reserves is approved and nothing holds its payment: nothing more is claimed."""
    claims = live_claims_on(work.session, order.id)
    if not claims or any(holds_on(work.session, each.id) for each in claims):
        return False
    return sum(each.approved_minor or 0 for each in claims if each.state == ClaimState.APPROVED) == order.held_minor


def _held(work: Work, order: Order) -> Sequence[Deposit]:
    return [each for each in lock_deposits(work.session, order.id) if each.state == DepositState.HELD]


def _spend(work: Work, voucher: Voucher, order: Order, amount: Money, to: str) -> None:
    """Hand so much of what is held on to the provider, or back to whoever paid it: a payout out of each deposit that it takes."""
    for deposit in _held(work, order):
        part = min(amount, deposit.left, key=lambda money: money.minor)
        if part.minor <= 0:
            return
        amount -= part
        firm = voucher.sme_id if to == _PAYER else order.provider_id
        came_from = _named_account(work, deposit.account_number, deposit.currency) if to == _PAYER else None
        account = came_from or account_of(work.session, firm, order.currency)
        if account is None:
            return  # it stays held, and stands on the first page of finance, until the firm names one
        step = "pay_deposit_on" if to == _PROVIDER else "give_deposit_back" if part == deposit.left else "give_surplus_back"
        back = part.minor if to == _PAYER else 0
        DEPOSIT.advance_many(work, [deposit], step, {}, [{"case": voucher.reference, "order": order.reference, "amount": str(part)}],
                             left_minor=deposit.left_minor - part.minor, back_minor=deposit.back_minor + back)
        make_payout(work, voucher.reference, account.organisation_id, part, account, deposit_id=deposit.id)
