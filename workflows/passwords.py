"""Passwords: everybody changes his own; an administrator gives a new first one to who forgot his."""

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from voucher.absences import actor_at
from voucher.database import lock_by_id
from voucher.errors import NotAllowed, NotNow, Problem, _, problem, refuse_if_any
from voucher.people import Person
from voucher.work import Work
from workflows.access import SHORTEST_PASSWORD, hash_password
from workflows.leaving import another_person, end_keys, note_access
from workflows.registration import signs


def change_password(work: Work, old: str, new: str) -> Person:
    """Somebody chooses another password for himself. Every session of his ends; his keys stay.

    Raises NotAllowed to who is no person, NotValid with all that is wrong.
    """
    if work.actor.person_id is None:
        raise NotAllowed
    person = lock_by_id(work.session, Person, work.actor.person_id)
    refuse_if_any(_wrong(person, old, new))
    _keep(work, person, hash_password(new), is_first=False)
    note_access(work, "person.password_changed", person)
    return person


def _wrong(person: Person, old: str, new: str) -> list[Problem]:
    return [
        *([] if _matches(person.password_hash, old) else [problem(_("This is not your password."), "old")]),
        *([problem(_("A password has at least {shortest} signs."), "new", shortest=SHORTEST_PASSWORD)]
          if len(new) < SHORTEST_PASSWORD else []),
        *([problem(_("Choose another one than before."), "new")] if new == old else []),
        *([problem(_("A mail address is no password."), "new")] if new.lower() == person.email.lower() else [])]


def _matches(kept: str, password: str) -> bool:
    try:
        return PasswordHasher().verify(kept, password)
    except (Argon2Error, InvalidHashError):
        return False


def renew_password(work: Work, email: str, password: str) -> Person:
    """Give somebody else a new first password, which he has to change when he signs in with it. His sessions and keys end.

    He is told by mail, so that he notices who did it unasked; and who signs himself opens no way to sign as a second person.
    Raises NotValid, NotAllowed, NotNow while his access is closed, because then no mail reaches him.
    """
    person = another_person(work, email)
    if signs(work.actor) and signs(actor_at(work.session, person, work.now)):
        raise NotAllowed(_("Who approves or releases himself gives no password to another who does. Ask another administrator."))
    if not person.active:
        raise NotNow(_("The access of {name} is closed. Open it again first."), name=person.name)
    refuse_if_any([problem(_("A password has at least {shortest} signs."), "password", shortest=SHORTEST_PASSWORD)]
                  if len(password) < SHORTEST_PASSWORD else [])
    _keep(work, person, hash_password(password), is_first=True)
    end_keys(work, person)  # whoever knew the old password may have made some
    note_access(work, "person.password_renewed", person)
    return person


def _keep(work: Work, person: Person, hashed: str, *, is_first: bool) -> None:
    person.password_hash, person.has_first_password, person.session_key = hashed, is_first, secrets.token_hex(16)
    work.session.add(person)
