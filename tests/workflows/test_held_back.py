"""What comes in the way of a payment between the release of its batch and the making of its file: the batch stays in the house."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from tests.builders import SMES, House, a_gathered_batch, a_house, a_released_batch, a_submitted_claim
from tests.workflows.beside import Verb, beside
from tests.workflows.mailing import all_letters, tell
from tests.workflows.test_ageing_queues import queues
from tests.workflows.test_checking import the_same_bytes
from voucher import ledger
from voucher.database import Database, fetch
from voucher.errors import NotNow, NotValid
from voucher.files import FileKind, FileStore, StoredFile
from voucher.findings import Finding
from voucher.history import events_of
from voucher.jobs import Job, JobState
from voucher.payouts import Batch, Payout, payouts_in
from voucher.vouchers import Voucher
from voucher.work import SYSTEM, Work, read
from workflows.banning import ban_organisation, lift_ban
from workflows.holding import freeze_voucher, unfreeze_voucher
from workflows.reimbursement import dissolve_batch, export_batch, gather_batch, release_batch
from workflows.revocation import drop_revocation, open_revocation
from workflows.worker import work_off


def the_voucher(house: House) -> str:
    """The only one there is."""
    with read(house.database) as session:
        return session.exec(select(Voucher.reference)).one()


def frozen(house: House) -> None:
    """An auditor freezes the voucher."""
    with house.work("auditor1") as work:
        freeze_voucher(work, the_voucher(house), "A kickback is reported", house.today + timedelta(days=9))


def heard_about(house: House) -> None:
    """Somebody opens its revocation."""
    with house.work("auditor1") as work:
        open_revocation(work, the_voucher(house), "The report was copied", "Article 12")


def banned(house: House) -> None:
    """The payee is banned."""
    with house.work("approver1") as work:
        ban_organisation(work, house.references[SMES[0].number], house.today + timedelta(days=300), "It cheated", "Article 21")


def go_to_the_bank(house: House) -> list[str]:
    """What the worker does now; answers what it was refused with."""
    return [each.error for each in work_off(house.database, house.store, house.clock) if each.error]


def stands(house: House, batch: str) -> tuple[str, str, int]:
    """The state of a batch and of its payout, and how many files were made for the bank."""
    with read(house.database) as session:
        [payout] = payouts_in(session, fetch(session, Batch, batch).id)
        files = session.exec(select(StoredFile).where(StoredFile.kind == FileKind.PAYMENT_FILE)).all()
        return fetch(session, Batch, batch).state, payout.state, len(files)


@pytest.mark.parametrize(("happens", "said"), [
    (frozen, "frozen now"), (heard_about, "frozen now"), (banned, "banned now")])
def test_what_stands_in_the_way_of_a_payment_that_was_released_keeps_its_batch_in_the_house(
    house: House, happens: Callable[[House], None], said: str
) -> None:
    batch = a_released_batch(house)
    happens(house)
    [refused] = go_to_the_bank(house)
    assert said in refused and "Dissolve the batch" in refused
    assert stands(house, batch) == ("released", "released", 0)
    with read(house.database) as session:
        asked = session.exec(select(Job).where(Job.key == f"export_batch {batch}")).one()
        assert asked.state == JobState.WAITING and said in asked.error

    with house.work("treasury1") as work:
        dissolve_batch(work, batch, "The others are gathered anew")
    with read(house.database) as session:
        assert session.exec(select(Payout.state)).one() == "payable"
        assert ledger.verify(session) == []
    house.clock.turn(minutes=1)
    assert go_to_the_bank(house) == []  # the files of a batch that was dissolved need nobody
    with pytest.raises(NotNow, match="No payout is payable"), house.work("finance1") as work:
        gather_batch(work, None, house.today)


def test_the_treasury_is_told_once_that_a_batch_is_held_back(house: House) -> None:
    batch = a_released_batch(house)
    frozen(house)
    for _time in range(3):
        tell(house, expect_errors=True)
        house.clock.turn(hours=1)
    told = [(who, letter.subject) for who, letter in all_letters(house) if letter.event == "batch.held_back"]
    assert sorted(told) == [(who, batch) for who in ("finance1", "treasury1", "treasury2", "treasury3")]
    with read(house.database) as session:
        [event] = [each for each in events_of(session, batch) if each.name == "batch.held_back"]
        assert event.data["payouts"] == [session.exec(select(Payout.reference)).one()]


def test_what_the_checks_find_since_the_release_keeps_a_batch_too_and_stays_written_down(house: House) -> None:
    a_submitted_claim(house)
    batch = a_released_batch(house)
    the_same_bytes(house)
    [refused] = go_to_the_bank(house)
    assert "The checks stop some of these payouts" in refused
    assert stands(house, batch) == ("released", "released", 0)
    with read(house.database) as session:
        assert [(each.stage, each.stops) for each in session.exec(select(Finding))] == [("release", True)]


@pytest.mark.parametrize("changed", [
    {"account_number": "6299000000000000999", "holder": "Another"}, {"amount_minor": 999_999_99}, {"bank_code": "102100099996"}])
def test_what_was_signed_goes_to_the_bank_and_nothing_that_was_changed_since(house: House, changed: dict[str, object]) -> None:
    batch = a_released_batch(house)
    with read(house.database) as session:
        [payout] = payouts_in(session, fetch(session, Batch, batch).id)
        signed = {name: getattr(payout, name) for name in changed}

    def write(values: dict[str, object]) -> None:
        """Beside every workflow, with every right."""
        with house.work() as work:
            work.session.connection().execute(update(Payout).where(col(Payout.reference) == payout.reference).values(values))

    write(changed)
    [refused] = go_to_the_bank(house)
    assert f"What is in the batch {batch} is not what was signed" in refused
    assert (f"The account in {payout.reference} is none of its payee's." in refused) is ("amount_minor" not in changed)
    assert stands(house, batch) == ("released", "released", 0)
    with read(house.database) as session:
        [event] = [each for each in events_of(session, batch) if each.name == "batch.held_back"]
        assert event.data["payouts"] == ([] if "amount_minor" in changed else [payout.reference])

    write(signed)
    house.clock.turn(hours=1)
    assert go_to_the_bank(house) == []
    assert stands(house, batch) == ("exported", "sent", 1)


def test_nobody_signs_what_was_changed_since_it_was_gathered(house: House) -> None:
    batch = a_gathered_batch(house)
    with house.work() as work:
        work.session.connection().execute(update(Payout).values(holder="Another"))
    with pytest.raises(NotValid, match=f"What is in the batch {batch} is not what was signed"), house.work("treasury1") as work:
        release_batch(work, batch)


def test_a_batch_goes_to_the_bank_when_nothing_stands_in_its_way_any_more(house: House) -> None:
    batch = a_released_batch(house)
    frozen(house)
    go_to_the_bank(house)
    assert stands(house, batch) == ("released", "released", 0)
    with house.work("approver3") as work:
        unfreeze_voucher(work, the_voucher(house), "Nothing was found")
    house.clock.turn(minutes=1)
    go_to_the_bank(house)
    assert stands(house, batch) == ("exported", "sent", 1)


def until_nobody_tries_any_more(house: House, batch: str) -> None:
    """The worker tries until it gives up."""
    for _time in range(12):
        go_to_the_bank(house)
        house.clock.turn(hours=2)
    with read(house.database) as session:
        assert session.exec(select(Job.state).where(Job.key == f"export_batch {batch}")).one() == JobState.FAILED


def unfrozen(house: House) -> None:
    with house.work("approver3") as work:
        unfreeze_voucher(work, the_voucher(house), "Nothing was found")


def dropped(house: House) -> None:
    with house.work("approver3") as work:
        drop_revocation(work, the_voucher(house), "Nothing was found")


def lifted(house: House) -> None:
    with house.work("approver3") as work:
        lift_ban(work, house.references[SMES[0].number], "It was another firm")


@pytest.mark.parametrize(("happens", "ends"), [(frozen, unfrozen), (heard_about, dropped), (banned, lifted)])
def test_a_batch_that_was_given_up_on_goes_when_what_stood_in_its_way_is_lifted(
    house: House, happens: Callable[[House], None], ends: Callable[[House], None]
) -> None:
    batch = a_released_batch(house)
    happens(house)
    until_nobody_tries_any_more(house, batch)
    ends(house)
    assert go_to_the_bank(house) == []
    assert stands(house, batch) == ("exported", "sent", 1)
    assert go_to_the_bank(house) == []
    assert stands(house, batch) == ("exported", "sent", 1)


def test_and_when_the_ban_is_over_by_itself(house: House) -> None:
    batch = a_released_batch(house)
    banned(house)
    until_nobody_tries_any_more(house, batch)
    house.clock.turn(days=298)
    go_to_the_bank(house)
    assert stands(house, batch) == ("released", "released", 0)
    house.clock.turn(days=3)
    go_to_the_bank(house)
    assert stands(house, batch) == ("exported", "sent", 1)


def test_a_batch_that_is_held_back_stands_in_a_queue_until_it_goes(house: House) -> None:
    batch = a_released_batch(house)
    frozen(house)
    assert "held_batch held_back" not in queues(house)
    go_to_the_bank(house)
    house.clock.turn(days=7)
    assert queues(house)["held_batch held_back"] == (1, batch, 5)
    unfrozen(house)
    go_to_the_bank(house)
    assert "held_batch held_back" not in queues(house)


@pytest.mark.parametrize("first", ["frozen", "banned"])
def test_what_stops_a_payment_is_there_before_its_file_is_made_or_after_but_not_while(
    postgres: Database, store: FileStore, first: str
) -> None:
    house = a_house(postgres, store)
    house.people["the worker"] = SYSTEM
    batch, firm, until = a_released_batch(house), house.references[SMES[0].number], house.today + timedelta(days=9)
    voucher = the_voucher(house)

    def stop(work: Work) -> object:
        if first == "frozen":
            return freeze_voucher(work, voucher, "Looked into", until)
        return ban_organisation(work, firm, until, "It sold the voucher", "Article 21")

    def end(work: Work) -> object:
        if first == "frozen":
            return unfreeze_voucher(work, voucher, "Nothing was found")
        return lift_ban(work, firm, "It was another firm")

    stopping: tuple[str, Verb] = ("auditor1" if first == "frozen" else "approver1", stop)
    exporting: tuple[str, Verb] = ("the worker", lambda work: export_batch(work, house.store, batch))
    assert isinstance(beside(house, stopping, exporting), NotValid)
    assert stands(house, batch) == ("released", "released", 0)
    with house.work("approver3") as work:
        end(work)
    assert beside(house, exporting, stopping) is None
    assert stands(house, batch) == ("exported", "sent", 1)
    with read(house.database) as session:
        names = [each.name for each in events_of(session, batch, voucher, firm) if each.name in (
            "batch.exported", "voucher.frozen", "organisation.banned")]
        assert names[-2:] == ["batch.exported", "voucher.frozen" if first == "frozen" else "organisation.banned"]
