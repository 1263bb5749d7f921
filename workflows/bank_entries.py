"""From what the bank reported to the entries that it made in the books."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlmodel import Session, col, select

from voucher.accounting import bank_cause, deposit_cause
from voucher.deposits import Deposit
from voucher.history import how_often
from voucher.payouts import Payout
from voucher.recoveries import MoveKind, Recovery, RecoveryMove
from voucher.statements import BankLine, LineState


def entries_of_payments(session: Session, payouts: Sequence[Payout]) -> dict[UUID, str]:
    """The entry by which each of these settled payouts is paid, by its cause."""
    undone = how_often(session, "payout.settlement_undone", [each.reference for each in payouts])
    return {each.id: bank_cause(each, "settled", undone[each.reference]) for each in payouts}


def entries_of_lines(session: Session, lines: Sequence[BankLine]) -> Mapping[UUID, tuple[str, ...]]:
    """The entries that matched lines of bank statements made, by their causes; none of a line that is open or set aside.

    The number of questions does not grow with the lines.
    """
    placed = [each for each in lines if each.state == LineState.MATCHED]
    return _of_payouts(session, [each for each in placed if each.payout_id]) | _of_deposits(
        session, [each for each in placed if each.deposit_id]) | _of_recoveries(session, [each for each in placed if each.recovery_id])


def _of_payouts(session: Session, lines: Sequence[BankLine]) -> dict[UUID, tuple[str, ...]]:
    if not lines:
        return {}
    found = session.exec(select(Payout).where(col(Payout.id).in_({each.payout_id for each in lines}))).all()
    paid, payouts = entries_of_payments(session, found), {each.id: each for each in found}
    undone = how_often(session, "payout.return_undone", [each.reference for each in found])
    return {line.id: (paid[payout.id],) if line.amount_minor < 0 else _of_return(line, payout, undone[payout.reference])
            for line in lines if line.payout_id for payout in [payouts[line.payout_id]]}


def _of_return(line: BankLine, payout: Payout, undone: int) -> tuple[str, ...]:
    came = bank_cause(payout, "returned", undone)
    return (came,) if line.amount_minor == payout.amount_minor else (came, bank_cause(payout, "charged", undone))


def _of_deposits(session: Session, lines: Sequence[BankLine]) -> dict[UUID, tuple[str, ...]]:
    if not lines:
        return {}
    named = {each.deposit_id: each.id for each in lines}
    found = session.exec(select(Deposit).where(col(Deposit.id).in_(named))).all()
    undone = how_often(session, "deposit.receipt_undone", [each.reference for each in found])
    return {named[each.id]: (deposit_cause(each, undone[each.reference]),) for each in found}


def _of_recoveries(session: Session, lines: Sequence[BankLine]) -> dict[UUID, tuple[str, ...]]:
    """What a line brought on a recovery is known by the bank's reference, and by how much it is."""
    if not lines:
        return {}
    moves = session.exec(
        select(RecoveryMove, Recovery.reference).join(Recovery, col(Recovery.id) == RecoveryMove.recovery_id)
        .where(col(Recovery.id).in_({each.recovery_id for each in lines}), RecoveryMove.kind == MoveKind.COLLECTED)
        .order_by(col(RecoveryMove.number))).all()
    return {line.id: tuple(
        f"{'prior' if move.prior else 'recovery'}.collected {reference} {move.number}" for move, reference in moves
        if (move.recovery_id, move.document, move.amount) == (line.recovery_id, line.bank_reference or str(line.id), line.amount))
        for line in lines}
