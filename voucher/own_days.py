"""Days that are no rows of `deadlines` and are read like them: a voucher's last days, the end of a ban, the cooling-off of an account.

They stand in columns, where the rules ask for them, and not a second time among the deadlines. Here, and nowhere else, they are
computed from these columns and from history as deadlines that nobody keeps: never add one to a session. The questions do not grow
with the vouchers, bans or accounts (only with the versions of terms behind them).
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, Select, String, Uuid, exists, literal, select, union_all
from sqlalchemy.orm import aliased
from sqlmodel import Session, and_, col, false, func, or_, tuple_
from sqlmodel import select as rows_of

from voucher.bans import Ban
from voucher.calendars import DayNote
from voucher.checks.accounts import COOLING_DAYS
from voucher.database import Row
from voucher.deadlines import LONGEST_CLAUSE, Deadline, DeadlineState
from voucher.errors import _
from voucher.history import Event
from voucher.kinder import last_days_of_many
from voucher.orders import Order
from voucher.people import AccountConfirmation, BankAccount, Organisation, Role
from voucher.programmes.programmes import kinder_terms, terms_version
from voucher.programmes.terms import Kinder
from voucher.vouchers import ENDED_STATES, HELD_STATES, STOPPED_STATES, Voucher

USE = "use"
CLAIM = "claim"
BAN = "ban"
COOLING = "cooling"

#: Whom each of them waits for: the holder; who could lift the ban; who asks the payee over a second channel.
WAITS_FOR: Final = {USE: Role.SME, CLAIM: Role.SME, BAN: Role.APPROVER, COOLING: Role.FINANCE}


def own_days_of(session: Session, vouchers: Sequence[Voucher], firms: Collection[UUID], now: datetime, zone: str) -> list[Deadline]:
    """The days of these vouchers, and of the bans and changed accounts of these organisations, the earliest due first."""
    bans = session.exec(rows_of(Ban).where(col(Ban.organisation_id).in_(firms))).all()
    cooling = [each for each in _cooling(session, now) if each.organisation_id in firms]
    return sorted((*_of_vouchers(session, vouchers, now), *_of_bans(session, bans, now, zone), *_of_accounts(session, cooling, now)),
                  key=lambda each: each.due_on)


def firms_of_case(session: Session, voucher: Voucher) -> set[UUID]:
    """The organisations whose days are those of a case too: its SME, and the providers of its orders."""
    return {voucher.sme_id, *session.exec(rows_of(Order.provider_id).where(Order.voucher_id == voucher.id))}


#: In which states such a day stands; in all others it is over.
STANDING: Final = (DeadlineState.RUNNING, DeadlineState.PAUSED)


def keys_of_days(session: Session, now: datetime, today: date, *, over: bool, role: str = "") -> Select[str, UUID, date]:
    """Rule, id and day of every deadline (rule empty) and every such day that stands, or is over, to be put in order and paged.

    Their order goes by the days that stand on vouchers; what later terms add is on the line.
    """
    ended = col(Deadline.ended_at).is_not(None) if over else col(Deadline.ended_at).is_(None)
    kept: Select[Any, Any, Any] = select(
        literal("", String).label("rule"), col(Deadline.id).label("id"), col(Deadline.due_on).label("due_on")).where(ended)
    states = [state for state in DeadlineState if over == (state not in STANDING)]
    every = union_all(kept.where(col(Deadline.waits_for) == role) if role else kept, keys_of_own_days(
        session, now, today, states=states, role=role)).subquery()
    return select(every.c.rule, every.c.id, every.c.due_on).order_by(
        every.c.due_on.desc() if over else every.c.due_on, every.c.id, every.c.rule)


def keys_of_own_days(
    session: Session, now: datetime, today: date, *, states: Collection[str], role: str = "", firms: Collection[UUID] | None = None,
) -> Select[str, UUID, date]:
    """Rule, id and day of such days alone that are in one of these states; of these organisations, or of all. In no order."""
    issued = col(Voucher.issued_on).is_not(None)
    days = (
        _keys(USE, Voucher, Voucher.use_by, _states_of_use(), states, Voucher.sme_id, firms).where(issued),
        _keys(CLAIM, Voucher, Voucher.claim_by, _states_of_claims(session, today), states, Voucher.sme_id, firms).where(issued),
        _keys(BAN, Ban, Ban.until, _states_of_bans(today), states, Ban.organisation_id, firms))
    cooling = [select(literal(COOLING, String), literal(each.id, Uuid), literal(_until(each), Date)) for each in _cooling(session, now)
               if DeadlineState.RUNNING in states and (firms is None or each.organisation_id in firms)]
    every = union_all(*days, *cooling).subquery()
    found = select(every.c.rule.label("rule"), every.c.id.label("id"), every.c.due_on.label("due_on"))
    return found.where(every.c.rule.in_([rule for rule, waited_for in WAITS_FOR.items() if waited_for == role])) if role else found


def _keys(
    rule: str, table: type[Row], day: Any, conditions: Mapping[DeadlineState, ColumnElement[bool]], states: Collection[str],
    firm: Any, firms: Collection[UUID] | None,
) -> Select[Any, Any, Any]:
    chosen = or_(false(), *(condition for state, condition in conditions.items() if state in states))
    found = select(literal(rule, String).label("rule"), col(table.id).label("id"), day.label("due_on")).where(chosen)
    return found if firms is None else found.where(firm.in_(firms))


def _states_of_use() -> Mapping[DeadlineState, ColumnElement[bool]]:
    """What `_state_of` says of the last days of use, in a question."""
    ended, over = col(Voucher.state).in_(ENDED_STATES), col(Voucher.expired_on).is_not(None)
    lost = exists().where(col(Event.subject) == Voucher.reference, col(Event.name) == "voucher.expired").correlate(Voucher)
    return {DeadlineState.DROPPED: ended, DeadlineState.MISSED: ~ended & over & lost, DeadlineState.MET: ~ended & over & ~lost,
            **_standing(~ended & ~over)}


def _states_of_claims(session: Session, today: date) -> Mapping[DeadlineState, ColumnElement[bool]]:
    ended = col(Voucher.state).in_(ENDED_STATES)
    over = and_(col(Voucher.claim_by) < today, ~_given_longer(session, today))
    return {DeadlineState.DROPPED: ended, DeadlineState.MET: ~ended & over, **_standing(~ended & ~over)}


def _standing(stands: ColumnElement[bool]) -> Mapping[DeadlineState, ColumnElement[bool]]:
    stopped = col(Voucher.state).in_(STOPPED_STATES)
    return {DeadlineState.RUNNING: stands & ~stopped, DeadlineState.PAUSED: stands & stopped}


def _states_of_bans(today: date) -> Mapping[DeadlineState, ColumnElement[bool]]:
    lifted, over = col(Ban.lifted_on).is_not(None), col(Ban.until) < today
    return {DeadlineState.DROPPED: lifted, DeadlineState.MET: ~lifted & over, DeadlineState.RUNNING: ~lifted & ~over}


def _given_longer(session: Session, today: date) -> ColumnElement[bool]:
    """Of vouchers whose last day to claim is over as it stands on them, those to which later terms give until today or longer.

    What terms give hangs on the days of issue and activation alone, so the pairs of them are few.
    """
    past = and_(col(Voucher.state).in_(HELD_STATES), col(Voucher.claim_by) < today)
    kinder = {key: found for key in session.exec(rows_of(Voucher.terms_id).where(past).distinct())
              if (found := kinder_terms(session, terms_version(session, key), today, (Kinder.VOUCHERS,)))}
    days = session.execute(select(col(Voucher.terms_id), col(Voucher.issued_on), col(Voucher.activated_on)).where(
        past, col(Voucher.terms_id).in_(kinder)).distinct()).all() if kinder else ()
    longer = [(key, issued, activated or date.min) for key, issued, activated in days
              if issued and any(each.terms.last_days(issued, activated)[1] >= today for each in kinder[key])]
    return tuple_(col(Voucher.terms_id), col(Voucher.issued_on), func.coalesce(Voucher.activated_on, date.min)).in_(longer)


def days_of_keys(session: Session, keys: Sequence[tuple[str, UUID, date]], now: datetime, zone: str) -> list[Deadline]:
    """What stands behind such keys, in their order."""
    wanted: dict[str, list[UUID]] = defaultdict(list)
    for rule, key, _day in keys:
        wanted[rule].append(key)
    vouchers = session.exec(rows_of(Voucher).where(col(Voucher.id).in_([*wanted[USE], *wanted[CLAIM]]))).all()
    bans = session.exec(rows_of(Ban).where(col(Ban.id).in_(wanted[BAN]))).all()
    accounts = session.exec(rows_of(BankAccount).where(col(BankAccount.id).in_(wanted[COOLING]))).all()
    kept = session.exec(rows_of(Deadline).where(col(Deadline.id).in_(wanted[""]))).all()
    found = {each.id: each for each in (
        *kept, *_of_vouchers(session, vouchers, now), *_of_bans(session, bans, now, zone), *_of_accounts(session, accounts, now))}
    return [found[_id(key, rule) if rule else key] for rule, key, _day in keys]


def _id(key: UUID, rule: str) -> UUID:
    """The same whenever it is computed."""
    return uuid5(key, rule)


def _of_vouchers(session: Session, vouchers: Sequence[Voucher], now: datetime) -> list[Deadline]:
    issued = [each for each in vouchers if each.use_by and each.claim_by and each.issued_on]
    events: dict[str, list[Event]] = defaultdict(list)
    for event in session.exec(rows_of(Event).where(
            col(Event.subject).in_([each.reference for each in issued]), or_(
                col(Event.from_state).in_(STOPPED_STATES), col(Event.to_state).in_(STOPPED_STATES),
                col(Event.name).in_(("voucher.extended", "voucher.expired")))).order_by(col(Event.id))):
        events[event.subject].append(event)
    last_days = last_days_of_many(session, issued, now.date())
    return [line for voucher, days in zip(issued, last_days, strict=True)
            for line in _of_voucher(session, voucher, days, events[voucher.reference], now)]


def _of_voucher(session: Session, voucher: Voucher, days: tuple[date, date], events: Sequence[Event], now: datetime) -> list[Deadline]:
    terms = terms_version(session, voucher.terms_id).terms
    validity, zone = terms.validity, ZoneInfo(terms.zone)
    assert voucher.issued_on is not None
    today, pauses = now.astimezone(zone).date(), _pauses(events, zone)
    begun = voucher.activated_on or voucher.issued_on
    lengths = {USE: validity.activate_within if validity.needs_activation and voucher.activated_on is None else validity.use_within,
               CLAIM: validity.claim_within}
    made = []
    for rule, stands_on, due in ((USE, voucher.use_by, days[0]), (CLAIM, voucher.claim_by, days[1])):
        notes = [DayNote(begun, _("The clock starts; every day counts.")), *_moves(events, zone, rule)]
        if stands_on != due:
            notes.append(DayNote(due, _("A later version of the terms gives until then.")))
        length = "" if lengths[rule] is None else str(lengths[rule])
        made.append(_line(
            voucher.id, rule, voucher.reference, due, zone.key, begun, [*notes, DayNote(due, _("The last day."))], voucher.sme_id,
            now, state=_state_of(voucher, rule, due, today, events), pauses=pauses, length=length,
            clause_zh=validity.clause.zh[:LONGEST_CLAUSE] if validity.clause else "",
            clause_en=validity.clause.en[:LONGEST_CLAUSE] if validity.clause else ""))
    return made


def _state_of(voucher: Voucher, rule: str, due: date, today: date, events: Sequence[Event]) -> DeadlineState:
    """Missed is a last day of use on which something was left that expired."""
    if voucher.state in ENDED_STATES:
        return DeadlineState.DROPPED
    if rule == USE and voucher.expired_on is not None:
        return DeadlineState.MISSED if any(each.name == "voucher.expired" for each in events) else DeadlineState.MET
    if rule == CLAIM and due < today:
        return DeadlineState.MET
    return DeadlineState.PAUSED if voucher.state in STOPPED_STATES else DeadlineState.RUNNING


def _pauses(events: Sequence[Event], zone: ZoneInfo) -> list[list[Any]]:
    """When it stood still: from the step into a stopped state to the one out of it; the last one may be open."""
    found: list[list[Any]] = []
    for event in events:
        before, after = event.from_state in STOPPED_STATES, event.to_state in STOPPED_STATES
        on = event.at.astimezone(zone).date().isoformat()
        if after and not before:
            found.append([on, None, event.reason])
        elif before and not after and found:
            found[-1][1] = on
    return found


def _moves(events: Sequence[Event], zone: ZoneInfo, rule: str) -> list[DayNote]:
    """What made the day later: the days of each freeze, and more time that was granted."""
    notes = [DayNote(date.fromisoformat(start), _("The voucher stood still until {end}."), {"end": end}) if end else
             DayNote(date.fromisoformat(start), _("The voucher stands still; these days are added when it goes on."))
             for start, end, _reason in _pauses(events, zone)]
    notes += [DayNote(event.at.astimezone(zone).date(), _("More time was granted: until {day}."),
                      {"day": event.data["use_by" if rule == USE else "claim_by"]}) for event in events if event.name == "voucher.extended"]
    return sorted(notes, key=lambda note: note.day)


def _of_bans(session: Session, bans: Sequence[Ban], now: datetime, zone: str) -> list[Deadline]:
    names = _references(session, [each.organisation_id for each in bans])
    today = now.astimezone(ZoneInfo(zone)).date()
    return [_line(
        ban.id, BAN, names[ban.organisation_id], ban.until, zone, ban.from_on,
        [DayNote(ban.from_on, _("The clock starts; every day counts.")),
         *([DayNote(ban.lifted_on, _("The ban was lifted."))] if ban.lifted_on else []), DayNote(ban.until, _("The last day."))],
        None, now, state=DeadlineState.DROPPED if ban.lifted_on else DeadlineState.MET if ban.until < today else DeadlineState.RUNNING)
        for ban in bans]


def _of_accounts(session: Session, accounts: Sequence[BankAccount], now: datetime) -> list[Deadline]:
    names = _references(session, [each.organisation_id for each in accounts])
    return [_line(
        each.id, COOLING, names[each.organisation_id], _until(each), "UTC", _entered(each),
        [DayNote(_entered(each), _("The account took the place of another; it waits, or until the payee has confirmed it."))],
        None, now, state=DeadlineState.RUNNING, length=f"{COOLING_DAYS} days") for each in accounts]


def _cooling(session: Session, now: datetime) -> list[BankAccount]:
    """The accounts that took another's place a short time ago and that nobody has confirmed; of the rule of `changed_account`."""
    earlier: Any = aliased(BankAccount)
    recent = session.exec(rows_of(BankAccount).where(
        col(BankAccount.active), col(BankAccount.entered_at) > now - timedelta(days=COOLING_DAYS + 1),
        exists().where(earlier.organisation_id == col(BankAccount.organisation_id), earlier.currency == col(BankAccount.currency),
                       earlier.id < col(BankAccount.id)),
        ~exists().where(col(AccountConfirmation.account_id) == BankAccount.id)).order_by(col(BankAccount.id)))
    return [each for each in recent if now.date() < _until(each)]


def _entered(account: BankAccount) -> date:
    assert account.entered_at is not None
    return account.entered_at.date()


def _until(account: BankAccount) -> date:
    return _entered(account) + timedelta(days=COOLING_DAYS)


def _references(session: Session, keys: Collection[UUID]) -> dict[UUID, str]:
    return dict(session.exec(rows_of(Organisation.id, Organisation.reference).where(col(Organisation.id).in_(keys))).all())


def _line(
    key: UUID, rule: str, subject: str, due: date, zone: str, start: date, notes: Sequence[DayNote], firm: UUID | None, now: datetime, *,
    state: DeadlineState, length: str = "", **others: Any,
) -> Deadline:
    """A deadline that nobody keeps. What is over ended when its last day did, or now when that lies ahead."""
    end = datetime.combine(due + timedelta(days=1), time(), ZoneInfo(zone))
    is_over = state not in (DeadlineState.RUNNING, DeadlineState.PAUSED)
    return Deadline(
        id=_id(key, rule), case_reference=subject, subject=subject, rule=rule, started_on=start, length=length,
        until=None if length else due, due_on=due, zone=zone, state=state.value, waits_for=WAITS_FOR[rule].value, waits_for_id=firm,
        notes=[[note.day.isoformat(), note.what, dict(note.values)] for note in notes],
        started_at=datetime.combine(start, time(), ZoneInfo(zone)), ended_at=min(end, now) if is_over else None, **others)
