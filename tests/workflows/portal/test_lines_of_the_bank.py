"""What the desk does with the lines of the bank on its pages, and what is offered to nobody who could not use it."""

import re

from sqlmodel import select

from tests.builders import SME, House
from tests.workflows.portal.visitors import Visitors
from tests.workflows.purchases import an_accepted_order
from tests.workflows.recovering import a_settled_payout, with_clawback
from tests.workflows.scopes import voucher_for
from tests.workflows.test_activation import asleep
from tests.workflows.test_charging import came_back
from tests.workflows.test_unmatching import line_of, state
from tests.workflows.wallets import pay_in, reference_of, with_wallet
from voucher import ledger
from voucher.ledger.journal import stream
from voucher.payouts import Payout
from voucher.statements import BankStatement
from voucher.work import read
from workflows.holding import activate_voucher


def test_a_charged_return_is_matched_and_the_match_taken_back_on_the_pages(house: House, portal: Visitors) -> None:
    with_clawback(house)
    payout = a_settled_payout(house)
    line = came_back(house, payout, "19985.00")
    assert f"/lines/{line}/match-charged-return" in portal.get("finance1", "/office/reconciliation").text
    assert portal.post("finance1", f"/office/lines/{line}/match-charged-return", payout=payout).status_code == 403  # who took the file in
    assert portal.post("treasury2", f"/office/lines/{line}/match-charged-return", payout=payout).status_code == 303
    assert state(house, payout) == "returned"
    with read(house.database) as session:
        statement = session.exec(select(BankStatement.reference).order_by(BankStatement.reference.desc())).first()  # type: ignore[attr-defined]
    assert f"/lines/{line}/unmatch" in portal.get("treasury1", f"/office/statements/{statement}").text
    assert f"/lines/{line}/unmatch" not in portal.get("auditor1", f"/office/statements/{statement}").text
    own = portal.get("treasury2", f"/office/statements/{statement}").text
    assert f"/lines/{line}/unmatch" not in own and "another person has to take that back" in own
    assert portal.post("treasury2", f"/office/lines/{line}/unmatch", reason="Another office's").status_code == 403
    assert portal.post("treasury1", f"/office/lines/{line}/unmatch", reason="Another office's").status_code == 303
    assert state(house, payout) == "settled" and line_of(house, payout) != line
    with read(house.database) as session:
        [reversal] = [each for each in stream(session) if each.reverses]
        original = ledger.corrections(session, [reversal])[reversal.id].reverses
    for cause, word, other in ((reversal.cause, "Reverses", original), (original, "Reversed by", reversal.cause)):
        page = portal.get("auditor1", f"/office/books/entries/{cause}").text
        assert re.search(rf"<dt>{word}</dt><dd><a [^>]*>{other}</a>", page)


def test_an_account_that_waits_for_nothing_is_not_asked_to_be_confirmed(house: House, portal: Visitors) -> None:
    order = an_accepted_order(house, voucher_for(house, with_wallet(house)))
    pay_in(house, "1.00", reference_of(house, order))
    with read(house.database) as session:
        payout = session.exec(select(Payout.reference)).one()
    assert "confirm-account" not in portal.get("finance1", f"/payouts/{payout}").text


def test_the_first_page_asks_the_holder_for_what_he_can_do_now(house: House, portal: Visitors) -> None:
    voucher = asleep(house)

    def asked() -> list[str]:
        page = portal.get(SME, "/").text
        return [each for each in ("Activate your voucher", "Order a service with your voucher") if each in page]

    before = asked()
    with house.work(SME) as work:
        activate_voucher(work, voucher)
    assert (before, asked()) == (["Activate your voucher"], ["Order a service with your voucher"])
