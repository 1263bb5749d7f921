"""What the statements of claims and of awards share: the office, who released the payment, and what the books say."""

from collections.abc import Iterator

from sqlmodel import col, select

from voucher import accounting, ledger
from voucher.claims import CUT_REASONS, ClaimLine, CutReason
from voucher.database import get
from voucher.documents import settlement as paper
from voucher.languages import translator
from voucher.payouts import Payout, signatures_of
from voucher.people import Organisation, Person, office
from voucher.recoveries import MoveKind, Recovery, RecoveryMove
from voucher.statutory.mapping import mapping_of
from voucher.work import Work


def office_on_paper(work: Work) -> paper.Office:
    """The office that issues it."""
    here = office(work.session)
    return paper.Office(name=here.name, name_en=here.name_en, address=address_on_paper(here))


def address_on_paper(organisation: Organisation) -> str:
    """Street and town; in China the address names its town already."""
    parts = (organisation.address, organisation.town)
    return parts[0] if organisation.country == "CN" else ", ".join(part for part in parts if part)


def line_on_paper(line: ClaimLine, language: str) -> paper.Line:
    """A line of a claim with what was accepted of it, and why not all."""
    return paper.Line(
        number=line.number, invoice_number=line.invoice_number, issued_on=line.issued_on, description=line.description,
        net=line.money(line.net_minor), vat=line.money(line.vat_minor), basis=line.money(line.basis_minor),
        accepted=line.money(line.accepted_minor or 0),
        reason=translator(language)(CUT_REASONS[CutReason(line.reason)]) if line.reason else "")


def postings_about(work: Work, what: str, reference: str, language: str) -> Iterator[paper.Posting]:
    """What the books say of a claim or an award up to this payout; a payout that it replaces left its own traces there."""
    for entry in ledger.about(work.session, what, reference):
        for line in entry.lines:
            amount = abs(line.amount.minor)
            side = {"debit" if line.amount.minor > 0 else "credit": type(line.amount)(amount, line.amount.currency)}
            yield paper.Posting(on=entry.effective_on, event=entry.event, account=line.account.name, **side,
                                event_title=event_title(entry.event, language),
                                account_title=_account_title(line.account.name, language))


def event_title(event: str, language: str) -> str:
    """What the manual calls an event, in short; empty when it knows it not."""
    rule = accounting.EVENTS.get(event)
    return "" if rule is None else rule.zh if language == "zh" else rule.en.partition(":")[0]


def _account_title(name: str, language: str) -> str:
    """What the manual calls an account, or the law whose books these are ("cn-financial:5001:L-2026-00001-3")."""
    chart = next((each for each in accounting.CHART if name.startswith(f"{each.name}:")), None)
    book, code = name.split(":")[:2]
    named = chart or mapping_of(book.partition("-")[0]).accounts.get(code)
    return "" if named is None else named.zh if language == "zh" else named.en


def releases_of(work: Work, payout: Payout) -> list[paper.Deed]:
    """Who released it."""
    if payout.batch_id is None:
        return []
    return [paper.Deed(get(work.session, Person, each.person_id).name, each.at.astimezone(work.zone).date())
            for each in signatures_of(work.session, payout.batch_id)]


def offsets_of(work: Work, payout: Payout) -> Iterator[paper.Offset]:
    """What of a claim or an award was set off, also before the payout took the place of another."""
    siblings = select(Payout.reference).where(Payout.claim_id == payout.claim_id if payout.claim_id else Payout.award_id == payout.award_id)
    moves = (select(RecoveryMove, Recovery.reference).join(Recovery, col(Recovery.id) == RecoveryMove.recovery_id)
             .where(RecoveryMove.kind == MoveKind.OFFSET, col(RecoveryMove.document).in_(siblings)).order_by(col(RecoveryMove.id)))
    for move, recovery in work.session.exec(moves):
        yield paper.Offset(recovery, move.effective_on, move.amount)
