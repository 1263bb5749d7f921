"""Every route visited as every role; sign-in, keys, throttling, and what is not yours."""

import re
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select
from werkzeug.routing import Rule

from tests.builders import (
    PROVIDER,
    PROVIDERS,
    SME,
    SMES,
    House,
    a_completed_order,
    a_house,
    a_submitted_claim,
    an_approved_claim,
    an_issued_voucher,
    who,
)
from tests.workflows.portal.visitors import Visitors, a_new_app, an_app
from voucher.claims import Claim, evidence_of
from voucher.database import Database, fetch, get
from voucher.files import FileStore, StoredFile
from voucher.orders import Order
from voucher.payouts import payouts_of
from voucher.people import ApiKey, Membership, Person, Role
from voucher.work import read
from workflows.access import hash_password, make_key, public, unclassified
from workflows.demo.data import DOMAIN, PASSWORD

DOORS = Path(__file__).parent.parent / "golden" / "doors.txt"

# One person a role, each with that role alone.
ROLES = {
    "sme": SME, "provider": PROVIDER, "reviewer": "reviewer1", "approver": "approver1", "verifier": "verifier1",
    "finance": "finance1", "treasury": "treasury1", "auditor": "auditor1", "administrator": "administrator1",
}

# Something for each variable in an address that has the right form and is nothing.
NOTHING = {"currency": "CNY", "code": "V100", "name": "entitlement:available:nobody", "filename": "portal.css", "number": 1,
           "year": 2026}


@pytest.fixture
def portal(sqlite: Database, tmp_path: Path) -> Visitors:
    """A house whose people have passwords. Doors are the same on both engines."""
    house = a_house(sqlite, FileStore(str(tmp_path / "files")), smes=2, providers=2, irish=True, password_hash=hash_password(PASSWORD))
    return Visitors(an_app(house, tmp_path), house)


# -- every route as every role ----------------------------------------------------------------------------------------

def keys(house: House) -> dict[str, str]:
    """An API key for one person a role."""
    with house.work() as work:
        people = {person.email: person for person in work.session.exec(select(Person))}
        return {role: make_key(work, people[f"{name}@{DOMAIN}"], "test") for role, name in ROLES.items()}


def address_of(app: Flask, rule: Rule) -> str:
    """An address of a route that leads to nothing in particular."""
    values = {name: UUID(int=0) if type(rule._converters[name]).__name__ == "UUIDConverter" else NOTHING.get(name, "V-2026-99999-1")
              for name in rule.arguments}
    with app.test_request_context():
        return str(app.url_map.bind("localhost").build(rule.endpoint, values, method=sorted(rule.methods or ())[0]))


def lets_in(client: FlaskClient, method: str, address: str, key: str) -> bool:
    """Whether the door opens: what is behind it may be missing (404) or not wanted (422)."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    response = client.open(address, method=method, headers=headers)
    response.close()
    assert response.status_code < 500, (method, address, response.status)
    return response.status_code not in (401, 403) and not response.headers.get("Location", "").startswith("/sign-in")


def test_every_route_opens_to_the_roles_that_the_list_of_doors_names(portal: Visitors) -> None:
    """The list is read by people: a new route, or one that opens to somebody else, has to be entered there."""
    held, found = keys(portal.house), []
    for rule in portal.app.url_map.iter_rules():
        address, is_api = address_of(portal.app, rule), rule.rule.startswith("/api/")
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            opens = [role for role in ("nobody", *ROLES) if lets_in(
                portal.client("" if is_api else ROLES.get(role, "")), method, address, held.get(role, "") if is_api else "")]
            word = "everybody" if "nobody" in opens else "signed-in" if len(opens) == len(ROLES) else " ".join(opens) or "-"
            found.append(f"{method:6} {rule.rule}: {word}\n")
    assert "".join(sorted(found)) == DOORS.read_text(encoding="utf-8")


def test_a_route_that_nobody_classified_is_found() -> None:
    app = a_new_app()
    app.add_url_rule("/forgotten", "forgotten", lambda: "hello")
    app.add_url_rule("/known", "known", public(lambda: "hello"))
    assert unclassified(app) == ["GET /forgotten (forgotten)"]


def test_a_forgotten_route_does_not_open() -> None:
    app = a_new_app()
    app.add_url_rule("/forgotten", "forgotten", lambda: "hello")
    response = app.test_client().get("/forgotten")
    assert (response.status_code, "hello" in response.text) == (500, False)


# -- what is not yours ------------------------------------------------------------------------------------------------

def pages_of_a_case(house: House) -> dict[str, str]:
    """The pages and steps of a case of the first SME with the first provider, by name."""
    voucher = an_issued_voucher(house)
    claim = an_approved_claim(house, a_completed_order(house, voucher))
    with read(house.database) as session:
        held = fetch(session, Claim, claim)
        order = get(session, Order, held.order_id)
        file = get(session, StoredFile, evidence_of(session, held.id)[0].file_id)
        return {"voucher": f"/vouchers/{voucher}", "order": f"/orders/{order.reference}", "claim": f"/claims/{claim}",
                "payout": f"/payouts/{payouts_of(session, held.id)[0].reference}", "file": f"/files/{file.reference}",
                "form": f"/vouchers/{voucher}/order", "claim form": f"/orders/{order.reference}/claim"}


@pytest.mark.parametrize("stranger", [who(SMES[1]), who(PROVIDERS[1])])
def test_a_stranger_finds_nothing_of_somebody_elses_case(portal: Visitors, stranger: str) -> None:
    pages = pages_of_a_case(portal.house)
    if stranger == who(PROVIDERS[1]):
        del pages["form"]  # a form that no provider may see, whosoever's voucher it is
    assert {name: portal.get(stranger, page).status_code for name, page in pages.items()} == dict.fromkeys(pages, 404)


def test_the_steps_of_somebody_elses_case_are_not_found(portal: Visitors) -> None:
    pages = pages_of_a_case(portal.house)
    for step in (pages["order"] + "/cancel", pages["order"] + "/accept-delivery", pages["voucher"] + "/withdraw",
                 pages["voucher"] + "/order", pages["claim"] + "/withdraw", pages["order"] + "/claim"):
        assert portal.post(who(SMES[1]), step, reason="x").status_code == 404, step


def test_the_parties_and_the_office_see_the_case(portal: Visitors) -> None:
    pages = pages_of_a_case(portal.house)
    for visitor in (SME, "verifier1", "auditor1", "finance1"):
        for name in ("voucher", "order", "claim", "payout", "file"):
            assert portal.get(visitor, pages[name]).status_code == 200, (visitor, name)


def test_a_provider_sees_its_order_but_not_the_bank_account_of_the_sme(portal: Visitors) -> None:
    pages = pages_of_a_case(portal.house)
    assert [portal.get(PROVIDER, pages[name]).status_code for name in ("order", "claim", "payout")] == [200, 200, 404]


def test_what_does_not_exist_looks_like_what_is_not_yours(portal: Visitors) -> None:
    page = pages_of_a_case(portal.house)["voucher"]
    stranger = portal.get(who(SMES[1]), page)
    nothing = portal.get(who(SMES[1]), "/vouchers/V-2026-99999-8")
    assert (stranger.status_code, nothing.status_code) == (404, 404)


# -- sign-in ----------------------------------------------------------------------------------------------------------

def sign_in(client: FlaskClient, name: str = SME, password: str = PASSWORD, **more: str) -> tuple[int, str]:
    """Send the sign-in form; answers status and where it leads."""
    response = client.post("/sign-in", data={"email": f"{name}@{DOMAIN}", "password": password, **more})
    return response.status_code, response.headers.get("Location", "")


def test_the_right_password_opens_the_portal(portal: Visitors) -> None:
    client = portal.client()
    assert sign_in(client) == (302, "/")
    assert client.get("/my/vouchers").status_code == 200


def test_sign_in_leads_back_to_the_page_that_was_asked_for(portal: Visitors) -> None:
    client = portal.client()
    way = client.get("/my/vouchers").headers["Location"]
    assert client.post(way, data={"email": f"{SME}@{DOMAIN}", "password": PASSWORD}).headers["Location"] == "/my/vouchers"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example"])
def test_sign_in_never_leads_to_another_site(portal: Visitors, elsewhere: str) -> None:
    _status, where = sign_in(portal.client(), next=elsewhere)
    assert urlsplit(where).netloc == ""
    assert not where.startswith(("//", "/\\"))


@pytest.mark.parametrize(("name", "password"), [(SME, "wrong"), ("nobody", PASSWORD)])
def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(portal: Visitors, name: str, password: str) -> None:
    response = portal.client().post("/sign-in", data={"email": f"{name}@{DOMAIN}", "password": password})
    assert response.status_code == 200
    assert "do not belong together" in response.text


def test_the_eleventh_wrong_password_in_a_minute_is_not_looked_at(portal: Visitors) -> None:
    client = portal.client()
    tries = [sign_in(client, password="wrong")[0] for _number in range(11)]
    assert tries == [200] * 10 + [429]
    assert sign_in(client)[0] == 429  # not even the right one


def test_a_closed_person_cannot_sign_in_and_his_sessions_end(portal: Visitors) -> None:
    client = portal.client(SME)
    assert client.get("/my/vouchers").status_code == 200
    with portal.house.work() as work:
        person = work.session.exec(select(Person).where(Person.email == f"{SME}@{DOMAIN}")).one()
        person.active = False
        work.session.add(person)
    assert client.get("/my/vouchers").headers["Location"].startswith("/sign-in")
    assert sign_in(portal.client())[0] == 200


def test_a_new_session_key_ends_every_session(portal: Visitors) -> None:
    client = portal.client(SME)
    with portal.house.work() as work:
        person = work.session.exec(select(Person).where(Person.email == f"{SME}@{DOMAIN}")).one()
        person.session_key = "another"
        work.session.add(person)
    assert client.get("/my/vouchers").headers["Location"].startswith("/sign-in")


def test_signing_out_ends_the_session(portal: Visitors) -> None:
    client = portal.client(SME)
    client.post("/sign-out")
    assert client.get("/my/vouchers").headers["Location"].startswith("/sign-in")


def test_passwords_are_kept_as_argon2id() -> None:
    assert hash_password("x").startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_an_old_hash_is_made_anew_at_sign_in(portal: Visitors) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with portal.house.work() as work:
        person = work.session.exec(select(Person).where(Person.email == f"{SME}@{DOMAIN}")).one()
        person.password_hash = weak
        work.session.add(person)
    assert sign_in(portal.client()) == (302, "/")
    with read(portal.house.database) as session:
        kept = session.exec(select(Person.password_hash).where(Person.email == f"{SME}@{DOMAIN}")).one()
    assert kept.startswith("$argon2id$v=19$m=65536")


# -- forms, headers, keys ---------------------------------------------------------------------------------------------

def test_a_form_without_its_token_is_refused_and_changes_nothing(portal: Visitors, tmp_path: Path) -> None:
    voucher = an_issued_voucher(portal.house)
    strict = Visitors(an_app(portal.house, tmp_path, checks_csrf=True), portal.house)
    response = strict.post(SME, f"/vouchers/{voucher}/order", title="Forged")
    assert response.status_code == 400
    with read(portal.house.database) as session:
        assert session.exec(select(Order)).all() == []


def test_every_page_forbids_scripts_frames_and_other_sites(portal: Visitors) -> None:
    for response in (portal.get("", "/"), portal.get(SME, "/"), portal.get("", "/nowhere"), portal.get("", "/sign-in")):
        policy = response.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert "script-src" not in policy
        assert "frame-ancestors 'none'" in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in response.headers["Cache-Control"]


def test_no_page_names_anything_on_another_site(portal: Visitors) -> None:
    pages = [portal.get("", "/").text, portal.get(SME, "/").text, portal.get("finance1", "/office/reconciliation").text]
    for page in pages:
        assert re.findall(r'(?:src|href|action)="(?:https?:)?//', page) == []
        assert "<script" not in page
        assert "style=" not in page


def test_the_api_does_not_take_the_cookie_of_a_session(portal: Visitors) -> None:
    voucher = an_issued_voucher(portal.house)
    client = portal.client(SME)
    assert client.get(f"/vouchers/{voucher}").status_code == 200
    refused = client.get(f"/api/v1/vouchers/{voucher}")
    assert (refused.status_code, refused.mimetype) == (401, "application/problem+json")


def test_an_api_key_opens_the_api_and_only_its_digest_is_kept(portal: Visitors) -> None:
    voucher = an_issued_voucher(portal.house)
    page = portal.post(SME, "/account/keys", label="our books").text
    key = re.search(r"vk_[\w-]+", page)
    assert key is not None
    answer = portal.client().get(f"/api/v1/vouchers/{voucher}", headers={"Authorization": f"Bearer {key[0]}"})
    assert answer.status_code == 200
    with read(portal.house.database) as session:
        kept = session.exec(select(ApiKey)).one()
    assert (kept.label, key[0] in kept.digest, len(kept.digest)) == ("our books", False, 64)
    portal.post(SME, f"/account/keys/{kept.id}/close")
    answer = portal.client().get(f"/api/v1/vouchers/{voucher}", headers={"Authorization": f"Bearer {key[0]}"})
    assert answer.status_code == 401


def test_the_key_of_somebody_else_cannot_be_closed(portal: Visitors) -> None:
    portal.post(SME, "/account/keys", label="ours")
    with read(portal.house.database) as session:
        kept = session.exec(select(ApiKey)).one()
    assert portal.post(PROVIDER, f"/account/keys/{kept.id}/close").status_code == 404


def test_guessing_api_keys_is_slowed(portal: Visitors) -> None:
    client = portal.client()
    tries = [client.get("/api/v1/vouchers", headers={"Authorization": f"Bearer vk_{number}"}).status_code for number in range(11)]
    assert tries == [401] * 10 + [429]


def test_who_decided_something_in_a_case_is_offered_no_other_step(portal: Visitors) -> None:
    claim = a_submitted_claim(portal.house)
    with portal.house.work() as work:  # approver1 issued the voucher; now he is a verifier too
        issuer = portal.house.people["approver1"]
        assert issuer.person_id is not None
        work.session.add(Membership(person_id=issuer.person_id, organisation_id=next(iter(issuer.organisations())), role=Role.VERIFIER))
    page = portal.get("approver1", f"/claims/{claim}").text
    assert "has to be taken by somebody else" in page
    assert "Send the decisions" not in page
    refused = portal.post("approver1", f"/office/claims/{claim}/verify", **{"decisions.1.accepted": "106000.00"})
    assert refused.status_code == 403
