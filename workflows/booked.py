"""What the bank has booked: a line of it that names a payment keeps that payment from being called unmade, and from being made anew."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.orm import aliased
from sqlmodel import Session, and_, col, exists, func, or_, select

from voucher.errors import Problem, _, problem
from voucher.payouts import Payout, PayoutState
from voucher.statements import BankLine, BankStatement, LineState

# Where a payout may be that went to the bank, which is not known to have paid it.
_UNPAID = (PayoutState.SENT, PayoutState.RETURNED, PayoutState.REPLACED, PayoutState.CANCELLED)


def told_booked(session: Session, payouts: Sequence[Payout]) -> dict[UUID, Problem]:
    """Which of these payouts a line of the bank names where money went out, or one that they replace: which line, and what to do.

    A line counts while it is open. It counts also when it was set aside, if it fits the payout to the cent: then it is matched, until
    what it paid came back on a line that was set aside too. References are compared without case, hyphens and spaces.
    """
    chain = _with_replaced(session, payouts)
    named = {_bare(each.reference) for replaced in chain.values() for each in replaced}
    found = session.exec(
        select(BankLine, BankStatement.reference).join(BankStatement, col(BankStatement.id) == BankLine.statement_id)
        .where(_is_out(), _bare_end_to_end().in_(named), ~_came_back()).order_by(col(BankLine.booked_on), col(BankLine.id))).all()
    lines: dict[str, list[tuple[BankLine, str]]] = {}
    for line, statement in found:
        lines.setdefault(_bare(line.end_to_end), []).append((line, statement))
    told: dict[UUID, Problem] = {}
    for payout in payouts:
        for each in chain[payout.id]:
            for line, statement in lines.get(_bare(each.reference), ()):
                if line.state == LineState.OPEN or _fits(line, each):
                    told.setdefault(payout.id, _booked_by(payout, each, line, statement))
    return told


def lines_naming(session: Session, payout: Payout) -> list[BankLine]:
    """The lines by which money went out that name a payout and are matched with none."""
    return list(session.exec(select(BankLine).where(_is_out(), _bare_end_to_end() == _bare(payout.reference))))


def payees_named(session: Session, line: BankLine) -> list[UUID]:
    """Who is paid by the payout that a line names, if any."""
    bare = _bare(line.end_to_end)
    tidy = "-".join((bare[:1], bare[1:5], bare[5:-1], bare[-1:]))
    return list(session.exec(select(Payout.payee_id).where(Payout.reference == tidy)))


def _with_replaced(session: Session, payouts: Sequence[Payout]) -> dict[UUID, list[Payout]]:
    """Each payout with those that it replaces, itself first, without what the bank is known to have paid: that came back on its line."""
    chain = (select(col(Payout.id).label("last"), col(Payout.replaces_id).label("before"))
             .where(col(Payout.id).in_([each.id for each in payouts if each.replaces_id is not None])).cte("chain", recursive=True))
    chain = chain.union_all(select(chain.c.last, col(Payout.replaces_id)).join(Payout, col(Payout.id) == chain.c.before))
    found = {payout.id: [payout] for payout in payouts}
    for last, before in session.exec(select(chain.c.last, Payout).join(Payout, col(Payout.id) == chain.c.before)):
        found[last].append(before)
    return {key: [each for each in chained if each.settled_on is None] for key, chained in found.items()}


def _bare(reference: str) -> str:
    return reference.replace("-", "").replace(" ", "").upper()


def _bare_end_to_end() -> ColumnElement[str]:
    return func.upper(func.replace(func.replace(col(BankLine.end_to_end), "-", ""), " ", ""))


def _is_out() -> ColumnElement[bool]:
    """Of lines in a question: money went out, and they are matched with nothing."""
    return and_(col(BankLine.amount_minor) < 0, col(BankLine.state).in_((LineState.OPEN, LineState.SET_ASIDE)))


def _came_back() -> ColumnElement[bool]:
    """Of lines in a question: what went out came back on another line, and both were set aside."""
    back = aliased(BankLine)
    return and_(col(BankLine.state) == LineState.SET_ASIDE, exists().where(
        col(back.state) == LineState.SET_ASIDE, col(back.currency) == BankLine.currency,
        col(back.amount_minor) == -col(BankLine.amount_minor), col(back.booked_on) >= col(BankLine.booked_on),
        or_(col(back.is_return), col(back.end_to_end) == BankLine.end_to_end,
            and_(col(back.counterparty_account) != "", col(back.counterparty_account) == BankLine.counterparty_account))))


def _fits(line: BankLine, payout: Payout) -> bool:
    """Whether a line would be matched with a payout, once nobody says any more that the bank turned that down."""
    return payout.state in _UNPAID and (line.currency, -line.amount_minor) == (payout.currency, payout.amount_minor)


def _booked_by(payout: Payout, named: Payout, line: BankLine, statement: str) -> Problem:
    what = _("{payout} is left as it is: on line {number} of the statement {statement} the bank tells that it paid {named}. Where that was "
             "called turned down, or the line set aside, another person takes it back; then match the line.")
    if not _fits(line, named):
        what = _("{payout} is left as it is: line {number} of the statement {statement} names {named}, and does not fit it. Ask the bank "
                 "what it paid, then set the line aside.")
    return problem(what, f"payouts.{payout.reference}", payout=payout.reference, number=line.number, statement=statement,
                   named=named.reference)
