"""Exchange: officers keep the keys that they share with other offices, hand out lists of keyed hashes and take in those of others.

Each list replaces the one before of its office and key. What of ours stands on a new list is checked at once; what comes in later
is checked as it comes, and every night. An officer of another office names a ticket, and we find what it is about.
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from voucher import exchange_list
from voucher.claims import LIVE, Claim, ClaimEvidence, ClaimLine
from voucher.database import flush_unique, lock_by_id
from voucher.errors import NotAllowed, NotFound, NotNow, NotValid, _, problem, refuse_if_any
from voucher.exchange import ExchangeKey, ExchangeList, drop_entries, keep_entries, keys_in_use
from voucher.exchange_list import HashList, Kind, Secret
from voucher.files import StoredFile
from voucher.history import record
from voucher.jobs import put_many
from voucher.orders import Order
from voucher.people import OFFICE_ROLES, Organisation, Role, office
from voucher.work import Work

#: Who keeps the keys; who hands out lists and takes them in.
KEEPERS = (Role.ADMINISTRATOR,)
EXCHANGERS = (Role.APPROVER, Role.AUDITOR, Role.ADMINISTRATOR)

#: So many rows of ours are read at a time.
_PART = 5000
#: How many claims a job checks that stand on a new list.
_AT_ONCE = 100
#: An office further east may be a day ahead of ours.
_NEXT_DAY = timedelta(days=1)
#: How much of a hash has to be named, so that nobody goes through them.
SHORTEST_TICKET = 12


@dataclass(frozen=True)
class Own:
    """What one of our own hashes is of: a claim, and the invoice's number or the reference of the file."""

    kind: Kind
    hash: str
    claim_id: UUID
    claim: str
    what: str


def lists_shown() -> SelectOfScalar[ExchangeList]:
    """Every list that came in, newest first."""
    return select(ExchangeList).order_by(col(ExchangeList.id).desc())


def enter_key(work: Work, name: str, secret: str = "") -> tuple[ExchangeKey, str]:
    """Enter a key under the name by which all who share it know it; without one, a new one is made. Answers it, this once.

    Raises NotValid, NotNow when the name is taken.
    """
    _only(work, KEEPERS)
    given = secret.strip().lower()
    refuse_if_any([
        *([] if exchange_list.is_name(name) else [problem(_("A name has up to 40 letters, digits, dots, hyphens: coast-2026."), "name")]),
        *([] if not given or exchange_list.is_secret(given) else [problem(_("A key is 64 hexadecimal signs."), "secret")])])
    if work.session.exec(select(ExchangeKey.id).where(ExchangeKey.name == name)).first() is not None:
        raise NotNow(_("There is a key of this name already. Give the new one another name, so that no list is read with the wrong one."))
    kept = given or secrets.token_hex(32)
    key = ExchangeKey(name=name, secret=kept, entered_by=work.actor.person_id, entered_at=work.now)
    work.session.add(key)
    flush_unique(work.session, "name", _("There is a key of this name already."), "name")
    record(work, "exchange.key_entered", "", key=name)
    return key, kept


def end_key(work: Work, name: str) -> ExchangeKey:
    """A key is used no more, and forgotten: nothing is handed out with it, and the lists made with it are compared no more."""
    _only(work, KEEPERS)
    key = _key(work, name)
    for each in work.session.exec(select(ExchangeList).where(ExchangeList.key_id == key.id, col(ExchangeList.replaced_at).is_(None))):
        _replace(work, each)
    key.ended_at, key.secret = work.now, ""
    work.session.add(key)
    record(work, "exchange.key_ended", "", key=name)
    return key


def export_list(work: Work, name: str) -> bytes:
    """The list of what our claims rest on, made with a key: what is claimed, verified, approved or paid, and was not taken back."""
    _only(work, EXCHANGERS)
    key = _key(work, name).shared
    here = office(work.session)
    made = exchange_list.listed(here.name, _code(here), work.today, key, ((each.kind, each.hash) for each in own_hashes(work.session, key)))
    if len(made.entries) > exchange_list.MOST_ENTRIES:
        raise NotNow(_("We hold {count} invoices and papers; a list that other offices take has at most {most}."),
                     count=len(made.entries), most=exchange_list.MOST_ENTRIES)
    content = exchange_list.write(made, key)
    record(work, "exchange.exported", "", key=name, entries=len(made.entries), sha256=sha256(content).hexdigest())
    return content


def import_list(work: Work, content: bytes) -> ExchangeList:
    """Take in the list of another office in place of its last one, and have our claims checked that stand on it.

    The same list again is the one that stands. Raises NotValid with every problem, NotNow when a newer one stands.
    """
    _only(work, EXCHANGERS)
    taken = exchange_list.read(content, [key.shared for key in keys_in_use(work.session)])
    if taken.code == _code(office(work.session)):
        raise NotValid(_("This list is our own. Take in those of other offices."))
    if taken.made_on > work.today + _NEXT_DAY:
        raise NotValid(_("This list says that it was made on {day}, which is still to come. Ask the other office for a right one."),
                       day=taken.made_on.isoformat())
    key = _key(work, taken.key)
    standing = work.session.exec(select(ExchangeList).where(
        ExchangeList.office_code == taken.code, ExchangeList.key_id == key.id, col(ExchangeList.replaced_at).is_(None))).first()
    digest = sha256(content).hexdigest()
    if standing is not None and standing.sha256 == digest:
        return standing
    if standing is not None and standing.made_on > taken.made_on:
        raise NotNow(_("A list of {office} of {day} stands already, and this one is older."), office=standing.office,
                     day=standing.made_on.isoformat())
    if standing is not None:
        _replace(work, standing)
        work.session.flush()
    return _keep(work, key, taken, digest)


def _keep(work: Work, key: ExchangeKey, taken: HashList, digest: str) -> ExchangeList:
    made = ExchangeList(office=taken.office, office_code=taken.code, key_id=key.id, made_on=taken.made_on, entries=len(taken.entries),
                        sha256=digest, entered_by=work.actor.person_id, entered_at=work.now)
    work.session.add(made)
    work.session.flush()
    keep_entries(work.session, made.id, taken.entries)
    listed = {each for _kind, each in taken.entries}
    claims = sorted({str(each.claim_id) for each in own_hashes(work.session, key.shared) if each.hash in listed})
    put_many(work, "check_waiting_claims", {
        f"exchange {made.id} {start}": {"claims": claims[start:start + _AT_ONCE]} for start in range(0, len(claims), _AT_ONCE)})
    record(work, "exchange.imported", "", office=taken.code, key=key.name, entries=len(taken.entries), ours=len(claims), sha256=digest)
    return made


def _replace(work: Work, standing: ExchangeList) -> None:
    drop_entries(work.session, standing.id)
    standing.replaced_at = work.now
    work.session.add(standing)


def find_ticket(work: Work, ticket: str) -> list[Own]:
    """What of ours another office means by a ticket: the beginning of a hash. Written down, because it opens what is kept close."""
    _only(work, EXCHANGERS)
    wanted = ticket.strip().lower()
    if len(wanted) < SHORTEST_TICKET or not set(wanted) <= set("0123456789abcdef"):
        raise NotValid(problems=[problem(_("A ticket is at least {least} hexadecimal signs."), "ticket", least=SHORTEST_TICKET)])
    found = [each for key in keys_in_use(work.session) for each in own_hashes(work.session, key.shared) if each.hash.startswith(wanted)]
    record(work, "exchange.ticket_looked_up", "", ticket=wanted, claims=sorted({each.claim for each in found}))
    return found


def own_hashes(session: Session, key: Secret) -> Iterator[Own]:
    """The hashes of the invoices and papers of our claims that count, made with a key."""
    lines = session.exec(
        select(Claim.id, Claim.reference, ClaimLine.invoice_number, Organisation)
        .join(ClaimLine, col(ClaimLine.claim_id) == Claim.id).join(Order, col(Order.id) == Claim.order_id)
        .join(Organisation, col(Organisation.id) == Order.provider_id).where(col(Claim.state).in_(LIVE)).order_by(col(ClaimLine.id))
        .execution_options(yield_per=_PART))
    for claim_id, claim, number, seller in lines:
        for made in key.invoice(_code(seller), number):
            yield Own(Kind.INVOICE, made, claim_id, claim, number)
    papers = session.exec(
        select(Claim.id, Claim.reference, StoredFile.sha256, StoredFile.reference)
        .join(ClaimEvidence, col(ClaimEvidence.claim_id) == Claim.id).join(StoredFile, col(StoredFile.id) == ClaimEvidence.file_id)
        .where(col(Claim.state).in_(LIVE)).order_by(col(ClaimEvidence.id)).execution_options(yield_per=_PART))
    for claim_id, claim, digest, file in papers:
        yield Own(Kind.FILE, key.file(digest), claim_id, claim, file)


def _code(organisation: Organisation) -> str:
    return f"{organisation.country}:{organisation.number}"


def _key(work: Work, name: str) -> ExchangeKey:
    """The key, locked: what is made with it and its end come one after the other."""
    found = next((key for key in keys_in_use(work.session) if key.name == name), None)
    if found is None or lock_by_id(work.session, ExchangeKey, found.id).ended_at is not None:
        raise NotFound(_("There is no key {name} in use."), name=name)
    return found


def _only(work: Work, allowed: Sequence[Role]) -> None:
    if not any(work.actor.holds(role) for role in OFFICE_ROLES):
        raise NotFound
    if not any(work.actor.holds(role) for role in allowed):
        raise NotAllowed(_("Only {roles} may do this."), roles=", ".join(allowed))
