"""Bulk claims: thousands of small uses of instruments, from the provider's log, as one claim.

The rows of the log are grouped by invoice; each invoice is a line of the claim, and each use is kept below it. One use is
claimed once, on whichever invoice it stands. Looking at a log changes nothing; sending it again answers the claim that there is.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select
from uuid_utils.compat import uuid7

from voucher.claims import LIVE, Claim, ClaimEvidence, InvoiceLine, OwnPayment, live_claims_on, lock_claim
from voucher.database import fetch, get
from voucher.errors import NotFound, Problem, _, problem
from voucher.files import FileKind, FileStore, StoredFile
from voucher.instrument_log import InstrumentLog, LoggedUse, read_log, refuse_rows
from voucher.instruments import LOG, drop_uses, keep_uses, plain_use, use_key, uses_already_claimed
from voucher.listings import spans_of
from voucher.money import Money, total
from voucher.orders import Order, lock_order
from voucher.people import Organisation, Role
from voucher.programmes.calculation import Sheet
from voucher.programmes.programmes import terms_version
from voucher.programmes.terms import Instalment
from voucher.stages import next_stage, stage_named
from voucher.vouchers import Voucher
from voucher.work import Work
from workflows.claim_check import line_problems, oldest_cost
from workflows.claiming import check_time, submit_claim, upload_file
from workflows.claims import CLAIM
from workflows.correction import resubmit_claim
from workflows.reckoning import requested_sheet

#: Hears how many of how many rows have been read.
Told = Callable[[int, int], None]
_FIELD_COLUMNS = {"invoice_number": "invoice_number", "issued_on": "invoice_date", "net": "net", "description": "instrument"}


@dataclass(frozen=True)
class LogPreview:
    """What a log would claim: its uses, the lines they make, and what the voucher would pay by the terms."""

    log: InstrumentLog
    lines: Sequence[InvoiceLine]
    uses: Sequence[int]
    net: Money
    vat: Money
    sheet: Sheet


def keep_log(work: Work, store: FileStore, organisation: str, name: str, content: bytes) -> StoredFile:
    """Keep a log for an organisation of one's own; the same bytes again are the same file."""
    owner = fetch(work.session, Organisation, organisation)
    known = work.session.exec(select(StoredFile).where(
        StoredFile.owner_id == owner.id, StoredFile.kind == FileKind.EVIDENCE, StoredFile.sha256 == hashlib.sha256(content).hexdigest()))
    return known.first() or upload_file(work, store, organisation, name, content)


def preview_log(work: Work, store: FileStore, order: str, file: str, told: Told | None = None, *, claim: str = "") -> LogPreview:
    """What a log would claim of an order (in place of what a returned `claim` says). Changes nothing.

    Raises NotValid with every problem, by line and column of the file.
    """
    held = fetch(work.session, Order, order)
    voucher = get(work.session, Voucher, held.voucher_id)
    claimant = _claimant(work, voucher, held)
    replaced = fetch(work.session, Claim, claim) if claim else None
    instead, stage = (replaced.id, _stage_of(work, held, replaced)) if replaced else (None, _stage_now(work, voucher, held))
    log, lines = _read(work, store, voucher, held, claimant, file, told, stage, instead)
    return LogPreview(log, lines, [count for _number, count in _counted(log)], total((line.net for line in lines), held.currency),
                      total((line.vat for line in lines), held.currency), requested_sheet(work, voucher, held, lines, instead, stage))


def submit_log(
    work: Work, store: FileStore, order: str, file: str, own_payment: OwnPayment, evidence: Sequence[tuple[str, str]], *,
    final: bool = True, told: Told | None = None,
) -> Claim:
    """Claim the uses of a log: one claim, a line an invoice. The same log of the same order again answers the claim that there is.

    All of it or nothing. Raises as `submit_claim`; problems with rows by line and column of the file.
    """
    voucher, held = lock_order(work.session, order)
    claimant = _claimant(work, voucher, held)
    standing = _claim_of(work.session, held, _own_log(work, claimant, file))
    if standing is not None:
        return standing
    stage = _stage_now(work, voucher, held)
    log, lines = _read(work, store, voucher, held, claimant, file, told, stage)
    claim = submit_claim(work, order, lines, own_payment, [*evidence, (LOG, file)], final=final)
    _keep_uses(work, held, claim, log)
    return claim


def resubmit_log(
    work: Work, store: FileStore, claim: str, file: str, own_payment: OwnPayment, evidence: Sequence[tuple[str, str]],
    told: Told | None = None,
) -> Claim:
    """Send a returned claim again with another log: a new version under the same number. Raises as `submit_log`."""
    voucher, order, held = lock_claim(work.session, claim)
    claimant = _claimant(work, voucher, order)
    log, lines = _read(work, store, voucher, order, claimant, file, told, _stage_of(work, order, held), held.id)
    resubmit_claim(work, claim, lines, own_payment, [*evidence, (LOG, file)], from_log=True)
    drop_uses(work.session, held.id)
    _keep_uses(work, order, held, log)
    return held


def _claimant(work: Work, voucher: Voucher, order: Order) -> UUID:
    """Whoever the terms pay. Raises NotFound to strangers and NotAllowed to others."""
    role = Role.SME if terms_version(work.session, order.terms_id).terms.payee == "sme" else Role.PROVIDER
    claimant = voucher.sme_id if role == Role.SME else order.provider_id
    CLAIM.allow(work, "submit_claim", {role: claimant})
    return claimant


def _stage_now(work: Work, voucher: Voucher, order: Order) -> Instalment | None:
    """The instalment that can be claimed now, where the terms pay in several. Raises NotNow when nothing can."""
    terms, live = terms_version(work.session, order.terms_id).terms, live_claims_on(work.session, order.id)
    stage = next_stage(terms, order, live)
    check_time(work, voucher, order, terms, live, stage)
    return stage


def _stage_of(work: Work, order: Order, claim: Claim) -> Instalment | None:
    return stage_named(terms_version(work.session, order.terms_id).terms, claim.milestone)


def _own_log(work: Work, claimant: UUID, file: str) -> StoredFile:
    held = fetch(work.session, StoredFile, file)
    if held.owner_id != claimant or held.kind != FileKind.EVIDENCE:
        raise NotFound
    return held


def _claim_of(session: Session, order: Order, log: StoredFile) -> Claim | None:
    """The live claim on an order that rests on these very bytes as its log."""
    return session.exec(
        select(Claim).join(ClaimEvidence, col(ClaimEvidence.claim_id) == Claim.id)
        .join(StoredFile, col(StoredFile.id) == ClaimEvidence.file_id)
        .where(Claim.order_id == order.id, col(Claim.state).in_(LIVE), ClaimEvidence.kind == LOG, StoredFile.sha256 == log.sha256)).first()


def _read(
    work: Work, store: FileStore, voucher: Voucher, order: Order, claimant: UUID, file: str, told: Told | None,
    stage: Instalment | None, instead: UUID | None = None,
) -> tuple[InstrumentLog, list[InvoiceLine]]:
    """The log and the lines that it makes. Raises NotValid with every problem."""
    held = _own_log(work, claimant, file)
    log = read_log(held.name, store.get(held.sha256), order.currency, told)
    seller = get(work.session, Organisation, order.provider_id)
    problems = [*_use_problems(work, voucher, order, log), *_taken_problems(work, order, seller, log, instead)]
    lines = _lines(log)
    problems += _in_file(log, line_problems(work, voucher, order, lines, instead, stage))
    refuse_rows(problems)
    return log, lines


def _use_problems(work: Work, voucher: Voucher, order: Order, log: InstrumentLog) -> list[Problem]:
    """What is wrong with rows beside others of the log: numbers twice, days outside of the voucher's time, invoices of two days."""
    problems = []
    first: dict[str, int] = {}
    dated: dict[str, LoggedUse] = {}
    oldest, last = oldest_cost(work, voucher, order), order.accepted_on or work.today
    spans = spans_of(work.session, [order.provider_id]).get(order.provider_id, [])
    for use in log.uses:
        number, invoice = plain_use(use.use_number), _tidy(use.invoice_number)
        if first.setdefault(number, use.row) != use.row:
            problems.append(log.problem(use, "use_number", _("The use {number} stands in line {other} already."), number=use.use_number,
                                        other=first[number]))
        if not oldest <= use.used_on <= work.today:
            problems.append(log.problem(use, "used_on", _("The use must be dated between {start}, the first day that counts, and today."),
                                        start=oldest.isoformat()))
        elif use.used_on > last:
            problems.append(log.problem(use, "used_on", _("The delivery was accepted on {day}; a later use is no part of it."),
                                        day=last.isoformat()))
        elif not any(span.from_on <= use.used_on and (span.ended_on is None or use.used_on < span.ended_on) for span in spans):
            problems.append(log.problem(use, "used_on", _("The provider was not listed on {day}."), day=use.used_on.isoformat()))
        if dated.setdefault(invoice, use).invoice_date != use.invoice_date:
            problems.append(log.problem(use, "invoice_date", _("In line {other} the invoice {number} has another date."),
                                        number=use.invoice_number, other=dated[invoice].row))
    return problems


def _taken_problems(work: Work, order: Order, seller: Organisation, log: InstrumentLog, instead: UUID | None) -> list[Problem]:
    """The uses that stand on another claim, asked in one question."""
    taken = uses_already_claimed(work.session, [use_key(seller, use.use_number) for use in log.uses], order.id)
    mine = work.session.get_one(Claim, instead).reference if instead else ""
    return [log.problem(use, "use_number", _("The use {number} is claimed already, by {claim}."), number=use.use_number, claim=claim)
            for use in log.uses if (claim := taken.get(use_key(seller, use.use_number), mine)) != mine]


def _tidy(number: str) -> str:
    return "".join(number.split()).upper()


def _counted(log: InstrumentLog) -> list[tuple[str, int]]:
    """The invoices of a log in its order, and how many uses stand on each."""
    return list(Counter(_tidy(use.invoice_number) for use in log.uses).items())


def _lines(log: InstrumentLog) -> list[InvoiceLine]:
    """A line an invoice, in the order of the log."""
    behind: dict[str, list[LoggedUse]] = {}
    for use in log.uses:
        behind.setdefault(_tidy(use.invoice_number), []).append(use)
    return [InvoiceLine(uses[0].invoice_number, uses[0].invoice_date, _description(uses),
                        total((use.net for use in uses), uses[0].net.currency), total((use.vat for use in uses), uses[0].net.currency))
            for uses in behind.values()]


def _description(uses: Sequence[LoggedUse]) -> str:
    """Which instruments, and how often: "SEM x 120, XRD x 4"; shortened where there are many."""
    instruments = Counter(use.instrument for use in uses).most_common()
    said = ", ".join(f"{name} × {count}" for name, count in instruments[:5])
    return (said if len(instruments) <= 5 else f"{said}, …")[:300]


def _in_file(log: InstrumentLog, problems: Sequence[Problem]) -> list[Problem]:
    """Problems with lines of the claim, where these begin in the file."""
    begins: dict[int, LoggedUse] = {}
    numbers = {number: at for at, (number, _count) in enumerate(_counted(log))}
    for use in log.uses:
        begins.setdefault(numbers[_tidy(use.invoice_number)], use)
    return [_at(log, begins, each) for each in problems]


def _at(log: InstrumentLog, begins: Mapping[int, LoggedUse], found: Problem) -> Problem:
    number, _dot, field = found.where.removeprefix("lines.").partition(".")
    if not number.isdigit() or int(number) not in begins:
        return problem(found.what, "log", **dict(found.values))
    return log.problem(begins[int(number)], _FIELD_COLUMNS[field], found.what, **dict(found.values))


def _keep_uses(work: Work, order: Order, claim: Claim, log: InstrumentLog) -> None:
    """Keep every use below its line. Raises NotValid when another claim took one at the same instant."""
    seller = get(work.session, Organisation, order.provider_id)
    numbers = {number: at for at, (number, _count) in enumerate(_counted(log), start=1)}
    rows: list[dict[str, Any]] = [{
        "id": uuid7(), "claim_id": claim.id, "row": use.row, "line": numbers[_tidy(use.invoice_number)], "use_number": use.use_number,
        "use_key": use_key(seller, use.use_number), "instrument": use.instrument, "used_on": use.used_on, "net_minor": use.net.minor,
        "vat_minor": use.vat.minor, "currency": claim.currency} for use in log.uses]
    keep_uses(work.session, order.id, rows, "log")
