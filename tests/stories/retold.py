"""What a story leaves behind, as plain text: the letters that went out, and what was posted."""

from tests.builders import House
from tests.workflows.mailing import all_letters, tell
from voucher import ledger
from voucher.people import Person
from voucher.work import read
from workflows.replay import replay


def reads_english(house: House, who: str) -> None:
    """Somebody who wants his letters in English."""
    with house.work() as work:
        person = work.session.get_one(Person, house.people[who].person_id)
        person.language = "en"
        work.session.add(person)


def letters(house: House, *events: str) -> str:
    """The letters about these events, in the order in which they were written: who reads what in which language about what."""
    tell(house)
    return "".join(f"{receiver} ({letter.language}) {letter.event} {letter.subject}\n"
                   for receiver, letter in all_letters(house) if letter.event in events)


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
