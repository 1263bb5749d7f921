"""Issue: an SME applies, and a voucher is issued.

Two officers decide on every application: one reviews it, another issues the voucher.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col, select

from voucher import accounting, ledger
from voucher.accounting import fund_line_position, room_in
from voucher.bans import refuse_banned
from voucher.database import fetch, get, lock, share_by_id
from voucher.deadlines import allowed, cited, drop_clocks, last_day_of, standing, start_clock, stop_clock
from voucher.duties import Duty
from voucher.errors import NotFound, NotNow, NotValid, Problem, _, problem, refuse_if_any
from voucher.files import StoredFile
from voucher.history import given, record
from voucher.money import Money
from voucher.numbering import next_reference
from voucher.people import Organisation, OrganisationKind, Role
from voucher.posting import lock_free_money, post
from voucher.programmes.calculation import Sheet
from voucher.programmes.durations import Duration, Unit
from voucher.programmes.firm_size import NOTHING_SAID, FirmSize, size_problems
from voucher.programmes.funding import FundLine, keep_shares
from voucher.programmes.programmes import Programme, ProgrammeState, TermsVersion, terms_in_force, terms_version
from voucher.programmes.terms import Mandate, Names, SubjectKind, Terms
from voucher.programmes.windows import budget_year
from voucher.references import year_of
from voucher.requests import file_problems
from voucher.uses import Scope, largest_in, most_for, scope_of
from voucher.vouchers import UNDECIDED, Voucher, VoucherState
from voucher.waiting import waiting_for
from voucher.work import Work
from workflows.machine import Machine, Parties, Step

VOUCHER = Machine(
    "voucher",
    Step("apply_for_voucher", (), VoucherState.SUBMITTED, "voucher.applied", by=(Role.SME,), duty=Duty.CLAIM),
    Step("ask_applicant", (VoucherState.SUBMITTED,), VoucherState.QUESTIONED, "voucher.questioned", by=(Role.REVIEWER,),
         duty=Duty.REVIEW),
    Step("answer_request", (VoucherState.QUESTIONED,), VoucherState.SUBMITTED, "voucher.answered", by=(Role.SME,), duty=Duty.CLAIM),
    Step("lapse_application", (VoucherState.QUESTIONED,), VoucherState.LAPSED, "voucher.lapsed"),
    Step("end_application", UNDECIDED, VoucherState.LAPSED, "voucher.programme_closed"),
    Step("withdraw_application",
         (VoucherState.SUBMITTED, VoucherState.QUESTIONED, VoucherState.REVIEWED, VoucherState.WAITLISTED, VoucherState.APPEALED),
         VoucherState.WITHDRAWN, "voucher.withdrawn", by=(Role.SME,), duty=Duty.CLAIM),
    Step("review_voucher", (VoucherState.SUBMITTED,), VoucherState.REVIEWED, "voucher.reviewed",
         by=(Role.REVIEWER,), duty=Duty.REVIEW),
    Step("reject_voucher", (VoucherState.SUBMITTED,), VoucherState.REJECTED, "voucher.rejected",
         by=(Role.REVIEWER,), duty=Duty.REVIEW),
    Step("refuse_voucher", (VoucherState.REVIEWED, VoucherState.WAITLISTED), VoucherState.REJECTED, "voucher.refused",
         by=(Role.APPROVER,), duty=Duty.ISSUE),
    Step("appeal_rejection", (VoucherState.REJECTED,), VoucherState.APPEALED, "voucher.appealed", by=(Role.SME,), duty=Duty.CLAIM),
    Step("uphold_appeal", (VoucherState.APPEALED,), VoucherState.SUBMITTED, "voucher.appeal_upheld", by=(Role.APPROVER,),
         duty=Duty.APPEAL),
    Step("dismiss_appeal", (VoucherState.APPEALED,), VoucherState.DISMISSED, "voucher.appeal_dismissed", by=(Role.APPROVER,),
         duty=Duty.APPEAL),
    Step("issue_voucher", (VoucherState.REVIEWED,), VoucherState.ISSUED, "voucher.issued",
         by=(Role.APPROVER,), duty=Duty.ISSUE),
    Step("put_on_waiting_list", (VoucherState.REVIEWED,), VoucherState.WAITLISTED, "voucher.waitlisted",
         by=(Role.APPROVER,), duty=Duty.ISSUE),
    Step("activate_voucher", (VoucherState.ISSUED,), VoucherState.ISSUED, "voucher.activated", by=(Role.SME,), duty=Duty.CLAIM),
    Step("ask_extension", (VoucherState.ISSUED,), VoucherState.ISSUED, "voucher.extension_asked", by=(Role.SME,), duty=Duty.CLAIM),
    Step("grant_extension", (VoucherState.ISSUED,), VoucherState.ISSUED, "voucher.extended", by=(Role.APPROVER,), duty=Duty.ISSUE),
    Step("refuse_extension", (VoucherState.ISSUED,), VoucherState.ISSUED, "voucher.extension_refused", by=(Role.APPROVER,),
         duty=Duty.ISSUE),
    Step("warn_of_expiry", (VoucherState.ISSUED,), VoucherState.ISSUED, "voucher.expiry_warned"),
    Step("expire_voucher", (VoucherState.ISSUED,), VoucherState.ISSUED, "voucher.expired"),
    Step("freeze_voucher", (VoucherState.ISSUED, VoucherState.SURRENDERING), VoucherState.FROZEN, "voucher.frozen",
         by=(Role.APPROVER, Role.AUDITOR)),
    Step("unfreeze_voucher", (VoucherState.FROZEN,), VoucherState.ISSUED, "voucher.unfrozen", by=(Role.APPROVER,)),
    Step("end_freeze", (VoucherState.FROZEN,), VoucherState.ISSUED, "voucher.freeze_ended"),
    Step("open_revocation", (VoucherState.ISSUED, VoucherState.SURRENDERING, VoucherState.FROZEN), VoucherState.HEARING,
         "voucher.revocation_opened", by=(Role.APPROVER, Role.AUDITOR)),
    Step("answer_revocation", (VoucherState.HEARING,), VoucherState.HEARD, "voucher.revocation_answered", by=(Role.SME,), duty=Duty.CLAIM),
    Step("record_revocation_hearing", (VoucherState.HEARING,), VoucherState.HEARD, "voucher.revocation_heard",
         by=(Role.APPROVER, Role.AUDITOR)),
    Step("drop_revocation", (VoucherState.HEARING, VoucherState.HEARD), VoucherState.ISSUED, "voucher.revocation_dropped",
         by=(Role.APPROVER, Role.AUDITOR)),
    Step("revoke_voucher", (VoucherState.HEARD,), VoucherState.REVOKED, "voucher.revoked", by=(Role.APPROVER,), duty=Duty.RECOVER),
    Step("surrender_voucher", (VoucherState.ISSUED,), VoucherState.SURRENDERED, "voucher.surrendered", by=(Role.SME,), duty=Duty.CLAIM),
    Step("ask_surrender", (VoucherState.ISSUED,), VoucherState.SURRENDERING, "voucher.surrender_asked", by=(Role.SME,), duty=Duty.CLAIM),
    Step("agree_to_surrender", (VoucherState.SURRENDERING,), VoucherState.SURRENDERING, "voucher.surrender_agreed", by=(Role.PROVIDER,),
         duty=Duty.PROVIDE),
    Step("take_silence_as_consent", (VoucherState.SURRENDERING,), VoucherState.SURRENDERING, "voucher.surrender_unanswered"),
    Step("refuse_surrender", (VoucherState.SURRENDERING,), VoucherState.ISSUED, "voucher.surrender_refused", by=(Role.PROVIDER,),
         duty=Duty.PROVIDE),
    Step("withdraw_surrender", (VoucherState.SURRENDERING,), VoucherState.ISSUED, "voucher.surrender_withdrawn", by=(Role.SME,),
         duty=Duty.CLAIM),
    Step("drop_surrender", (VoucherState.SURRENDERING,), VoucherState.ISSUED, "voucher.surrender_dropped"),
    Step("finish_surrender", (VoucherState.SURRENDERING,), VoucherState.SURRENDERED, "voucher.surrendered"),
    Step("give_back_what_is_free", (VoucherState.ISSUED,), VoucherState.ISSUED, "voucher.part_given_back", by=(Role.SME,),
         duty=Duty.CLAIM),
    Step("cancel_voucher", (VoucherState.ISSUED, VoucherState.FROZEN), VoucherState.CANCELLED, "voucher.cancelled",
         by=(Role.APPROVER,), duty=Duty.ISSUE),
    Step("serve_voucher", (VoucherState.WAITLISTED,), VoucherState.ISSUED, "voucher.served"),
    Step("offer_voucher", (VoucherState.WAITLISTED,), VoucherState.OFFERED, "voucher.offered"),
    Step("accept_offer", (VoucherState.OFFERED,), VoucherState.ISSUED, "voucher.offer_accepted", by=(Role.SME,), duty=Duty.CLAIM),
    Step("decline_offer", (VoucherState.OFFERED,), VoucherState.WITHDRAWN, "voucher.offer_declined", by=(Role.SME,),
         duty=Duty.CLAIM),
    Step("appeal_freeze", (VoucherState.FROZEN,), VoucherState.FROZEN, "voucher.measure_appealed", by=(Role.SME,),
         duty=Duty.CLAIM),
    Step("uphold_freeze_appeal", (VoucherState.FROZEN,), VoucherState.ISSUED, "voucher.unfrozen",
         by=(Role.APPROVER,), duty=Duty.APPEAL),
    Step("dismiss_freeze_appeal", (VoucherState.FROZEN,), VoucherState.FROZEN, "voucher.measure_appeal_dismissed",
         by=(Role.APPROVER,), duty=Duty.APPEAL),
    Step("appeal_cancellation", (VoucherState.CANCELLED,), VoucherState.CANCELLED, "voucher.measure_appealed", by=(Role.SME,),
         duty=Duty.CLAIM),
    Step("uphold_cancellation_appeal", (VoucherState.CANCELLED,), VoucherState.CANCELLED, "voucher.measure_appeal_upheld",
         by=(Role.APPROVER,), duty=Duty.APPEAL),
    Step("dismiss_cancellation_appeal", (VoucherState.CANCELLED,), VoucherState.CANCELLED, "voucher.measure_appeal_dismissed",
         by=(Role.APPROVER,), duty=Duty.APPEAL),
    Step("appeal_revocation", (VoucherState.REVOKED,), VoucherState.REVOKED, "voucher.measure_appealed", by=(Role.SME,),
         duty=Duty.CLAIM),
    Step("uphold_revocation_appeal", (VoucherState.REVOKED,), VoucherState.REVOKED, "voucher.measure_appeal_upheld",
         by=(Role.APPROVER,), duty=Duty.APPEAL),
    Step("dismiss_revocation_appeal", (VoucherState.REVOKED,), VoucherState.REVOKED, "voucher.measure_appeal_dismissed",
         by=(Role.APPROVER,), duty=Duty.APPEAL),
    Step("renew_voucher", (), VoucherState.REVIEWED, "voucher.renewed"),
    Step("lapse_offer", (VoucherState.OFFERED,), VoucherState.OFFER_LAPSED, "voucher.offer_lapsed"),
)


_FACE = Names(zh="不超过券面金额", en="No more than the face of the voucher")


# What the clocks of an application go by; and how long one may appeal where the terms do not say.
REVIEW, DECISION = "review", "decision"
#: The rule of the clock on a programme that is announced to close.
CLOSING = "closing"
USUAL_APPEAL = Duration(30, Unit.DAY)


# Of a team or a person for whom a voucher is.
LONGEST_NAME = 64


class NoMoneyLeft(NotNow):
    """The allotted money of this programme does not cover this voucher. Allot more, or wait until some is freed."""


def parties_of(voucher: Voucher) -> Parties:
    """Whose case a voucher is."""
    return {Role.SME: voucher.sme_id}


def group_problems(terms: Terms, group: str) -> list[Problem]:
    """What is wrong with a type of voucher. Services that have no line of their own share one, which names none."""
    known = terms.voucher_types
    if group in known:
        return []
    return [problem(_("This programme's money is cut by types of voucher. Name one of: {types}."), "service_group",
                    types=", ".join(each or "-" for each in known)) if len(known) > 1 else
            problem(_("This programme's money is not cut by types of voucher."), "service_group")]


def apply_for_voucher(work: Work, programme: str, sme: str, amount: Money, purpose: str, service_group: str = "", *,
                      team: str = "", person: str = "", size: FirmSize = NOTHING_SAID, mandate: str = "") -> Voucher:
    """An SME asks for a voucher of up to `amount`. Refused at once when the terms could never give so much.

    `service_group` is the type of voucher, where the terms cut the programme's money by types; `team` and `person` say for whom
    it is, where limits are counted so; `size` is what the firm says of itself, where its class has bounds; `mandate` is the file with which
    the firm itself says that it wants this, where the terms ask for it.
    """
    team, person = " ".join(team.split()), " ".join(person.split())
    held = fetch(work.session, Programme, programme)
    share_by_id(work.session, Programme, held.id)  # whoever closes it meanwhile waits, and meets this application
    firm = lock(work.session, Organisation, sme)
    VOUCHER.allow(work, "apply_for_voucher", {Role.SME: firm.id})
    refuse_banned(work.session, work.today, firm)
    version = terms_in_force(work.session, held, work.today)
    _check_day(work, version.terms)
    _refuse_after_last_day(work, held)
    _refuse_shut(held)
    check_application(work, held, version, firm, amount, purpose, service_group, {SubjectKind.TEAM: team, SubjectKind.PERSON: person},
                      size)
    signed = _mandate(work, version.terms, firm, mandate)
    voucher = Voucher(
        reference=next_reference(work.session, "V", year_of(work.today)), programme_id=held.id, terms_id=version.id,
        sme_id=firm.id, state="", amount_minor=amount.minor, currency=amount.currency, firm_class=firm.category,
        employees=size.employees, turnover_minor=size.turnover.minor if size.turnover else None, founded_on=size.founded_on,
        service_group=service_group, team=team, person=person, purpose=purpose, mandate_id=signed,
        applied_at=work.now)
    work.session.add(voucher)
    VOUCHER.begin(work, voucher, "apply_for_voucher", parties_of(voucher), case=voucher.reference, voucher_id=voucher.id,
                  amount=str(amount))
    start_review(work, voucher)
    return voucher


def _mandate(work: Work, terms: Terms, firm: Organisation, file: str) -> UUID | None:
    """The mandate that comes with an application. Raises NotValid where the terms ask for one and there is none of this firm's."""
    if file:
        refuse_if_any(file_problems(work.session, firm.id, [file]))
        return fetch(work.session, StoredFile, file).id
    acts_for = work.session.exec(select(Organisation).where(
        col(Organisation.id).in_(work.actor.organisations(Role.SME, Role.PROVIDER)))).all()
    if terms.mandate == Mandate.EVERYBODY or (terms.mandate == Mandate.AGENTS and len({each.group for each in acts_for}) > 1):
        raise NotValid(problems=[problem(_("The terms want a mandate signed by the firm itself with this application. Hand it in."),
                                         "mandate")])
    return None


def start_review(work: Work, voucher: Voucher) -> None:
    """From now on the application waits for a reviewer."""
    start_clock(work, voucher.reference, REVIEW, case=voucher.reference, waits_for=Role.REVIEWER,
                length=allowed(terms_of(work, voucher), REVIEW, "10 working days"), clause=cited(terms_of(work, voucher), REVIEW))


def terms_of(work: Work, voucher: Voucher) -> Terms:
    """The terms that stand on a voucher."""
    return terms_version(work.session, voucher.terms_id).terms


def _refuse_shut(programme: Programme) -> None:
    """Raises NotNow while a programme takes no applications. Who has applied goes on in a pause: what he is asked keeps its time."""
    if programme.state == ProgrammeState.PAUSED:
        raise NotNow(_("This programme is paused and takes no applications for now."))
    if programme.state != ProgrammeState.OPEN:
        raise NotNow(_("This programme takes no applications any more."))


def check_application(
    work: Work, programme: Programme, version: TermsVersion, firm: Organisation, amount: Money, purpose: str, service_group: str,
    people: Mapping[SubjectKind, str], size: FirmSize,
) -> None:
    """Whether a firm may ask for that amount today. Raises NotFound, and NotValid with every problem."""
    terms = version.terms
    problems = group_problems(terms, service_group) + _people_problems(terms, firm.category, people)
    if firm.kind != OrganisationKind.SME:
        raise NotFound
    if firm.category not in terms.firm_classes:
        problems.append(problem(_("Your firm is registered as {firm_class}; this programme knows {classes}."), "sme",
                                firm_class=firm.category or "-", classes=", ".join(terms.firm_classes)))
    elif amount.currency != programme.currency or amount.minor <= 0:
        problems.append(problem(_("Ask for an amount above zero in {currency}."), "amount", currency=programme.currency))
    elif not problems:
        problems += _most_problems(amount, most_for(
            work.session, terms, programme.id, firm.id, firm.category, work.today, service_group, team=people[SubjectKind.TEAM],
            person=people[SubjectKind.PERSON]))
    if firm.category in terms.firm_classes and (size.turnover is None or size.turnover.currency == programme.currency):
        problems += size_problems(terms, firm.category, size, work.today)
    if not purpose.strip():
        problems.append(problem(_("Say what the voucher is for."), "purpose"))
    refuse_if_any(problems)


def _most_problems(amount: Money, most: Sheet) -> list[Problem]:
    if most.refusals:
        return [problem(_("The terms give nothing now: {reasons}."), "amount", reasons=most.why_nothing)]
    if amount <= most.result:
        return []
    return [problem(_("The terms give your class of firm at most {most} {currency} now."), "amount", most=str(most.result),
                    currency=amount.currency)]


def _check_day(work: Work, terms: Terms) -> None:
    """Raises NotNow between the rounds of applications, and when the terms are in force no more."""
    ended_on = terms.programme.in_force_until
    if ended_on is not None and work.today > ended_on:
        raise NotNow(_("The rules of this programme were in force until {day}."), day=ended_on.isoformat())
    rounds = terms.programme.rounds
    if not rounds or terms.round_on(work.today) is not None:
        return
    following = next((each for each in sorted(rounds, key=lambda each: each.opens) if each.opens > work.today), None)
    if following is None:
        raise NotNow(_("The last round of applications is over."))
    raise NotNow(_("Applications are taken again from {opens} to {closes}."), opens=following.opens.isoformat(),
                 closes=following.closes.isoformat())


def _refuse_after_last_day(work: Work, programme: Programme) -> None:
    """Raises NotNow after the day that was announced as the last, also until the worker has closed the programme."""
    for clock in standing(work.session, programme.reference):
        if clock.rule == CLOSING and clock.today(work.now) > clock.due_on:
            raise NotNow(_("The last day of applications was {day}."), day=clock.due_on.isoformat())


def _people_problems(terms: Terms, firm_class: str, people: Mapping[SubjectKind, str]) -> list[Problem]:
    """A team (or person) that applies says which it is, where limits are counted so."""
    kind = terms.firm_classes[firm_class].kind if firm_class in terms.firm_classes else SubjectKind.COMPANY
    told = {SubjectKind.TEAM: _("Say which team it is: limits are counted by team."),
            SubjectKind.PERSON: _("Say which person it is: limits are counted by person.")}
    missing = [problem(told[subject], subject) for subject, name in people.items()
               if subject == kind and terms.counts_by(subject) and not name]
    return missing + [problem(_("At most {most} signs."), subject, most=LONGEST_NAME) for subject, name in people.items()
                      if len(name) > LONGEST_NAME]


def review_voucher(work: Work, voucher: str, note: str = "") -> Voucher:
    """A first officer has looked at an application and recommends it."""
    held = _decide(work, voucher, "review_voucher", note)
    start_clock(work, held.reference, DECISION, case=held.reference, waits_for=Role.APPROVER,
                length=allowed(terms_of(work, held), DECISION, "10 working days"), clause=cited(terms_of(work, held), DECISION))
    return held


def reject_voucher(work: Work, voucher: str, reason: str, basis: str) -> Voucher:
    """A first officer turns an application down; the reason and the legal basis go to the SME, which may appeal."""
    return _turn_down(work, voucher, "reject_voucher", reason, basis)


def refuse_voucher(work: Work, voucher: str, reason: str, basis: str) -> Voucher:
    """The second officer turns a reviewed application down; the reason and the legal basis go to the SME, which may appeal."""
    return _turn_down(work, voucher, "refuse_voucher", reason, basis)


def _turn_down(work: Work, voucher: str, step: str, reason: str, basis: str) -> Voucher:
    seen = fetch(work.session, Voucher, voucher)
    VOUCHER.allow(work, step, parties_of(seen))
    if not basis.strip():
        raise NotValid(problems=[problem(_("Name the article on which you turn it down; it is told to the SME."), "basis")])
    terms = terms_of(work, seen)
    appeal_by = last_day_of(work, seen.reference, terms.appeal_within or USUAL_APPEAL)
    held = _decide(work, voucher, step, given(reason), basis=basis.strip(), appeal_by=appeal_by.isoformat())
    start_clock(work, held.reference, "appeal", case=held.reference, waits_for=Role.SME, firm=held.sme_id,
                length=terms.appeal_within or USUAL_APPEAL, clause=terms.clause_of("appeal_within"), then="let_pass")
    return held


def withdraw_application(work: Work, voucher: str) -> Voucher:
    """The SME takes its application back before it is decided."""
    return _decide(work, voucher, "withdraw_application", "")


def _decide(work: Work, reference: str, step: str, reason: str, **data: str) -> Voucher:
    voucher = lock(work.session, Voucher, reference)
    VOUCHER.advance(work, voucher, step, parties_of(voucher), case=voucher.reference, reason=reason,
                    vouchers=(voucher.id,), **data)
    end_review(work, voucher)
    return voucher


def end_review(work: Work, voucher: Voucher) -> None:
    """The office has said what it has to say of an application: nobody is waited for any more."""
    for rule in (REVIEW, DECISION):
        stop_clock(work, voucher.reference, rule)
    drop_clocks(work, voucher.reference)


def issue_voucher(work: Work, voucher: str) -> Voucher:
    """The second officer issues a reviewed voucher: the budget of each funder is committed. Raises NoMoneyLeft.

    The terms in force today judge it, not those of the day of application. Raises NotNow when they give less.
    """
    place = look_for_money(work, fetch(work.session, Voucher, voucher))
    held = lock(work.session, Voucher, voucher)
    VOUCHER.advance(work, held, "issue_voucher", parties_of(held), case=held.reference, vouchers=(held.id,),
                    amount=str(held.amount))
    refuse_banned(work.session, work.today, get(work.session, Organisation, held.sme_id))
    end_review(work, held)
    if waiting_for(work, get(work.session, Programme, held.programme_id), held.service_group):
        raise NotNow(_("Others wait for the money of this programme. Put this application on the waiting list, where it has its turn."))
    commit_money(work, held, place)
    return held


@dataclass(frozen=True)
class MoneyPlace:
    """Where the money for a voucher would come from today: the terms in force, its firm's scope, the fund lines, all locked."""

    version: TermsVersion
    scope: Scope
    lines: list[FundLine]


def look_for_money(work: Work, seen: Voucher) -> MoneyPlace:
    """Lock what an issue of this voucher needs, in story order, before the voucher itself.

    Raises NoMoneyLeft without any line, NotNow once the programme is closed.
    """
    programme = keep_open(work, seen)
    version = terms_in_force(work.session, programme, work.today)
    lines = _lock_lines(work, seen, version.terms)
    # what others of its group get now, it cannot have
    return MoneyPlace(version, scope_of(work.session, version.terms, seen.sme_id, team=seen.team, person=seen.person,
                                        locked=True), lines)


def keep_open(work: Work, seen: Voucher, *, or_paused: bool = False) -> Programme:
    """The programme of an application, which nobody pauses or closes until the work ends. Raises NotNow when that was done.

    What was offered before a pause may be taken up during it; `or_paused` is for what issues nothing.
    """
    programme = share_by_id(work.session, Programme, seen.programme_id)
    if programme.state == ProgrammeState.PAUSED and seen.state != VoucherState.OFFERED and not or_paused:
        raise NotNow(_("This programme is paused. Nothing is issued in it until it goes on."))
    if programme.state not in (ProgrammeState.OPEN, ProgrammeState.PAUSED):
        raise NotNow(_("This programme is closed. Nothing is issued in it any more."))
    return programme


def is_covered(work: Work, voucher: Voucher, place: MoneyPlace, *, only_free: bool = False) -> bool:
    """Whether the fund lines hold enough for the voucher, each for its own part; `only_free` counts no over-issue."""
    try:
        funds, shares = _bearers(work, place.version.terms, voucher, place.scope, place.lines)
    except NoMoneyLeft:
        return False
    room = [fund_line_position(work.session, line).free if only_free else room_in(work.session, line) for line in funds]
    return all(each >= share for each, share in zip(room, shares, strict=True))


def commit_money(work: Work, voucher: Voucher, place: MoneyPlace) -> None:
    """Commit the budget for a voucher that is being issued. Raises NotNow when the terms give less now, NoMoneyLeft."""
    check_still_given(work, voucher, place.version.terms)
    _set_days(work, voucher, place.version)
    bear(work, voucher, place)
    case = accounting.case_of(work.session, voucher)
    lock_free_money(work.session, case.funds)
    uncovered = [max(share - fund_line_position(work.session, line).free, Money.zero(share.currency))
                 for line, share in zip(case.funds, case.spread(voucher.id), strict=True)]
    try:
        post(work, accounting.voucher_issued(case, work.today, tuple(uncovered)))
    except ledger.Overdrawn as refusal:
        raise NoMoneyLeft from refusal
    for line, amount in zip(case.funds, uncovered, strict=True):
        if amount:
            record(work, "fund_line.over_issued", line.reference, case=voucher.reference, amount=str(amount))


def bear(work: Work, voucher: Voucher, place: MoneyPlace) -> None:
    """Write down which fund lines bear the voucher, and what each of them."""
    funds, shares = _bearers(work, place.version.terms, voucher, place.scope, place.lines)
    voucher.fund_line_id = funds[0].id
    work.session.add(voucher)
    keep_shares(work.session, voucher.id, funds, shares)


def check_still_given(work: Work, voucher: Voucher, terms: Terms) -> None:
    """Raises NotNow when the terms do not give the firm the whole of the voucher any more."""
    if voucher.firm_class not in terms.firm_classes:
        raise NotNow(_("The terms in force know no class {firm_class} any more. Turn the application down, so that the firm can "
                       "apply again."), firm_class=voucher.firm_class)
    most = most_for(work.session, terms, voucher.programme_id, voucher.sme_id, voucher.firm_class, work.today,
                    voucher.service_group, team=voucher.team, person=voucher.person)
    if most.refusals:
        raise NotNow(_("The terms in force give this firm nothing now: {reasons}. Turn the application down."), reasons=most.why_nothing)
    if voucher.amount > most.result:
        raise NotNow(_("The terms in force give this firm at most {most} {currency} now. Turn the application down, so that it can "
                       "apply for less."), most=str(most.result), currency=voucher.currency)


def _set_days(work: Work, voucher: Voucher, version: TermsVersion) -> None:
    voucher.terms_id, voucher.issued_on = version.id, work.today
    voucher.use_by, voucher.claim_by = version.terms.last_days(work.today)


def _lock_lines(work: Work, voucher: Voucher, terms: Terms) -> list[FundLine]:
    """The fund lines of the programme's budget year for that type of voucher. The books say who gets the last of it; the lock only
    makes the ones who wait wait in one order.
    """
    year = select(FundLine).where(FundLine.programme_id == voucher.programme_id, FundLine.year == budget_year(terms, work.today),
                                  FundLine.service_group == voucher.service_group)
    lines = list(work.session.exec(year.order_by(col(FundLine.id)).with_for_update(key_share=True)))
    if not lines:
        raise NoMoneyLeft
    return lines


def _bearers(
    work: Work, terms: Terms, voucher: Voucher, scope: Scope, lines: list[FundLine],
) -> tuple[list[FundLine], list[Money]]:
    """Which fund lines bear a voucher, and what each bears of its face.

    As the terms divide it over the funders; where they name none, the first line that has enough.
    """
    if len(terms.funders) < 2:
        covered = [line for line in lines if fund_line_position(work.session, line).free >= voucher.amount]
        promised = [line for line in lines if room_in(work.session, line) >= voucher.amount]
        return [(covered or promised or lines)[0]], [voucher.amount]
    divided = largest_in(terms, scope, voucher.firm_class, work.today, group=voucher.service_group).within(
        voucher.amount, _FACE).funders
    funds = [line for line in lines if line.funder in divided]
    missing = sorted(set(divided) - {line.funder for line in funds})
    if missing:
        raise NoMoneyLeft(_("These funders have no money in this programme this year: {funders}."), funders=", ".join(missing))
    return funds, [divided[line.funder] for line in funds]
