"""Who entered an account signs no payment to it, unless its payee was asked and said that it is his."""

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from tests.builders import SMES, House, a_gathered_batch, a_house, a_verified_claim, an_approved_claim, confirm_accounts
from tests.workflows.beside import beside
from tests.workflows.test_absence import hand_over
from tests.workflows.test_checking import findings
from tests.workflows.test_one_hand import also
from voucher.database import Database, fetch
from voucher.errors import NotAllowed
from voucher.files import FileStore
from voucher.payouts import Batch, BatchSignature, BatchState
from voucher.people import AccountConfirmation, Organisation, Role, account_of
from voucher.work import Work, read
from workflows.approval import approve_claim
from workflows.checking import confirm, confirm_account
from workflows.registration import register_account
from workflows.reimbursement import release_batch


def enter(house: House, who: str) -> None:
    """Somebody enters another account of the firm."""
    with house.work(who) as work:
        register_account(work, house.references[SMES[0].number], "CNY", "6217000099999999", bank_code="102465000015")


def assert_signs_not(house: House, who: str, batch: str) -> None:
    """Neither by the verb nor by another road."""
    with pytest.raises(NotAllowed, match="entered the account"), house.work(who) as work:
        release_batch(work, batch)
    with pytest.raises(DBAPIError, match="who entered an account"), house.work(who) as work:
        assert work.actor.person_id is not None
        work.session.add(BatchSignature(batch_id=fetch(work.session, Batch, batch).id, person_id=work.actor.person_id, at=work.now))


def test_who_entered_an_account_signs_no_payment_to_it(house: House) -> None:
    also(house, "treasury1", Role.ADMINISTRATOR)
    enter(house, "treasury1")
    house.clock.turn(days=11)
    batch = a_gathered_batch(house)
    assert_signs_not(house, "treasury1", batch)
    for who in ("treasury2", "treasury3"):
        with house.work(who) as work:
            held = release_batch(work, batch)
    assert held.state == BatchState.RELEASED


def test_who_entered_an_account_that_its_payee_confirmed_signs_as_anybody(house: House) -> None:
    also(house, "treasury1", Role.ADMINISTRATOR)
    enter(house, "treasury1")
    an_approved_claim(house)
    confirm_accounts(house)
    batch = a_gathered_batch(house)
    with house.work("treasury1") as work:
        assert release_batch(work, batch).state == BatchState.SIGNED


def test_a_deputy_signs_no_payment_to_an_account_that_the_absent_one_entered(house: House) -> None:
    also(house, "treasury1", Role.ADMINISTRATOR)
    enter(house, "treasury1")
    house.clock.turn(days=11)
    batch = a_gathered_batch(house)
    hand_over(house, "treasury1", "treasury", "reviewer2")
    assert_signs_not(house, "reviewer2", batch)


def test_who_entered_an_account_does_not_confirm_it_after_somebody_entered_it_again(house: House) -> None:
    also(house, "administrator1", Role.FINANCE)
    claim = a_verified_claim(house)
    house.clock.turn(days=30)
    enter(house, "administrator1")
    with house.work() as work:
        again = register_account(work, house.references[SMES[0].number], "CNY", "6217-0000-9999-9999", bank_code="102465000015").id
    with house.work("approver2") as work:
        approve_claim(work, claim)
    (found,) = findings(house, claim)
    with pytest.raises(NotAllowed, match="You entered this account"), house.work("administrator1") as work:
        confirm_account(work, found.reference, "phone", "It is right, I entered it")
    with pytest.raises(DBAPIError, match="does not confirm it"), house.work("administrator1") as work:
        assert work.actor.person_id is not None
        work.session.add(AccountConfirmation(account_id=again, channel="phone", note="", person_id=work.actor.person_id, at=work.now))
    with house.work("finance1") as work:
        confirm_account(work, found.reference, "phone", "Ms Sun, at the number of the application")


def test_an_account_that_two_confirm_at_one_instant_is_confirmed_once(postgres: Database, store: FileStore) -> None:
    house = a_house(postgres, store)

    def ask(work: Work) -> None:
        firm = fetch(work.session, Organisation, house.references[SMES[0].number])
        account = account_of(work.session, firm.id, "CNY")
        assert account is not None
        confirm(work, account, "phone", "Ms Sun, at the number of the application")

    assert beside(house, ("finance1", ask), ("treasury1", ask)) is None
    with read(house.database) as session:
        assert len(session.exec(select(AccountConfirmation)).all()) == 1
