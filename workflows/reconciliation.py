"""Reconciliation: what the bank reports is matched to what we sent; returns come back as work.

A line is matched by itself only when nothing is left to judge: it carries the reference of a payout that was sent, and
exactly its amount. Everything else stays open with a finding, and a person decides; one line never blocks another.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlmodel import col, or_, select
from uuid_utils.compat import uuid7

from voucher import accounting, jobs, ledger
from voucher.bank import camt053
from voucher.bank.likeness import resembles
from voucher.database import fetch, get, insert_unless_there, lock, lock_by_id
from voucher.deadlines import stop_clocks
from voucher.deposits import Deposit, DepositState
from voucher.errors import NotNow, NotValid, _, problem, refuse_if_any
from voucher.figures import tell
from voucher.files import FileKind, FileStore, StoredFile, store_file
from voucher.history import given, how_often, record
from voucher.ledger import Draft
from voucher.numbering import next_reference
from voucher.orders import Order
from voucher.payouts import AT_HAND, PAID, Payout, PayoutState
from voucher.people import BankAccount, Role, office
from voucher.posting import post_many
from voucher.recoveries import OWED, Recovery, outstanding_of, partly_back
from voucher.references import is_reference, year_of
from voucher.statements import BankLine, BankStatement, Finding, LineState
from voucher.vouchers import VoucherState
from voucher.work import Work
from workflows.bank_entries import entries_of_payments
from workflows.booked import payees_named
from workflows.machine import Machine, Step
from workflows.payouts import PAYMENT, PAYOUT, ask_to_export_again, stop_answered
from workflows.recovery import collect_recovery
from workflows.wallet import lock_named, named_deposit, refuse_money, take_deposit, take_deposits

_DESK = (Role.FINANCE, Role.TREASURY)

LINE = Machine(
    "bank line",
    Step("import_statement", (), LineState.OPEN, "statement.imported", by=_DESK),
    Step("match_line", (LineState.OPEN,), LineState.MATCHED, "line.matched", by=_DESK),
    Step("send_line_back", (LineState.OPEN,), LineState.MATCHED, "line.sent_back", by=_DESK),
    Step("set_line_aside", (LineState.OPEN,), LineState.SET_ASIDE, "line.set_aside", by=_DESK),
    Step("unmatch_line", (LineState.MATCHED, LineState.SET_ASIDE), LineState.OPEN, "line.unmatched", by=_DESK),
)


@dataclass(frozen=True)
class Imported:
    """What an import did: the statements' references, and how many lines were new, known, settled, returned, left open."""

    statements: tuple[str, ...]
    new: int
    known: int
    settled: int
    returned: int
    open: int


def import_statement(work: Work, store: FileStore, name: str, content: bytes) -> Imported:
    """Take in a camt.053 file: keep it, add the lines that are new, and match what matches by itself.

    The same file again, or a longer one that overlaps, adds only what is new. Raises NotValid with every problem, and
    then nothing is taken in.
    """
    LINE.allow(work, "import_statement", {})
    statements = camt053.read(content)
    _check_accounts(work, statements)
    file = _keep(work, store, name, content)
    kept = [_keep_statement(work, file, statement) for statement in statements]
    offered = sum(len(statement.lines) for statement in statements)
    fresh = [line for row, statement in zip(kept, statements, strict=True) for line in _keep_lines(work, row, statement)]
    early = _early_returns(work, fresh)
    awaited = lock_named(work, fresh)
    outcomes = _match_by_themselves(work, fresh + early, file)
    _collect_by_themselves(work, fresh)
    _post_deposits(work, file, take_deposits(work, fresh, awaited))
    settled, returned = outcomes.count(PayoutState.SETTLED), outcomes.count(PayoutState.RETURNED)
    answer = Imported(tuple(row.reference for row in kept), len(fresh), offered - len(fresh), settled, returned,
                      sum(line.state == LineState.OPEN for line in fresh))
    for row in kept:
        record(work, "statement.imported", row.reference, case=row.reference, file=file.reference, new=answer.new)
    return answer


def _check_accounts(work: Work, statements: Sequence[camt053.Statement]) -> None:
    own = {(account.number, account.currency) for account in work.session.exec(
        select(BankAccount).where(BankAccount.organisation_id == office(work.session).id))}
    refuse_if_any(
        problem(_("{account} in {currency} is not an account of this office."), f"statements.{statement.identification}",
                account=statement.account, currency=statement.currency)
        for statement in statements if (statement.account, statement.currency) not in own)


def _keep(work: Work, store: FileStore, name: str, content: bytes) -> StoredFile:
    digest = store.put(content)
    known = work.session.exec(select(StoredFile).where(
        StoredFile.kind == FileKind.BANK_STATEMENT, StoredFile.sha256 == digest)).first()
    return known or store_file(work, store, FileKind.BANK_STATEMENT, name, content)


def _keep_statement(work: Work, file: StoredFile, statement: camt053.Statement) -> BankStatement:
    known = work.session.exec(select(BankStatement).where(
        BankStatement.account_number == statement.account, BankStatement.currency == statement.currency,
        BankStatement.identification == statement.identification, BankStatement.from_on == statement.from_on,
        BankStatement.to_on == statement.to_on)).first()
    if known is not None:
        return known
    row = BankStatement(
        reference=next_reference(work.session, "S", year_of(work.today)), file_id=file.id,
        identification=statement.identification, sequence=str(statement.sequence or ""), account_number=statement.account,
        currency=statement.currency, opening_minor=statement.opening.minor, closing_minor=statement.closing.minor,
        from_on=statement.from_on, to_on=statement.to_on, imported_at=work.now)
    work.session.add(row)
    work.session.flush()
    return row


def _keep_lines(work: Work, row: BankStatement, statement: camt053.Statement) -> list[BankLine]:
    """The lines that nobody had reported before, in the order of the statement."""
    ids = [uuid7() for _line in statement.lines]
    insert_unless_there(work.session, BankLine, [
        _line_row(key, row, number, line)
        for number, (key, line) in enumerate(zip(ids, statement.lines, strict=True), start=1)])
    kept = list(work.session.exec(select(BankLine).where(col(BankLine.id).in_(ids)).order_by(col(BankLine.number))))
    tell(work.session, BankLine, [each.model_dump() for each in kept])
    return kept


def _line_row(key: UUID, row: BankStatement, number: int, line: camt053.Line) -> dict[str, object]:
    return {
        "id": key, "identity": line.identity, "statement_id": row.id, "number": number, "booked_on": line.booked_on,
        "amount_minor": line.amount.minor, "currency": line.amount.currency, "end_to_end": line.end_to_end[:64],
        "counterparty_name": line.counterparty_name[:200], "counterparty_account": line.counterparty_account[:64],
        "text": line.text, "bank_reference": line.bank_reference[:64], "is_return": line.is_return,
        "return_reason": line.return_reason[:200], "state": LineState.OPEN.value, "finding": Finding.NONE.value,
        "note": str(line.finding or "")}


def _match_by_themselves(work: Work, lines: Sequence[BankLine], file: StoredFile) -> list[PayoutState]:
    """Settle or return the payouts that lines name beyond doubt; note on the others why not.

    The payouts are locked in one go and the books are written in one go, so that two imports never wait in a circle.
    """
    payouts = _named_payouts(work, lines)
    outcomes: list[PayoutState] = []
    drafts: list[Draft] = []
    for went_out in (True, False):  # what went out first, whatever the bank lists first
        matched = _judge(work, [line for line in lines if (line.amount_minor < 0) == went_out], payouts)
        drafts += place_lines(work, matched, file)
        outcomes += [PayoutState(payout.state) for _line, payout in matched]
    post_many(work, drafts)
    return outcomes


def _judge(work: Work, lines: Sequence[BankLine], payouts: Mapping[str, Payout]) -> list[tuple[BankLine, Payout]]:
    """The lines that fit their payout beyond doubt; the others get a finding. A payout is paid by one line, and returned by one."""
    matched: list[tuple[BankLine, Payout]] = []
    taken: set[UUID] = set()
    back = partly_back(work.session, [payouts[line.end_to_end].id for line in lines if line.end_to_end in payouts])
    for line in lines:
        payout = payouts.get(line.end_to_end)
        line.finding = _finding(line, payout, back)
        work.session.add(line)
        if payout is None or line.finding != Finding.NONE:
            continue
        if payout.id in taken:
            line.finding = Finding.ALREADY_SETTLED if line.amount_minor < 0 else Finding.RETURN_OF_UNSETTLED
            continue
        taken.add(payout.id)
        matched.append((line, payout))
    return matched


def _early_returns(work: Work, lines: Sequence[BankLine]) -> list[BankLine]:
    """The returns that came before the payment which one of these lines reports; locked, as they may fit now."""
    paid = {line.end_to_end for line in lines if line.amount_minor < 0 and line.end_to_end}
    early = select(BankLine).where(
        BankLine.state == LineState.OPEN, BankLine.finding == Finding.RETURN_OF_UNSETTLED, col(BankLine.end_to_end).in_(paid),
        col(BankLine.id).not_in([line.id for line in lines]))
    return list(work.session.exec(early.order_by(col(BankLine.id)).with_for_update(key_share=True)
                                  .execution_options(populate_existing=True)))


def _named_payouts(work: Work, lines: Sequence[BankLine]) -> dict[str, Payout]:
    """The payouts that lines name, or that a recovery asks back which they name."""
    named = {line.end_to_end for line in lines}
    asked_back = select(Recovery.payout_id).where(col(Recovery.reference).in_({each for each in named if is_reference(each, "R")}))
    wanted = select(Payout).where(or_(col(Payout.reference).in_(named), col(Payout.id).in_(asked_back)))
    locked = wanted.order_by(col(Payout.reference)).with_for_update(key_share=True).execution_options(populate_existing=True)
    return {payout.reference: payout for payout in work.session.exec(locked)}


def _finding(line: BankLine, payout: Payout | None, back: Collection[UUID]) -> Finding:
    """What speaks against a line's being of a payout; `back` are the payouts of which a part came back by a recovery."""
    if payout is None:
        return Finding.UNKNOWN_REFERENCE if line.end_to_end else Finding.NO_REFERENCE
    if line.currency != payout.currency:
        return Finding.CURRENCY_DIFFERS
    if abs(line.amount_minor) != payout.amount_minor:
        return Finding.AMOUNT_DIFFERS
    if line.amount_minor > 0:
        if payout.state != PayoutState.SETTLED:
            return Finding.RETURN_OF_UNSETTLED
        return Finding.RETURN_OF_RECOVERED if payout.id in back else Finding.NONE
    if payout.state in (PayoutState.SETTLED, PayoutState.RETURNED, PayoutState.REPLACED) and payout.settled_on is not None:
        return Finding.ALREADY_SETTLED
    return Finding.NONE if payout.state == PayoutState.SENT else Finding.NOT_SENT


def names_another(line: BankLine, payout: Payout) -> bool:
    """Whether a line carries the undamaged reference of another payout: what the bank paid twice pays nobody else."""
    return is_reference(line.end_to_end, "Y") and line.end_to_end != payout.reference


def place_lines(work: Work, matched: Sequence[tuple[BankLine, Payout]], file: StoredFile, note: str = "") -> list[Draft]:
    """Match lines to the payouts that they fit: all of them money out, which settles, or all money in, which returns.

    Answers the entries to post. The number of questions does not grow with the lines.
    """
    if not matched:
        return []
    owed = accounting.owed_by(work.session, [payout for _line, payout in matched])
    went_out = matched[0][0].amount_minor < 0
    undone = how_often(work.session, _UNDONE[went_out], [payout.reference for _line, payout in matched])
    for line, payout in matched:
        line.state, line.payout_id, line.note = LineState.MATCHED, payout.id, note or line.note
        work.session.add(line)
        if went_out:
            payout.settled_on = line.booked_on
        else:
            payout.return_reason = line.return_reason or line.text[:200]
        work.session.add(payout)
    notes = [{"case": owed[payout.id].case_name, "reason": "" if went_out else payout.return_reason,
              "line": str(line.id)} for line, payout in matched]
    PAYOUT.advance_many(work, [payout for _line, payout in matched], "settle_payout" if went_out else "return_payout", {}, notes)
    if went_out:
        stop_clocks(work, [owed[payout.id].reference for _line, payout in matched], PAYMENT)
        stop_answered(work, [payout for _line, payout in matched])
        jobs.put_many(work, "make_settlement_statement", {
            _again(payout.reference, undone[payout.reference]): {"payout": payout.reference}
            for _line, payout in matched if payout.deposit_id is None})
    else:
        jobs.put_many(work, "follow_return", {
            _again(payout.reference, undone[payout.reference]): {"payout": payout.reference}
            for _line, payout in matched if _is_revoked(owed[payout.id])})
    days, evidence = _counts_for(work, [line.booked_on for line, _payout in matched]), (file.sha256,)
    if went_out:
        return [accounting.payout_settled(owed[payout.id], payout, days[line.booked_on], evidence, undone=undone[payout.reference])
                for line, payout in matched]
    paid_on = _paid_on(work, [payout for _line, payout in matched])
    drafts = [accounting.payout_returned(owed[payout.id], payout, days[line.booked_on], evidence, paid_on=paid_on[payout.id],
                                         undone=undone[payout.reference]) for line, payout in matched]
    for line, payout in matched:
        payout.restored |= payout.deposit_id is None and paid_on[payout.id].year < days[line.booked_on].year
    return drafts


def _paid_on(work: Work, payouts: Sequence[Payout]) -> dict[UUID, date]:
    """The day for which the payment of each of these settled payouts counts in the books, though its entry may be posted only now."""
    causes = entries_of_payments(work.session, payouts)
    entered = ledger.find_many(work.session, causes.values())
    days = _counts_for(work, [payout.settled_on for payout in payouts if payout.settled_on])
    return {payout.id: entry.effective_on if (entry := entered.get(causes[payout.id])) else days[payout.settled_on]
            for payout in payouts if payout.settled_on}


#: What history calls taking it back that a payout was settled (money went out), or returned.
_UNDONE = {True: "payout.settlement_undone", False: "payout.return_undone"}


def _again(reference: str, undone: int) -> str:
    """The key under which a job is asked for that was asked for before what it tells of was taken back."""
    return f"{reference} again {undone}" if undone else reference


def _is_revoked(owed: accounting.Owed) -> bool:
    return isinstance(owed, accounting.ClaimOwed) and owed.case.voucher.state == VoucherState.REVOKED


def _counts_for(work: Work, days: Iterable[date]) -> dict[date, date]:
    """The day for which what is of a day counts: that day, or today where it is closed meanwhile."""
    acts = ledger.periods.acts(work.session)
    through = max((day for day in (acts[-1].closed_through, acts[-1].adjusting_through) if day), default=None) if acts else None
    return {day: day if through is None or day > through else work.today for day in days}


def match_line(work: Work, line: str, payout: str) -> BankLine:
    """A person says which payout a line belongs to: the amount must be the payout's, the state must allow it.

    Or which recovery: money that came in, of no more than is outstanding; or which deposit: exactly what is awaited.
    """
    if is_reference(payout, "M"):
        return match_line_with_deposit(work, line, payout)
    if is_reference(payout, "R"):
        return match_line_with_recovery(work, line, payout)
    held = lock_line(work, line)
    chosen = lock(work.session, Payout, payout)
    LINE.allow(work, "match_line", {})
    if held.state != LineState.OPEN:
        raise NotNow(_("This line is settled already."))
    if names_another(held, chosen):
        raise NotNow(_("The bank names {other} on this line, so it belongs to no other payout."), other=held.end_to_end)
    if held.amount_minor < 0:
        _refuse_turned_down(work, chosen)
    finding = _finding(held, chosen, partly_back(work.session, [chosen.id]))
    if finding != Finding.NONE:
        raise NotNow(_("This line does not fit that payout: {finding}."), finding=finding)
    post_many(work, place_lines(work, [(held, chosen)], file_of(work, held), "by hand"))
    record(work, "line.matched", chosen.reference, case=chosen.reference, line=str(held.id))
    return held


def _refuse_turned_down(work: Work, payout: Payout) -> None:
    """What was written down as turned down by the bank is not settled before that is taken back. Raises NotNow, with what to do."""
    if payout.settled_on is not None or payout.batch_id is None:
        return
    fresh = work.session.exec(select(Payout).where(Payout.replaces_id == payout.id)).first()
    if payout.state == PayoutState.RETURNED or (payout.state == PayoutState.REPLACED and fresh is not None and fresh.state in AT_HAND):
        raise NotNow(_("It is written down that the bank turned {payout} down. Somebody else than wrote that takes it back on the page of "
                       "the payout; then this line fits."), payout=payout.reference)
    if payout.state == PayoutState.REPLACED and fresh is not None:
        raise NotNow(_("It is written down that the bank turned {payout} down, and {fresh} pays it again. While {fresh} is gathered, "
                       "dissolve its batch and take the rejection back. Else it is paid twice: have the bank or the payee send one back, "
                       "leave this line open until that comes in, and set both aside."), payout=payout.reference, fresh=fresh.reference)
    if payout.state == PayoutState.CANCELLED:
        raise NotNow(_("It is written down that the bank turned {payout} down, and it was given up. Have the bank or the payee send it "
                       "back, leave this line open until that comes in, and set both aside."), payout=payout.reference)


def match_line_with_recovery(work: Work, line: str, recovery: str) -> BankLine:
    """A person says for which recovery a line's money came in. It may be a part of what is outstanding, never more."""
    held = lock_line(work, line)
    lock_by_id(work.session, Payout, fetch(work.session, Recovery, recovery).payout_id)  # the bank may return it at the same time
    owed = lock(work.session, Recovery, recovery)
    LINE.allow(work, "match_line", {})
    if held.state != LineState.OPEN:
        raise NotNow(_("This line is settled already."))
    if held.amount_minor <= 0:
        raise NotNow(_("On this line money went out, so it pays no recovery."))
    _collect(work, held, owed, "by hand")
    return held


def match_line_with_deposit(work: Work, line: str, deposit: str) -> BankLine:
    """A person says that a line is what an SME was to pay in: exactly that amount, whatever account it came from."""
    held = lock_line(work, line)
    awaited = lock(work.session, Deposit, deposit)
    LINE.allow(work, "match_line", {})
    if held.state != LineState.OPEN:
        raise NotNow(_("This line is settled already."))
    if awaited.state != DepositState.EXPECTED or held.amount != awaited.amount or held.is_return:
        raise NotNow(_("This line is not what is awaited under {deposit}. Send it back."), deposit=awaited.reference)
    _post_deposits(work, file_of(work, held), [(held, take_deposit(work, held, awaited))])
    record(work, "line.matched", awaited.reference, case=awaited.reference, line=str(held.id))
    return held


def send_line_back(work: Work, line: str, reason: str, bank_code: str = "") -> BankLine:
    """A person says that money which came in goes back where it came from, and why: a payout of its own.

    `bank_code` is the bank of an account that nobody here named, where the payment needs it. Raises NotNow, NotValid.
    """
    held = lock_line(work, line)
    LINE.allow(work, "send_line_back", {})
    if held.state != LineState.OPEN:
        raise NotNow(_("This line is settled already."))
    if held.amount_minor <= 0:
        raise NotNow(_("On this line money went out, so nothing can be sent back."))
    if held.is_return:
        raise NotNow(_("On this line one of our own payments came back."))
    named = work.session.exec(select(Order).join(Deposit, col(Deposit.order_id) == Order.id)
                              .where(Deposit.reference == named_deposit(held))).first()
    deposit = refuse_money(work, held, named, given(reason), bank_code.strip())
    _post_deposits(work, file_of(work, held), [(held, deposit)])
    record(work, "line.sent_back", deposit.reference, case=deposit.reference, reason=deposit.reason, line=str(held.id))
    return held


def _post_deposits(work: Work, file: StoredFile, cleared: Sequence[tuple[BankLine, Deposit]]) -> None:
    """What came in for wallets stands in the books as the firms' money, for the days on which the bank booked it."""
    days = _counts_for(work, [line.booked_on for line, _deposit in cleared])
    undone = how_often(work.session, "deposit.receipt_undone", [deposit.reference for _line, deposit in cleared])
    post_many(work, accounting.deposits_came(
        work.session, [(deposit, days[line.booked_on]) for line, deposit in cleared], (file.sha256,), undone))


def counts_on(work: Work, line: BankLine) -> date:
    """The day for which a line counts in the books."""
    return day_or_today(work, line.booked_on)


def day_or_today(work: Work, day: date) -> date:
    """The day for which what is of a day counts in the books: that day while it is open, else today."""
    return _counts_for(work, [day])[day]


def file_of(work: Work, line: BankLine) -> StoredFile:
    """The bank's file in which a line came."""
    return get(work.session, StoredFile, get(work.session, BankStatement, line.statement_id).file_id)


def _collect(work: Work, line: BankLine, recovery: Recovery, note: str = "") -> None:
    """The money of a line clears a recovery's receivable, for the day on which the bank booked it."""
    line.state, line.recovery_id, line.note, line.finding = LineState.MATCHED, recovery.id, note or line.note, Finding.NONE
    work.session.add(line)
    collect_recovery(work, recovery, line.amount, counts_on(work, line), line.bank_reference or str(line.id), file_of(work, line))
    record(work, "line.matched", recovery.reference, case=recovery.reference, line=str(line.id))


def _collect_by_themselves(work: Work, lines: Sequence[BankLine]) -> None:
    """Clear the recoveries that lines of money in name by their reference, up to what is outstanding.

    A recovery of a payout that came back takes no money: its line stays open, and a person sees to it.
    """
    named = {line.end_to_end for line in lines if line.amount_minor > 0 and is_reference(line.end_to_end, "R")}
    paid = select(Payout.id).where(col(Payout.state).in_(PAID))
    locked = select(Recovery).where(col(Recovery.reference).in_(named), col(Recovery.state).in_(OWED),
                                    col(Recovery.payout_id).in_(paid)).order_by(col(Recovery.reference))
    owed = {each.reference: each for each in work.session.exec(
        locked.with_for_update(key_share=True).execution_options(populate_existing=True))} if named else {}
    for line in lines:
        recovery = owed.get(line.end_to_end)
        if recovery is None or line.state != LineState.OPEN or line.amount_minor <= 0:
            continue
        if line.currency == recovery.currency and line.amount <= outstanding_of(work.session, recovery):
            _collect(work, line, recovery)
        else:
            line.finding = Finding.AMOUNT_DIFFERS if line.currency == recovery.currency else Finding.CURRENCY_DIFFERS


def set_line_aside(work: Work, line: str, reason: str) -> BankLine:
    """A person says that a line has nothing to do with vouchers, and why. A batch that it held back is tried again."""
    held = lock_line(work, line)
    LINE.allow(work, "set_line_aside", {})
    if held.state != LineState.OPEN:
        raise NotNow(_("This line is settled already."))
    held.state, held.note = LineState.SET_ASIDE, given(reason)
    work.session.add(held)
    statement = get(work.session, BankStatement, held.statement_id)
    record(work, "line.set_aside", statement.reference, case=statement.reference, reason=held.note, line=str(held.id))
    ask_to_export_again(work, payees=payees_named(work.session, held))
    return held


def lock_line(work: Work, line: str) -> BankLine:
    """A bank line by its number, locked. Raises NotValid."""
    try:
        key = UUID(line)
    except ValueError:
        raise NotValid(problems=[problem(_("{number} is not the number of a bank line."), "line", number=line)]) from None
    if work.session.get(BankLine, key) is None:
        raise NotValid(problems=[problem(_("There is no bank line {number}."), "line", number=line)])
    return lock_by_id(work.session, BankLine, key)


@dataclass(frozen=True)
class Suggestion:
    """A payout that an open line might be, how sure that is (0 to 100), and what speaks for it."""

    payout: Payout
    score: int
    reasons: tuple[str, ...]


def suggestions(candidates: Sequence[Payout], line: BankLine) -> list[Suggestion]:
    """Which of the payouts an open line might be, the likeliest first. Only ones of its very amount are offered."""
    found = []
    for payout in candidates:
        if names_another(line, payout) or _finding(line, payout, ()) != Finding.NONE:
            continue
        reasons = [_("same amount")]
        if resembles(payout.reference, f"{line.end_to_end} {line.text}"):
            reasons.append(_("the reference, garbled"))
        if line.counterparty_account and line.counterparty_account == payout.account_number:
            reasons.append(_("same account"))
        if line.counterparty_name and line.counterparty_name == payout.holder:
            reasons.append(_("same name"))
        found.append(Suggestion(payout, 25 * len(reasons), tuple(reasons)))
    return sorted(found, key=lambda each: (-each.score, each.payout.reference))
