"""Registration: organisations, their bank accounts, and the people who act for them are entered.

An administrator enters them. The very first ones, the office and its administrator, are entered by the system itself:
from the command line, by whoever may already write to the database.
"""

from unicodedata import normalize

from email_validator import EmailNotValidError, validate_email
from sqlmodel import col, func, select, update
from stdnum.cn import uscc

from voucher.database import fetch
from voucher.errors import NotAllowed, NotNow, Problem, _, problem, refuse_if_any
from voucher.history import record
from voucher.listings import Listing, ListingState, begin_span
from voucher.numbering import next_reference
from voucher.people import OFFICE_ROLES, BankAccount, Membership, Organisation, OrganisationKind, Person, Role, bare
from voucher.references import year_of
from voucher.ties import place_of
from voucher.work import Actor, Work

ROLES_OF_KIND = {
    OrganisationKind.SME: frozenset({Role.SME}),
    OrganisationKind.PROVIDER: frozenset({Role.PROVIDER}),
    OrganisationKind.OFFICE: OFFICE_ROLES,
}

#: Roles that stand beside one another as second persons: who approves, and who releases a batch.
SIGNING = frozenset({Role.APPROVER, Role.TREASURY, Role.FINANCE})


def register_organisation(
    work: Work, kind: OrganisationKind, name: str, number: str, *, name_en: str = "", country: str = "CN",
    category: str = "", region: str = "", address: str = "", town: str = "", controller: str = "",
    listed: bool = True,
) -> Organisation:
    """Enter a firm, a provider or the office. Raises NotValid, or NotNow when it is there already.

    A provider is listed from today, or later by its own proposal.
    """
    _only_administrators(work)
    number = official_number(country, number)
    refuse_if_any(_organisation_problems(name, number, country))
    if _known_organisation(work, country, number) is not None:
        raise NotNow(_("An organisation with the number {number} is registered already."), number=number)
    if kind == OrganisationKind.OFFICE and _offices(work):
        raise NotNow(_("These books have an office already; another office keeps books of its own."))
    organisation = Organisation(
        reference=next_reference(work.session, "N", year_of(work.today)), kind=kind, name=name.strip(),
        name_en=name_en.strip(), country=country, number=number, category=category, region=region, address=address,
        town=town, controller=plain(controller), place=place_of(address, town))
    work.session.add(organisation)
    work.session.flush()
    is_listed = kind == OrganisationKind.PROVIDER and listed
    if is_listed:
        work.session.add(Listing(reference=organisation.reference, provider_id=organisation.id, state=ListingState.LISTED))
        begin_span(work.session, organisation.id, work.today)
    record(work, "organisation.registered", organisation.reference, to_state=ListingState.LISTED if is_listed else "")
    return organisation


def official_number(country: str, text: str) -> str:
    """An official number in the one way in which it is kept, so that a firm is known again however its number is typed.

    A unified social credit code has neither spaces nor hyphens nor small letters (GB 32100); elsewhere hyphens stay.
    """
    return str(uscc.compact(plain(text))) if country == "CN" else plain(text)


def plain(text: str) -> str:
    """A number as machines compare it: without spaces, in the usual width, in capitals."""
    return "".join(normalize("NFKC", text).split()).upper()


def _organisation_problems(name: str, number: str, country: str) -> list[Problem]:
    found = []
    if not name.strip():
        found.append(problem(_("An organisation has a name."), "name"))
    if country == "CN" and not uscc.is_valid(number):
        found.append(problem(_("{number} is not a unified social credit code: 18 characters, the last one a check."),
                             "number", number=number))
    if not number.strip():
        found.append(problem(_("An organisation has an official number."), "number"))
    return found


def _known_organisation(work: Work, country: str, number: str) -> Organisation | None:
    """The organisation of this number, however it was typed."""
    return work.session.exec(select(Organisation).where(
        Organisation.country == country, Organisation.bare_number == bare(number))).first()


def _offices(work: Work) -> int:
    return work.session.exec(select(func.count()).where(Organisation.kind == OrganisationKind.OFFICE)).one()


def register_account(
    work: Work, organisation: str, currency: str, number: str, *, holder: str = "", bank_name: str = "",
    bank_code: str = "",
) -> BankAccount:
    """Enter the account of an organisation for a currency; it takes the place of the one before, which is kept."""
    _only_administrators(work)
    owner = fetch(work.session, Organisation, organisation)
    work.session.connection().execute(
        update(BankAccount).where(col(BankAccount.organisation_id) == owner.id, col(BankAccount.currency) == currency)
        .values(active=False))
    account = BankAccount(organisation_id=owner.id, currency=currency, holder=holder or owner.name,
                          number=plain(number), bank_name=bank_name, bank_code=bank_code,
                          entered_at=work.now, entered_by=work.actor.person_id)
    work.session.add(account)
    work.session.flush()
    record(work, "account.registered", owner.reference, currency=currency)
    return account


def register_person(work: Work, email: str, name: str, password_hash: str, language: str = "zh") -> Person:
    """Enter somebody who may sign in. Raises NotValid, or NotNow when the address is taken.

    A password that an administrator typed he has to change first. Whom the system enters chose his own: whoever stands at the machine
    enters himself as the first administrator.
    """
    _only_administrators(work)
    address = _tidy_email(email)
    if work.session.exec(select(Person).where(func.lower(Person.email) == address.lower())).first() is not None:
        raise NotNow(_("Somebody with the address {email} is registered already."), email=address)
    person = Person(email=address, name=name.strip(), password_hash=password_hash, language=language,
                    has_first_password=not work.actor.is_system)
    work.session.add(person)
    work.session.flush()
    return person


def _tidy_email(email: str) -> str:
    try:
        return validate_email(email, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError as error:
        refuse_if_any([problem(_("{email} is not a mail address: {why}"), "email", email=email, why=str(error))])
        raise AssertionError from error


def grant_role(work: Work, email: str, role: Role, organisation: str) -> Membership:
    """Let a person act for an organisation in a role that fits its kind; granting it twice is granting it once.

    Nobody gives himself a role, and who signs himself does not choose with whom he signs. Raises NotValid, NotFound, NotAllowed.
    """
    _only_administrators(work)
    owner = fetch(work.session, Organisation, organisation)
    person = person_named(work, email)
    if person.id == work.actor.person_id:
        raise NotAllowed(_("Nobody gives himself a role. Ask another administrator."))
    if role in SIGNING and signs(work.actor):
        raise NotAllowed(_("Who approves or releases himself does not grant the role {role}. Ask another administrator."), role=role.value)
    if role not in ROLES_OF_KIND[OrganisationKind(owner.kind)]:
        raise NotAllowed(_("The role {role} cannot be held for an organisation of the kind {kind}."),
                         role=role.value, kind=owner.kind)
    held = work.session.exec(select(Membership).where(
        Membership.person_id == person.id, Membership.organisation_id == owner.id, Membership.role == role)).first()
    if held is None:
        held = Membership(person_id=person.id, organisation_id=owner.id, role=role)
        work.session.add(held)
        work.session.flush()
        record(work, "role.granted", owner.reference, role=role.value, person=str(person.id),
               first="yes" if person.has_first_password else "")
    return held


def signs(actor: Actor) -> bool:
    """Whether somebody approves or releases, in his own right or for another."""
    return any(actor.holds(each) for each in SIGNING)


def person_named(work: Work, email: str) -> Person:
    """The person with this address. Raises NotValid when there is none."""
    person = work.session.exec(select(Person).where(func.lower(Person.email) == email.lower())).first()
    if person is None:
        refuse_if_any([problem(_("Nobody with the address {email} is registered."), "email", email=email)])
        raise AssertionError
    return person


def _only_administrators(work: Work) -> None:
    """Raises NotAllowed. They enter one after the other (behind the office's row): what two enter at one instant is entered once."""
    if not (work.actor.is_system or work.actor.holds(Role.ADMINISTRATOR)):
        raise NotAllowed
    work.session.exec(select(Organisation.id).where(Organisation.kind == OrganisationKind.OFFICE).with_for_update(key_share=True)).all()
