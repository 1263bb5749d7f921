"""Who is at the door: sign-in, API keys, roles, and the work that they begin.

Flask-Security checks passwords and keeps sessions. It sees our people through an adapter, so that `voucher/people.py`
knows no web and only `voucher/work.py` commits. Every route says whom it is for with `public`, `signed_in` or `roles`;
one that says nothing is an error when the house is put together.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from argon2 import PasswordHasher
from flask import Flask, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_security import RoleMixin, Security, UserDatastore, UserMixin, current_user
from limits import parse
from sqlalchemy import func
from sqlmodel import Session, select

from voucher.absences import actor_at
from voucher.clock import Clock
from voucher.database import Database
from voucher.errors import NotAllowed
from voucher.files import FileStore
from voucher.people import ApiKey, Person, Role
from voucher.work import SYSTEM, Actor, Work, begin, read
from workflows.refusals import SignInFirst, TooManyAttempts

View = TypeVar("View", bound=Callable[..., Any])

# RFC 9106, second recommended option (64 MiB); the same numbers go to Flask-Security below.
_HASHER = PasswordHasher(time_cost=3, memory_cost=65536, parallelism=4)
_HASHING = {"argon2__time_cost": 3, "argon2__memory_cost": 65536, "argon2__parallelism": 4}

# NIST SP 800-63B asks for at least eight; where money is released we ask for more.
SHORTEST_PASSWORD = 12

# Wrong passwords and wrong keys from one address.
ATTEMPTS = "10 per minute"
#: How often strangers may send something from one address.
FILINGS = "10 per hour"

#: All that one may do in the portal with a password that somebody else typed.
WITH_FIRST_PASSWORD = frozenset({"public.password", "public.change_password", "public.choose_language", "security.login",
                                 "security.logout", "static"})

NOBODY = Actor("nobody")


class NotAKey(SignInFirst):
    """This API key is not known or no longer valid. Send a valid one as `Authorization: Bearer <key>`."""


# -- Who may come in by which door -----------------------------------------------------------------------------------

@dataclass(frozen=True)
class Access:
    """For whom a route is: everybody, whoever is signed in, or holders of one of the roles."""

    public: bool = False
    roles: frozenset[Role] = frozenset()

    def refuses(self, actor: Actor) -> NotAllowed | None:
        """Why this actor may not come in, or None."""
        if self.public:
            return None
        if actor.person_id is None:
            return SignInFirst()
        if self.roles and not any(actor.holds(role) for role in self.roles):
            return NotAllowed()
        return None


def public(view: View) -> View:
    """Everybody may come."""
    return _classify(view, Access(public=True))


def signed_in(view: View) -> View:
    """Whoever is signed in may come."""
    return _classify(view, Access())


def roles(*held: Role) -> Callable[[View], View]:
    """Whoever holds one of the roles may come."""
    assert held
    return lambda view: _classify(view, Access(roles=frozenset(held)))


def _classify(view: View, access: Access) -> View:
    view.access = access  # type: ignore[attr-defined]
    return view


def access_to(app: Flask, endpoint: str, method: str) -> Access | None:
    """For whom an endpoint is; None when nobody said so."""
    view = app.view_functions[endpoint]
    by_method = getattr(getattr(view, "view_class", None), method.lower(), None)
    found: Access | None = getattr(by_method, "access", None) or getattr(view, "access", None)
    return found


def unclassified(app: Flask) -> list[str]:
    """The routes of which nobody said for whom they are. There must be none."""
    return sorted(
        f"{method} {rule.rule} ({rule.endpoint})"
        for rule in app.url_map.iter_rules() for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if access_to(app, rule.endpoint, method) is None
    )


def _check_the_door() -> ResponseReturnValue | None:
    """Before every request: has this actor any business behind this route? Who has his first password chooses another before all else."""
    if request.endpoint is None:
        return None
    method = "GET" if request.method in ("HEAD", "OPTIONS") else request.method
    access = access_to(current_app, request.endpoint, method)
    assert access is not None, f"nobody said for whom {request.endpoint} is"
    refusal = access.refuses(who())
    if refusal is not None:
        raise refusal
    person = None if request.path.startswith("/api/") else signed_in_person()
    if person is not None and person.has_first_password and request.endpoint not in WITH_FIRST_PASSWORD:
        return redirect(url_for("public.password"), 303)
    return None


# -- Who is it, and the work he begins -------------------------------------------------------------------------------

@dataclass(frozen=True)
class Door:
    """What the entry points on the web share: database, clock, zone, files, and the language of strangers."""

    database: Database
    clock: Clock
    zone: str
    files: FileStore
    language: str
    is_demo: bool

    def today(self) -> date:
        """The day it is where the office is."""
        return self.clock().astimezone(ZoneInfo(self.zone)).date()


def door() -> Door:
    """The door of the running app."""
    found: Door = current_app.extensions["voucher-door"]
    return found


def who() -> Actor:
    """Who is at the door: the person signed in, or behind the API key; else NOBODY, who may see public pages only.

    The API takes keys alone and never the session's cookie, so that no other site can make a browser use it.
    """
    if "actor" not in g:
        g.actor = _behind_the_key() if request.path.startswith("/api/") else _in_the_session()
    actor: Actor = g.actor
    return actor


def _in_the_session() -> Actor:
    person = signed_in_person()
    return person.actor if person else NOBODY


def _behind_the_key() -> Actor:
    kind, _space, key = request.headers.get("Authorization", "").partition(" ")
    if not kind:
        return NOBODY
    with read(door().database) as session:
        person = person_with_key(session, key.strip()) if kind.lower() == "bearer" else None
        if person is not None:
            return actor_at(session, person, door().clock())
    count_attempt("api-key")
    raise NotAKey


@contextmanager
def acting() -> Iterator[Work]:
    """Begin work for whoever is at the door; all of it is kept, or nothing."""
    house = door()
    with begin(house.database, who(), house.clock, house.zone) as work:
        yield work


@contextmanager
def looking() -> Iterator[Session]:
    """A session for looking only."""
    with read(door().database) as session:
        yield session


@contextmanager
def asking() -> Iterator[Work]:
    """Work for whoever is at the door that only looks: it takes no locks, and nothing of it is kept."""
    house = door()
    with looking() as session:
        yield Work(session, who(), house.clock(), ZoneInfo(house.zone))


# -- API keys --------------------------------------------------------------------------------------------------------

def make_key(work: Work, person: Person, label: str) -> str:
    """A new API key for a person. It is shown this once; we keep its SHA-256 only."""
    key = "vk_" + secrets.token_urlsafe(32)
    work.session.add(ApiKey(person_id=person.id, label=label, digest=_digest(key)))
    return key


def person_with_key(session: Session, key: str) -> Person | None:
    """The active person whose key this is."""
    return session.exec(
        select(Person).join(ApiKey, ApiKey.person_id == Person.id)  # type: ignore[arg-type]
        .where(ApiKey.digest == _digest(key), ApiKey.active, Person.active)
    ).first()


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


# -- Passwords and sessions, through Flask-Security ------------------------------------------------------------------

def hash_password(password: str) -> str:
    """The argon2id hash to keep of a password."""
    return _HASHER.hash(password)


class _NoRole(RoleMixin):
    """Flask-Security wants a class of roles. Ours belong to organisations; `Access` looks at them."""


@dataclass(eq=False, kw_only=True)
class SignedIn(UserMixin):
    """One of our people, as Flask-Security wants to see him."""

    person_id: UUID
    email: str
    name: str
    password: str
    fs_uniquifier: str = ""  # Flask-Security looks for it on the class
    language: str
    active: bool
    has_first_password: bool
    actor: Actor
    roles: list[RoleMixin] = field(default_factory=list)


class PeopleDatastore(UserDatastore):
    """Flask-Security's window on our people: it may look them up, and keep a newer hash of a password."""

    def __init__(self) -> None:
        super().__init__(SignedIn, _NoRole)

    def find_user(self, case_insensitive: bool = False, **wanted: Any) -> SignedIn | None:
        """The person with this `email` or `fs_uniquifier`."""
        (name, value), = wanted.items()
        matches = {
            "email": func.lower(Person.email) == str(value).lower(),
            "fs_uniquifier": Person.session_key == value,
        }[name]
        with read(door().database) as session:
            person = session.exec(select(Person).where(matches)).first()
            return _as_signed_in(person, actor_at(session, person, door().clock())) if person else None

    def find_role(self, role: str) -> None:
        """There are none of this sort."""

    def put(self, model: SignedIn) -> SignedIn:
        """Keep the newer hash that Flask-Security made as he signed in."""
        with begin(door().database, SYSTEM) as work:
            person = work.session.get_one(Person, model.person_id)
            person.password_hash = model.password
            work.session.add(person)
        return model

    def commit(self) -> None:
        """Nothing: `put` is a piece of work of its own."""


def _as_signed_in(person: Person, actor: Actor) -> SignedIn:
    return SignedIn(
        person_id=person.id, email=person.email, name=person.name, password=person.password_hash,
        fs_uniquifier=person.session_key, language=person.language, active=person.active, actor=actor,
        has_first_password=person.has_first_password,
    )


def stay_signed_in(person: Person) -> None:
    """This browser stays signed in after every session of this person has ended."""
    session["_user_id"] = person.session_key


def signed_in_person() -> SignedIn | None:
    """The person whose session this is."""
    return current_user if isinstance(current_user, SignedIn) else None


# -- Throttling ------------------------------------------------------------------------------------------------------

def _limiter() -> Limiter:
    limiter: Limiter = current_app.extensions["voucher-limiter"]
    return limiter


def count_attempt(what: str, whose: str = "") -> None:
    """Nobody guesses passwords or keys, counted by address, or by whose they are. Raises TooManyAttempts."""
    if not _limiter().limiter.hit(parse(ATTEMPTS), what, whose or get_remote_address()):
        raise TooManyAttempts


def count_filing(what: str) -> None:
    """Nobody sends this more often than people do, counted by address. Raises TooManyAttempts."""
    if not _limiter().limiter.hit(parse(FILINGS), what, get_remote_address()):
        raise TooManyAttempts


def _is_attempt() -> bool:
    return request.endpoint == "security.login" and request.method == "POST"


def _check_attempts() -> None:
    """Before a password is looked at: were there too many wrong ones from this address?"""
    if _is_attempt() and not _limiter().limiter.test(parse(ATTEMPTS), "password", get_remote_address()):
        raise TooManyAttempts


def _note_wrong_password(response: Any) -> Any:
    if _is_attempt() and response.status_code == 200:
        _limiter().limiter.hit(parse(ATTEMPTS), "password", get_remote_address())
    return response


# -- Hanging the door ------------------------------------------------------------------------------------------------

def hang_door(app: Flask, house: Door) -> None:
    """Give the app its door: who comes in, by password or key, and how often he may try."""
    app.extensions["voucher-door"] = house
    app.config.update(
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 - the name of an algorithm
        SECURITY_PASSWORD_NORMALIZE_FORM=None,  # a password is what was typed, here as in hash_password
        SECURITY_PASSWORD_SINGLE_HASH=True, SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS=_HASHING, SECURITY_LOGIN_URL="/sign-in", SECURITY_LOGOUT_URL="/sign-out",
        SECURITY_LOGIN_USER_TEMPLATE="portal/sign_in.html", SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_POST_LOGIN_VIEW="/", SECURITY_POST_LOGOUT_VIEW="/", SECURITY_FLASH_MESSAGES=False,
        SECURITY_API_ENABLED_METHODS=["session"], SECURITY_STATIC_FOLDER=None, SECURITY_FRESHNESS=timedelta(seconds=-1),
        SECURITY_EMAIL_VALIDATOR_ARGS={"test_environment": True},
    )
    Security(app, PeopleDatastore())
    for endpoint in ("security.login", "static"):
        public(app.view_functions[endpoint])
    signed_in(app.view_functions["security.logout"])
    app.extensions["voucher-limiter"] = Limiter(get_remote_address, app=app, storage_uri="memory://")
    app.before_request(_check_attempts)
    app.after_request(_note_wrong_password)
    app.before_request(_check_the_door)
