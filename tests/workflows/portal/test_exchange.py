"""Two offices exchange lists of keyed hashes: what is claimed at both is found, and nothing else is told."""

from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from tests.builders import (
    PROVIDERS,
    SME,
    SMES,
    House,
    a_completed_order,
    a_submitted_claim,
    evidence,
    full_decisions,
    who,
)
from tests.workflows.cli.typist import type_command
from tests.workflows.portal.visitors import Visitors
from voucher import exchange_list
from voucher.claims import Claim, ClaimEvidence, ClaimState, InvoiceLine, OwnPayment, lines_of
from voucher.database import fetch
from voucher.errors import NotFound, NotNow, NotValid
from voucher.exchange import ExchangeEntry, ExchangeKey, keys_in_use
from voucher.exchange_list import Kind, Secret, listed, ticket_of, write
from voucher.files import StoredFile
from voucher.findings import Finding, FindingState, findings_of
from voucher.history import Event
from voucher.orders import Order
from voucher.work import read
from workflows.approval import approve_claim
from workflows.checking import allow_finding, check_claim
from workflows.correction import resubmit_claim, return_claim
from workflows.exchanging import end_key, enter_key, export_list, find_ticket, import_list
from workflows.verification import verify_claim

NAME = "coast-2026"
RUSHAN = ("乳山市科学技术局", "CN:11371083004367382M")


@pytest.fixture
def key(house: House) -> Secret:
    """A key that the administrator entered."""
    with house.work("administrator1") as work:
        return enter_key(work, NAME)[0].shared


def invoice_of(house: House, claim: str) -> tuple[str, str]:
    """Seller and number of the first line of a claim."""
    with read(house.database) as session:
        [line] = lines_of(session, fetch(session, Claim, claim).id)
    return f"CN:{PROVIDERS[0].number}", line.invoice_number


def from_rushan(house: House, key: Secret, *entries: tuple[Kind, str], office: tuple[str, str] = RUSHAN) -> bytes:
    """A list that another office made."""
    return write(listed(*office, house.today, key, entries), key)


def take(house: House, content: bytes) -> None:
    """An auditor takes a list in, and the worker compares."""
    with house.work("auditor1") as work:
        import_list(work, content)
    house.do_jobs()


def found_on(house: House, claim: str) -> list[Finding]:
    """What stands open on a claim by the checks of the same invoice and the same papers."""
    with read(house.database) as session:
        return [each for each in findings_of(session, [fetch(session, Claim, claim).id])
                if each.check_name in ("same_invoice", "same_papers") and each.state == FindingState.OPEN]


def test_an_invoice_that_another_office_reports_stops_the_claim_and_says_which_office(house: House, key: Secret) -> None:
    claim = a_submitted_claim(house, a_completed_order(house))
    seller, number = invoice_of(house, claim)
    mark = key.invoice(seller.lower(), f" {number[:6]}-{number[6:]} ")[0]
    take(house, from_rushan(house, key, (Kind.INVOICE, mark)))
    [found] = found_on(house, claim)
    assert str(found) == (f"Another office, 乳山市科学技术局, reports the invoice {number} too: entry {ticket_of(mark)} of its list of "
                          f"{house.today}.")
    assert found.stops and found.lines == [1] and found.evidence == [ticket_of(mark)]
    with house.work("verifier1") as work:
        verify_claim(work, claim, full_decisions(work, claim))
    with pytest.raises(NotNow, match=found.reference), house.work("approver2") as work:
        approve_claim(work, claim)


def test_a_claim_that_comes_in_after_the_list_is_compared_too(house: House, key: Secret) -> None:
    order = a_completed_order(house)
    take(house, from_rushan(house, key, *((Kind.INVOICE, key.invoice(f"CN:{PROVIDERS[0].number}", f"{26371000000000000000 + each}")[0])
                                          for each in range(1, 50))))
    claim = a_submitted_claim(house, order)
    assert int(invoice_of(house, claim)[1]) < 26371000000000000050
    assert [each.check_name for each in found_on(house, claim)] == ["same_invoice"]


def test_near_the_next_number_and_another_seller_are_no_match(house: House, key: Secret) -> None:
    claim = a_submitted_claim(house, a_completed_order(house))
    seller, number = invoice_of(house, claim)
    take(house, from_rushan(house, key, (Kind.INVOICE, key.invoice(seller, str(int(number) + 100))[0]),
                            (Kind.INVOICE, key.invoice("CN:91370000000000000X", number)[0]),
                            (Kind.FILE, key.file(sha256(b"another scan").hexdigest()))))
    assert found_on(house, claim) == []


def test_the_file_of_an_invoice_is_found_whatever_its_number(house: House, key: Secret) -> None:
    claim = a_submitted_claim(house, a_completed_order(house))
    with read(house.database) as session:
        rows = session.exec(select(ClaimEvidence.kind, StoredFile.sha256).join(StoredFile)
                            .where(ClaimEvidence.claim_id == fetch(session, Claim, claim).id)).all()
    take(house, from_rushan(house, key, *((Kind.FILE, key.file(each)) for _kind, each in rows)))
    weights = {(each.check_name, each.level) for each in found_on(house, claim)}
    assert ("same_invoice", "block") in weights and {level for check, level in weights if check == "same_papers"} <= {"warn", "info"}


def test_a_newer_list_takes_the_place_of_the_last_and_what_is_gone_from_it_lapses(house: House, key: Secret) -> None:
    claim = a_submitted_claim(house, a_completed_order(house))
    mark = key.invoice(*invoice_of(house, claim))[0]
    older = from_rushan(house, key, (Kind.INVOICE, mark))
    take(house, older)
    take(house, older)  # the same again is the one that stands
    house.clock.turn(days=1)
    take(house, from_rushan(house, key, (Kind.INVOICE, "ab" * 32)))
    with house.work("verifier1") as work:
        check_claim(work, claim)
    assert found_on(house, claim) == []
    with pytest.raises(NotNow, match="older"), house.work("auditor1") as work:
        import_list(work, older)
    with house.work("administrator1") as work:
        assert end_key(work, NAME).secret == ""
        assert work.session.exec(select(ExchangeEntry)).all() == []
        with pytest.raises(NotFound, match=NAME):
            export_list(work, NAME)


def test_a_list_of_a_day_to_come_does_not_stand_in_the_way_of_right_ones(house: House, key: Secret) -> None:
    for days, taken in ((2, False), (1, True)):
        content = write(listed(*RUSHAN, house.today + timedelta(days=days), key, ()), key)
        with house.work("auditor1") as work:
            if taken:
                import_list(work, content)
            else:
                with pytest.raises(NotValid, match="still to come"):
                    import_list(work, content)


def test_what_was_decided_stays_decided_when_the_offices_take_another_key(house: House, key: Secret) -> None:
    claim = a_submitted_claim(house, a_completed_order(house))
    take(house, from_rushan(house, key, (Kind.INVOICE, key.invoice(*invoice_of(house, claim))[0])))
    [found] = found_on(house, claim)
    with house.work("approver2") as work:
        allow_finding(work, found.reference, "Rushan refused it there.")
    with house.work("administrator1") as work:
        another = enter_key(work, "coast-2027")[0].shared
    take(house, from_rushan(house, another, (Kind.INVOICE, another.invoice(*invoice_of(house, claim))[0])))
    assert found_on(house, claim) == []


def test_another_invoice_in_the_line_of_one_that_was_allowed_stops_the_claim(house: House, key: Secret) -> None:
    order = a_completed_order(house)
    claim = a_submitted_claim(house, order)
    seller, number = invoice_of(house, claim)
    another = str(int(number) + 1_000_000)
    take(house, from_rushan(house, key, *((Kind.INVOICE, key.invoice(seller, each)[0]) for each in (number, another))))
    [found] = found_on(house, claim)
    with house.work("approver2") as work:
        allow_finding(work, found.reference, "Rushan refused it there.")
    with house.work("verifier1") as work:
        return_claim(work, claim, "The invoice is of another order.")
    with house.work(SME) as work:
        [line] = lines_of(work.session, fetch(work.session, Claim, claim).id)
        bought = fetch(work.session, Order, order)
        resubmit_claim(work, claim, [InvoiceLine(another, line.issued_on, line.description, bought.net, bought.vat)],
                       OwnPayment(f"BANK-{house.number()}", house.today, bought.gross),
                       evidence(work, house, bought, house.references[SMES[0].number]))
    assert [each.state for each in found_on(house, claim)] == [FindingState.OPEN]


def test_a_list_that_nobody_would_take_is_not_made(house: House, key: Secret, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange_list, "MOST_ENTRIES", 1)
    a_submitted_claim(house, a_completed_order(house))
    with pytest.raises(NotNow, match="at most 1"), house.work("auditor1") as work:
        export_list(work, NAME)


def test_a_key_is_kept_while_it_is_used_and_no_longer(house: House, key: Secret) -> None:
    for change in ({"secret": ""}, {"ended_at": house.clock()}):
        with pytest.raises(IntegrityError), house.work() as work:
            work.session.execute(update(ExchangeKey).values(**change))


def test_our_list_comes_back_to_us_from_nobody_and_a_ticket_finds_its_claim(house: House, key: Secret) -> None:
    claim = a_submitted_claim(house, a_completed_order(house))
    mark = key.invoice(*invoice_of(house, claim))[0]
    with house.work("auditor1") as work:
        ours = export_list(work, NAME)
        assert mark in ours.decode() and invoice_of(house, claim)[1] not in ours.decode()
        with pytest.raises(NotValid, match="our own"):
            import_list(work, ours)
        assert [(each.claim, each.what) for each in find_ticket(work, ticket_of(mark))] == [(claim, invoice_of(house, claim)[1])]
        assert find_ticket(work, "ab" * 8) == []
        with pytest.raises(NotValid):
            find_ticket(work, "ab")
    with read(house.database) as session:
        told = [each.data for each in session.exec(select(Event).where(Event.name == "exchange.ticket_looked_up").order_by(col(Event.id)))]
        assert [each["claims"] for each in told] == [[claim], []]
        assert key.key.hex() not in str([each.data for each in session.exec(select(Event))])
    with pytest.raises(NotFound), house.work(who(PROVIDERS[0])) as work:
        export_list(work, NAME)


def test_the_page_makes_a_key_once_hands_out_a_list_and_refuses_a_broken_one(house: House, portal: Visitors) -> None:
    made = portal.post("administrator1", "/office/exchange/keys", name=NAME, secret="")
    with read(house.database) as session:
        [held] = keys_in_use(session)
    assert made.status_code == 200 and held.secret in made.text and made.headers["Cache-Control"] == "no-store"
    assert held.secret not in portal.get("administrator1", "/office/exchange").text
    claim = a_submitted_claim(house, a_completed_order(house))
    saved = portal.post("auditor1", f"/office/exchange/keys/{NAME}/list")
    mark = held.shared.invoice(*invoice_of(house, claim))[0]
    assert mark in saved.text and "attachment" in saved.headers["Content-Disposition"]
    broken = portal.post("auditor1", "/office/exchange", list=(BytesIO(b"nonsense"), "list.txt"))
    assert broken.status_code == 422
    sent = from_rushan(house, held.shared, (Kind.INVOICE, mark))
    assert portal.post("approver1", "/office/exchange", list=(BytesIO(sent), "list.txt")).status_code == 303
    assert "乳山市科学技术局" in portal.get("approver1", "/office/exchange").text
    assert claim in portal.post("approver1", "/office/exchange/find", ticket=ticket_of(mark)).text
    assert portal.post("verifier1", f"/office/exchange/keys/{NAME}/list").status_code == 403
    assert portal.post("administrator1", f"/office/exchange/keys/{NAME}/end").status_code == 303
    with read(house.database) as session:
        assert keys_in_use(session) == [] and fetch(session, Claim, claim).state == ClaimState.SUBMITTED
    again = portal.post("administrator1", f"/office/exchange/keys/{NAME}/end")
    assert again.status_code == 404 and f"There is no key {NAME} in use." in again.text and "/office/exchange/keys" in again.text


def test_a_list_that_cannot_be_written_was_not_handed_out_and_no_key_comes_of_an_empty_file(
    house: House, key: Secret, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_bytes(b"\xff")
    (tmp_path / "empty").touch()
    saved = type_command(house, tmp_path, "auditor1", "exchange", "export", NAME, "--to", str(tmp_path / "taken" / "ours.txt"))
    assert saved.exit_code == 2 and "taken" in saved.stderr
    for name in ("taken", "empty"):
        entered = type_command(house, tmp_path, "administrator1", "exchange", "enter-key", "n", "--secret-file", str(tmp_path / name))
        assert entered.exit_code == 2 and "secret" in entered.stderr
    with read(house.database) as session:
        assert session.exec(select(Event.name).where(col(Event.name).startswith("exchange."))).all() == ["exchange.key_entered"]
        assert [each.name for each in keys_in_use(session)] == [NAME]
