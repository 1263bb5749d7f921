"""The books, for the office: trial balance, statement of an account, the entries of a case, and whether they hold."""

from typing import Any

from marshmallow import fields
from sqlmodel import Session

from voucher import ledger
from voucher.files import StoredFile
from voucher.ledger import Entry
from voucher.origins import Origin, origins_of
from voucher.people import OFFICE_ROLES
from voucher.statutory.surplus import surplus_statements
from voucher.work import Work
from workflows import forgetting
from workflows.access import roles
from workflows.api.answers import SheetAnswer, facts
from workflows.api.fields import Answer, Body, Day, Instant, MoneyField, Part, Said, Text, Those, Whole, currency
from workflows.api.nouns import Noun, takers
from workflows.auditing import see_account
from workflows.forgetting import MEMO

books = Noun("api-ledger", __name__, description="The books: double entry, debit positive.")

# What entries can be about: the dimension in which the reference stands, by its letter.
_DIMENSIONS = {"V": "voucher", "O": "order", "C": "claim", "Y": "payout", "L": "fund_line"}


class TrialBalanceQuery(Body):
    """As of which day, and as known when."""

    as_of = Day(metadata={"description": "What is effective up to that day; everything when it is left out."})
    known_at = Instant(metadata={"description": "What was recorded up to that instant; everything when it is left out.",
                                 "example": "2026-03-31T16:00:00Z"})


class BalanceQuery(TrialBalanceQuery):
    """Of which account, as of which day, and as known when."""

    account = Text(200, required=True, metadata={"example": "budget:free:L-2026-00001-3"})
    currency = currency()


class ComparisonQuery(Body):
    """Of which account, as of which day, and as known when first; the other instant is now."""

    account = Text(200, required=True, metadata={"example": "budget:free:L-2026-00001-3"})
    currency = currency()
    as_of = Day(required=True, metadata={"example": "2026-03-31"})
    known_at = Instant(required=True, metadata={"example": "2026-03-31T16:00:00Z"})


class StatementQuery(Body):
    """Of which account, from one day to another, and as known when."""

    account = Text(200, required=True, metadata={"example": "budget:free:L-2026-00001-3"})
    currency = currency()
    since = Day()
    until = Day()
    known_at = Instant(metadata={"description": "What was recorded up to that instant; everything when it is left out."})


class EntriesQuery(Body):
    """What the entries are about."""

    subject = Text(24, required=True, metadata={
        "example": "V-2026-00001-4", "description": "The reference of a voucher, order, claim or payout."})


class BalanceAnswer(Answer):
    """What an account stands at, debit positive."""

    account = Said()
    amount = MoneyField()
    currency = Said()


class TrialBalanceAnswer(Answer):
    """Every account that does not stand at zero. Each book sums to zero in each currency."""

    items = Those(Part(BalanceAnswer))


class SurplusQuery(Body):
    """Of which calendar year."""

    year = Whole(1900, 2999, digits=True, required=True, metadata={"example": 2026})


class DifferenceAnswer(Answer):
    """What the entries of an event came to under a heading."""

    event = Said(metadata={"example": "claim.approved"})
    amount = MoneyField()


class HeadedAnswer(Answer):
    """A heading of the law's form, what it adds to the budget surplus (what is taken off is negative), and the events under it."""

    zh = Said(attribute="heading.zh")
    en = Said(attribute="heading.en")
    adds = MoneyField()
    differences = Those(Part(DifferenceAnswer))


class SurplusChangeAnswer(Answer):
    """What the movement of an account in the year adds to the figure under which it stands."""

    account = Said(metadata={"example": "cn-financial:2303"})
    adds = MoneyField()


class MadeAnswer(Answer):
    """A surplus, and what each account of revenue and expense adds to it."""

    amount = MoneyField()
    changes = Those(Part(SurplusChangeAnswer))


class SurplusStatementAnswer(Answer):
    """The two surpluses of a year in one currency. `headed` and `changes` each come to the difference between them."""

    country = Said(metadata={"example": "CN"})
    year = fields.Integer()
    currency = Said(metadata={"example": "CNY"})
    budget = Part(MadeAnswer)
    accrual = Part(MadeAnswer)
    difference = MoneyField()
    headed = Those(Part(HeadedAnswer))
    changes = Those(Part(SurplusChangeAnswer))


class SurplusAnswer(Answer):
    """One statement for each country and currency whose law's books moved."""

    items = Those(Part(SurplusStatementAnswer))


class StatementLineAnswer(Answer):
    """A posting, and the balance after it."""

    cause = Said()
    event = Said()
    effective_on = Day()
    recorded_at = Instant()
    amount = MoneyField()
    balance = MoneyField()


class AccountStatementAnswer(Answer):
    """The postings of an account, by day and then by recording."""

    account = Said()
    currency = Said()
    lines = Those(Part(StatementLineAnswer))


class ComparisonAnswer(Answer):
    """A balance as it was known then and as it is known now, and the postings recorded in between that explain the difference."""

    account = Said()
    currency = Said()
    then = MoneyField()
    now = MoneyField()
    between = Those(Part(StatementLineAnswer))


class EntryStepAnswer(Answer):
    """The step behind an entry."""

    name = Said(metadata={"example": "claim.approved"})
    subject = Said(metadata={"example": "C-2026-00042-1"})
    at = Instant()
    reason = Said()


class EntryEvidenceAnswer(Answer):
    """A file on which an entry rests; no reference where the file is not kept here."""

    sha256 = Said()
    file = Said(allow_none=True, metadata={"example": "F-2026-00042-1"})
    name = Said(allow_none=True)


class EntryTermsAnswer(Answer):
    """The version of the terms by which an entry was made."""

    programme = Said(metadata={"example": "P-2026-00001-6"})
    version = fields.Integer()
    sha256 = Said()


class EntryAnswer(Answer):
    """An entry with its postings, debit positive, and what stands behind it: person, steps, evidence, terms and clauses.

    `memo` is what was written beside it, `is_forgotten` whether that has been taken away. `about` is what the postings are about, by
    dimension. `sheet` is the calculation of the claim, award or order among that, each line with its clause. `reverses` is the cause of
    the entry that this one reverses, `reversed_by` of the one that reverses it, empty where there is none.
    """

    cause = Said()
    event = Said()
    effective_on = Day()
    recorded_at = Instant()
    adjusting = fields.Boolean()
    reverses = Said()
    reversed_by = Said()
    memo = Said()
    is_forgotten = fields.Boolean()
    actor = Said()
    about = fields.Dict(keys=Said(), values=Said())
    steps = Those(Part(EntryStepAnswer))
    evidence = Those(Part(EntryEvidenceAnswer))
    terms = Part(EntryTermsAnswer, allow_none=True)
    sheet = Part(SheetAnswer, allow_none=True)
    postings = Those(Part(BalanceAnswer))


class Forgetting(Body):
    """The entry, and why what was written beside it is taken away; the reason stays on record."""

    cause = Text(200, required=True, metadata={"example": "deposit.receipt_undone D-2026-00007-1 1"})
    reason = Text(1000, required=True, metadata={"example": "Request of 2026-11-02"})


class ForgottenAnswer(Answer):
    """The entry beside which nothing is written any more."""

    cause = Said()
    event = Said()
    effective_on = Day()
    is_forgotten = fields.Boolean()


class EntriesAnswer(Answer):
    """Entries in the order of recording."""

    items = Those(Part(EntryAnswer))


class FindingsAnswer(Answer):
    """What is wrong with the books. Nothing, unless somebody went round this program."""

    items = Those(Said())


@books.reads("/ledger/trial-balance", TrialBalanceAnswer, TrialBalanceQuery)
@roles(*OFFICE_ROLES)
def show_trial_balance(work: Work, query: dict[str, Any]) -> dict[str, Any]:
    """Show the trial balance, of today or as of a day, as it is known now or was known at an instant."""
    found = ledger.trial_balance(work.session, query.get("as_of"), query.get("known_at"))
    return {"items": [_balance(each.account, each.amount) for each in found]}


def _balance(account: str, amount: Any) -> dict[str, Any]:
    return {"account": account, "amount": amount, "currency": amount.currency}


@books.reads("/ledger/surplus", SurplusAnswer, SurplusQuery)
@roles(*OFFICE_ROLES)
def show_surplus(work: Work, query: dict[str, Any]) -> dict[str, Any]:
    """Show how the budget surplus of a year leads to its surplus, in the books of a country's law."""
    return {"items": surplus_statements(work.session, query["year"])}


@books.reads("/ledger/balance", BalanceAnswer, BalanceQuery)
@roles(*OFFICE_ROLES)
def show_balance(work: Work, query: dict[str, Any]) -> dict[str, Any]:
    """Show what an account stands at, or stood at as of a day, as known now or at an instant."""
    name, kind = query["account"], query["currency"]
    see_account(work.session, name, kind)
    return _balance(name, ledger.balance(work.session, name, kind, query.get("as_of"), query.get("known_at")))


@books.reads("/ledger/comparison", ComparisonAnswer, ComparisonQuery)
@roles(*OFFICE_ROLES)
def compare_balance(work: Work, query: dict[str, Any]) -> dict[str, Any]:
    """Show a balance as of a day as it was known then, as it is known now, and what was recorded in between for days up to that day."""
    see_account(work.session, query["account"], query["currency"])
    found = ledger.compare(work.session, query["account"], query["currency"], query["as_of"], query["known_at"], work.now)
    return {"account": query["account"], "currency": query["currency"]} | vars(found)


@books.reads("/ledger/statement", AccountStatementAnswer, StatementQuery)
@roles(*OFFICE_ROLES)
def show_account_statement(work: Work, query: dict[str, Any]) -> dict[str, Any]:
    """Show the postings of an account with running balances, as known now or at an instant."""
    see_account(work.session, query["account"], query["currency"])
    lines = ledger.statement(work.session, query["account"], query["currency"], query.get("since"), query.get("until"),
                             known_at=query.get("known_at"))
    return {"account": query["account"], "currency": query["currency"], "lines": lines}


@books.reads("/ledger/entries", EntriesAnswer, EntriesQuery)
@roles(*OFFICE_ROLES)
def list_entries(work: Work, query: dict[str, Any]) -> dict[str, Any]:
    """List the entries about a voucher (with its whole case), order, claim or payout."""
    found = _entries(work.session, query["subject"])
    origins, corrected = origins_of(work.session, found), ledger.corrections(work.session, found)
    return {"items": [_entry(each, origins[each.id], corrected.get(each.id, ledger.Correction())) for each in found]}


def _entries(session: Session, subject: str) -> list[Entry]:
    dimension = _DIMENSIONS.get(subject[:1])
    return ledger.about(session, dimension, subject) if dimension else []


def _entry(entry: Entry, origin: Origin, correction: ledger.Correction) -> dict[str, Any]:
    files = {file.sha256: file for file in origin.files}
    return facts(entry, "cause", "event", "effective_on", "recorded_at", "adjusting", "memo", "is_forgotten") | vars(correction) | {
        "actor": origin.actor, "about": dict(origin.about),
        "steps": [facts(each, "name", "subject", "at", "reason") for each in origin.steps],
        "evidence": [_evidence(each, files.get(each)) for each in entry.evidence],
        "terms": {"programme": origin.programme.reference, "version": origin.version.number, "sha256": origin.version.digest}
                 if origin.programme and origin.version else None,
        "sheet": origin.sheet.as_json() if origin.sheet else None,
        "postings": [_balance(line.account.name, line.amount) for line in entry.lines]}


def _evidence(digest: str, file: StoredFile | None) -> dict[str, Any]:
    return {"sha256": digest, "file": file.reference if file else None, "name": file.name if file else None}


@books.writes("/ledger/entries/forget", ForgottenAnswer, Forgetting)
@takers(MEMO, "forget_memo")
def forget_memo(work: Work, body: dict[str, Any]) -> Entry:
    """Take away for good what was written beside an entry, as another person than wrote it. No hash changes."""
    return forgetting.forget_memo(work, body["cause"], body["reason"])


@books.reads("/ledger/verification", FindingsAnswer)
@roles(*OFFICE_ROLES)
def verify_books(work: Work, _query: dict[str, Any]) -> dict[str, Any]:
    """Prove that the books hold: every entry balances, every balance is the sum of its postings."""
    return {"items": [str(each) for each in ledger.verify(work.session, now=work.now)]}
