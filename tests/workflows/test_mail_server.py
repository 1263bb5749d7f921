"""Letters go out by a real mail server: taken, refused, put off, cut off; and one that is not there holds up nobody."""

import pytest
from sqlalchemy import text
from sqlmodel import select

from tests.builders import SME, House, an_application
from tests.workflows.mailing import all_letters
from tests.workflows.smtp import MailServer, a_mail_server, an_address_where_nobody_listens
from voucher.jobs import Job, JobState, again
from voucher.letters import LetterState, states_of
from voucher.post import post_at, try_post
from voucher.work import read
from workflows.correspondence import ask_for_letters
from workflows.mail_room import MailRoom
from workflows.worker import work_off


@pytest.fixture(autouse=True)
def _nobody_was_told_of_the_opening(house: House) -> None:
    with house.work() as work:
        work.session.connection().execute(text("delete from untold"))


def tell_by(house: House, url: str) -> None:
    """Have the letters written and carried out by the server at an address, as a worker does."""
    ask_for_letters(house.database, house.clock, "Asia/Shanghai")
    work_off(house.database, house.store, house.clock, room=MailRoom(post_at(url), "office@voucher.test", "https://voucher.test"))


def state_of_letter(house: House) -> tuple[LetterState, str]:
    """How far the SME's letter is, and what its job says of it."""
    letter = next(each for who, each in all_letters(house) if (who, each.event) == (SME, "voucher.applied"))
    with read(house.database) as session:
        job = session.exec(select(Job).where(Job.key == letter.mail)).one()
        return states_of(session, [letter])[letter.id][0], job.error


def receivers(server: MailServer) -> set[str]:
    return {mail["To"].addresses[0].username for mail in server.mails}


def test_letters_reach_the_server_whole_and_once(house: House) -> None:
    reference = an_application(house)
    with a_mail_server() as server:
        tell_by(house, server.url)
        tell_by(house, server.url)
    assert receivers(server) == {SME, "reviewer1", "reviewer2"} and len(server.mails) == 3
    mail = next(each for each in server.mails if each["To"].addresses[0].username == SME)
    assert mail["From"].addresses[0].addr_spec == "office@voucher.test" and mail["Message-ID"]
    body = mail.get_body(("plain",))
    assert body is not None and reference in body.get_content() and reference in str(mail["Subject"])
    assert state_of_letter(house) == (LetterState.SENT, "")


def test_a_receiver_whom_the_server_refuses_is_told_as_failed_with_its_words_in_the_end(house: House) -> None:
    an_application(house)
    with a_mail_server(recipient="550 no such mailbox here") as server:
        for _attempt in range(8):
            tell_by(house, server.url)
            house.clock.turn(hours=5)
        assert state_of_letter(house)[0] == LetterState.FAILED and "no such mailbox here" in state_of_letter(house)[1]
        server.recipient = "250 fine"
        tell_by(house, server.url)
        assert server.mails == [], "nobody goes on by himself"
        with house.work() as work:
            assert again(work.session, work.now, "send_mail") == 3
        tell_by(house, server.url)
    assert state_of_letter(house)[0] == LetterState.SENT and receivers(server) == {SME, "reviewer1", "reviewer2"}


@pytest.mark.parametrize("message", ["451 come again", "421 closing", ""])
def test_what_the_server_puts_off_is_sent_again_and_arrives_once(house: House, message: str) -> None:
    an_application(house)
    with a_mail_server(message=message) as server:
        tell_by(house, server.url)
        assert state_of_letter(house)[0] == LetterState.WAITING and server.mails == []
        server.message = "250 taken"
        house.clock.turn(minutes=1)
        tell_by(house, server.url)
    assert len(server.mails) == 3 and state_of_letter(house) == (LetterState.SENT, "")


def test_an_outage_of_an_hour_loses_no_letter(house: House) -> None:
    an_application(house)
    nowhere = an_address_where_nobody_listens()
    for _attempt in range(6):
        tell_by(house, nowhere)
        house.clock.turn(minutes=10)
    assert state_of_letter(house)[0] == LetterState.WAITING and "refused" in state_of_letter(house)[1]
    with read(house.database) as session:
        assert session.exec(select(Job.key).where(Job.state == JobState.FAILED)).all() == []
    house.clock.turn(hours=5)
    with a_mail_server() as server:
        tell_by(house, server.url)
    assert receivers(server) == {SME, "reviewer1", "reviewer2"}


def test_a_server_without_encryption_gets_no_letter_unless_one_said_so() -> None:
    with a_mail_server() as server:
        encrypted = server.url.replace("smtp+plain", "smtp")
        with pytest.raises(OSError, match="STARTTLS"):
            try_post(encrypted)
        try_post(server.url)
        with pytest.raises(OSError, match="AUTH"):
            try_post(server.url.replace("//", "//office:hush@"))
    assert server.receivers == []
