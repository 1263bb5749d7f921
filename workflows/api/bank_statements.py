"""Bank statements: what the bank reports is taken in, and people decide on what did not match by itself."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from voucher.database import fetch
from voucher.deposits import Deposit
from voucher.errors import NotFound
from voucher.money import Money
from voucher.payouts import Payout, PayoutState
from voucher.people import Role
from voucher.statements import BankLine, BankStatement, Finding, LineState
from voucher.work import Work
from workflows import charging, reconciliation, unmatching
from workflows.access import door, roles
from workflows.api.answers import StepsAnswer, facts, steps
from workflows.api.fields import (
    Answer,
    Body,
    Choice,
    Day,
    File,
    Instant,
    Key,
    MoneyField,
    Number,
    Part,
    Reason,
    Reference,
    Said,
    Text,
    Those,
    words,
)
from workflows.api.files import sent
from workflows.api.nouns import Noun, takers, translator_of_reader
from workflows.api.paging import Paged, after, known, narrowed, page, page_of
from workflows.bank_entries import entries_of_lines
from workflows.reconciliation import LINE

bank_statements = Noun("api-bank-statements", __name__, description="What the bank reports, and what became of each line.")

READERS = (Role.FINANCE, Role.TREASURY, Role.AUDITOR)
MOST_CANDIDATES = 100


class StatementFile(Body):
    """A camt.053 file."""

    file = File(required=True)


class StatementQuery(Paged):
    """Which statements."""

    after = after("S")


class LineQuery(Paged):
    """Which lines."""

    after = Key(metadata={"description": "`next` of the page before."})
    state = Choice(LineState)
    finding = Choice(words(Finding))
    statement = Reference("S")


class Match(Body):
    """The payout to which a line belongs."""

    payout = Reference("Y", required=True)


class MatchRecovery(Body):
    """The recovery for which a line's money came in."""

    recovery = Reference("R", required=True)


class MatchDeposit(Body):
    """The deposit as which a line's money was awaited."""

    deposit = Reference("M", required=True)


class SendBack(Reason):
    """Why money goes back, and the bank of an account that nobody here named."""

    bank_code = Text(35, metadata={"example": "102100099996"})


class ImportedAnswer(Answer):
    """What an import did, by numbers of lines."""

    statements = Those(Said())
    new = Number()
    known = Number()
    settled = Number()
    returned = Number()
    open = Number()


class StatementAnswer(Answer):
    """A statement of one account for one period."""

    reference = Said(metadata={"example": "S-2026-00001-0"})
    identification = Said()
    account_number = Said()
    currency = Said()
    opening = MoneyField()
    closing = MoneyField()
    from_on = Day()
    to_on = Day()
    imported_at = Instant()


class LineAnswer(StepsAnswer):
    """A line of a statement. Money in is positive; `finding` says why it did not match by itself."""

    id = Said()
    statement = Said()
    number = Number()
    booked_on = Day()
    amount = MoneyField()
    currency = Said()
    end_to_end = Said()
    counterparty_name = Said()
    counterparty_account = Said()
    text = Said()
    bank_reference = Said()
    return_reason = Said()
    finding = Said()
    payout = Said(allow_none=True)
    deposit = Said(allow_none=True)
    note = Said()
    entries = Those(Said(), metadata={"description": "The entries that it made in the books, by their causes.",
                                      "example": ["payout.settled Y-2026-00001-8"]})


class SuggestionAnswer(Answer):
    """A payout that a line might be, how sure that is (0 to 100), and what speaks for it."""

    payout = Said()
    holder = Said()
    amount = MoneyField()
    currency = Said()
    score = Number()
    reasons = Those(Said())


class SuggestionsAnswer(Answer):
    """The likeliest first."""

    items = Those(Part(SuggestionAnswer))


def _told_statement(row: BankStatement) -> dict[str, Any]:
    return facts(row, "reference", "identification", "account_number", "currency", "from_on", "to_on", "imported_at") | {
        "opening": Money(row.opening_minor, row.currency), "closing": Money(row.closing_minor, row.currency)}


_LINE_FACTS = ("id", "number", "state", "booked_on", "amount", "currency", "end_to_end", "counterparty_name", "counterparty_account",
               "text", "bank_reference", "return_reason", "finding", "note")


def told(work: Work, rows: Sequence[BankLine]) -> list[dict[str, Any]]:
    """Lines, and what became of them."""
    statements = known(work.session, BankStatement, (row.statement_id for row in rows))
    payouts = known(work.session, Payout, (row.payout_id for row in rows))
    deposits = known(work.session, Deposit, (row.deposit_id for row in rows))
    made = entries_of_lines(work.session, rows)
    return [facts(row, *_LINE_FACTS) | {
        "deposit": deposits[row.deposit_id].reference if row.deposit_id else None,
        "statement": statements[row.statement_id].reference, "payout": payouts[row.payout_id].reference if row.payout_id else None,
        "entries": list(made.get(row.id, ())), "steps": steps(work, LINE, row.state, {})} for row in rows]


@bank_statements.reads("/bank-statements", page_of(StatementAnswer), StatementQuery)
@roles(*READERS)
def list_statements(work: Work, query: dict[str, Any]) -> dict[str, Any]:
    """List bank statements."""
    rows, following = page(work.session, select(BankStatement).order_by(col(BankStatement.id).desc()), BankStatement, query)
    return {"items": [_told_statement(row) for row in rows], "next": following}


@bank_statements.writes("/bank-statements", ImportedAnswer, StatementFile, status=201, location="multipart")
@takers(LINE, "import_statement")
def import_statement(work: Work, body: dict[str, Any]) -> dict[str, Any]:
    """Take in a camt.053 file, and match what matches by itself. The same file again adds nothing."""
    return vars(reconciliation.import_statement(work, door().files, *sent(body["file"])))


@bank_statements.reads("/bank-statements/<statement>", StatementAnswer)
@roles(*READERS)
def show_statement(work: Work, _query: dict[str, Any], statement: str) -> dict[str, Any]:
    """Show a bank statement; /bank-lines lists its lines."""
    return _told_statement(fetch(work.session, BankStatement, statement))


@bank_statements.reads("/bank-lines", page_of(LineAnswer), LineQuery)
@roles(*READERS)
def list_lines(work: Work, query: dict[str, Any]) -> dict[str, Any]:
    """List lines of bank statements; `state=open` are those that wait for a person."""
    shown = narrowed(select(BankLine).order_by(col(BankLine.id).desc()), BankLine, query, "state", "finding", statement=BankStatement)
    rows, following = page(work.session, shown, BankLine, query, "id")
    return {"items": told(work, rows), "next": following}


@bank_statements.reads("/bank-lines/<uuid:line>/suggestions", SuggestionsAnswer)
@roles(*READERS)
def suggest_payouts(work: Work, _query: dict[str, Any], line: UUID) -> dict[str, Any]:
    """Which payouts an open line might be, the likeliest first."""
    held, translate = _line(work, line), translator_of_reader()
    candidates = work.session.exec(
        select(Payout).where(Payout.amount_minor == abs(held.amount_minor), Payout.currency == held.currency,
                             col(Payout.state).in_([PayoutState.SENT, PayoutState.SETTLED]))
        .order_by(col(Payout.id).desc()).limit(MOST_CANDIDATES)).all()
    return {"items": [
        facts(each.payout, "holder", "amount", "currency") | {
            "payout": each.payout.reference, "score": each.score, "reasons": [translate(reason) for reason in each.reasons]}
        for each in reconciliation.suggestions(candidates, held)]}


def _line(work: Work, key: UUID) -> BankLine:
    found = work.session.get(BankLine, key)
    if found is None:
        raise NotFound
    return found


@bank_statements.writes("/bank-lines/<uuid:line>/match", LineAnswer, Match)
@takers(LINE, "match_line")
def match_line(work: Work, body: dict[str, Any], line: UUID) -> dict[str, Any]:
    """Say which payout a line belongs to."""
    return told(work, [reconciliation.match_line(work, str(_line(work, line).id), body["payout"])])[0]


@bank_statements.writes("/bank-lines/<uuid:line>/match-charged-return", LineAnswer, Match)
@takers(LINE, "match_line")
def match_return_less_charge(work: Work, body: dict[str, Any], line: UUID) -> dict[str, Any]:
    """Say that a line is a payout that the bank sent back, less a charge of its own: up to a tenth, borne by the fund lines."""
    return told(work, [charging.match_return_less_charge(work, str(_line(work, line).id), body["payout"])])[0]


@bank_statements.writes("/bank-lines/<uuid:line>/match-recovery", LineAnswer, MatchRecovery)
@takers(LINE, "match_line")
def match_line_with_recovery(work: Work, body: dict[str, Any], line: UUID) -> dict[str, Any]:
    """Say for which recovery a line's money came in: no more than is outstanding on it."""
    return told(work, [reconciliation.match_line_with_recovery(work, str(_line(work, line).id), body["recovery"])])[0]


@bank_statements.writes("/bank-lines/<uuid:line>/match-deposit", LineAnswer, MatchDeposit)
@takers(LINE, "match_line")
def match_line_with_deposit(work: Work, body: dict[str, Any], line: UUID) -> dict[str, Any]:
    """Say that a line is what an SME was to pay into a wallet: exactly what is awaited."""
    return told(work, [reconciliation.match_line_with_deposit(work, str(_line(work, line).id), body["deposit"])])[0]


@bank_statements.writes("/bank-lines/<uuid:line>/send-back", LineAnswer, SendBack)
@takers(LINE, "send_line_back")
def send_line_back(work: Work, body: dict[str, Any], line: UUID) -> dict[str, Any]:
    """Send money that came in back where it came from, and say why: a payout of its own."""
    return told(work, [reconciliation.send_line_back(work, str(_line(work, line).id), **body)])[0]


@bank_statements.writes("/bank-lines/<uuid:line>/set-aside", LineAnswer, Reason)
@takers(LINE, "set_line_aside")
def set_line_aside(work: Work, body: dict[str, Any], line: UUID) -> dict[str, Any]:
    """Say that a line has nothing to do with vouchers, and why."""
    return told(work, [reconciliation.set_line_aside(work, str(_line(work, line).id), body["reason"])])[0]


@bank_statements.writes("/bank-lines/<uuid:line>/unmatch", LineAnswer, Reason)
@takers(LINE, "unmatch_line")
def unmatch_line(work: Work, body: dict[str, Any], line: UUID) -> dict[str, Any]:
    """Find that a line was matched, or set aside, wrongly: it is open again, and its entry is reversed. By another person."""
    return told(work, [unmatching.unmatch_line(work, str(_line(work, line).id), body["reason"])])[0]
