"""How the demo begins: who there is, the programmes, and the money."""


from sqlmodel import col, select

from voucher.money import Money
from voucher.people import Organisation, OrganisationKind, Person, actor_for
from voucher.programmes.funding import fund_lines_of
from voucher.programmes.library import example
from voucher.programmes.programmes import Programme
from voucher.work import Work, read
from workflows.demo.data import (
    DOMAIN,
    IRELAND,
    PASSWORD,
    WEIHAI,
    OrganisationData,
)
from workflows.demo.story import PUBLISHED, Demo
from workflows.funding import allot, record_appropriation
from workflows.publishing import publish_programme
from workflows.registration import grant_role, register_account, register_organisation, register_person

# What the city and the agency voted, in yuan and euro, and what of it is released to the programme at once.
FUNDS = {WEIHAI: Money(2_500_000_000, "CNY"), IRELAND: Money(20_000_000, "EUR")}
FUNDERS = {WEIHAI: "市级财政", IRELAND: "Exchequer"}
ALLOTTED = {WEIHAI: Money(2_000_000_000, "CNY"), IRELAND: Money(10_000_000, "EUR")}



def register_everybody(demo: Demo) -> tuple[int, int, str]:
    """Organisations with accounts and people; all have one password, hashed once, for it is no secret."""
    everybody = (demo.data.office, *demo.data.organisations)
    with demo.day(PUBLISHED + 1) as work:
        known = {each.number: each for each in work.session.exec(select(Organisation))}
        hashed = demo.hash_password(PASSWORD) if len(known) < len(everybody) else ""
        fresh = [each for each in everybody if each.number not in known]
        for organisation in fresh:
            _register_one(work, organisation, hashed)
    with read(demo.database) as session:
        demo.references = {each.number: each.reference for each in session.exec(select(Organisation))}
        demo.actors = {person.email: actor_for(session, person) for person in session.exec(
            select(Person).where(col(Person.email).endswith(f"@{DOMAIN}"))).all()}
    return len(fresh), len(everybody) - len(fresh), f"{len(demo.actors)} people"


def _register_one(work: Work, organisation: OrganisationData, hashed: str) -> None:
    made = register_organisation(
        work, OrganisationKind(organisation.kind), organisation.name, organisation.number, name_en=organisation.name_en,
        country=organisation.country, category=organisation.category, region=organisation.region,
        address=organisation.address, town=organisation.town)
    for account in organisation.accounts:
        register_account(work, made.reference, account.currency, account.number, holder=account.holder,
                         bank_name=account.bank_name, bank_code=account.bank_code)
    for person in organisation.people:
        register_person(work, person.email, person.name, hashed, person.language)
        grant_role(work, person.email, person.role, made.reference)


def publish(demo: Demo) -> tuple[int, int, str]:
    """Both programmes, from the terms files that come with the software."""
    with demo.day(PUBLISHED) as work:
        known = {each.code: each for each in work.session.exec(select(Programme))}
        for code in (WEIHAI, IRELAND):
            made = known.get(code) or publish_programme(demo.by(work, "approver1"), example(code))
            demo.programmes[code] = made.reference
        names = [each.name_zh for each in work.session.exec(select(Programme).order_by(col(Programme.id)))]
    fresh = len({WEIHAI, IRELAND} - known.keys())
    return fresh, 2 - fresh, ", ".join(names)


def fund(demo: Demo) -> tuple[int, int, str]:
    """An appropriation and an allotment for each; the numbered documents make sure that each counts once."""
    year, done = demo.instant(79).year, 0
    with demo.day(79) as work:
        finance = demo.by(work, "finance1")
        for code, reference in demo.programmes.items():
            programme = work.session.exec(select(Programme).where(Programme.reference == reference)).one()
            if fund_lines_of(work.session, programme.id, year):
                continue
            line = record_appropriation(finance, reference, year, FUNDS[code], f"样例〔{year}〕1号 {code}", FUNDERS[code])
            allot(finance, line.reference, ALLOTTED[code], f"样例〔{year}〕2号 {code}")
            done += 1
    return done, len(demo.programmes) - done, ", ".join(f"{amount.currency} {amount}" for amount in ALLOTTED.values())
