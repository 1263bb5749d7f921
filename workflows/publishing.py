"""Publishing: a terms file becomes a programme, or the next version of one."""

import hashlib

from sqlmodel import select

from voucher.approvals import keep_levels
from voucher.errors import NotValid, _
from voucher.numbering import next_reference
from voucher.people import Role
from voucher.programmes.programmes import Programme, ProgrammeState, TermsVersion, terms_in_force
from voucher.programmes.reading import read_terms
from voucher.references import year_of
from voucher.work import Work
from workflows.machine import Machine, Step

PROGRAMME = Machine(
    "programme",
    Step("publish_programme", (), ProgrammeState.OPEN, "programme.published", by=(Role.APPROVER, Role.ADMINISTRATOR)),
    Step("republish_programme", (ProgrammeState.OPEN,), ProgrammeState.OPEN, "programme.republished",
         by=(Role.APPROVER, Role.ADMINISTRATOR)),
    Step("republish_paused", (ProgrammeState.PAUSED,), ProgrammeState.PAUSED, "programme.republished",
         by=(Role.APPROVER, Role.ADMINISTRATOR)),
    Step("pause_programme", (ProgrammeState.OPEN,), ProgrammeState.PAUSED, "programme.paused", by=(Role.APPROVER, Role.ADMINISTRATOR)),
    Step("resume_programme", (ProgrammeState.PAUSED,), ProgrammeState.OPEN, "programme.resumed", by=(Role.APPROVER, Role.ADMINISTRATOR)),
    Step("announce_closing", (ProgrammeState.OPEN,), ProgrammeState.OPEN, "programme.closing_announced",
         by=(Role.APPROVER, Role.ADMINISTRATOR)),
    Step("announce_closing_paused", (ProgrammeState.PAUSED,), ProgrammeState.PAUSED, "programme.closing_announced",
         by=(Role.APPROVER, Role.ADMINISTRATOR)),
    Step("close_programme", (ProgrammeState.OPEN, ProgrammeState.PAUSED), ProgrammeState.CLOSED, "programme.closed",
         by=(Role.APPROVER, Role.ADMINISTRATOR)),
    Step("close_on_its_day", (ProgrammeState.OPEN, ProgrammeState.PAUSED), ProgrammeState.CLOSED, "programme.closed"),
    Step("settle_programme", (ProgrammeState.CLOSED,), ProgrammeState.SETTLED, "programme.settled", by=(Role.FINANCE,)),
    Step("record_appropriation", (ProgrammeState.OPEN,), ProgrammeState.OPEN, "funds.appropriated", by=(Role.FINANCE,)),
    Step("allot", (ProgrammeState.OPEN,), ProgrammeState.OPEN, "funds.allotted", by=(Role.FINANCE,)),
    Step("allow_over_issue", (ProgrammeState.OPEN,), ProgrammeState.OPEN, "over_issue.allowed", by=(Role.FINANCE,)),
    Step("withdraw_over_issue", (ProgrammeState.OPEN,), ProgrammeState.OPEN, "over_issue.withdrawn", by=(Role.FINANCE,)),
    Step("advance_funds", (ProgrammeState.OPEN,), ProgrammeState.OPEN, "advance.made", by=(Role.FINANCE,)),
    Step("settle_advance", (ProgrammeState.OPEN,), ProgrammeState.OPEN, "advance.settled", by=(Role.FINANCE,)),
    Step("lapse_free_money", (ProgrammeState.OPEN,), ProgrammeState.OPEN, "year.lapsed", by=(Role.FINANCE,)),
    Step("carry_forward", (ProgrammeState.OPEN,), ProgrammeState.OPEN, "year.free_carried", by=(Role.FINANCE,)),
    Step("carry_orders", (ProgrammeState.OPEN,), ProgrammeState.OPEN, "year.carried", by=(Role.FINANCE,)),
    Step("accrue_deliveries", (ProgrammeState.OPEN,), ProgrammeState.OPEN, "year.accrued", by=(Role.FINANCE,)),
)


def publish_programme(work: Work, source: bytes) -> Programme:
    """Publish a terms file: a new programme, or the next version of one. The same file again changes nothing.

    Raises NotValid with every problem of the file and its line.
    """
    PROGRAMME.allow(work, "publish_programme", {})
    terms = read_terms(source)
    programme = work.session.exec(select(Programme).where(Programme.code == terms.code).with_for_update(key_share=True)).first()
    if programme is None:
        programme = Programme(reference=next_reference(work.session, "P", year_of(work.today)), code=terms.code,
                              name_zh=terms.name_zh, name_en=terms.name_en, currency=terms.currency, zone=terms.zone)
        PROGRAMME.begin(work, programme, "publish_programme", {}, case=programme.reference)
        _add_version(work, programme, 1, source)
        return programme
    _publish_next(work, programme, source, terms.currency)
    return programme


def _publish_next(work: Work, programme: Programme, source: bytes, currency: str) -> None:
    newest = terms_in_force(work.session, programme)
    if newest.digest == hashlib.sha256(source).hexdigest():
        return
    if currency != programme.currency:
        raise NotValid(_("This programme runs in {currency}. Another currency needs a programme of its own."),
                       currency=programme.currency)
    step = "republish_paused" if programme.state == ProgrammeState.PAUSED else "republish_programme"
    PROGRAMME.advance(work, programme, step, {}, case=programme.reference)
    _add_version(work, programme, newest.number + 1, source)


def _add_version(work: Work, programme: Programme, number: int, source: bytes) -> None:
    version = TermsVersion(
        programme_id=programme.id, number=number, digest=hashlib.sha256(source).hexdigest(), source=source.decode(),
        published_at=work.now, published_by=work.actor.person_id)
    work.session.add(version)
    work.session.flush()
    keep_levels(work.session, version.id, version.terms)
