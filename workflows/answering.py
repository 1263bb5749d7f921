"""Answering: who objected to a claim or a provider is no user of ours; he is told by mail what became of his objection.
That it came stands on the page that he sees then.

Where he left no mail address, the page of the objection has the words for a letter on paper. What was found in the case he is not
told beyond the answer that was written for him.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.dates import format_date
from email_validator import EmailNotValidError, validate_email
from sqlmodel import Session, select

from voucher import jobs
from voucher.claims import Claim
from voucher.database import Database, get
from voucher.deadlines import deadlines_of
from voucher.documents.letter import Told, compose
from voucher.errors import _
from voucher.files import FileStore
from voucher.history import Event, events_of, record
from voucher.languages import LOCALES, Translator, translator
from voucher.listings import Listing
from voucher.objections import Objection
from voucher.people import Organisation, office
from voucher.work import Work, read
from workflows.mail_room import MailRoom
from workflows.objecting import OBJECTION_CLOCK

#: What an objector is told, by the event, and whether the reason given is for his eyes.
ANSWERS: Mapping[str, tuple[str, bool]] = {
    "objection.filed": (_("We have received your objection {objection} to {about}. We answer it by {day}."), False),
    "objection.admitted": (_("Your objection {objection} to {about} is looked into; nothing goes on there before it is decided."), False),
    "objection.inadmissible": (_("Your objection {objection} to {about} is not looked into."), True),
    "objection.upheld": (_("Your objection {objection} to {about} was right. Nothing is paid on this claim."), True),
    "objection.dismissed": (_("Your objection {objection} to {about} was looked into and dismissed."), True),
}

# What became of the matter when the objection was right, where that is something else.
_NOT_LISTED = _("Your objection {objection} to {about} was right: the provider is not listed.")
_TAKEN_BACK = _("Your objection {objection} to {about} was right: the approval was taken back, and the claim is verified again.")

# Anybody may type anybody's address: nothing goes there before a person of the office has looked at the objection.
_MAILED = ANSWERS.keys() - {"objection.filed"}

_CLAIM, _LISTING = _("the claim {claim}"), _("the listing of {provider}")
_WHY = _("You get this letter because you objected to something on a public notice, and left this address.")


@dataclass(frozen=True)
class Answer:
    """What an objector is or was told of an event, and whether it went out by mail."""

    words: Mapping[str, str]
    event: Event
    went_out: bool


def ask_for_answers(work: Work, events: Sequence[Event]) -> None:
    """Ask for the mails to those objectors who left a mail address."""
    wanted = {str(event.id): {"event": str(event.id)} for event in events
              if event.name in _MAILED and mail_address(_objection(work.session, event))}
    jobs.put_many(work, "send_answer", wanted)


def answers_to(session: Session, objection: Objection) -> list[Answer]:
    """What an objector is told, oldest first; nothing of a lead, which came without a name."""
    events = events_of(session, objection.reference)
    sent = {each.data["event"] for each in events if each.name == "objection.answered"}
    return [Answer(_words(session, each, objection), each, str(each.id) in sent) for each in events if each.name in ANSWERS]


def mail_address(objection: Objection) -> str:
    """The mail address that an objector left; empty when it is a telephone number or another way to reach him."""
    try:
        return validate_email(objection.contact.strip(), check_deliverability=False, test_environment=True,
                              allow_smtputf8=False).normalized
    except EmailNotValidError:
        return ""


def send_answer(database: Database, room: MailRoom, zone: str, event: str) -> None:
    """Carry an answer out of the house. Stands in no transaction."""
    with read(database) as session:
        told = session.get_one(Event, UUID(event))
        objection, house = _objection(session, told), office(session)
        words, language = _words(session, told, objection), language_of(session, objection)
        page = "notices" if objection.claim_id is not None else "providers"
    room.post(compose(
        [Told(words, told.at.astimezone(ZoneInfo(zone)), f"{room.base_url}/{page}")],
        sender=(house.name if language == "zh" else house.name_en or house.name, room.sender),
        receiver=(" ".join(objection.name.split()), mail_address(objection)), language=language, name=f"answer-{event}"))


def note_answer(work: Work, _store: FileStore, event: str) -> None:
    """Write down that an answer has left the house."""
    told = work.session.get_one(Event, UUID(event))
    record(work, "objection.answered", told.subject, case=told.case_reference, event=event)


def _objection(session: Session, event: Event) -> Objection:
    return session.exec(select(Objection).where(Objection.reference == event.subject)).one()


def language_of(session: Session, objection: Objection) -> str:
    """In which language who objected is answered: that of the page on which he did so, else that of the office."""
    return objection.language or ("zh" if office(session).country == "CN" else "en")


def _words(session: Session, event: Event, objection: Objection) -> dict[str, str]:
    say = translator(language_of(session, objection))
    text, has_reason = ANSWERS[event.name]
    if event.name == "objection.upheld":
        text = _upheld(session, objection)
    due = [each.due_on for each in deadlines_of(session, objection.reference) if each.rule == OBJECTION_CLOCK]
    day = format_date(due[-1], "long", locale=LOCALES[say.language]) if due else ""
    said = " ".join(say(text).format(objection=objection.reference, about=_about(session, objection, say), day=day).split())
    return {"said": said, "do": "", "until": "", "reason": event.reason if has_reason else "", "why": say(_WHY)}


def _upheld(session: Session, objection: Objection) -> str:
    """What came of an objection that was right: a claim may have been withdrawn meanwhile, and then there was nothing to take back."""
    if objection.claim_id is None:
        return _NOT_LISTED
    events = events_of(session, get(session, Claim, objection.claim_id).reference)
    reopened = any(each.name == "claim.reopened" and each.data.get("objection") == objection.reference for each in events)
    return _TAKEN_BACK if reopened else ANSWERS["objection.upheld"][0]


def _about(session: Session, objection: Objection, say: Translator) -> str:
    """What he objected to: a claim, or the listing of a provider."""
    if objection.claim_id is not None:
        return say(_CLAIM).format(claim=get(session, Claim, objection.claim_id).reference)
    provider = get(session, Organisation, session.get_one(Listing, objection.listing_id).provider_id)
    return say(_LISTING).format(provider=provider.name if say.language == "zh" else provider.name_en or provider.name)
