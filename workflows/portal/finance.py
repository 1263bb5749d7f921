"""For the finance office: funds, payouts, batches and their release, bank statements and reconciliation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlmodel import Session, col, func, select

from voucher.accounting import fund_line_position
from voucher.awards import ProviderAward
from voucher.claims import Claim
from voucher.database import fetch, get
from voucher.deposits import Deposit
from voucher.errors import NotValid, _, problem
from voucher.files import StoredFile
from voucher.history import events_of
from voucher.languages import translator
from voucher.money import Money, total
from voucher.payouts import (
    Batch,
    BatchSignature,
    Payout,
    PayoutState,
    payment_files_of,
    payouts_in,
    signatures_of,
)
from voucher.people import OFFICE_ROLES, Organisation, Person, Role
from voucher.programmes.funding import FundLine, fund_lines_of
from voucher.programmes.programmes import Programme, TermsVersion, terms_in_force
from voucher.programmes.windows import budget_year
from voucher.statements import BankLine, BankStatement, LineState, doubts
from voucher.work import Work
from workflows import advancing, charging, funding, open_orders, reimbursement, unmatching, year_end
from workflows import reconciliation as matching
from workflows.access import acting, asking, door, looking, roles, who
from workflows.bank_entries import entries_of_lines
from workflows.portal.forms import Typed
from workflows.portal.listing import listing
from workflows.portal.pages import done, or_show, show
from workflows.portal.speech import language, why_not
from workflows.portal.timeline import entries_with

portal = Blueprint("finance", __name__, url_prefix="/office")

MONEY = (Role.FINANCE, Role.TREASURY, Role.AUDITOR)
DESK = (Role.FINANCE, Role.TREASURY)

# How many sent payouts the reconciliation page looks at for suggestions.
MOST_CANDIDATES = 500

# How many entries the page of a batch shows; each payout's amount leads to its own.
MOST_ENTRIES = 50


# -- Funds -----------------------------------------------------------------------------------------------------------

@portal.get("/programmes/<reference>/funds")
@roles(*OFFICE_ROLES)
def programme_funds(reference: str) -> ResponseReturnValue:
    """A programme's money: each fund line from appropriation to payment, and what happened to it."""
    with asking() as work:
        session = work.session
        held = fetch(session, Programme, reference)
        lines = [(line, fund_line_position(session, line)) for line in fund_lines_of(session, held.id)]
        versions = list(session.exec(select(TermsVersion).where(TermsVersion.programme_id == held.id)
                                     .order_by(col(TermsVersion.number).desc())))
        events = events_of(session, held.reference, *(line.reference for line, _position in lines))
        in_force = terms_in_force(session, held, work.today)
        terms = in_force.terms
        lenders = [each for each in lines if advancing.lends_for([in_force], each[0]) or each[1].lent]
        return show("funds.html", programme=held, terms=terms, versions=versions, lines=lines, events=events,
                    year=budget_year(terms, work.today), lenders=lenders)


@portal.get("/fund-lines/<reference>")
@roles(*OFFICE_ROLES)
def fund_line(reference: str) -> ResponseReturnValue:
    """A fund line stands on the page of its programme's money."""
    with looking() as session:
        held = fetch(session, FundLine, reference)
        return redirect(url_for("finance.programme_funds", reference=held.programme, _anchor=held.reference))


@portal.post("/programmes/<reference>/appropriations")
@roles(Role.FINANCE)
@or_show(programme_funds)
def record_appropriation(reference: str) -> ResponseReturnValue:
    """Note that money was voted for a programme."""
    form = Typed(request.form)
    with acting() as work:
        programme = fetch(work.session, Programme, reference)
        year, amount = form.number("year", 2000, 2100), form.money("amount", programme.currency)
        document, funder = form.text("document", longest=100), form.text("funder", longest=64)
        group = form.text("service_group", required=False)
        form.done()
        line = funding.record_appropriation(work, reference, year, amount, document, funder, group)
    return done(_("The appropriation is recorded on the fund line {line}."), _funds(reference), line=line.reference)


@portal.post("/programmes/<reference>/allotments")
@roles(Role.FINANCE)
@or_show(programme_funds)
def allot(reference: str) -> ResponseReturnValue:
    """Release money of a fund line to its programme."""
    with acting() as work:
        said = _said_of_line(work, reference, "fund_line", "allotted", "allotment_document")
        funding.allot(work, *said)
    return done(_("The money is allotted: vouchers can be issued from it."), _funds(reference))


@portal.post("/programmes/<reference>/over-issues")
@roles(Role.FINANCE)
@or_show(programme_funds)
def allow_over_issue(reference: str) -> ResponseReturnValue:
    """Consent that more is promised than is allotted, or take that back."""
    with acting() as work:
        said = _said_of_line(work, reference, "over_issue_line", "over_issue", "over_issue_document")
        (funding.withdraw_over_issue if "withdraw" in request.form else funding.allow_over_issue)(work, *said)
    return done(_("The consent is recorded."), _funds(reference))


@portal.post("/programmes/<reference>/advances")
@roles(Role.FINANCE)
@or_show(programme_funds)
def advance_funds(reference: str) -> ResponseReturnValue:
    """Lend free money of one funder for another, or have it paid back."""
    with acting() as work:
        said = _said_of_line(work, reference, "lending_line", "advance", "advance_document")
        settled = "settle" in request.form
        other = (advancing.settle_advance if settled else advancing.advance_funds)(work, *said)
    told = _("The fund line {line} has paid it back.") if settled else _("The money stands on the fund line {line} now.")
    return done(told, _funds(reference), line=other.reference)


@portal.post("/programmes/<reference>/year-ends")
@roles(Role.FINANCE)
@or_show(programme_funds)
def end_year(reference: str) -> ResponseReturnValue:
    """End the year of a fund line: give back what nobody was promised, carry it, carry open orders, or accrue deliveries."""
    form = Typed(request.form)
    with acting() as work:
        programme = fetch(work.session, Programme, reference)
        line = form.choice("ended_line", [each.reference for each in fund_lines_of(work.session, programme.id)])
        what = form.choice("what", ["lapse", "carry", "carry_orders", "accrue"])
        document, day = form.text("year_end_document", longest=100), form.day("on", required=False)
        form.done()
        on = None if day == date.min else day
        match what:
            case "carry":
                held, said = year_end.carry_forward(work, line, document, on), _("The free money stands on the fund line {line} now.")
            case "carry_orders":
                held, said = open_orders.carry_orders(work, line, document, on), _("The open orders stand on the fund line {line} now.")
            case "accrue":
                held, said = open_orders.accrue_deliveries(work, line, document), _("The deliveries of {line} are accrued.")
            case _:
                held, said = year_end.lapse_free_money(work, line, document, on), _("The free money of {line} is given back.")
    return done(said, _funds(reference), line=held.reference)


def _said_of_line(work: Work, reference: str, line: str, amount: str, document: str) -> tuple[str, Money, str]:
    """What a form says of a fund line of a programme: which one, how much, by which document; from the fields of these names."""
    form = Typed(request.form)
    programme = fetch(work.session, Programme, reference)
    said = (form.choice(line, [each.reference for each in fund_lines_of(work.session, programme.id)]),
            form.money(amount, programme.currency), form.text(document, longest=100))
    form.done()
    return said


def _funds(reference: str) -> str:
    return url_for("finance.programme_funds", reference=reference)


#: The reference of the claim, award or deposit that a payout pays, of rows in which each may stand.
PAID_FOR = func.coalesce(Claim.reference, ProviderAward.reference, Deposit.reference)


# -- Payouts and batches ---------------------------------------------------------------------------------------------

@portal.get("/payouts")
@roles(*OFFICE_ROLES)
def payouts() -> ResponseReturnValue:
    """All payouts, or those in one state, the newest first."""
    state = request.args.get("state", "")
    rows = (select(Payout, PAID_FOR, Organisation).outerjoin(Claim, col(Claim.id) == Payout.claim_id)
            .outerjoin(ProviderAward, col(ProviderAward.id) == Payout.award_id).outerjoin(Deposit, col(Deposit.id) == Payout.deposit_id)
            .join(Organisation, col(Organisation.id) == Payout.payee_id).order_by(col(Payout.id).desc()))
    with looking() as session:
        return show("office_payouts.html", state=state, states=list(PayoutState),
                    listing=listing(session, rows.where(Payout.state == state) if state else rows))


@portal.post("/payouts/<reference>/reissue")
@roles(Role.FINANCE)
def reissue_payout(reference: str) -> ResponseReturnValue:
    """Pay again what the bank returned, to the account now in force."""
    with acting() as work:
        fresh = reimbursement.reissue_payout(work, reference)
    return done(_("The payout {reference} takes the place of the returned one and is payable."),
                url_for("cases.payout", reference=fresh.reference), reference=fresh.reference)


@portal.get("/batches")
@roles(*MONEY)
def batches() -> ResponseReturnValue:
    """All batches, the newest first, with how many payouts are in each."""
    held = select(func.count()).where(col(Payout.batch_id) == Batch.id).scalar_subquery()
    signed = select(func.count()).where(col(BatchSignature.batch_id) == Batch.id).scalar_subquery()
    rows = select(Batch, Person.name, held, signed).join(Person, col(Person.id) == Batch.gathered_by).order_by(col(Batch.id).desc())
    with looking() as session:
        payable = session.exec(select(func.count()).select_from(Payout).where(Payout.state == PayoutState.PAYABLE)).one()
        return show("batches.html", listing=listing(session, rows), payable=payable)


@portal.get("/batches/gather")
@roles(Role.FINANCE)
def gather_form() -> ResponseReturnValue:
    """Which payable payouts go to the bank together, and on which day."""
    with asking() as work:
        rows = work.session.execute(
            select(Payout, Organisation).join(Organisation, col(Organisation.id) == Payout.payee_id)
            .where(Payout.state == PayoutState.PAYABLE)
            .order_by(col(Payout.reference)).limit(reimbursement.MOST_IN_A_BATCH)).all()
        waits = reimbursement.waits_of(work, [payout for payout, _payee in rows], work.today)
        speak = translator(language())
        waiting = [payout for payout, _payee in rows if waits[payout.id]]
        later = [payout for payout in waiting if payout.not_before is not None and payout.not_before > work.today]
        return show("gather.html", rows=rows, today=work.today,
                    waits={key: [speak.problem(each) for each in why] for key, why in waits.items()},
                    due=sums([payout for payout, _payee in rows if not waits[payout.id]]), later=sums(later),
                    held=sums([payout for payout in waiting if payout not in later]))


def sums(chosen: list[Payout]) -> list[Money]:
    """What payouts come to, a sum a currency."""
    currencies = sorted({payout.currency for payout in chosen})
    return [total((each.amount for each in chosen if each.currency == currency), currency) for currency in currencies]


@portal.post("/batches/gather")
@roles(Role.FINANCE)
@or_show(gather_form)
def gather_batch() -> ResponseReturnValue:
    """Gather the chosen payouts in a batch."""
    form = Typed(request.form)
    chosen, execution_on = request.form.getlist("payouts"), form.day("execution_on")
    if not chosen:
        form.wrong("payouts", _("Choose at least one payout."))
    form.done()
    with acting() as work:
        held = reimbursement.gather_batch(work, chosen, execution_on)
    return done(_("The batch {reference} is gathered. Two other people have to release it."), _batch(held.reference),
                reference=held.reference)


@portal.get("/batches/<reference>")
@roles(*MONEY)
def batch(reference: str) -> ResponseReturnValue:
    """A batch: what is in it, who signed it, and the bank's files."""
    with looking() as session:
        held = fetch(session, Batch, reference)
        chosen = payouts_in(session, held.id)
        signers = signatures_of(session, held.id)
        people = {each.id: each for each in session.exec(select(Person).where(
            col(Person.id).in_([held.gathered_by, *(signer.person_id for signer in signers)])))}
        payees = {each.id: each for each in session.exec(select(Organisation).where(
            col(Organisation.id).in_({payout.payee_id for payout in chosen})))}
        files = [(each, get(session, StoredFile, each.file_id)) for each in payment_files_of(session, held.id)]
        return show("batch.html", batch=held, payouts=chosen, sums=sums(chosen), signers=signers, people=people, payees=payees,
                    files=files, held_back=reimbursement.is_held_back(session, held),
                    events=events_of(session, held.reference), most_entries=MOST_ENTRIES,
                    entries=entries_with(session, "payout", *[each.reference for each in chosen[:MOST_ENTRIES]], limit=MOST_ENTRIES + 1),
                    open=_batch_steps(held, [signer.person_id for signer in signers]))


def _batch_steps(held: Batch, signers: list[object]) -> dict[str, bool]:
    """What the buttons offer; who gathered or signed it is told why not."""
    steps = {step.name for step in reimbursement.BATCH.open_to(who(), held.state, {})}
    wants = bool(steps & {"sign_batch", "release_batch"})
    mine = who().person_id == held.gathered_by
    return {"release": wants and not mine and who().person_id not in signers, "dissolve": "dissolve_batch" in steps,
            "gathered": wants and mine, "signed": wants and who().person_id in signers}


def _batch(reference: str) -> str:
    return url_for("finance.batch", reference=reference)


@portal.post("/batches/<reference>/release")
@roles(*DESK)
@or_show(batch)
def release_batch(reference: str) -> ResponseReturnValue:
    """Sign for the release; the second signature lets it go."""
    with acting() as work:
        held = reimbursement.release_batch(work, reference)
    said = _("Both signatures are there: the bank's files are being made.") if held.state == "released" else _(
        "You have signed. A second person has to sign too.")
    return done(said, _batch(reference))


@portal.post("/batches/<reference>/dissolve")
@roles(*DESK)
@or_show(batch)
def dissolve_batch(reference: str) -> ResponseReturnValue:
    """Take a batch apart before it is released."""
    with acting() as work:
        reimbursement.dissolve_batch(work, reference, request.form.get("reason", ""))
    return done(_("The batch is dissolved; its payouts are payable again."), _batch(reference))


# -- The bank --------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class OpenLine:
    """An open line of the bank with the payouts that it might be."""

    line: BankLine
    statement: BankStatement
    suggestions: list[matching.Suggestion]


@portal.get("/reconciliation")
@roles(*MONEY)
def reconciliation() -> ResponseReturnValue:
    """What the bank reported and nobody has placed yet, and the statements that came in."""
    rows = (select(BankLine, BankStatement).join(BankStatement, col(BankStatement.id) == BankLine.statement_id)
            .where(BankLine.state == LineState.OPEN).order_by(col(BankLine.booked_on), col(BankLine.id)))
    with looking() as session:
        candidates = list(session.exec(select(Payout).where(col(Payout.state).in_([PayoutState.SENT, PayoutState.SETTLED]))
                                       .order_by(col(Payout.id).desc()).limit(MOST_CANDIDATES)))
        found = listing(session, rows)
        lines = [OpenLine(line, statement, matching.suggestions(candidates, line)) for line, statement in found.rows]
        return show("reconciliation.html", listing=found, lines=lines, statements=_statements(session),
                    at_bank=_count(session, PayoutState.SENT))


def _count(session: Session, state: PayoutState) -> int:
    return session.exec(select(func.count()).select_from(Payout).where(Payout.state == state)).one()


def _statements(session: Session) -> list[tuple[BankStatement, int, int]]:
    """The newest statements, each with how many lines it has and how many of them are open."""
    lines = select(func.count()).where(col(BankLine.statement_id) == BankStatement.id).scalar_subquery()
    waiting = select(func.count()).where(col(BankLine.statement_id) == BankStatement.id,
                                         col(BankLine.state) == LineState.OPEN).scalar_subquery()
    rows = session.execute(select(BankStatement, lines, waiting).order_by(col(BankStatement.id).desc()).limit(20))
    return [(row[0], row[1], row[2]) for row in rows]


@portal.post("/statements")
@roles(*DESK)
@or_show(reconciliation)
def import_statement() -> ResponseReturnValue:
    """Take in a bank statement (camt.053)."""
    sent = request.files.get("statement")
    if sent is None or not sent.filename:
        raise NotValid(problems=[problem(_("Choose the bank's file."), "statement")])
    with acting() as work:
        did = matching.import_statement(work, door().files, sent.filename, sent.read())
    return done(_("Imported: {new} new lines, {known} known before; {settled} payouts settled, {returned} returned, "
                  "{open} lines open."), url_for("finance.reconciliation"),
                new=did.new, known=did.known, settled=did.settled, returned=did.returned, open=did.open)


@portal.get("/statements/<reference>")
@roles(*MONEY)
def statement(reference: str) -> ResponseReturnValue:
    """A bank statement: each line and what became of it."""
    with asking() as work:
        session = work.session
        held = fetch(session, BankStatement, reference)
        rows = (select(BankLine, Payout).outerjoin(Payout, col(Payout.id) == BankLine.payout_id)
                .where(BankLine.statement_id == held.id).order_by(col(BankLine.number)))
        page = listing(session, rows)
        return show("statement.html", statement=held, file=get(session, StoredFile, held.file_id), listing=page,
                    own=_own_lines(work, held, page.rows) if any(who().holds(role) for role in DESK) else {},
                    entries=entries_of_lines(session, [line for line, _payout in page.rows]),
                    doubts=[translator(language()).problem(doubt) for doubt in doubts(session, held)])


def _own_lines(work: Work, statement: BankStatement, rows: Sequence[tuple[BankLine, Payout | None]]) -> dict[UUID, str]:
    """The lines that whoever is at the door may not take back, because they were placed by him or by one with him, with why not."""
    wanted = {line.deposit_id for line, _payout in rows if line.deposit_id}
    deposits = dict(work.session.exec(select(Deposit.id, Deposit.reference).where(col(Deposit.id).in_(wanted))).all()) if wanted else {}
    placed = unmatching.placed_by(work.session, {
        line.id: payout.reference if payout else deposits[line.deposit_id] if line.deposit_id else statement.reference
        for line, payout in rows if line.payout_id or line.deposit_id or line.state == LineState.SET_ASIDE})
    said: dict[tuple[UUID | None, datetime], str] = {}
    for each in placed.values():
        if (each.person_id, each.at) not in said:
            said[each.person_id, each.at] = why_not(partial(unmatching.refuse_own, work, each))
    return {line: why for line, each in placed.items() if (why := said[each.person_id, each.at])}


@portal.post("/lines/<uuid:line>/match")
@roles(*DESK)
@or_show(reconciliation)
def match_line(line: object) -> ResponseReturnValue:
    """Say which payout a line belongs to."""
    form = Typed(request.form)
    payout = form.text("payout")
    form.done()
    with acting() as work:
        matching.match_line(work, str(line), payout)
    return done(_("The line is matched with {payout}."), url_for("finance.reconciliation"), payout=payout)


@portal.post("/lines/<uuid:line>/match-charged-return")
@roles(*DESK)
@or_show(reconciliation)
def match_charged_return(line: object) -> ResponseReturnValue:
    """Say which payout the bank sent back, less a charge of its own."""
    form = Typed(request.form)
    payout = form.text("payout")
    form.done()
    with acting() as work:
        charging.match_return_less_charge(work, str(line), payout)
    return done(_("{payout} came back; the fund lines bear what the bank kept."), url_for("finance.reconciliation"), payout=payout)


@portal.post("/lines/<uuid:line>/send-back")
@roles(Role.FINANCE, Role.TREASURY)
@or_show(reconciliation)
def send_line_back(line: object) -> ResponseReturnValue:
    """Send money that came in back where it came from."""
    with acting() as work:
        matching.send_line_back(work, str(line), request.form.get("reason", ""), request.form.get("bank_code", ""))
    return done(_("The money goes back: its payout is payable."), url_for("finance.reconciliation"))


@portal.post("/lines/<uuid:line>/set-aside")
@roles(*DESK)
@or_show(reconciliation)
def set_line_aside(line: object) -> ResponseReturnValue:
    """Say that a line has nothing to do with vouchers."""
    with acting() as work:
        matching.set_line_aside(work, str(line), request.form.get("reason", ""))
    return done(_("The line is set aside."), url_for("finance.reconciliation"))


@portal.post("/lines/<uuid:line>/unmatch")
@roles(*DESK)
@or_show(reconciliation)
def unmatch_line(line: object) -> ResponseReturnValue:
    """Find that a line was matched or set aside wrongly."""
    with acting() as work:
        unmatching.unmatch_line(work, str(line), request.form.get("reason", ""))
    return done(_("The line is open again, and what followed from it is taken back."), url_for("finance.reconciliation"))
