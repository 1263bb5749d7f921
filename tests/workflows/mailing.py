"""A post for tests: it keeps what it is given, or is out of order."""

from dataclasses import dataclass, field
from email.message import EmailMessage

from sqlmodel import col, select

from tests.builders import House
from voucher.jobs import put
from voucher.letters import Letter
from voucher.people import Person
from voucher.work import read
from workflows.correspondence import ask_for_letters
from workflows.mail_room import MailRoom
from workflows.worker import work_off


@dataclass
class Pigeon:
    """Takes messages, in order; `fails` makes it refuse each."""

    fails: bool = False
    mails: list[EmailMessage] = field(default_factory=list)
    refused: list[EmailMessage] = field(default_factory=list)

    def __call__(self, message: EmailMessage) -> None:
        """Take a message away."""
        if self.fails:
            self.refused.append(message)
            raise ConnectionRefusedError("nobody listens")
        self.mails.append(message)


def tell(house: House, pigeon: Pigeon | None = None, *, digests: bool = False, expect_errors: bool = False) -> Pigeon:
    """Have the letters of all that happened written and carried out; answers the post that took them."""
    pigeon = pigeon or Pigeon()
    ask_for_letters(house.database, house.clock, "Asia/Shanghai")
    if digests:
        with house.work() as work:
            put(work, "write_digests", f"test {house.number()}", {})
    done = work_off(house.database, house.store, house.clock, room=MailRoom(pigeon, "office@voucher.test", "https://voucher.test"))
    assert expect_errors or not [each.error for each in done if each.error], done
    return pigeon


def all_letters(house: House) -> list[tuple[str, Letter]]:
    """Every letter, with what stands before the @ of its receiver's address, oldest first."""
    with read(house.database) as session:
        rows = session.exec(select(Person.email, Letter).join(Letter, col(Letter.person_id) == Person.id).order_by(col(Letter.id)))
        return [(email.partition("@")[0], letter) for email, letter in rows]
