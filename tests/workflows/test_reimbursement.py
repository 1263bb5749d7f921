"""Reimbursement: from payable to bank-confirmed, four eyes all the way, and back when the bank returns it."""

from typing import Any

import pytest

from tests.builders import (
    SME,
    SMES,
    House,
    a_completed_order,
    a_gathered_batch,
    a_released_batch,
    a_submitted_claim,
    an_approved_claim,
    an_exported_batch,
    an_issued_voucher,
    bank_answer,
    bank_files,
    confirm_accounts,
)
from tests.workflows.purchases import entry_of
from voucher import ledger
from voucher.accounting import voucher_position
from voucher.claims import Claim
from voucher.database import fetch
from voucher.errors import NotAllowed, NotNow, NotValid
from voucher.files import FileKind, StoredFile
from voucher.history import events_of
from voucher.money import Money
from voucher.papers import file_about
from voucher.payouts import Batch, Payout, payouts_of
from voucher.people import Membership, Person, Role, account_of, actor_for, office
from voucher.work import read
from workflows.drawing import draw, keep_document
from workflows.reconciliation import Imported, import_statement
from workflows.registration import register_account
from workflows.reimbursement import dissolve_batch, export_batch, gather_batch, reissue_payout, release_batch
from workflows.settlement import SETTLEMENT_STATEMENT
from workflows.verification import verify_claim


def payout_of(house: House, claim: str) -> Payout:
    """The newest payout of a claim."""
    with read(house.database) as session:
        return payouts_of(session, fetch(session, Claim, claim).id)[-1]


def also(house: House, who: str, role: Role) -> None:
    """Somebody of the office gets one more role."""
    with house.work() as work:
        person = work.session.get_one(Person, house.people[who].person_id)
        work.session.add(Membership(person_id=person.id, organisation_id=office(work.session).id, role=role))
        work.session.flush()
        house.people[who] = actor_for(work.session, person)


def settle(house: House, batch: str, **trouble: Any) -> Imported:
    """The bank answers a batch a day later, and finance imports its statement."""
    house.clock.turn(days=1)
    with house.work("finance1") as work:
        return import_statement(work, house.store, "statement.xml", bank_answer(house, batch, **trouble))


def assert_sound(house: House) -> None:
    """The books prove themselves."""
    with read(house.database) as session:
        assert ledger.verify(session) == []


def test_a_payable_payout_reaches_the_bank(house: House) -> None:
    claim = an_approved_claim(house)
    batch = an_exported_batch(house)
    payout = payout_of(house, claim)
    assert (payout.state, payout.amount) == ("sent", Money(2_120_000, "CNY"))
    [content] = bank_files(house, batch)
    assert f"<EndToEndId>{payout.reference}</EndToEndId>" in content.decode()
    assert "<CtrlSum>21200.00</CtrlSum>" in content.decode()
    assert_sound(house)


def test_who_gathered_does_not_release(house: House) -> None:
    batch = a_gathered_batch(house)
    with pytest.raises(NotAllowed, match="gathered this batch"), house.work("finance1") as work:
        release_batch(work, batch)


def test_one_person_signs_once_and_the_second_signature_is_anothers(house: House) -> None:
    batch = a_gathered_batch(house)
    with house.work("treasury1") as work:
        assert release_batch(work, batch).state == "signed"
    with pytest.raises(NotAllowed, match="signed this batch already"), house.work("treasury1") as work:
        release_batch(work, batch)
    with house.work("treasury2") as work:
        assert release_batch(work, batch).state == "released"


def test_a_batch_that_is_signed_late_names_no_day_to_the_bank_that_is_over(house: House) -> None:
    batch = a_gathered_batch(house)
    house.clock.turn(days=20)
    for treasurer in ("treasury1", "treasury2"):
        with house.work(treasurer) as work:
            release_batch(work, batch)
    house.clock.turn(days=1)  # the worker stood
    house.do_jobs()
    assert f"<ReqdExctnDt>\n        <Dt>{house.today}" in bank_files(house, batch)[0].decode()


@pytest.mark.parametrize("decider", ["reviewer1", "approver1", "verifier1", "approver2"])
def test_who_decided_anything_in_a_case_does_not_release_its_money(house: House, decider: str) -> None:
    also(house, decider, Role.TREASURY)
    batch = a_gathered_batch(house)
    with pytest.raises(NotAllowed, match="already took part"), house.work(decider) as work:
        release_batch(work, batch)


def test_who_released_decides_nothing_later_in_that_case(house: House) -> None:
    also(house, "treasury1", Role.VERIFIER)
    voucher = an_issued_voucher(house)
    an_approved_claim(house, a_completed_order(house, voucher))
    an_exported_batch(house)
    second = a_submitted_claim(house, a_completed_order(house, voucher))
    with pytest.raises(NotAllowed, match="already took part"), house.work("treasury1") as work:
        verify_claim(work, second, [])


def test_a_dissolved_batch_gives_its_payouts_back(house: House) -> None:
    claim = an_approved_claim(house)
    batch = a_gathered_batch(house)
    with house.work("treasury1") as work:
        release_batch(work, batch)
    with house.work("finance1") as work:
        dissolve_batch(work, batch, "wrong day")
    assert payout_of(house, claim).state == "payable"
    with pytest.raises(NotNow), house.work("treasury2") as work:
        release_batch(work, batch)
    an_exported_batch(house)
    assert payout_of(house, claim).state == "sent"
    assert_sound(house)


def test_a_released_batch_is_dissolved_until_its_files_are_made_and_may_be_released_again(house: House) -> None:
    claim = an_approved_claim(house)
    batch = a_released_batch(house)
    with house.work("finance1") as work:
        dissolve_batch(work, batch, "wrong day")
    payout = payout_of(house, claim).reference
    assert payout_of(house, claim).state == "payable"
    taken_back = entry_of(house, f"payout.recalled {payout} 1")
    assert taken_back == "financial:asset:payments-in-transit 21200.00\nfinancial:payable:claims -21200.00"
    house.do_jobs()  # the files of the dissolved batch were asked for already
    assert payout_of(house, claim).state == "payable"

    again = a_released_batch(house)
    assert entry_of(house, f"payout.released {payout} again 1") == (
        "financial:payable:claims 21200.00\nfinancial:asset:payments-in-transit -21200.00")
    house.do_jobs()
    with pytest.raises(NotNow), house.work("finance1") as work:
        dissolve_batch(work, again, "too late")
    assert payout_of(house, claim).state == "sent"
    assert_sound(house)


def test_gathering_nothing_is_refused(house: House) -> None:
    with pytest.raises(NotNow, match="No payout is payable"), house.work("finance1") as work:
        gather_batch(work, None, house.today)


def test_gathering_names_each_payout_that_cannot_come(house: House) -> None:
    gone = payout_of(house, an_approved_claim(house)).reference
    an_exported_batch(house)
    with pytest.raises(NotValid) as refused, house.work("finance1") as work:
        gather_batch(work, [gone, "Y-2026-99999-0"], house.today)
    assert [problem.where for problem in refused.value.problems] == [f"payouts.{gone}", "payouts.Y-2026-99999-0"]


def test_exporting_twice_answers_the_same_file(house: House) -> None:
    batch = an_exported_batch(house)
    with house.work() as work:
        first = export_batch(work, house.store, batch)
    with house.work() as work:
        assert [file.id for file in export_batch(work, house.store, batch)] == [file.id for file in first]


def test_without_an_account_of_the_office_the_export_waits(house: House) -> None:
    batch = a_released_batch(house)
    with house.work() as work:
        own = account_of(work.session, office(work.session).id, "CNY")
        assert own is not None
        own.active = False
        work.session.add(own)
    with pytest.raises(NotNow, match="no account in CNY"), house.work() as work:
        export_batch(work, house.store, batch)
    with read(house.database) as session:
        assert fetch(session, Batch, batch).state == "released"


def test_the_bank_confirms_and_the_voucher_shows_what_is_paid_and_left(house: House) -> None:
    voucher = an_issued_voucher(house)
    claim = an_approved_claim(house, a_completed_order(house, voucher))
    outcome = settle(house, an_exported_batch(house))
    assert (outcome.new, outcome.settled, outcome.open) == (1, 1, 0)
    assert payout_of(house, claim).state == "settled"
    with read(house.database) as session:
        standing = voucher_position(session, voucher, "CNY")
    assert (standing.paid, standing.available) == (Money(2_120_000, "CNY"), Money(7_880_000, "CNY"))
    assert_sound(house)


def test_a_returned_payout_is_paid_again_to_a_mended_account_at_no_more_expense(house: House) -> None:
    claim = an_approved_claim(house)
    batch = an_exported_batch(house)
    returned = payout_of(house, claim).reference
    outcome = settle(house, batch, returned=[returned])
    assert (outcome.settled, outcome.returned, payout_of(house, claim).state) == (1, 1, "returned")
    with pytest.raises(NotNow, match="not named another account"), house.work("finance1") as work:
        reissue_payout(work, returned)
    with house.work() as work:
        register_account(work, house.references[SMES[0].number], "CNY", "6217000099999999", bank_code="102465000015")
    with house.work("finance1") as work:
        fresh = reissue_payout(work, returned)
    confirm_accounts(house)
    assert (fresh.account_number, fresh.replaces_id) == ("6217000099999999", payout_by(house, returned).id)
    assert settle(house, an_exported_batch(house)).settled == 1
    assert (payout_of(house, claim).state, payout_by(house, returned).state) == ("settled", "replaced")
    with read(house.database) as session:
        assert ledger.plaintext.journal(session).count("financial:expense:subsidy") == 1
    assert_sound(house)


def payout_by(house: House, reference: str) -> Payout:
    """A payout by its reference."""
    with read(house.database) as session:
        return fetch(session, Payout, reference)


def a_statement(house: House, payout: str) -> StoredFile | None:
    """The settlement statement, when it was not made yet."""
    drawn = draw(house.database, house.store, house.clock, "Asia/Shanghai", SETTLEMENT_STATEMENT, payout)
    with house.work() as work:
        return keep_document(work, house.store, drawn)


def test_two_workers_that_draw_the_same_statement_keep_one(house: House) -> None:
    claim = an_approved_claim(house)
    settle(house, an_exported_batch(house))
    about = house.database, house.store, house.clock, "Asia/Shanghai", SETTLEMENT_STATEMENT, payout_of(house, claim).reference
    first, second = draw(*about), draw(*about)
    assert first is not None and second is not None and (first.number, first.content) == (second.number, second.content)
    with house.work() as work:
        assert keep_document(work, house.store, first) is not None
    with house.work() as work:
        assert keep_document(work, house.store, second) is None


def test_a_settlement_statement_is_made_once_and_belongs_to_the_payee(house: House) -> None:
    claim = an_approved_claim(house)
    settle(house, an_exported_batch(house))
    payout = payout_of(house, claim).reference
    first, again = a_statement(house, payout), a_statement(house, payout)
    assert first is not None and again is None
    with read(house.database) as session:
        assert file_about(session, FileKind.SETTLEMENT_STATEMENT, payout) == first
    assert first.kind == FileKind.SETTLEMENT_STATEMENT
    assert first.owner_id in house.people[SME].organisations()
    assert house.store.get(first.sha256).startswith(b"%PDF-")


def test_a_payout_that_the_bank_has_not_confirmed_has_no_statement(house: House) -> None:
    claim = an_approved_claim(house)
    assert a_statement(house, payout_of(house, claim).reference) is None


def test_the_history_of_a_payout_explains_its_state(house: House) -> None:
    claim = an_approved_claim(house)
    dissolved = a_gathered_batch(house)
    with house.work("finance1") as work:
        dissolve_batch(work, dissolved, "wrong day")
    settle(house, an_exported_batch(house))
    payout = payout_of(house, claim)
    with read(house.database) as session:
        told = [(event.from_state, event.to_state) for event in events_of(session, payout.reference) if event.to_state]
    assert told == [("", "payable"), ("payable", "gathered"), ("gathered", "payable"), ("payable", "gathered"),
                    ("gathered", "released"), ("released", "sent"), ("sent", "settled")]
