"""Letters are written from events, once for an event and a person, and carried out of the house."""

from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlmodel import select

from tests.builders import (
    PROVIDER,
    SME,
    House,
    a_placed_order,
    a_reviewed_application,
    a_submitted_claim,
    an_application,
    an_approved_claim,
    an_exported_batch,
    an_issued_voucher,
    bank_answer,
    full_decisions,
)
from tests.workflows.mailing import Pigeon, all_letters, tell
from tests.workflows.purchases import a_delivered_order
from voucher.claims import CutReason, LineDecision
from voucher.deadlines import standing
from voucher.errors import NotNow
from voucher.history import Event, Untold
from voucher.languages import translator
from voucher.letters import LetterState, letters_to, states_of
from voucher.money import Money
from voucher.people import BankAccount, Mails, Organisation
from voucher.post import post_at
from voucher.reasons import NOT_AWAITED, reason_for
from voucher.work import read
from workflows.approval import approve_claim
from workflows.correspondence import choose_mails, write_letters
from workflows.issue import reject_voucher, withdraw_application
from workflows.reconciliation import import_statement
from workflows.verification import verify_claim


@pytest.fixture(autouse=True)
def _nobody_was_told_of_the_opening(house: House) -> None:
    with house.work() as work:
        work.session.connection().execute(text("delete from untold"))


def told_by(house: House, event: str) -> list[tuple[str, str]]:
    """Who was told of an event, and what."""
    return [(who, letter.words["said"]) for who, letter in all_letters(house) if letter.event == event]


def test_an_event_stands_untold_in_its_own_transaction_and_goes_when_its_letters_are_written(house: House) -> None:
    reference = an_application(house)
    with read(house.database) as session:
        untold = session.exec(select(Event.name).join(Untold).where(Event.subject == reference)).all()
    assert untold == ["voucher.applied"]
    tell(house)
    with read(house.database) as session:
        assert session.exec(select(Untold)).all() == []


def test_a_letter_names_the_day_until_which_something_may_be_done_not_that_of_a_reminder(house: House) -> None:
    order = a_delivered_order(house)
    tell(house)
    (letter,) = [letter for who, letter in all_letters(house) if letter.event == "order.delivered"]
    with read(house.database) as session:
        clocks = {each.rule: each.due_on for each in standing(session, order)}
    assert (letter.due_on, clocks["acceptance_reminder"] < clocks["acceptance"]) == (clocks["acceptance"], True)


def test_a_refused_step_tells_nobody(house: House) -> None:
    reference = an_issued_voucher(house)
    with pytest.raises(NotNow), house.work(SME) as work:
        withdraw_application(work, reference)
    tell(house)
    assert told_by(house, "voucher.withdrawn") == []


def test_each_party_is_told_in_its_own_words_and_language(house: House) -> None:
    a_placed_order(house)
    tell(house)
    (provider, said), (sme, confirmed) = sorted(told_by(house, "order.placed"))
    assert (provider, sme) == (PROVIDER, SME)
    assert "向贵机构订购服务" in said
    assert "订单" in confirmed


def test_a_queue_is_told_to_all_who_hold_its_role_but_not_to_who_took_the_step(house: House) -> None:
    a_reviewed_application(house)
    tell(house)
    told = {who for who, _said in told_by(house, "voucher.applied")}
    assert {"reviewer1", "reviewer2", SME} == told
    assert {who for who, _said in told_by(house, "voucher.reviewed")} == {"approver1", "approver2", "approver3", SME}


def test_a_reason_reaches_those_for_whose_eyes_it_is_and_a_note_nobody_else(house: House) -> None:
    reference = an_application(house)
    with house.work("reviewer1") as work:
        reject_voucher(work, reference, "The firm is not listed.", "Article 5")
    tell(house)
    (letter,) = [letter for who, letter in all_letters(house) if (who, letter.event) == (SME, "voucher.rejected")]
    assert letter.words["reason"] == "The firm is not listed."


def test_what_a_person_typed_is_told_as_typed_even_where_our_catalogs_hold_the_same_words(house: House) -> None:
    reference, typed = an_application(house), "Amount"
    assert translator("zh")(typed) != typed
    with house.work("reviewer1") as work:
        reject_voucher(work, reference, typed, "Article 5")
    tell(house)
    (letter,) = [letter for who, letter in all_letters(house) if (who, letter.event) == (SME, "voucher.rejected")]
    assert (letter.language, letter.words["reason"]) == ("zh", typed)
    assert reason_for(NOT_AWAITED, translator("zh")) != NOT_AWAITED  # ours every reader gets in his language
    assert reason_for("", translator("zh")) == ""


def test_the_last_day_of_a_voucher_stands_in_its_letter(house: House) -> None:
    an_issued_voucher(house)
    tell(house)
    (letter,) = [letter for who, letter in all_letters(house) if letter.event == "voucher.issued"]
    assert letter.due_on is not None
    assert str(letter.due_on.year) in letter.words["until"]


def test_who_need_do_nothing_is_told_no_day_for_it_but_until_when_he_may_appeal(house: House) -> None:
    claim = a_submitted_claim(house)
    with house.work("verifier1") as work:
        [line] = full_decisions(work, claim)
        verify_claim(work, claim, [LineDecision(line.number, Money(line.accepted.minor - 100_00, "CNY"), CutReason.NOT_ELIGIBLE)])
    with house.work("approver2") as work:
        approve_claim(work, claim)
    tell(house)
    (letter,) = [letter for who, letter in all_letters(house) if (who, letter.event) == (SME, "claim.approved")]
    assert letter.due_on is not None
    assert (letter.words["do"], letter.words["until"]) == (translator("zh")("You need do nothing now."), "")
    assert str(letter.due_on.year) in letter.words["appeal"]


def test_a_mail_says_what_happened_what_to_do_why_one_is_told_and_where_the_case_is(house: House) -> None:
    order = a_placed_order(house)
    mail = next(mail for mail in tell(house).mails if mail["To"].addresses[0].username == PROVIDER and "订购" in str(mail["Subject"]))
    plain, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None and html is not None
    for page in (plain.get_content(), html.get_content()):
        assert f"https://voucher.test/orders/{order}" in page
        assert "接受或谢绝" in page
        assert "您收到此信" in page


def test_running_the_jobs_again_sends_nothing_again(house: House) -> None:
    an_application(house)
    pigeon = tell(house)
    sent = len(pigeon.mails)
    assert sent == 3  # the SME and two reviewers
    with house.work() as work:
        assert write_letters(work, house.store) == 0
        work.session.add(Untold(event_id=work.session.exec(select(Event.id).where(Event.name == "voucher.applied")).one()))
    tell(house, pigeon)
    assert len(pigeon.mails) == sent


def test_a_server_that_is_down_holds_up_nothing_and_is_tried_again_under_the_same_message_id(house: House) -> None:
    an_application(house)
    broken = Pigeon(fails=True)
    tell(house, broken, expect_errors=True)
    with read(house.database) as session:
        (letter,) = session.exec(letters_to(house.people[SME])).all()
        assert states_of(session, [letter])[letter.id] == (LetterState.WAITING, 1)
    house.clock.turn(minutes=1)
    pigeon = tell(house)
    assert {mail["Message-ID"] for mail in pigeon.mails} == {mail["Message-ID"] for mail in broken.refused}
    with read(house.database) as session:
        (letter,) = session.exec(letters_to(house.people[SME])).all()
        assert states_of(session, [letter])[letter.id][0] == LetterState.SENT


class _Deadly(Pigeon):
    """Takes a message, and the worker that brought it dies at its door."""

    def __call__(self, message: EmailMessage) -> None:
        super().__call__(message)
        raise KeyboardInterrupt


def test_a_worker_that_dies_between_a_mail_and_its_note_has_the_same_mail_sent_again_and_no_other(house: House) -> None:
    an_application(house)
    deadly = _Deadly()
    with pytest.raises(KeyboardInterrupt):
        tell(house, deadly)
    [taken] = deadly.mails
    assert len(tell(house).mails) == 2  # the others go; that one is still in the dead worker's hands
    house.clock.turn(minutes=3)
    [again] = tell(house).mails
    assert (again["Message-ID"], again["To"]) == (taken["Message-ID"], taken["To"])
    assert tell(house).mails == []


def test_a_letter_whose_mail_fails_to_the_end_is_told_as_failed(house: House) -> None:
    an_application(house)
    for _attempt in range(8):
        tell(house, Pigeon(fails=True), expect_errors=True)
        house.clock.turn(hours=5)
    with read(house.database) as session:
        (letter,) = session.exec(letters_to(house.people[SME])).all()
        assert states_of(session, [letter])[letter.id] == (LetterState.FAILED, 8)


def test_a_digest_is_one_mail_a_day_and_who_wants_deadlines_only_gets_those(house: House) -> None:
    with house.work("reviewer1") as work:
        choose_mails(work, Mails.DAILY)
    with house.work(SME) as work:
        choose_mails(work, Mails.DEADLINES)
    for _each in range(2):
        an_application(house, amount="1000.00")
    an_issued_voucher(house)
    at_once = tell(house)
    assert not [mail for mail in at_once.mails if mail["To"].addresses[0].username == "reviewer1"]
    assert ["已签发" in str(mail["Subject"]) for mail in at_once.mails if mail["To"].addresses[0].username == SME] == [True]
    (digest,) = tell(house, digests=True).mails
    assert digest["To"].addresses[0].username == "reviewer1"
    assert str(digest["Subject"]).startswith("3")
    assert tell(house, digests=True).mails == []


def test_no_mail_names_an_account_or_a_firm_by_its_number(house: House) -> None:
    batch = an_exported_batch(house)
    with house.work("finance1") as work:
        import_statement(work, house.store, "statement.xml", bank_answer(house, batch))
    written = "".join(str(letter.words) for _who, letter in all_letters(house))
    assert not written
    mails = "".join(_text(mail) for mail in tell(house).mails)
    assert "银行已确认" in mails
    with read(house.database) as session:
        secret = {each.number for each in session.exec(select(BankAccount))} | {each.number for each in session.exec(select(Organisation))}
    assert not [number for number in secret if number in mails]


def _text(mail: EmailMessage) -> str:
    return "".join(part.get_content() for part in mail.walk() if not part.is_multipart())


def test_a_letter_keeps_its_words_whoever_writes_to_the_database(house: House) -> None:
    an_application(house)
    tell(house)
    for attack in ("update letters set words = '{}'", "update letters set person_id = event_id", "delete from letters"):
        with pytest.raises(DatabaseError), house.work() as work:
            work.session.connection().execute(text(attack))


def test_mail_into_a_folder_is_one_file_a_message(house: House, tmp_path: Path) -> None:
    an_approved_claim(house)
    pigeon = tell(house)
    post = post_at(f"folder://{tmp_path}/mail")
    for mail in (*pigeon.mails, *pigeon.mails):
        post(mail)
    files = sorted((tmp_path / "mail").iterdir())
    assert len(files) == len(pigeon.mails)
    assert {each.suffix for each in files} == {".eml"}
    read_back = BytesParser(policy=default).parsebytes(files[0].read_bytes())
    assert read_back["Auto-Submitted"] == "auto-generated"
