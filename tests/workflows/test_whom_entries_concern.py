"""What postings say they are about: from a figure to its programme, the firm that it concerns, and where that firm is."""

from dataclasses import replace

from sqlmodel import Session, select

from tests.builders import SMES, House, a_programme, an_approved_claim, an_exported_batch, bank_answer
from voucher import accounting, ledger
from voucher.database import fetch
from voucher.ledger.journal import stream
from voucher.money import Money
from voucher.people import Organisation
from voucher.programmes.funding import FundLine
from voucher.programmes.programmes import Programme
from voucher.work import read
from workflows.reconciliation import import_statement
from workflows.replay import replay

NEW = ("programme", "party", "region")


def said(session: Session, name: str) -> dict[str, set[str]]:
    """What the postings of each kind of event say of a dimension; nothing said is a dash."""
    found: dict[str, set[str]] = {}
    for entry in stream(session):
        found.setdefault(entry.event, set()).update(dict(line.dimensions).get(name, "-") for line in entry.lines)
    return found


def test_each_posting_names_the_programme_the_party_and_where_that_is(house: House) -> None:
    batch = an_exported_batch(house)
    with house.work("finance1") as work:
        import_statement(work, house.store, "statement.xml", bank_answer(house, batch))
    with read(house.database) as session:
        programme = session.exec(select(Programme.reference)).one()
        assert set().union(*said(session, "programme").values()) == {programme}
        firms = {firm.number: firm for firm in session.exec(select(Organisation))}
        holder = firms[SMES[0].number]
        parties, regions = said(session, "party"), said(session, "region")
        assert {event: names for event, names in parties.items() if event.startswith("funds.")} == {
            "funds.appropriated": {"-"}, "funds.allotted": {"-"}}
        assert all(names == {holder.reference} for event, names in parties.items() if not event.startswith("funds."))
        assert regions["payout.settled"] == {holder.region} != {""}
        assert [entry.event for entry in ledger.about(session, "party", holder.reference)][-1] == "payout.settled"


def test_books_that_did_not_say_so_yet_go_on_and_replay_without_a_difference(house: House) -> None:
    a_programme(house)
    with house.work("finance1") as work:
        line = fetch(work.session, FundLine, work.session.exec(select(FundLine.reference)).one())
        now = accounting.funds_appropriated(line, Money.parse("100.00", "CNY"), "Decision of before", work.today, "CN")
        then = [replace(each, dimensions=tuple(pair for pair in each.dimensions if pair[0] not in NEW)) for each in now.lines]
        assert then != now.lines
        ledger.post(work, replace(now, lines=then))
    an_approved_claim(house)
    with read(house.database) as session:
        assert replay(session).differences == []
        assert ledger.verify(session) == []
