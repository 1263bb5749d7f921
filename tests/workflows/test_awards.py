"""Awards: the score from what is recorded, the amount by the terms, two officers, the books, the payment and its statement."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from tests.builders import (
    PROVIDER,
    PROVIDERS,
    SME,
    House,
    a_completed_order,
    a_gathered_batch,
    a_house,
    a_programme,
    an_approved_claim,
    bank_answer,
)
from tests.scenes import scene
from tests.stories.test_appeals import a_cut_claim, appeal, uphold
from tests.workflows.purchases import entry_of
from tests.workflows.recovering import a_heard_recovery, a_settled_payout, an_opened_recovery, outstanding
from tests.workflows.scopes import publish
from tests.workflows.test_races import assert_sound, race, winners
from voucher.awards import ProviderAward
from voucher.database import Database, fetch
from voucher.errors import NotAllowed, NotNow, NotValid
from voucher.files import FileKind, FileStore, document_of
from voucher.languages import translator
from voucher.money import Money
from voucher.payouts import Batch, BatchSignature, Payout, PayoutState
from voucher.people import Organisation, Person, Role, actor_for, office
from voucher.performance import Part, Performance, performance_of
from voucher.programmes.library import example
from voucher.programmes.programmes import Programme
from voucher.work import read
from workflows.approval import approve_claim
from workflows.awards import ask_award, decide_award, figures_in, propose_award, refuse_award
from workflows.banning import ban_organisation
from workflows.funding import allot, record_appropriation
from workflows.programme_end import close_programme, settle_programme
from workflows.purchase import rate_order
from workflows.reconciliation import import_statement
from workflows.recovery import decide_recovery, make_recovery_final, offset_recovery, record_hearing, serve_recovery
from workflows.registration import grant_role, register_account
from workflows.reimbursement import confirm_award_account, reissue_payout, release_batch


@scene
def an_asked_award(house: House, code: str = "services", figures: str = "") -> str:
    """An award for which the provider has asked, by default a tenth of the 20,000.00 that vouchers paid for its services."""
    programme = a_programme(house)
    with house.work(PROVIDER) as work:
        return ask_award(work, provider(house), programme, 2026, code, figures).reference


@scene
def a_proposed_award(house: House, code: str = "services", figures: str = "") -> str:
    """One whose figures an officer has checked."""
    reference = an_asked_award(house, code, figures)
    with house.work("reviewer1") as work:
        propose_award(work, reference)
    return reference


@scene
def a_decided_award(house: House, approver: str = "approver3") -> str:
    """One that is payable."""
    reference = a_proposed_award(house)
    with house.work(approver) as work:
        decide_award(work, reference)
    return reference


def provider(house: House) -> str:
    """The provider's reference."""
    return house.references[PROVIDERS[0].number]


def award_of(house: House, reference: str) -> ProviderAward:
    """The award as it stands."""
    with read(house.database) as session:
        return fetch(session, ProviderAward, reference)


def payout_of_award(house: House, reference: str) -> Payout:
    """Its newest payout."""
    with read(house.database) as session:
        award = fetch(session, ProviderAward, reference)
        return session.exec(select(Payout).where(Payout.award_id == award.id).order_by(col(Payout.id).desc())).all()[0]


def performance(house: House) -> Performance:
    """What the records say of the provider in 2026."""
    with read(house.database) as session:
        firm = fetch(session, Organisation, provider(house))
        return performance_of(session, session.exec(select(Programme)).one().id, firm.id, 2026, "CNY")


def to_the_bank(house: House, payout: str, returned: dict[str, str] | None = None) -> None:
    """A payout goes to the bank, which answers."""
    batch = a_gathered_batch(house, [payout])
    for treasurer in ("treasury1", "treasury2"):
        with house.work(treasurer) as work:
            release_batch(work, batch)
    house.do_jobs()
    with house.work("finance1") as work:
        import_statement(work, house.store, "answer.xml", bank_answer(house, batch, sequence=house.number(), returned=returned or {}))
    house.do_jobs()


def test_the_score_follows_from_orders_disputes_cuts_and_stars(house: House) -> None:
    order = a_completed_order(house, net="94339.62", vat="5660.38")
    a_submitted = an_approved_claim(house, order)
    with house.work(SME) as work:
        rate_order(work, order, 4, "Quick")

    found = performance(house)
    assert a_submitted and found.orders == 1
    assert {part.name: part.percent for part in found.parts} == {"on_time": None, "undisputed": 100, "uncut": 100, "rating": None}
    assert found.score == 91  # (20 + 20 + 30 x 4/5) of the 70 points of which there is something to say: 91.4


def uncut(house: House) -> list[tuple[int, int]]:
    """What was approved of what was claimed, in minor units."""
    return [(part.good, part.of) for part in performance(house).parts if part.name == "uncut"]


def test_what_an_appeal_gives_was_asked_for_once(house: House) -> None:
    claim = a_cut_claim(house)
    assert uncut(house) == [(16_200_00, 21_200_00)]
    appeal(house, claim)
    given = uphold(house, claim)
    with house.work("approver2") as work:
        approve_claim(work, given)
    assert uncut(house) == [(21_200_00, 21_200_00)]


def test_what_an_appeal_gives_of_a_claim_that_was_refused_whole_counts_as_asked_for(house: House) -> None:
    claim = a_cut_claim(house, "0.00")
    appeal(house, claim)
    given = uphold(house, claim)
    with house.work("approver2") as work:
        approve_claim(work, given)
    assert uncut(house) == [(21_200_00, 21_200_00)]


def test_a_provider_that_is_banned_meanwhile_gets_no_award(house: House) -> None:
    a_settled_payout(house)
    reference = a_proposed_award(house)
    with house.work("approver2") as work:
        ban_organisation(work, provider(house), house.today + timedelta(days=30), "Invented reports", "Article 21")
    with pytest.raises(NotNow, match="banned"), house.work("approver3") as work:
        decide_award(work, reference)
    assert award_of(house, reference).state == "proposed"


def test_stars_are_shown_from_three_ratings_on() -> None:
    assert [Part("rating", 4 * number, 5 * number).percent for number in (1, 2, 3)] == [None, None, 80]


def test_the_database_changes_no_decided_award(house: House) -> None:
    a_settled_payout(house)
    a_decided_award(house)
    for statement in ("update awards set amount_minor = 1", "update awards set state = 'refused'", "delete from awards"):
        with pytest.raises(sa.exc.DatabaseError, match="does not change"), house.work() as work:
            work.session.connection().execute(sa.text(statement))


def test_an_order_is_rated_once_and_by_its_sme_alone(house: House) -> None:
    order = a_completed_order(house)
    with pytest.raises(NotAllowed), house.work(PROVIDER) as work:
        rate_order(work, order, 5)
    with pytest.raises(NotValid), house.work(SME) as work:
        rate_order(work, order, 6)
    with house.work(SME) as work:
        rate_order(work, order, 5)
    with pytest.raises(NotNow), house.work(SME) as work:
        rate_order(work, order, 1)


def test_an_award_is_asked_for_proposed_decided_paid_and_told(house: House) -> None:
    a_settled_payout(house)
    award = a_decided_award(house)
    payout = payout_of_award(house, award)
    assert str(payout.amount) == "2000.00"

    to_the_bank(house, payout.reference)

    assert payout_of_award(house, award).state == PayoutState.SETTLED
    with read(house.database) as session:
        file = document_of(session, FileKind.SETTLEMENT_STATEMENT, payout.reference)
        assert file is not None and house.store.get(file.sha256).startswith(b"%PDF")
        assert file.owner_id == payout.payee_id
    assert entry_of(house, f"award.decided {award}") == DECIDED
    assert entry_of(house, f"award.released {payout.reference}") == RELEASED
    assert entry_of(house, f"award.settled {payout.reference}") == SETTLED


DECIDED = """budget:free 2000.00
budget:delivered-unpaid -2000.00
financial:expense:awards 2000.00
financial:payable:awards -2000.00
financial:equity:unexpended 2000.00
financial:revenue:appropriation-used -2000.00
cn-financial:5001 2000.00
cn-financial:2303 -2000.00"""
RELEASED = """financial:payable:awards 2000.00
financial:asset:payments-in-transit -2000.00"""
SETTLED = """budget:delivered-unpaid 2000.00
budget:paid -2000.00
financial:asset:payments-in-transit 2000.00
financial:asset:treasury -2000.00
cn-financial:2303 2000.00
cn-financial:4001 -2000.00
cn-budget:7101 2000.00
cn-budget:6001 -2000.00"""


def test_the_smaller_of_two_bases_counts_and_the_cap_holds(house: House) -> None:
    smaller = a_proposed_award(house, "shared_facilities", "rental_income 120000.00\noutside_test_income: 90000.00")
    assert str(award_of(house, smaller).amount) == "12000.00"  # 10 % of 120,000 is less than 20 % of 90,000

    with house.work("approver1") as work:
        refuse_award(work, smaller, "The contracts are missing")
    capped = a_proposed_award(house, "shared_facilities", "rental_income 9000000.00\noutside_test_income 9000000.00")
    assert str(award_of(house, capped).amount) == "500000.00"


def test_figures_that_are_missing_or_cannot_be_read_are_named_together(house: House) -> None:
    with pytest.raises(NotValid) as refused:
        figures_in("rental_income\nx y z\n\na 1")
    assert [dict(each.values)["row"] for each in refused.value.problems] == [1, 2]
    for figures in ("", "rental_income 1.005\noutside_test_income 2.00", "rental_income 1.00\noutside_test_income 2.00\nother 3.00"):
        with pytest.raises(NotValid):
            an_asked_award(house, "shared_facilities", figures)


def test_an_award_that_comes_to_nothing_is_not_proposed(house: House) -> None:
    reference = an_asked_award(house)
    with pytest.raises(NotNow) as refused, house.work("reviewer1") as work:
        propose_award(work, reference)
    assert refused.value.message == "By the terms this award comes to nothing: what counts, or the rate, is zero."
    assert translator("zh").refusal(refused.value).endswith("计算基数或标准为零。")


def test_an_award_is_asked_for_once_a_year_unless_it_was_refused(house: House) -> None:
    reference = an_asked_award(house)
    with pytest.raises(NotNow):
        an_asked_award(house)
    with house.work("approver1") as work:
        refuse_award(work, reference, "No papers")
    assert an_asked_award(house) != reference


def test_nobody_decides_what_he_proposed_or_releases_what_he_decided(house: House) -> None:
    a_settled_payout(house)
    with house.work() as work:
        person = work.session.get_one(Person, house.people["approver3"].person_id)
        for role in (Role.REVIEWER, Role.TREASURY):
            grant_role(work, person.email, role, office(work.session).reference)
        house.people["approver3"] = actor_for(work.session, person)
    reference = an_asked_award(house)
    with house.work("approver3") as work:
        propose_award(work, reference)
    with pytest.raises(NotAllowed), house.work("approver3") as work:
        decide_award(work, reference)
    with house.work("approver2") as work:
        decide_award(work, reference)
    batch = a_gathered_batch(house, [payout_of_award(house, reference).reference])
    with pytest.raises(NotAllowed), house.work("approver3") as work:
        release_batch(work, batch)


def test_the_database_lets_nobody_release_what_he_decided(house: House) -> None:
    a_settled_payout(house)
    reference = a_decided_award(house)
    batch = a_gathered_batch(house, [payout_of_award(house, reference).reference])
    with pytest.raises(sa.exc.DBAPIError, match="does not release it"), house.work("approver3") as work:
        decider = house.people["approver3"].person_id
        assert decider is not None
        work.session.add(BatchSignature(batch_id=fetch(work.session, Batch, batch).id, person_id=decider, at=work.now))
        work.session.flush()


def test_a_payout_has_one_source(house: House) -> None:
    payout = a_settled_payout(house)
    with pytest.raises(sa.exc.IntegrityError), house.work() as work:
        fetch(work.session, Payout, payout).claim_id = None
        work.session.flush()


def test_a_programme_is_not_settled_while_an_award_in_it_is_undecided_or_unpaid(house: House) -> None:
    payout = a_settled_payout(house)
    award = an_asked_award(house)
    with house.work("approver3") as work:
        close_programme(work, a_programme(house), "The council has ended it")

    def in_the_way() -> str:
        with pytest.raises(NotNow) as refused, house.work("finance1") as work:
            settle_programme(work, a_programme(house), "Final account 1")
        return str(refused.value)

    assert payout and award in in_the_way()
    with house.work("reviewer1") as work:
        propose_award(work, award)
    assert award in in_the_way()
    with house.work("approver3") as work:
        decide_award(work, award)
    assert award in in_the_way()
    to_the_bank(house, payout_of_award(house, award).reference)
    assert award not in in_the_way()


def test_an_award_that_comes_back_is_paid_again_to_a_mended_account(house: House) -> None:
    a_settled_payout(house)
    award = a_decided_award(house)
    first = payout_of_award(house, award)
    to_the_bank(house, first.reference, returned={first.reference: "AC04"})
    assert payout_of_award(house, award).state == PayoutState.RETURNED
    with house.work("administrator1") as work:
        register_account(work, provider(house), "CNY", "6222020000000000999", holder="Another", bank_name="Bank", bank_code="102455000122")
    house.clock.turn(days=30)
    with house.work("finance1") as work:
        reissue_payout(work, first.reference)
    second = payout_of_award(house, award)
    assert second.replaces_id == first.id and second.state == PayoutState.PAYABLE

    to_the_bank(house, second.reference)

    assert payout_of_award(house, award).state == PayoutState.SETTLED
    with read(house.database) as session:
        assert_sound(session)


def test_an_award_to_an_account_that_was_just_changed_waits_as_claims_do(house: House) -> None:
    a_settled_payout(house)
    award = a_proposed_award(house)
    with house.work() as work:
        register_account(work, provider(house), "CNY", "6217000088888888", bank_code="102465000015")
    with house.work("approver3") as work:
        decide_award(work, award)
    payout = payout_of_award(house, award).reference
    with pytest.raises(NotValid) as refused:
        a_gathered_batch(house, [payout])
    assert dict(refused.value.problems[0].values)["payout"] == payout
    house.clock.turn(days=10)
    batch = a_gathered_batch(house, [payout])
    house.clock.turn(days=-1)  # as if the rule were longer by now
    with pytest.raises(NotValid, match="changed a short time ago"), house.work("treasury1") as work:
        release_batch(work, batch)


def test_an_award_waits_no_more_when_its_payee_confirmed_the_account(house: House) -> None:
    a_settled_payout(house)
    award = a_proposed_award(house)
    with house.work("administrator1") as work:
        register_account(work, provider(house), "CNY", "6217000088888888", bank_code="102465000015")
    with house.work() as work:
        grant_role(work, "administrator1@voucher.example", Role.FINANCE, office(work.session).reference)
    with house.work("approver3") as work:
        decide_award(work, award)
    payout = payout_of_award(house, award).reference
    with read(house.database) as session:
        house.people["administrator1"] = actor_for(session, session.exec(
            select(Person).where(Person.email == "administrator1@voucher.example")).one())
    with pytest.raises(NotAllowed, match="You entered"), house.work("administrator1") as work:
        confirm_award_account(work, payout, "phone", "It is ours")
    with pytest.raises(NotValid, match="choices"), house.work("finance1") as work:
        confirm_award_account(work, payout, "pigeon", "It is ours")
    with house.work("finance1") as work:
        confirm_award_account(work, payout, "phone", "Ms Sun, at the number of the application")
    with pytest.raises(NotNow, match="does not wait"), house.work("finance1") as work:
        confirm_award_account(work, payout, "phone", "Once more")
    to_the_bank(house, payout)
    assert payout_of_award(house, award).state == PayoutState.SETTLED


def test_an_award_of_which_a_funder_bears_a_share_waits_for_the_line_of_that_funder(house: House) -> None:
    source = example("weihai").decode()
    assert "\nfunders:" not in source
    publish(house, (source + "\nfunders:\n  - {code: city, name: {zh: 市, en: the city}, share: 50 %}\n"
                    "  - {code: district, name: {zh: 区, en: the district}, share: 50 %}\n").encode(), funders=("city", "district"))
    a_settled_payout(house)
    award = a_proposed_award(house)
    house.clock.turn(days=366)  # nobody has opened a line of the district for the new year
    with house.work("finance1") as work:
        amount = Money.parse("100000.00", "CNY")
        line = record_appropriation(work, a_programme(house), 2027, amount, "Decision", "city", "")
        allot(work, line.reference, amount, "Notice")
    with pytest.raises(NotNow, match="district"), house.work("approver3") as work:
        decide_award(work, award)


def test_what_has_to_come_back_counts_for_no_award(house: House) -> None:
    case = a_heard_recovery(house, a_settled_payout(house), "5000.00")
    assert str(performance(house).paid) == "20000.00"
    with house.work("approver3") as work:
        decide_recovery(work, case, "A part was never delivered.")
    assert str(performance(house).paid) == "15000.00"


def test_an_award_is_set_off_against_what_its_provider_has_to_pay_back(house: House) -> None:
    paid = a_settled_payout(house)
    award = a_decided_award(house, "approver2")
    payout = payout_of_award(house, award).reference
    recovery = a_final_recovery_of_the_provider(house, paid)
    with house.work("finance1") as work:
        offset_recovery(work, recovery, payout)
    house.do_jobs()

    assert payout_of_award(house, award).state == PayoutState.OFFSET
    assert entry_of(house, f"award.offset {payout} {recovery} 1") == OFFSET
    assert outstanding(house, recovery) == "3000.00"
    with read(house.database) as session:
        assert document_of(session, FileKind.SETTLEMENT_STATEMENT, payout) is not None
        assert_sound(session)


OFFSET = """budget:delivered-unpaid 2000.00
budget:paid -2000.00
financial:payable:awards 2000.00
financial:asset:treasury -2000.00
cn-financial:2303 2000.00
cn-financial:4001 -2000.00
cn-budget:7101 2000.00
cn-budget:6001 -2000.00"""


@scene
def a_final_recovery_of_the_provider(house: House, payout: str) -> str:
    """5,000.00 of a payment that the provider has to pay back, because it was its fault."""
    recovery = an_opened_recovery(house, payout, "5000.00", liable=provider(house))
    with house.work("auditor1") as work:
        record_hearing(work, recovery, "It was our fault.", house.today)
    with house.work("approver3") as work:
        decide_recovery(work, recovery, "Nothing was delivered.")
    with house.work("finance1") as work:
        serve_recovery(work, recovery)
    house.clock.turn(days=31)
    with house.work() as work:
        make_recovery_final(work, recovery)
    return recovery


def test_of_many_decisions_at_once_one_counts_and_the_money_is_there_once(postgres: Database, store: FileStore) -> None:
    house = a_house(postgres, store)
    a_settled_payout(house)
    award = a_proposed_award(house)

    outcomes = race(house, ["approver1", "approver2", "approver3"], lambda work, _number: decide_award(work, award), 9)

    assert winners(outcomes) == 1
    with read(house.database) as session:
        assert len(session.exec(select(Payout).where(Payout.award_id == award_of(house, award).id)).all()) == 1
        assert_sound(session)
