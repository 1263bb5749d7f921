"""Whether what a claimant states can be a claim: every problem at once, by field, or the calculation sheet of what it asks for."""

import re
from collections.abc import Sequence
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from voucher.claims import InvoiceLine, OwnPayment, invoices_already_claimed
from voucher.database import get
from voucher.deposits import paid_in
from voucher.errors import NotValid, Problem, _, problem, refuse_if_any
from voucher.files import FileKind, StoredFile
from voucher.money import Money, total
from voucher.orders import Order, OrderState
from voucher.people import Organisation, account_of
from voucher.programmes.calculation import Sheet
from voucher.programmes.cases import evidence_for
from voucher.programmes.programmes import terms_version
from voucher.programmes.terms import Happening, Instalment, Terms
from voucher.use_in_time import day_for
from voucher.uses import case_of
from voucher.vouchers import Voucher
from voucher.work import Work
from workflows.reckoning import in_kind, own_share_due, price_left, requested_sheet

MOST_LINES = 500
LONGEST_REFERENCE = 64
LONGEST_KIND = 32

# Fully digital e-invoices carry one number of twenty digits (国家税务总局公告2024年第11号).
_E_INVOICE = re.compile(r"[0-9]{20}", re.ASCII)


def check_claim(
    work: Work, voucher: Voucher, order: Order, terms: Terms, claimant: UUID, lines: Sequence[InvoiceLine],
    own_payment: OwnPayment, evidence: Sequence[tuple[str, str]], instead: UUID | None = None, stage: Instalment | None = None,
) -> Sheet:
    """The calculation sheet of what is asked for, `instead` of what a claim asked before; every problem at once otherwise.

    `stage` is the instalment that is claimed, where the terms pay in several.
    """
    problems = line_problems(work, voucher, order, lines, instead, stage)
    needed_papers = papers_for(work.session, terms, voucher, order, stage, anew=bool(lines))
    problems += _evidence_problems(work, order, claimant, evidence, needed_papers)
    if account_of(work.session, claimant, order.currency) is None:
        problems.append(problem(_("Name the {currency} account to which you want to be paid first."), "account",
                                currency=order.currency))
    if any(each.where.startswith("lines") for each in problems):
        refuse_if_any(problems)
    sheet = requested_sheet(work, voucher, order, lines, instead, stage)
    invoiced = total((line.net + line.vat for line in lines), order.currency)
    needed = invoiced - in_kind(order, invoiced)
    if terms.payee != "sme":
        needed = needed - sheet.result if stage is None else own_share_due(work, voucher, order, lines, instead)
    problems += _own_payment_problems(work, voucher, order, own_payment, needed - paid_in(work.session, order))
    refuse_if_any(problems)
    if sheet.result.minor <= 0:
        raise NotValid(_("By the terms these lines give nothing."))
    return sheet


def papers_for(session: Session, terms: Terms, voucher: Voucher, order: Order, stage: Instalment | None, *, anew: bool) -> list[str]:
    """The kinds of papers that a claim needs; one that brings no invoice `anew` needs only those of its stage."""
    case = case_of(session, terms, voucher, order)
    before = () if anew else evidence_for(terms, case, order.voucher_part)
    return [kind for kind in evidence_for(terms, case, order.voucher_part, stage.code if stage else "") if kind not in before]


def line_problems(
    work: Work, voucher: Voucher, order: Order, lines: Sequence[InvoiceLine], instead: UUID | None, stage: Instalment | None
) -> list[Problem]:
    """Everything that is wrong with the lines of a claim on an order, by field; `instead` names the claim that says something else now."""
    if not lines and is_invoiced(work.session, order, stage, instead):
        return []
    if not 0 < len(lines) <= MOST_LINES:
        return [problem(_("A claim has at least one and at most {most} lines."), "lines", most=MOST_LINES)]
    seller = get(work.session, Organisation, order.provider_id)
    problems = [found for number, line in enumerate(lines)
                for found in _one_line_problems(work, voucher, order, seller, f"lines.{number}", line)]
    keys = [invoice_key(seller, line.invoice_number) for line in lines]
    problems += [problem(_("The invoice {number} stands here twice."), f"lines.{at}.invoice_number", number=lines[at].invoice_number)
                 for at, key in enumerate(keys) if key in keys[:at]]
    taken = set(invoices_already_claimed(work.session, keys, order.id, instead))
    problems += [problem(_("The invoice {number} of this provider is already claimed."), f"lines.{at}.invoice_number",
                         number=lines[at].invoice_number) for at, key in enumerate(keys) if key in taken]
    invoiced = total((line.net + line.vat for line in lines), order.currency)
    if not problems and invoiced > price_left(work.session, order, instead):
        problems.append(problem(_("The invoices come to more than the price of the order, {price}."), "lines",
                                price=str(order.gross)))
    return problems


def is_invoiced(session: Session, order: Order, stage: Instalment | None, but: UUID | None = None) -> bool:
    """Whether all of an order was invoiced with other claims, so that the rest has no lines: a later instalment, or what is left of an
    order that ended with a part done after the whole was invoiced; `but` leaves a claim out.
    """
    return (stage is not None or order.state == OrderState.TERMINATED) and price_left(session, order, but).minor <= 0


def _one_line_problems(
    work: Work, voucher: Voucher, order: Order, seller: Organisation, where: str, line: InvoiceLine
) -> list[Problem]:
    problems = []
    if {line.net.currency, line.vat.currency} != {order.currency}:
        problems.append(problem(_("The amounts must be in {currency}."), f"{where}.net", currency=order.currency))
    elif line.net.minor <= 0 or line.vat.minor < 0:
        problems.append(problem(_("The amount must be more than zero, and the tax not below."), f"{where}.net"))
    if seller.country == "CN" and not _E_INVOICE.fullmatch(line.invoice_number):
        problems.append(problem(_("The number of a Chinese e-invoice has twenty digits."), f"{where}.invoice_number"))
    elif not 0 < len(line.invoice_number.strip()) <= 40:
        problems.append(problem(_("Give the number of the invoice, up to 40 signs."), f"{where}.invoice_number"))
    oldest = oldest_cost(work, voucher, order)
    if not oldest <= line.issued_on <= work.today:
        problems.append(problem(_("The invoice must be dated between {start}, the first day that counts, and today."),
                                f"{where}.issued_on", start=oldest.isoformat()))
    last = day_for(work.session, voucher, Happening.INVOICE, work.today)
    if last is not None and line.issued_on > last:
        problems.append(problem(_("By the terms the invoice must be dated by {day}, the last day of use of the voucher."),
                                f"{where}.issued_on", day=last.isoformat()))
    if not 0 < len(line.description.strip()) <= 300:
        problems.append(problem(_("Say what was invoiced, in up to 300 signs."), f"{where}.description"))
    return problems


def oldest_cost(work: Work, voucher: Voucher, order: Order) -> date:
    """From which day on cost counts: the issue of the voucher, or as long before its application as the terms say."""
    assert voucher.issued_on is not None
    terms = terms_version(work.session, order.terms_id).terms
    if terms.validity.retroactive is None:
        return voucher.issued_on
    applied_on = voucher.applied_at.astimezone(ZoneInfo(terms.zone)).date()
    return min(voucher.issued_on, terms.validity.retroactive.before(applied_on))


def invoice_key(seller: Organisation, number: str) -> str:
    """Seller and number of an invoice, however it was typed."""
    return f"{seller.country}:{seller.number}:{''.join(number.split()).upper()}"


def _evidence_problems(
    work: Work, order: Order, claimant: UUID, evidence: Sequence[tuple[str, str]], needed: Sequence[str]
) -> list[Problem]:
    given = {kind for kind, _file in evidence}
    problems = [problem(_("The terms ask for evidence of this kind: {kind}."), f"evidence.{kind}", kind=kind)
                for kind in needed if kind not in given]
    problems += [problem(_("This is not a kind of evidence."), "evidence") for kind in given if not 0 < len(kind) <= LONGEST_KIND]
    known = {file.reference: file for file in work.session.exec(
        select(StoredFile).where(col(StoredFile.reference).in_([file for _kind, file in evidence])))}
    return problems + [
        problem(_("There is no file {file} of yours."), f"evidence.{kind}", file=file)
        for kind, file in evidence
        if file not in known or known[file].owner_id != claimant or known[file].kind != FileKind.EVIDENCE]


def _own_payment_problems(work: Work, voucher: Voucher, order: Order, own: OwnPayment, needed: Money) -> list[Problem]:
    problems = []
    if own.amount.currency != order.currency or own.amount < needed:
        problems.append(problem(_("The SME's own payment must be at least {needed} {currency}."), "own_payment.amount",
                                needed=str(needed), currency=order.currency))
    if not bool(own.amount) <= len(own.reference.strip()) <= LONGEST_REFERENCE:
        problems.append(problem(_("Give the bank's reference of the own payment, in up to {most} signs."),
                                "own_payment.reference", most=LONGEST_REFERENCE))
    oldest = min(order.placed_on, oldest_cost(work, voucher, order))
    if own.amount and not oldest <= own.paid_on <= work.today:
        problems.append(problem(_("The own payment must be dated between {start} and today."), "own_payment.paid_on",
                                start=oldest.isoformat()))
    last = day_for(work.session, voucher, Happening.PAYMENT, work.today)
    if own.amount and last is not None and own.paid_on > last:
        problems.append(problem(_("By the terms the own payment must be made by {day}, the last day of use of the voucher."),
                                "own_payment.paid_on", day=last.isoformat()))
    return problems
