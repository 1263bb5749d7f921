"""Awards: a provider asks for its award of a year, one officer checks the figures, another decides, and it is paid as claims are.

What the system knows (what was paid, contracts, deals, the score) is taken from its records; other figures the provider declares
with its papers. The amount follows from the terms, and the calculation is kept with the decision.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from voucher import accounting
from voucher.accounting import fund_line_position
from voucher.awards import AwardState, ProviderAward
from voucher.bans import refuse_banned
from voucher.database import fetch, get, lock
from voucher.duties import Duty, refuse_interested, refuse_one_hand
from voucher.errors import NotNow, NotValid, Problem, _, problem, refuse_if_any
from voucher.files import FileKind, StoredFile
from voucher.history import events_of, given
from voucher.money import Money
from voucher.numbering import next_reference
from voucher.people import Organisation, OrganisationKind, Role, account_of
from voucher.performance import Performance, performance_of
from voucher.posting import lock_free_money, post
from voucher.programmes.awards import Merit, calculate_award
from voucher.programmes.funding import FundLine, fund_lines_of, keep_shares
from voucher.programmes.programmes import Programme, terms_in_force, terms_version
from voucher.programmes.sheet import Sheet
from voucher.programmes.terms import Award, Terms
from voucher.programmes.windows import budget_year
from voucher.references import year_of
from voucher.work import Work
from workflows.machine import Machine, Parties, Step
from workflows.payouts import make_payout

AWARD = Machine(
    "award",
    Step("ask_award", (), AwardState.ASKED, "award.asked", by=(Role.PROVIDER,)),
    Step("propose_award", (AwardState.ASKED,), AwardState.PROPOSED, "award.proposed", by=(Role.REVIEWER,)),
    Step("decide_award", (AwardState.PROPOSED,), AwardState.DECIDED, "award.decided", by=(Role.APPROVER,)),
    Step("refuse_award", (AwardState.ASKED, AwardState.PROPOSED), AwardState.REFUSED, "award.refused", by=(Role.APPROVER,)),
)

FIRST_YEAR = 2000
MOST_PAPERS = 20


def parties_of(_session: Session, award: ProviderAward) -> Parties:
    """Whose case an award is."""
    return {Role.PROVIDER: award.provider_id}


# --- how much -----------------------------------------------------------------------------------------------------------


def recorded(performance: Performance) -> Merit:
    """What the system itself knows of a provider and a year, by the names that terms use."""
    return Merit(measures={"paid_subsidy": performance.paid, "redeemed": performance.paid, "contract_value": performance.contract_value},
                 counts={"deals": performance.orders}, score=performance.score)


def to_declare(award: Award) -> dict[str, bool]:
    """What a provider has to declare itself for an award: measure -> whether it is a number and no amount."""
    known = ("paid_subsidy", "redeemed", "contract_value", "deals")
    bases = [award.basis, *(part.basis for part in award.smaller_of if part.rate is not None)]
    wanted = dict.fromkeys(bases, False) | {each.measure: each.times is not None for each in award.thresholds}
    return {name: is_number for name, is_number in wanted.items() if name and name not in known}


def work_out(terms: Terms, code: str, performance: Performance, figures: Mapping[str, str]) -> Sheet:
    """What an award comes to by the terms, and why. Raises NotValid when a figure is missing, or can not be read."""
    merit = recorded(performance)
    award = next((each for each in terms.provider_awards if each.code == code), None)
    wanted = to_declare(award) if award else {}
    problems: list[Problem] = []
    measures, counts = dict(merit.measures), dict(merit.counts)
    for name, text in figures.items():
        if name not in wanted:
            problems.append(problem(_("This award does not ask for {name}."), "figures", name=name))
        elif wanted[name] and text.isascii() and text.isdigit():
            counts[name] = int(text)
        elif wanted[name]:
            problems.append(problem(_("{name}: a whole number is wanted."), "figures", name=name))
        else:
            try:
                measures[name] = Money.parse(text, terms.currency)
            except NotValid as refusal:
                problems.append(problem(refusal.template, "figures", **refusal.values))
                continue
            if measures[name].minor < 0:
                problems.append(problem(_("{name}: less than nothing cannot be declared."), "figures", name=name))
    refuse_if_any(problems)
    return calculate_award(terms, code, Merit(measures, counts, merit.score if merit.score is not None else 0))


def figures_in(text: str) -> dict[str, str]:
    r"""What was declared, a figure a line: its name, then its value. Raises NotValid with every line that is none.

    >>> figures_in("rental_income 120000.00\n\noutside_test_income: 90000.00")
    {'rental_income': '120000.00', 'outside_test_income': '90000.00'}
    """
    found: dict[str, str] = {}
    problems = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.replace(":", " ").replace("：", " ").split()
        if len(words) == 2 and words[0] not in found:
            found[words[0]] = words[1]
        elif words:
            problems.append(problem(
                _("Line {row}: write the name of the figure, then its value, each figure once."), "figures", row=number))
    refuse_if_any(problems)
    return found


# --- the steps ----------------------------------------------------------------------------------------------------------


def ask_award(
    work: Work, provider: str, programme: str, year: int, code: str, figures: str = "", papers: Sequence[str] = ()
) -> ProviderAward:
    """Ask for the award of a year, with the figures that only the provider knows and the papers that prove them."""
    held = fetch(work.session, Programme, programme)
    firm = lock(work.session, Organisation, provider)
    parties = {Role.PROVIDER: firm.id}
    AWARD.allow(work, "ask_award", parties)
    if firm.kind != OrganisationKind.PROVIDER:
        raise NotValid(problems=[problem(_("Only providers get awards."), "provider")])
    refuse_banned(work.session, work.today, firm)
    if not FIRST_YEAR <= year <= work.today.year:
        raise NotValid(problems=[problem(_("The year must not lie ahead."), "year")])
    version = terms_in_force(work.session, held)
    declared = figures_in(figures)
    performance = performance_of(work.session, held.id, firm.id, year, held.currency)
    work_out(version.terms, code, performance, declared)
    _check_free(work, held, firm, year, code)
    award = ProviderAward(
        reference=next_reference(work.session, "W", year_of(work.today)), programme_id=held.id, provider_id=firm.id, terms_id=version.id,
        year=year, code=code, state="", currency=held.currency, figures=declared, facts={"papers": _papers(work, firm, papers)},
        asked_at=work.now, asked_by=work.actor.person_id)
    AWARD.begin(work, award, "ask_award", parties, case=award.reference, provider=firm.reference, year=year, award=code)
    return award


def _check_free(work: Work, programme: Programme, firm: Organisation, year: int, code: str) -> None:
    if work.session.exec(select(ProviderAward.id).where(
            ProviderAward.programme_id == programme.id, ProviderAward.provider_id == firm.id, ProviderAward.year == year,
            ProviderAward.code == code, ProviderAward.state != AwardState.REFUSED)).first() is not None:
        raise NotNow(_("This award was asked for already, or given."))


def _papers(work: Work, firm: Organisation, papers: Sequence[str]) -> list[str]:
    if len(papers) > MOST_PAPERS:
        raise NotValid(problems=[problem(_("At most {most} papers."), "papers", most=MOST_PAPERS)])
    own = set(work.session.exec(select(StoredFile.reference).where(
        col(StoredFile.reference).in_(papers), StoredFile.owner_id == firm.id, StoredFile.kind == FileKind.EVIDENCE)))
    refuse_if_any(problem(_("{file} is not a paper of yours."), "papers", file=each) for each in papers if each not in own)
    return list(papers)


def propose_award(work: Work, award: str) -> ProviderAward:
    """The figures were checked: propose what the terms make of them. Somebody else decides."""
    held, firm = _lock(work, award)
    AWARD.allow(work, "propose_award", parties_of(work.session, held))
    refuse_interested(work, firm, Duty.REVIEW)
    sheet, performance = _worked_out(work, held)
    if not sheet.result:
        raise NotNow(_("By the terms this award comes to nothing: {why}."), why=sheet.why_nothing)
    held.amount_minor, held.sheet, held.proposed_by = sheet.result.minor, sheet.as_json(), work.actor.person_id
    held.facts = held.facts | performance.as_json()
    return _advance(work, held, "propose_award", amount=str(held.amount), score=performance.score)


def _worked_out(work: Work, award: ProviderAward, rated_by: datetime | None = None) -> tuple[Sheet, Performance]:
    performance = performance_of(work.session, award.programme_id, award.provider_id, award.year, award.currency, rated_by)
    return work_out(terms_version(work.session, award.terms_id).terms, award.code, performance, award.figures), performance


def worth_of(work: Work, award: ProviderAward) -> Money:
    """What an award comes to by the records of today.

    Of one that was granted, stars that came later say nothing: what an SME came to think of a service makes no award wrong.
    """
    granted = [each.at for each in events_of(work.session, award.reference) if each.name == "award.decided"]
    return _worked_out(work, award, granted[-1] if granted else None)[0].result


def decide_award(work: Work, award: str, reason: str = "") -> ProviderAward:
    """Grant the award as proposed: it is owed, out of the programme's free money of this year, and payable. By another officer.

    Raises NotNow when the records say something else than when it was proposed, when the money is not there, or when the
    provider has no account.
    """
    held, firm = _lock(work, award)
    AWARD.allow(work, "decide_award", parties_of(work.session, held))
    refuse_interested(work, firm, Duty.APPROVE)
    refuse_banned(work.session, work.today, firm)
    refuse_one_hand(work, (held.proposed_by,), held.asked_at, _("You proposed this award yourself, so another person has to decide it."))
    if held.state != AwardState.PROPOSED:  # the database would say so too, but this says it in words
        return _advance(work, held, "decide_award")
    if worth_of(work, held) != held.amount:
        raise NotNow(_("The records have changed since this award was proposed. Refuse it, and let it be asked for anew."))
    account = account_of(work.session, firm.id, held.currency)
    if account is None:
        raise NotNow(_("{name} has no account in {currency}. Enter one first."), name=firm.name, currency=held.currency)
    held.decided_by, held.decided_on, held.reason = work.actor.person_id, work.today, reason.strip()
    _advance(work, held, "decide_award", held.reason, amount=str(held.amount))
    lines, amounts = _bearers(work, held)
    keep_shares(work.session, held.id, lines, amounts)
    make_payout(work, held.reference, firm.id, held.amount, account, award_id=held.id)
    post(work, accounting.award_decided(accounting.awards_owed(work.session, [held.id])[held.id], work.today))
    return held


def _bearers(work: Work, award: ProviderAward) -> tuple[list[FundLine], list[Money]]:
    """Whose money it is: by the funders' shares where the terms name them, else of the first lines that have it free."""
    terms = terms_version(work.session, award.terms_id).terms
    year = budget_year(terms, work.today)
    lines = [line for line in fund_lines_of(work.session, award.programme_id, year) if not line.service_group]
    lock_free_money(work.session, lines)
    free = [fund_line_position(work.session, line).free for line in lines]
    weights = {funder.code: funder.share for funder in terms.funders if funder.share}
    chosen = [line for line in lines if line.funder in weights]
    missing = sorted(set(weights) - {line.funder for line in chosen})
    if missing:
        raise NotNow(_("By the terms {funders} bears a share of this award, and has no fund line this year. Open one first."),
                     funders=", ".join(missing))
    if chosen:
        parts = award.amount.split([weights[line.funder] for line in chosen])
        if all(part <= free[lines.index(line)] for line, part in zip(chosen, parts, strict=True)):
            return chosen, list(parts)
        raise NotNow(_("The programme has not enough free money this year for this award."))
    return lines, _in_turn(award.amount, free)


def _in_turn(amount: Money, free: Sequence[Money]) -> list[Money]:
    """An amount from the first that has something, then the next."""
    parts = []
    for each in free:
        parts.append(min(amount, each))
        amount -= parts[-1]
    if amount:
        raise NotNow(_("The programme has not enough free money this year for this award."))
    return parts


def refuse_award(work: Work, award: str, reason: str) -> ProviderAward:
    """The award is not given, and why. It may be asked for again."""
    held, firm = _lock(work, award)
    refuse_interested(work, firm, Duty.APPROVE)
    _advance(work, held, "refuse_award", given(reason))
    held.reason = given(reason)
    return held


def _lock(work: Work, award: str) -> tuple[ProviderAward, Organisation]:
    held = lock(work.session, ProviderAward, award)
    return held, get(work.session, Organisation, held.provider_id)


def _advance(work: Work, held: ProviderAward, step: str, reason: str = "", **data: Any) -> ProviderAward:
    work.session.add(held)
    AWARD.advance(work, held, step, parties_of(work.session, held), case=held.reference, reason=reason, **data)
    return held
