"""Correspondence: letters are written from what happened, and mails carry them out of the house.

Each event stands in `untold` from its own transaction on. A job writes its letters, each once for an event and a person;
other jobs carry them by mail. A mail goes out between two transactions, never within one: a job that dies there sends the
same message again, under the same Message-ID.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from email.message import EmailMessage
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_currency
from sqlmodel import Session, col, delete, select, update
from uuid_utils.compat import uuid7

from voucher import jobs
from voucher.clock import Clock
from voucher.database import Database, get, insert_unless_there
from voucher.deadlines import DeadlineState, standing
from voucher.documents.letter import Told, compose
from voucher.errors import NotAllowed, _
from voucher.files import FileStore
from voucher.history import Event, Untold
from voucher.languages import LOCALES, Translator, translator
from voucher.letters import Letter, Way
from voucher.people import OFFICE_ROLES, Mails, Membership, Organisation, Person, office
from voucher.reasons import reason_for
from voucher.references import is_reference
from voucher.work import SYSTEM, Work, begin, read
from workflows.answering import ask_for_answers
from workflows.changing import CHANGEABLE
from workflows.concerned import SHUT_OUT, Case, case_behind, people_of
from workflows.decisions import OUTCOMES, party_told, path_of_decision
from workflows.mail_room import MailRoom
from workflows.notices import ABSENT, DEPUTY, NOTICES, PERSON, Notice
from workflows.purchase import REMINDER
from workflows.remedies import BASIS, Remedy, appeal_told, basis_told, remedy_against
from workflows.verification_sheet import DECIDING

AT_ONCE = 200  # events a job writes letters for; what is left is the next one's

#: Who is told nothing of a step that he took himself.
_KNOW_THEIR_OWN = (*OFFICE_ROLES, ABSENT)

_WHY_PARTY = _("You act for {organisation}, and so you get this letter.")
_WHY_ACCESS = _("It is about what you may do for {organisation}, and so you get this letter.")
_WHY_OFFICE = _("You get this letter because you are {role} at the office.")

#: The page of a thing in the portal, by the letter of its reference.
PAGES = {"V": "vouchers", "O": "orders", "C": "claims", "Y": "payouts", "P": "programmes", "R": "recoveries", "W": "awards"}
#: Those that are for the office alone; a firm reads of them in its case.
OFFICE_PAGES = {"B": "office/batches", "L": "office/fund-lines", "K": "findings", "J": "objections"}
#: An organisation has a page for everybody as a provider; what else happens to one is read in the letter.
_LISTING = {"N": "providers"}


def ask_for_letters(database: Database, clock: Clock, zone: str) -> None:
    """Ask for the letters of what happened, if anything did. However many workers ask, it is one job."""
    with read(database) as session:
        oldest = session.exec(select(Untold.event_id).order_by(col(Untold.event_id)).limit(1)).first()
    if oldest is not None:
        with begin(database, SYSTEM, clock, zone) as work:
            jobs.put(work, "write_letters", str(oldest), {})


def write_letters(work: Work, _store: FileStore) -> int:
    """Write the letters of the events that nobody was told of yet, the oldest first; answers how many there are.

    Each goes to a person once an event, whatever roles he has. Who took the step gets none as a colleague in the office.
    """
    due = work.session.exec(select(Event).join(Untold, col(Untold.event_id) == Event.id).order_by(col(Untold.event_id))
                            .limit(AT_ONCE).with_for_update(skip_locked=True, of=Untold)).all()
    jobs.put_many(work, "make_decision_letter", {str(event.id): {"event": str(event.id)} for event in due if event.name in OUTCOMES})
    jobs.put_many(work, "make_verification_sheet", {str(event.id): {"event": str(event.id)} for event in due if event.name in DECIDING})
    ask_for_answers(work, due)
    written = [letter for event in due for letter in _letters_of(work, event)]
    insert_unless_there(work.session, Letter, [letter.model_dump() for letter in written])
    work.session.connection().execute(delete(Untold).where(col(Untold.event_id).in_([event.id for event in due])))
    jobs.put_many(work, "send_mail", {str(each.id): {"letters": [str(each.id)]} for each in written if each.way == Way.MAIL})
    if len(due) == AT_ONCE:
        jobs.put(work, "write_letters", f"after {due[-1].id}", {})
    return len(written)


def _letters_of(work: Work, event: Event) -> list[Letter]:
    notices = [each for each in NOTICES.get(event.name, ()) if each.concerns(event.data)]
    if not notices:
        return []
    case, against = case_behind(work.session, event), remedy_against(work.session, event)
    decided_for = party_told(work.session, event)
    reached: dict[UUID, Letter] = {}
    for notice in notices:
        for person, held in people_of(work.session, case, notice.to):
            if person.id not in reached and not (notice.to in _KNOW_THEIR_OWN and person.id == event.person_id):
                reached[person.id] = letter = _letter(work, event, case, notice, person, held)
                if against is not None and against.party_id == held.organisation_id:
                    letter.words |= _remedy(against, translator(person.language))
                if decided_for is not None and decided_for == held.organisation_id:
                    letter.words |= {"paper": path_of_decision(event)}
    return list(reached.values())


def _remedy(against: Remedy, say: Translator) -> dict[str, str]:
    """On what a decision against the receiver rests, and how and until when he may appeal."""
    basis = basis_told(against, say.language)
    return {"basis": say(BASIS).format(basis=basis) if basis else "", "appeal": appeal_told(against, say)}


def _letter(work: Work, event: Event, case: Case, notice: Notice, person: Person, held: Membership) -> Letter:
    say = translator(person.language)
    due_on, key = _due_on(work, event, case, notice), uuid7()
    way = Way.MAIL if notice.to == PERSON else _way(Mails(person.mails), due_on)  # in the portal he might never read it
    facts = _facts(event, case, say)
    # names are no words of ours: they are filled in, not looked up
    words = {"said": " ".join(say(notice.said).format(**facts).split()), "do": say(notice.do).format(**facts),
             "until": say(_("Until {day}"), day=_day(due_on, say)) if due_on and notice.asks else "",
             "reason": reason_for(event.reason, say) if notice.reason else "", "why": _why(work, notice, held, say)}
    return Letter(
        id=key, event_id=event.id, person_id=person.id, organisation_id=held.organisation_id, role=held.role,
        language=say.language, event=event.name, subject=event.subject, case_reference=event.case_reference, words=words,
        due_on=due_on, at=event.at, way=way, mail=f"send_mail {key}" if way == Way.MAIL else "")


def _due_on(work: Work, event: Event, case: Case, notice: Notice) -> date | None:
    """By when the receiver has to do something: the first clock of the subject that waits for his role, else the thing's own day.

    What stands still or was missed says nothing of when, and neither does a clock at whose end he is only reminded.
    """
    role = case.role_of(notice.to)
    running = [each.due_on for each in standing(work.session, event.subject)
               if each.waits_for == role and each.state == DeadlineState.RUNNING and each.rule != REMINDER]
    return min(running, default=case.days.get(notice.day))


def _way(wanted: Mails, due_on: date | None) -> Way:
    if wanted == Mails.AT_ONCE or (wanted == Mails.DEADLINES and due_on is not None):
        return Way.MAIL
    return Way.DIGEST if wanted == Mails.DAILY else Way.PORTAL


#: Events whose letters name the last day of a ban.
_BANS = ("organisation.banned", "organisation.banned_with")


def _facts(event: Event, case: Case, say: Translator) -> dict[str, str]:
    amount = case.amount
    return {
        "subject": event.subject, "case": event.case_reference,
        "programme": _named(case.programme, say), "sme": _named(case.firm("sme"), say), "provider": _named(case.firm("provider"), say),
        "amount": "" if amount is None else format_currency(amount.decimal, amount.currency, locale=LOCALES[say.language]),
        "role": say(str(event.data.get("role", ""))),
        **{name: ", ".join(person.name for person in case.people.get(name, ())) for name in (ABSENT, DEPUTY, PERSON)},
        "other": _named(case.other, say), "organisation": _named(case.home, say),
        "changes": _changes(event, say),
        **{name: _day(date.fromisoformat(event.data[name]), say) if name in event.data and (case.people or event.name in _BANS) else ""
           for name in ("since", "until")}}


def _changes(event: Event, say: Translator) -> str:
    """What was entered of an organisation before, and is now; of its controller, whose number it is, only that it changed."""
    before, after = event.data.get("before", {}), event.data.get("after", {})
    return "; ".join(say(CHANGEABLE[field][0]) + ("" if field == "controller" else f": {before[field] or '-'} → {value or '-'}")
                     for field, value in after.items()) if event.name == "organisation.changed" else ""


def _named(thing: Any, say: Translator) -> str:
    """The name of a programme or a firm in a language; both keep it in Chinese and, mostly, in English."""
    if thing is None:
        return ""
    if isinstance(thing, Organisation):
        return thing.name_en if say.language == "en" and thing.name_en else thing.name
    return str(thing.name(say.language))


def _day(day: date, say: Translator) -> str:
    return format_date(day, "long", locale=LOCALES[say.language])


def _why(work: Work, notice: Notice, held: Membership, say: Translator) -> str:
    if held.role in OFFICE_ROLES and notice.to != PERSON:
        return say(_WHY_OFFICE, role=held.role)
    why = _WHY_ACCESS if notice.to == PERSON else _WHY_PARTY
    return say(why).format(organisation=_named(get(work.session, Organisation, held.organisation_id), say))


def write_digests(work: Work, _store: FileStore) -> int:
    """One mail a person with every letter that waits for the digest of the day; answers how many mails."""
    waiting: dict[UUID, list[UUID]] = {}
    for person, letter in work.session.exec(select(Letter.person_id, Letter.id).where(
            Letter.way == Way.DIGEST, Letter.mail == "").order_by(col(Letter.id))):
        waiting.setdefault(person, []).append(letter)
    for letters in waiting.values():
        key = f"digest {letters[-1]}"
        jobs.put(work, "send_mail", key, {"letters": [str(each) for each in letters]})
        work.session.connection().execute(update(Letter).where(col(Letter.id).in_(letters)).values(mail=f"send_mail {key}"))
    return len(waiting)


def send_mail(database: Database, room: MailRoom, zone: str, letters: Sequence[str]) -> None:
    """Carry these letters, all to one person, out of the house; nothing when they are out already. Stands in no transaction."""
    message = mail_of(database, room, zone, letters)
    if message is not None:
        room.post(message)


def mail_of(database: Database, room: MailRoom, zone: str, letters: Sequence[str]) -> EmailMessage | None:
    """The mail that carries these letters; None when they are out already, or their receiver may get none any more: of those that
    wait when his access is closed only what was done to it.
    """
    with read(database) as session:
        rows = session.exec(select(Letter).where(col(Letter.id).in_([UUID(each) for each in letters]), col(Letter.sent_at).is_(None))
                            .order_by(col(Letter.id))).all()
        person = get(session, Person, rows[0].person_id) if rows else None
        if person is None or not (person.active or all(_shuts_out(session, row, person) for row in rows)):
            return None
        house = office(session)
    told = [Told(row.words, row.at.astimezone(ZoneInfo(zone)), f"{room.base_url}{page_of(row)}",
                 f"{room.base_url}{row.words['paper']}" if row.words.get("paper") else "") for row in rows]
    return compose(told, sender=(house.name if rows[0].language == "zh" else house.name_en or house.name, room.sender),
                   receiver=(person.name, person.email), language=rows[0].language, name=str(rows[-1].id),
                   settings_url=f"{room.base_url}/letters")


def _shuts_out(session: Session, letter: Letter, person: Person) -> bool:
    """Whether it tells somebody what was done to his own access, not to a colleague's."""
    event = session.get_one(Event, letter.event_id)
    return event.name in (*SHUT_OUT, "person.password_renewed") and event.data["person"] == str(person.id)


def page_of(letter: Letter) -> str:
    """The path of the page that a letter is about: its subject's, else its case's, else that of the letters."""
    pages = PAGES | (OFFICE_PAGES if letter.role in OFFICE_ROLES else {}) | (_LISTING if letter.event.startswith("listing.") else {})
    known = (each for each in (letter.subject, letter.case_reference) if each[:1] in pages and is_reference(each))
    return next((f"/{pages[each[0]]}/{each}" for each in known), "/letters")


def note_mail(work: Work, _store: FileStore, letters: Sequence[str]) -> None:
    """Note that a mail with these letters has left the house."""
    work.session.connection().execute(update(Letter).where(
        col(Letter.id).in_([UUID(each) for each in letters]), col(Letter.sent_at).is_(None)).values(sent_at=work.now))


def choose_mails(work: Work, mails: Mails) -> Person:
    """A person says which letters he wants by mail from now on. In the portal he finds them all."""
    if work.actor.person_id is None:
        raise NotAllowed
    person = get(work.session, Person, work.actor.person_id)
    person.mails = mails
    work.session.add(person)
    return person


#: What each choice means, for those who choose.
CHOICES: Mapping[Mails, str] = {
    Mails.AT_ONCE: _("Each letter at once"),
    Mails.DAILY: _("All letters of a day in one mail"),
    Mails.DEADLINES: _("Only letters with a deadline"),
}
