"""What a story leaves behind, as plain text: the letters that went out, and what was posted."""

import re
from dataclasses import dataclass
from email.message import EmailMessage

from sqlmodel import col, delete

from tests.builders import House
from tests.scenes import in_use, scene
from tests.workflows.mailing import Pigeon, all_letters, tell
from voucher import ledger
from voucher.jobs import Job, JobState
from voucher.letters import Letter, Way
from voucher.people import Person
from voucher.work import read
from workflows.correspondence import write_letters
from workflows.replay import replay
from workflows.worker import DOCUMENTS


@scene
def reads_english(house: House, who: str) -> None:
    """Somebody who wants his letters in English."""
    with house.work() as work:
        person = work.session.get_one(Person, house.people[who].person_id)
        person.language = "en"
        work.session.add(person)


@dataclass
class Postman(Pigeon):
    """A post that takes no mail from within a transaction."""

    house: House | None = None

    def __call__(self, message: EmailMessage) -> None:
        """Take a message away, while nobody here has the database open."""
        assert self.house is not None and not in_use(self.house.database), "a mail inside a transaction"
        super().__call__(message)


_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def letters(house: House, *events: str) -> str:
    """The letters about these events, in the order in which they were written: who reads what in which language about what.

    All letters of the story go out with it: each in its receiver's language, by a mail of its own, and none within a transaction.
    The papers that belong to them are drawn in tests of their own.
    """
    before = len(all_letters(house))
    with house.work() as work:
        while write_letters(work, house.store):
            pass
        work.session.connection().execute(delete(Job).where(col(Job.task).in_(DOCUMENTS), col(Job.state) == JobState.WAITING))
    post = tell(house, Postman(house=house))
    written = all_letters(house)
    mailed = [receiver for receiver, each in written[before:] if each.way == Way.MAIL]
    assert sorted(name for mail in post.mails if (name := mail["To"].addresses[0].username) in mailed) == sorted(mailed)
    for _receiver, letter in written:
        assert _is_in_its_language(letter), (letter.event, letter.words)
    return "".join(f"{receiver} ({letter.language}) {letter.event} {letter.subject}\n"
                   for receiver, letter in written if letter.event in events)


def _is_in_its_language(letter: Letter) -> bool:
    """What comes next is in words of ours alone, and names nobody: so it tells the language."""
    said = letter.words["do"]
    return not said or bool(_CHINESE.search(said)) == (letter.language == "zh")


def posted(house: House, *events: str) -> str:
    """The entries of these events, a line each: account and amount, without what names the case and its sums."""
    with read(house.database) as session:
        text = ledger.plaintext.journal(session)
    return "".join(_short(entry) for entry in text.split("\n\n") if entry.split("\n")[0].split(" ")[1] in events)


def _short(entry: str) -> str:
    head, *lines = entry.strip().split("\n")
    words = [line.split() for line in lines if not line.strip().startswith(";")]
    return f"{' '.join(head.split(' ')[1:])}\n" + "".join(f"  {account.rpartition(':')[0]} {amount}\n" for account, amount, *_ in words)


def assert_everything_agrees(house: House) -> None:
    """The books are what was posted, and what happened rebuilds every state and every balance."""
    with read(house.database) as session:
        assert ledger.verify(session) == []
        assert replay(session).differences == []
