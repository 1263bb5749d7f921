"""The facts that checks are told, read for many claims at once: the number of questions does not grow with the claims."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import String, cast
from sqlalchemy.orm import aliased
from sqlmodel import Session, and_, col, func, or_, select

from voucher.appeals import began_with
from voucher.checks.facts import (
    Account,
    Asked,
    Digits,
    Elsewhere,
    Facts,
    Firm,
    Invoice,
    Officer,
    Paper,
    Payment,
    Purchase,
    Threshold,
)
from voucher.checks.graph import EMPTY, Graph, graph_of
from voucher.checks.invoices import plain_number, same_number
from voucher.checks.prices import FEWEST
from voucher.claims import LIVE, Claim, ClaimEvidence, ClaimLine, ClaimVersion
from voucher.duties import OF_PARTIES, DutyTaken
from voucher.errors import _
from voucher.exchange import Reported, keys_of_lists, reported
from voucher.exchange_list import ticket_of
from voucher.files import StoredFile
from voucher.history import Event
from voucher.listings import ListedSpan, spans_of
from voucher.orders import OFF, Order
from voucher.payouts import Payout, PayoutState
from voucher.people import AccountConfirmation, BankAccount, Membership, Organisation, Person, Role
from voucher.price_lists import ListPrice, prices_between
from voucher.programmes.programmes import Programme, TermsVersion, terms_version
from voucher.programmes.terms import Condition, Period, Terms
from voucher.samples import lots_that_drew
from voucher.ties import ROUNDS, organisation_node, person_node, ties_around
from voucher.vouchers import Voucher

# How far back other orders are looked at.
_YEAR = timedelta(days=365)


@dataclass(frozen=True)
class _Row:
    """A claim with what it hangs on."""

    claim: Claim
    order: Order
    voucher: Voucher
    programme: str
    sme: Organisation
    provider: Organisation

    @property
    def claimant(self) -> Organisation:
        return self.sme if self.claim.claimant_id == self.sme.id else self.provider


def facts_of(session: Session, claims: Collection[UUID], today: date, *, whole: bool = True) -> dict[UUID, Facts]:
    """The facts of these claims, by claim. Not `whole`: what matters before money goes, without other orders and prices."""
    sme, provider = aliased(Organisation), aliased(Organisation)
    rows = [_Row(*found) for found in session.exec(
        select(Claim, Order, Voucher, Programme.code, sme, provider)  # type: ignore[call-overload]
        .join(Order, col(Order.id) == Claim.order_id).join(Voucher, col(Voucher.id) == Order.voucher_id)
        .join(Programme, col(Programme.id) == Voucher.programme_id).join(sme, col(sme.id) == Voucher.sme_id)
        .join(provider, col(provider.id) == Order.provider_id).where(col(Claim.id).in_(claims)))]
    lines, other_lines = _lines(session, claims)
    papers, other_papers = _papers(session, claims)
    payments, other_payments = _payments(session, rows) if whole else ({}, {})
    elsewhere = _elsewhere(session, lines, papers)
    terms = _terms(session, rows)
    officers = _officers(session, rows)
    listed = spans_of(session, [row.provider.id for row in rows])
    graph = _graph(session, rows, officers, terms)
    accounts = _accounts(session, rows)
    beside = _beside(session, rows) if whole else defaultdict(dict)
    return {row.claim.id: Facts(
        claim=row.claim.reference, programme=row.programme, today=today, sme=_firm(row.sme), provider=_firm(row.provider),
        claimant=_firm(row.claimant), order=_purchase(row.order, row.sme.reference, row.provider.reference),
        lines=lines[row.claim.id], papers=papers[row.claim.id], other_lines=other_lines[row.claim.id],
        other_papers=other_papers[row.claim.id], payment=payments.get(row.claim.id),
        other_payments=other_payments.get(row.claim.id, ()), elsewhere=elsewhere[row.claim.id],
        account=accounts.get(row.claim.id), graph=graph, officers=officers[row.voucher.id],
        provider_listed=_was_listed(row, listed), delivered_on=row.order.delivered_on, asked=_asked(row.claim, row.order),
        **_by_terms(terms[row.order.terms_id], row, lines[row.claim.id], today), **beside[row.claim.id]) for row in rows}


def _was_listed(row: _Row, listed: Mapping[UUID, Sequence[ListedSpan]]) -> bool:
    """Whether the provider was listed on the day of service: that of the delivery, or else of the order."""
    day = row.order.delivered_on or row.order.placed_on
    return any(span.from_on <= day and (span.ended_on is None or span.ended_on > day) for span in listed.get(row.provider.id, ()))


def _firm(held: Organisation) -> Firm:
    return Firm(held.reference, held.name, f"{held.country}:{held.number}", held.group)


def _purchase(order: Order, sme: str, provider: str) -> Purchase:
    return Purchase(order.reference, sme, provider, order.service_type, order.placed_on, order.net, order.title, order.item,
                    order.quantity, order.voucher_part)


def _asked(claim: Claim, order: Order) -> Asked:
    return Asked(claim.reference, order.reference, order.service_type, claim.submitted_at.date(), claim.holds, claim.milestone)


# -- Invoices and papers -------------------------------------------------------------------------------------------------

_Versions = Mapping[UUID, Sequence[ClaimVersion]]


def _versions(session: Session, claims: Collection[UUID]) -> _Versions:
    """What these claims said before they were corrected, the first version first."""
    found: dict[UUID, list[ClaimVersion]] = defaultdict(list)
    for each in session.exec(select(ClaimVersion).where(col(ClaimVersion.claim_id).in_(claims)).order_by(col(ClaimVersion.number))):
        found[each.claim_id].append(each)
    return found


def _handed_in(versions: _Versions, claim: UUID, says_it: Callable[[Mapping[str, Any]], bool]) -> UUID:
    """Since when a claim has said something that it says now: an id, which grows with time.

    A claim that was corrected keeps its id, and what is new in it is as new as its version, which begins as the one before is put away.
    """
    before = versions.get(claim, ())
    begun = [claim, *(each.id for each in before)]
    since = begun[-1]
    for version, start in zip(reversed(before), reversed(begun[:-1]), strict=True):
        if not says_it(version.content):
            break
        since = start
    return since


def _lines(session: Session, claims: Collection[UUID]) -> tuple[dict[UUID, list[Invoice]], dict[UUID, list[Invoice]]]:
    """The lines of each claim, and those like one of them that were handed in before with another: the later one has to explain itself."""
    own, other = defaultdict(list), defaultdict(list)
    mine, shapes = _select_lines(session, col(ClaimLine.claim_id).in_(claims)), defaultdict(list)
    for line, *about in mine:
        own[line.claim_id].append(_invoice(line, *about))
        shapes[line.invoice_shape].append(line)
    alike = _select_lines(session, col(ClaimLine.invoice_shape).in_(shapes), col(Claim.state).in_(LIVE))
    versions = _versions(session, {line.claim_id for line, *_about in (*mine, *alike)})
    since = {line.id: _line_handed_in(versions, line) for line, *_about in (*mine, *alike)}
    began = began_with(session, {line.claim_id for line, *_about in (*mine, *alike)})
    for line, *about in alike:
        for claim in {each.claim_id for each in shapes[line.invoice_shape]
                      if since[line.id] < since[each.id] and began[line.claim_id] != began[each.claim_id]}:
            other[claim].append(_invoice(line, *about))
    return own, other


def _line_handed_in(versions: _Versions, line: ClaimLine) -> UUID:
    return _handed_in(versions, line.claim_id, lambda said: any(same_number(line.invoice_number, each[1]) for each in said["lines"]))


def _select_lines(session: Session, *which: Any) -> Sequence[Any]:
    return session.exec(
        select(ClaimLine, Claim.reference, Organisation, Programme.code).join(Claim, col(Claim.id) == ClaimLine.claim_id)
        .join(Order, col(Order.id) == Claim.order_id).join(Organisation, col(Organisation.id) == Order.provider_id)
        .join(Voucher, col(Voucher.id) == Order.voucher_id).join(Programme, col(Programme.id) == Voucher.programme_id)
        .where(*which).order_by(col(ClaimLine.claim_id), col(ClaimLine.number))).all()


def _invoice(line: ClaimLine, claim: str, seller: Organisation, programme: str) -> Invoice:
    return Invoice(claim, line.number, f"{seller.country}:{seller.number}", line.invoice_number, line.issued_on,
                   line.money(line.net_minor), line.description, programme)


def _papers(session: Session, claims: Collection[UUID]) -> tuple[dict[UUID, list[Paper]], dict[UUID, list[Paper]]]:
    """The papers of each claim, and those with the same bytes that were handed in before with another."""
    own, other = defaultdict(list), defaultdict(list)
    by_bytes: dict[str, set[UUID]] = defaultdict(set)
    for claim, paper in _select_papers(session, col(ClaimEvidence.claim_id).in_(claims)):
        own[claim].append(paper)
        by_bytes[paper.sha256].add(claim)
    alike = _select_papers(session, col(StoredFile.sha256).in_(list(by_bytes)), col(Claim.state).in_(LIVE))
    versions = _versions(session, {*claims, *(claim for claim, _paper in alike)})
    names = [each[1] for several in versions.values() for version in several for each in version.content["evidence"]]
    bytes_of = dict(session.exec(select(StoredFile.reference, StoredFile.sha256).where(col(StoredFile.reference).in_(names))).all())

    def since(claim: UUID, sha256: str) -> UUID:
        return _handed_in(versions, claim, lambda said: any(bytes_of.get(each[1]) == sha256 for each in said["evidence"]))

    for claim, paper in alike:
        for later in by_bytes[paper.sha256] - {claim}:
            if since(claim, paper.sha256) < since(later, paper.sha256):
                other[later].append(paper)
    return own, other


def _select_papers(session: Session, *which: Any) -> list[tuple[UUID, Paper]]:
    rows = session.exec(
        select(Claim.id, Claim.reference, ClaimEvidence.kind, StoredFile.reference,  # type: ignore[call-overload]
               StoredFile.sha256, Organisation, Programme.code, Order.reference)
        .join(ClaimEvidence, col(ClaimEvidence.claim_id) == Claim.id).join(StoredFile, col(StoredFile.id) == ClaimEvidence.file_id)
        .join(Order, col(Order.id) == Claim.order_id).join(Organisation, col(Organisation.id) == Order.provider_id)
        .join(Voucher, col(Voucher.id) == Order.voucher_id).join(Programme, col(Programme.id) == Voucher.programme_id)
        .where(*which).order_by(col(ClaimEvidence.claim_id), col(ClaimEvidence.id)))
    return [(claim, Paper(reference, kind, file, sha256, f"{seller.country}:{seller.number}", programme, order))
            for claim, reference, kind, file, sha256, seller, programme, order in rows]


# -- Proofs of the own share -----------------------------------------------------------------------------------------------

def _payments(session: Session, rows: Sequence[_Row]) -> tuple[dict[UUID, Payment], dict[UUID, list[Payment]]]:
    """The payment that each claim names, and those with such a reference that others of the same firm, or of the same provider and day,
    named before.
    """
    own = {row.claim.id: _payment(row.claim, row.order, row.sme.id, row.programme) for row in rows if row.claim.own_payment_minor}
    beside = session.exec(
        select(Claim, Order, Voucher.sme_id, Programme.code).join(Order, col(Order.id) == Claim.order_id)
        .join(Voucher, col(Voucher.id) == Order.voucher_id).join(Programme, col(Programme.id) == Voucher.programme_id)
        .where(Claim.own_payment_minor > 0, col(Claim.state).in_(LIVE),
               or_(col(Voucher.sme_id).in_({row.sme.id for row in rows}),
                   and_(col(Order.provider_id).in_({row.provider.id for row in rows}),
                        col(Claim.own_payment_on).in_({each.paid_on for each in own.values()}))))
        .order_by(col(Claim.id))).all() if own else ()
    named: dict[str, list[tuple[UUID, Payment]]] = defaultdict(list)
    for claim, order, sme, programme in beside:
        named[plain_number(claim.own_payment_reference)].append((claim.id, _payment(claim, order, sme, programme)))
    alike = {mine: named[plain_number(payment.reference)] for mine, payment in own.items()}
    versions = _versions(session, {*alike, *(claim for several in alike.values() if len(several) > 1 for claim, _payment in several)})

    def since(claim: UUID, number: str) -> UUID:
        return _handed_in(versions, claim, lambda said: plain_number(said["own_payment"][0]) == number)

    return own, {mine: [each for claim, each in several if claim != mine and since(claim, number) < since(mine, number)]
                 for mine, several in alike.items() for number in [plain_number(own[mine].reference)]}


def _payment(claim: Claim, order: Order, sme: UUID, programme: str) -> Payment:
    return Payment(claim.reference, order.reference, str(sme), str(order.provider_id), claim.own_payment_reference, claim.own_payment_on,
                   programme)


# -- Lists of other offices ------------------------------------------------------------------------------------------------

def _elsewhere(session: Session, lines: Mapping[UUID, Sequence[Invoice]], papers: Mapping[UUID, Sequence[Paper]]
               ) -> dict[UUID, list[Elsewhere]]:
    """What of each claim stands on a list of another office; nothing is asked where there is no list."""
    told: dict[UUID, dict[tuple[str, Invoice | Paper], Elsewhere]] = defaultdict(dict)
    for secret in [key.shared for key in keys_of_lists(session)]:
        hashes: dict[str, list[tuple[UUID, Invoice | Paper]]] = defaultdict(list)
        for claim, several in lines.items():
            for line in several:
                for each in secret.invoice(line.seller, line.number):
                    hashes[each].append((claim, line))
        for claim, some in papers.items():
            for paper in some:
                hashes[secret.file(paper.sha256)].append((claim, paper))
        for each, offices in reported(session, hashes.keys()).items():
            for claim, held in hashes[each]:
                for office in offices:  # which may know an invoice by both forms of its number
                    told[claim].setdefault((office.office_code, held), _told_by(office, held))
    return defaultdict(list, {claim: list(several.values()) for claim, several in told.items()})


def _told_by(office: Reported, held: Invoice | Paper) -> Elsewhere:
    about = office.office, office.office_code, office.made_on, ticket_of(office.hash)
    if isinstance(held, Invoice):
        return Elsewhere(*about, held.number, held.line)
    return Elsewhere(*about, held.file, kind=held.kind)


# -- The terms -----------------------------------------------------------------------------------------------------------

def _terms(session: Session, rows: Sequence[_Row]) -> dict[UUID, Terms]:
    """The terms by which each order is judged, read once."""
    wanted = {row.order.terms_id for row in rows}
    session.exec(select(TermsVersion).where(col(TermsVersion.id).in_(wanted))).all()
    return {key: terms_version(session, key).terms for key in wanted}


def _by_terms(terms: Terms, row: _Row, lines: Sequence[Invoice], today: date) -> dict[str, Any]:
    """What the terms say to the checks: which ties they forbid, what one may try to stay below, when nobody works."""
    relations, calendar = terms.relations, terms.calendar
    return {
        "levels": terms.checks,
        "forbidden": frozenset(str(each) for each in relations.forbidden) if relations else frozenset(),
        "depth": relations.depth if relations else 1,
        "ended_after": relations.look_back.before(today) if relations and relations.look_back else None,
        "thresholds": tuple(dict.fromkeys(_thresholds(terms, row.order, row.voucher.firm_class))),
        "free_days": frozenset(line.issued_on for line in lines if not calendar.is_working_day(line.issued_on))}


def _thresholds(terms: Terms, order: Order, firm_class: str) -> Iterable[Threshold]:
    for when in (*(rate.when for rate in terms.rates), *(cap.when for cap in terms.caps)):
        if when.cost_up_to and _concern(terms, when, order, firm_class):
            yield Threshold(_("kinder rule"), when.cost_up_to)
    for rate in terms.rates:
        if not rate.when.services or order.service_type in terms.members(rate.when.services):
            yield from (Threshold(_("band"), band.up_to) for band in rate.bands if band.up_to)
    yield from (Threshold(_("cost limit"), each.at_most) for each in terms.eligible_cost if each.at_most)
    yield from (Threshold(_("evidence limit"), each.from_amount, "part") for each in terms.evidence if each.from_amount)
    for paper in terms.evidence:
        if paper.when.cost_from and _concern(terms, paper.when, order, firm_class):
            yield Threshold(_("evidence limit"), paper.when.cost_from, "cost from")
    for cap in terms.caps:
        limit = cap.amount or cap.amount_by_class.get(firm_class)
        if cap.period == Period.APPLICATION and limit and (not cap.services or order.service_type in terms.members(cap.services)):
            yield Threshold(_("cap"), limit, "part")
    yield from (Threshold(_("level of approval"), each.from_amount, "claim") for each in terms.levels_of_approval if each.from_amount)
    notice = terms.notice
    if notice and notice.from_amount and terms.stands_on_notice(firm_class, order.service_type, notice.from_amount):
        yield Threshold(_("public notice"), notice.from_amount, "claim")


def _concern(terms: Terms, when: Condition, order: Order, firm_class: str) -> bool:
    """Whether a rule is for such an order of such a firm, as far as both are known before its cost."""
    return ((not when.services or order.service_type in terms.members(when.services)) and (not when.items or order.item in when.items)
            and (not when.firm_classes or firm_class in when.firm_classes))


# -- Ties ----------------------------------------------------------------------------------------------------------------

def _officers(session: Session, rows: Sequence[_Row]) -> dict[UUID, list[Officer]]:
    """Who took part in each case for the office, by voucher."""
    found: dict[UUID, list[Officer]] = defaultdict(list)
    for voucher, person in session.exec(
        select(DutyTaken.voucher_id, Person).join(Person, col(Person.id) == DutyTaken.person_id)
        .where(col(DutyTaken.voucher_id).in_({row.voucher.id for row in rows}), col(DutyTaken.duty).not_in(OF_PARTIES))
        .order_by(col(Person.email))):
        found[voucher].append(Officer(person.name, person_node(person)))
    return found


def _graph(session: Session, rows: Sequence[_Row], officers: Mapping[UUID, Sequence[Officer]], terms: Mapping[UUID, Terms]) -> Graph:
    """The ties around everybody in these cases, as far as any of the terms follows them."""
    starts = {organisation_node(firm) for row in rows for firm in (row.sme, row.provider)}
    starts |= {officer.node for several in officers.values() for officer in several}
    depth = max((each.relations.depth for each in terms.values() if each.relations), default=1)
    return graph_of(*ties_around(session, starts, max(depth, ROUNDS))) if rows else EMPTY


# -- Accounts ------------------------------------------------------------------------------------------------------------

def _accounts(session: Session, rows: Sequence[_Row]) -> dict[UUID, Account]:
    """The account to which each claim is paid: that of its payout, else the one in force."""
    held: dict[tuple[UUID, str], list[BankAccount]] = defaultdict(list)
    for account in session.exec(select(BankAccount).where(col(BankAccount.organisation_id).in_({row.claim.claimant_id for row in rows}))
                                .order_by(col(BankAccount.id))):
        held[account.organisation_id, account.currency].append(account)
    paid = dict(session.exec(select(Payout.claim_id, Payout.account_number).where(
        col(Payout.claim_id).in_([row.claim.id for row in rows]),
        col(Payout.state).not_in((PayoutState.REPLACED, PayoutState.CANCELLED)))).all())
    numbers = {each.bare_number for several in held.values() for each in several}
    sharers: dict[str, dict[UUID, Firm]] = defaultdict(dict)
    for number, firm in session.exec(select(BankAccount.bare_number, Organisation).join(
            Organisation, col(Organisation.id) == BankAccount.organisation_id).where(col(BankAccount.bare_number).in_(numbers))):
        sharers[number][firm.id] = _firm(firm)
    confirmed = set(session.exec(select(AccountConfirmation.account_id).where(
        col(AccountConfirmation.account_id).in_([each.id for several in held.values() for each in several]))))
    found = {}
    for row in rows:
        several = held[row.claim.claimant_id, row.claim.currency]
        now = next((each for each in reversed(several) if each.number == paid.get(row.claim.id, each.number)), None)
        if now is not None:
            found[row.claim.id] = Account(
                now.number, now.holder, now.entered_at.date() if now.entered_at else None, now is not several[0], now.id in confirmed,
                [firm for key, firm in sharers[now.bare_number].items() if key != row.claim.claimant_id])
    return found


# -- What stands beside a claim ------------------------------------------------------------------------------------------

def _beside(session: Session, rows: Sequence[_Row]) -> dict[UUID, dict[str, Any]]:
    """Other orders, other prices, who sent the claim, and how many came that day."""
    orders = _orders(session, rows)
    senders, lots = _senders(session, rows), lots_that_drew(session, [row.claim.id for row in rows])
    per_day, claims, digits, lists = _per_day(session, rows), _claims(session, rows), _digits(session, rows), _lists(session, rows)
    found = {}
    for row in rows:
        others = [each for each in orders[row.provider.id] if each[0].id != row.order.id]
        found[row.claim.id] = {
            "digits": digits.get((row.provider.id, row.claim.currency)),
            "claims": claims[row.sme.id, row.provider.id, row.claim.id],
            "orders": [_purchase(order, row.sme.reference, row.provider.reference) for order, sme in others if sme == row.sme.id],
            "prices": _prices(row, others), "listed": _listed(row, lists),
            "acts_for": [] if _has_mandate(row) else senders.get(row.claim.reference, []),
            "drawn": lots.get(row.claim.id, ""), "same_day": per_day[row.claim.claimant_id, row.claim.submitted_at.date()]}
    return defaultdict(dict, found)


def _has_mandate(row: _Row) -> bool:
    """Whether the firm that claims signed a mandate with its application."""
    return row.voucher.mandate_id is not None and row.claimant is row.sme


def _orders(session: Session, rows: Sequence[_Row]) -> dict[UUID, list[tuple[Order, UUID]]]:
    """The orders with each provider around the days of these, and whose they are."""
    found: dict[UUID, list[tuple[Order, UUID]]] = defaultdict(list)
    since = min((row.order.placed_on for row in rows), default=date.max - _YEAR) - _YEAR
    for order, sme in session.exec(
        select(Order, Voucher.sme_id).join(Voucher, col(Voucher.id) == Order.voucher_id)
        .where(col(Order.provider_id).in_({row.provider.id for row in rows}), Order.placed_on >= since, col(Order.state).not_in(OFF))
        .order_by(col(Order.id))):
        found[order.provider_id].append((order, sme))
    return found


def _claims(session: Session, rows: Sequence[_Row]) -> dict[tuple[UUID, UUID, UUID], list[Asked]]:
    """The other claims of each SME with each provider around the days of these, by SME, provider and claim."""
    since = min((row.claim.submitted_at for row in rows), default=None)
    if since is None:
        return {}
    pairs: dict[tuple[UUID, UUID], list[Asked]] = defaultdict(list)
    for claim, order, sme in session.exec(
        select(Claim, Order, Voucher.sme_id).join(Order, col(Order.id) == Claim.order_id)
        .join(Voucher, col(Voucher.id) == Order.voucher_id)
        .where(col(Voucher.sme_id).in_({row.sme.id for row in rows}), col(Order.provider_id).in_({row.provider.id for row in rows}),
               col(Claim.state).in_(LIVE), Claim.submitted_at >= since - _YEAR).order_by(col(Claim.id))):
        pairs[sme, order.provider_id].append(_asked(claim, order))
    return {(row.sme.id, row.provider.id, row.claim.id): [each for each in pairs[row.sme.id, row.provider.id]
                                                         if each.claim != row.claim.reference] for row in rows}


def _digits(session: Session, rows: Sequence[_Row]) -> dict[tuple[UUID, str], Digits]:
    """The first digits of what each of these providers invoiced within a year and from no price list, by provider and currency."""
    since = min((row.claim.submitted_at for row in rows), default=None)
    if since is None:
        return {}
    digit = func.substr(cast(ClaimLine.net_minor, String), 1, 1)
    found: dict[tuple[UUID, str], Digits] = {}
    for provider, currency, first, many, smallest, largest in session.exec(
        select(Order.provider_id, Claim.currency, digit, func.count(),  # type: ignore[call-overload]
               func.min(ClaimLine.net_minor), func.max(ClaimLine.net_minor))
        .select_from(ClaimLine).join(Claim, col(Claim.id) == ClaimLine.claim_id).join(Order, col(Order.id) == Claim.order_id)
        .where(col(Order.provider_id).in_({row.provider.id for row in rows}), Order.item == "", col(Claim.state).in_(LIVE),
               ClaimLine.net_minor > 0, Claim.submitted_at >= since - _YEAR).group_by(col(Order.provider_id), col(Claim.currency), digit)):
        known = found.get((provider, currency), Digits((0,) * 9, smallest, largest))
        counts = tuple(many if at == int(first) else count for at, count in enumerate(known.counts, 1))
        found[provider, currency] = Digits(counts, min(known.smallest, smallest), max(known.largest, largest))
    return found


def _prices(row: _Row, others: Sequence[tuple[Order, UUID]]) -> list[tuple[str, int]]:
    """What one piece of this service cost others with the same provider, in the same currency."""
    like = [(each.reference, each.net_minor // each.quantity) for each, _sme in others
            if (each.service_type, each.item, each.currency) == (row.order.service_type, row.order.item, row.order.currency)]
    return like if len(like) >= FEWEST else []


def _lists(session: Session, rows: Sequence[_Row]) -> dict[tuple[UUID, UUID, str], list[ListPrice]]:
    """The lists of these providers, by provider, programme and service."""
    found: dict[tuple[UUID, UUID, str], list[ListPrice]] = defaultdict(list)
    for each in session.exec(select(ListPrice).where(col(ListPrice.provider_id).in_({row.provider.id for row in rows}))):
        found[each.provider_id, each.programme_id, each.service_type].append(each)
    return found


def _listed(row: _Row, lists: Mapping[tuple[UUID, UUID, str], Sequence[ListPrice]]) -> list[tuple[date, int]]:
    """What the provider's list had one piece cost between the order and the claim."""
    order = row.order
    prices = lists.get((order.provider_id, row.voucher.programme_id, order.service_type), ())
    return [(each.from_on, each.price_minor) for each in prices_between(prices, order.item, order.placed_on, row.claim.submitted_at.date())
            if each.currency == order.currency]


def _senders(session: Session, rows: Sequence[_Row]) -> dict[str, list[Firm]]:
    """The firms for which whoever sent each claim acts, by the claim's reference."""
    sent = session.exec(select(Event.subject, Event.person_id).where(
        col(Event.subject).in_([row.claim.reference for row in rows]), Event.name == "claim.submitted")).all()
    acts: dict[UUID, list[Firm]] = defaultdict(list)
    for person, firm in session.exec(
        select(Membership.person_id, Organisation).join(Organisation, col(Organisation.id) == Membership.organisation_id)
        .where(col(Membership.person_id).in_({person for _claim, person in sent if person}),
               col(Membership.role).in_((Role.SME, Role.PROVIDER))).order_by(col(Organisation.id))):
        acts[person].append(_firm(firm))
    return {claim: acts[person] for claim, person in sent if person}


def _per_day(session: Session, rows: Sequence[_Row]) -> Counter[tuple[UUID, date]]:
    """How many claims came from each claimant on the days of these."""
    since = min((row.claim.submitted_at for row in rows), default=None)
    if since is None:
        return Counter()
    return Counter((claimant, at.date()) for claimant, at in session.exec(
        select(Claim.claimant_id, Claim.submitted_at).where(col(Claim.claimant_id).in_({row.claim.claimant_id for row in rows}),
                                                            Claim.submitted_at >= since - timedelta(days=1))))
