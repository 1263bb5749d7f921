"""What terms say of publicity: what is shown of paid cases, what an objection carries, and what brings a claim onto a notice again."""

import pytest

from tests.builders import (
    SME,
    House,
    a_submitted_claim,
    an_approved_claim,
    an_exported_batch,
    an_issued_voucher,
    bank_answer,
)
from tests.workflows.scopes import publish, yuan
from voucher.claims import Claim, CutReason, LineDecision
from voucher.database import fetch
from voucher.errors import NotAllowed, NotNow
from voucher.holds import HoldKind, holds_on
from voucher.money import Money
from voucher.programmes.library import example
from voucher.programmes.programmes import Programme
from voucher.published import PaidCase, as_published, paid_cases
from workflows.appeal import file_appeal, uphold_claim_appeal
from workflows.approval import approve_claim
from workflows.publication import admit_objection, file_objection, publish_notice, uphold_objection
from workflows.reconciliation import import_statement
from workflows.verification import verify_claim


def weihai(notice: str = "", more: str = "") -> bytes:
    """The Weihai rules with more words about the notice, and more keys."""
    text = example("weihai").decode()
    assert "notice: {length: 5 working days," in text
    return (text.replace("notice: {length: 5 working days,", f"notice: {{length: 5 working days, {notice}") + more).encode()


def published(house: House, programme: str) -> list[PaidCase]:
    with house.work() as work:
        return [as_published(*row) for row in work.session.execute(paid_cases(work.session, fetch(work.session, Programme, programme)))]


def test_of_a_paid_case_is_published_what_its_terms_show_and_nothing_else(house: House) -> None:
    programme = publish(house, weihai(more="publication_fields: [firm, amount]\n"))
    claim = an_approved_claim(house)
    batch = an_exported_batch(house)
    assert published(house, programme) == []
    with house.work("finance1") as work:
        import_statement(work, house.store, "camt.xml", bank_answer(house, batch))
    [row] = published(house, programme)
    assert (row.claim, row.paid_on, row.amount) == (claim, house.today, Money(2_120_000, "CNY"))
    assert row.firm and "*" in row.firm_number
    assert (row.provider, row.service, row.contract) == ("", None, None)


def test_nothing_is_published_where_the_terms_show_nothing(house: House) -> None:
    programme = publish(house, weihai())
    an_approved_claim(house)
    batch = an_exported_batch(house)
    with house.work("finance1") as work:
        import_statement(work, house.store, "camt.xml", bank_answer(house, batch))
    assert published(house, programme) == []


@pytest.mark.parametrize(("words", "listed"), [
    ("", True), ("firm_classes: [high_tech],", False), ("services: [development],", True), ("from_amount: 21200.01,", False),
    ("from_amount: 21200.00,", True),
])
def test_only_those_claims_stand_on_a_notice_that_the_terms_list(house: House, words: str, listed: bool) -> None:
    programme = publish(house, weihai(f"before_payment: yes, {words}"))
    claim = an_approved_claim(house)
    with house.work() as work:
        assert bool(holds_on(work.session, fetch(work.session, Claim, claim).id)) == listed
    with house.work("approver1") as work:
        if listed:
            assert [each["claim"] for each in publish_notice(work, programme).listed["claims"]] == [claim]
        else:
            with pytest.raises(NotNow, match="no approved claim"):
                publish_notice(work, programme)


def objected(house: House, programme: str) -> str:
    """An objection to what stands on a new notice."""
    with house.work("approver1") as work:
        claim = publish_notice(work, programme).listed["claims"][0]["claim"]
    with house.work() as work:
        return file_objection(work, claim, "Wang", "wang@example.com", "There is no buoy").reference


def test_an_objection_is_admitted_when_it_carries_what_the_terms_want(house: House) -> None:
    programme = publish(house, weihai("objection_needs: [real_name, seal],"))
    an_approved_claim(house)
    objection = objected(house, programme)
    with pytest.raises(NotAllowed), house.work("finance1") as work:
        admit_objection(work, objection)
    with pytest.raises(NotNow, match="carries seal"), house.work("approver3") as work:
        admit_objection(work, objection, seen=["real_name"])
    with house.work("approver3") as work:
        assert admit_objection(work, objection, seen=["seal", "real_name"]).state == "admitted"


def approved_twice(house: House, programme: str, first: str, second: str) -> bool:
    """Approve so much, have an objection to it upheld, approve so much then; whether that waits for another notice."""
    an_issued_voucher(house)
    claim = a_submitted_claim(house)
    for accepted in (first, second):
        with house.work("verifier1") as work:
            whole = yuan(accepted) == yuan("106000.00")
            verify_claim(work, claim, [LineDecision(1, yuan(accepted), None if whole else CutReason.NOT_ELIGIBLE)])
        with house.work("approver2") as work:
            approve_claim(work, claim)
        if accepted == first:
            objection = objected(house, programme)
            with house.work("approver3") as work:
                admit_objection(work, objection)
            with house.work("approver3") as work:
                uphold_objection(work, objection, "Look again")
    with house.work() as work:
        holds = holds_on(work.session, fetch(work.session, Claim, claim).id)
        return any(hold.kind == HoldKind.NOTICE and not hold.about for hold in holds)  # about: the list on which it still stands


@pytest.mark.parametrize(("words", "second", "waits"), [
    ("before_payment: yes,", "40000.00", True),
    ("before_payment: yes, reopened_by: [amount_raised],", "40000.00", False),
    ("reopened_by: [approved_again],", "40000.00", True),
    ("", "106000.00", False),
])
def test_what_was_on_a_notice_is_on_another_when_that_happened_which_the_terms_name(
        house: House, words: str, second: str, waits: bool) -> None:
    assert approved_twice(house, publish(house, weihai(words)), "53000.00", second) == waits


@pytest.mark.parametrize(("words", "waits"), [("", False), ("reopened_by: [amount_raised],", True)])
def test_what_an_appeal_gives_on_top_of_a_notice_is_on_another_where_the_terms_say_so(house: House, words: str, waits: bool) -> None:
    programme = publish(house, weihai(words))
    claim = a_submitted_claim(house)
    with house.work("verifier1") as work:
        verify_claim(work, claim, [LineDecision(1, yuan("53000.00"), CutReason.NOT_ELIGIBLE)])
    with house.work("approver2") as work:
        approve_claim(work, claim)
    with house.work("approver1") as work:
        publish_notice(work, programme)
    with house.work(SME) as work:
        file_appeal(work, claim, "It is eligible")
    with house.work("approver3") as work:
        more = uphold_claim_appeal(work, claim, "It is").reference
    with house.work("approver2") as work:
        given = approve_claim(work, more)
        assert (given.approved, bool(holds_on(work.session, given.id))) == (yuan("10600.00"), waits)
