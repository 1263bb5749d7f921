"""Who acts for a firm in a case, or is tied to one, does nothing there for the office; who let it be paid lifts nothing that stops it."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from tests.builders import PROVIDERS, SME, SMES, House, a_house, an_approved_claim
from tests.workflows.machines import machines
from tests.workflows.one_of_each import PEOPLE, check_again, one_of_each, put_into
from tests.workflows.recovering import a_final_recovery, a_settled_payout, payout_of, with_clawback
from tests.workflows.test_absence import come_in, hand_over
from tests.workflows.test_every_verb import answers, states_of
from tests.workflows.test_one_hand import also, back
from tests.workflows.test_recovery_of_returned import return_by_the_bank
from voucher.bans import Ban
from voucher.claims import Claim
from voucher.database import Database, fetch, get
from voucher.errors import NotAllowed, NotNow, NotValid, Refusal
from voucher.files import FileStore
from voucher.history import record
from voucher.orders import Order
from voucher.payouts import payouts_in
from voucher.people import OFFICE_ROLES, Organisation, Person, Role
from voucher.vouchers import Voucher
from voucher.work import Work, read
from workflows.acts import ACTS, THINGS, Act
from workflows.banning import ban_organisation, lift_ban
from workflows.holding import freeze_voucher, unfreeze_voucher
from workflows.measure_appeal import appeal_freeze, uphold_freeze_appeal
from workflows.publication import hold_claim, release_claim
from workflows.recovery import agree_instalments, remit_recovery
from workflows.registration import grant_role
from workflows.reimbursement import gather_batch, reissue_payout
from workflows.relating import End, NewTie, enter_ties
from workflows.revocation import drop_revocation, open_revocation

TIED, OWN, LET_PAY = "By what is declared you are tied", "You are part of a firm", "You verified, approved or released a claim"

# What the office does where an interest in a firm stands in nobody's way.
BESIDE = {
    "pause_programme": "about no firm", "resume_programme": "about no firm", "announce_closing": "about no firm",
    "close_programme": "about no firm", "settle_programme": "about no firm",
    "suspect_recovery": "whoever sees something says so; it decides nothing",
    "offset_recovery": "what is set off is released, which is a duty",
}

# Steps that nobody takes on the page of one thing, each with what looks at interests there, or why nothing has to.
NOT_BY_THEMSELVES = {
    "follows a step at which they were looked at": {
        "drop_amendment", "revoke_claim", "revoke_order", "stop_order", "terminate_order", "call_off_order", "follow_revocation",
        "reopen_claim", "return_to_plan", "set_payout_off", "close_recovery"},
    "is told apart by hand: the tests of a payment that is sent again, and of a batch": {"reissue_payout", "gather_batch"},
    "decides nothing: who signs the batch releases each of its cases, which is a duty": {
        "gather_payout", "dissolve_batch", "put_payout_back", "recall_payout"},
    "releases each case of the batch, which is a duty": {"sign_batch", "release_batch", "release_payout"},
    "writes down what the bank reports, which is true whoever imports it": {
        "import_statement", "match_line", "send_line_back", "set_line_aside", "unmatch_line", "settle_payout", "return_payout",
        "undo_settlement", "undo_return", "collect_recovery", "take_deposit", "refuse_deposit", "undo_receipt"},
    "puts all that is approved on one list, by the terms": {"publish_notice"},
    "is about no firm": {
        "ask_bounds", "grant_bounds", "refuse_bounds", "forget_memo", "adjust_period", "close_period", "reopen_period",
        "publish_programme", "republish_programme", "republish_paused", "announce_closing_paused", "record_appropriation", "allot",
        "allow_over_issue", "withdraw_over_issue", "advance_funds", "settle_advance", "lapse_free_money", "carry_forward", "carry_orders",
        "accrue_deliveries"},
}


def tie(house: House, who: str, *firms: str) -> None:
    """It is declared that somebody owns shares of these firms."""
    with house.work("administrator1") as work:
        email = work.session.get_one(Person, house.people[who].person_id).email
        enter_ties(work, [NewTie(End("person", email), "shareholder", End("org", house.references[firm]), "Told") for firm in firms])


@pytest.fixture(scope="module")
def tied(migrated_sqlite: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house with one thing of each kind, of whose officers one a role is tied to both firms."""
    house = one_of_each(migrated_sqlite, tmp_path_factory.mktemp("interested"))
    for role in sorted(OFFICE_ROLES):
        tie(house, PEOPLE[role], SMES[0].number, PROVIDERS[0].number)
    yield house
    house.database.engine.dispose()


def told(house: House, person: str, letter: str, act: Act, state: str) -> str:
    """What somebody is told who takes an act on the thing in a state; nothing is kept."""
    table = THINGS[letter].table
    with house.work(person) as work:
        put_into(work, table, state)
        name = work.session.exec(select(table.reference).order_by(table.reference).limit(1)).one()
        try:
            act.verb(work, name, **answers(house, letter, act))
            return "done"
        except Refusal as refusal:
            return str(refusal)
        finally:
            work.session.rollback()
            check_again(work)


def test_nobody_does_anything_for_the_office_about_a_firm_to_which_he_is_tied(tied: House) -> None:
    """When this fails: have the verb refuse whoever is interested before all else, or say in BESIDE why it need not.

    What is a duty is asked for by its machine, maybe after the verb has refused for something else.
    """
    wrong, seen = [], set()
    for letter, acts in ACTS.items():
        for act in acts:
            for role in sorted(OFFICE_ROLES & set(act.row.by)):
                for state in states_of(letter, act)[:max(1, len(act.open_in))]:
                    answer = told(tied, PEOPLE[role], letter, act, state)
                    seen.add(act.step)
                    if act.step not in BESIDE and not answer.startswith(TIED) and (act.row.duty is None or answer == "done"):
                        wrong.append(f"{act.step} when {state} by {role}: {answer}")
    assert wrong == []
    assert seen > BESIDE.keys()


def test_each_step_of_the_office_that_is_no_act_on_a_page_is_told_with_what_looks_at_interests_there() -> None:
    """When this fails: make it an act that the test before tries, or name it in NOT_BY_THEMSELVES."""
    acts = {act.step for each in ACTS.values() for act in each}
    free = {step.name for machine in machines() for step in machine.steps.values()
            if OFFICE_ROLES & set(step.by) and step.duty is None and step.name not in acts}
    assert free == {each for steps in NOT_BY_THEMSELVES.values() for each in steps}


# --- lifting what stops a payment --------------------------------------------------------------------------------------


def a_held_case(house: House) -> dict[str, str]:
    """A claim that approver2 approved, on a voucher that approver1 issued, each stopped by the auditor in turn; the firm is banned."""
    claim = an_approved_claim(house)
    with read(house.database) as session:
        voucher = get(session, Voucher, get(session, Order, fetch(session, Claim, claim).order_id).voucher_id).reference
    with house.work("auditor1") as work:
        hold_claim(work, claim, "It looks odd", soon(house))
    return {"claim": claim, "voucher": voucher, "firm": house.references[SMES[0].number]}


def soon(house: House) -> date:
    """A day on which a freeze, a hold or a ban may end."""
    return house.today + timedelta(days=20)


def _hold(work: Work, house: House, case: dict[str, str]) -> None:
    """It is held already."""


def _freeze(work: Work, house: House, case: dict[str, str]) -> None:
    freeze_voucher(work, case["voucher"], "It is looked into", soon(house))


def _accuse(work: Work, house: House, case: dict[str, str]) -> None:
    open_revocation(work, case["voucher"], "The firm is a shell", "Article 19")


def _release(work: Work, case: dict[str, str]) -> None:
    release_claim(work, case["claim"], "It is in order")


def _unfreeze(work: Work, case: dict[str, str]) -> None:
    unfreeze_voucher(work, case["voucher"], "It is in order")


def _drop(work: Work, case: dict[str, str]) -> None:
    drop_revocation(work, case["voucher"], "There is nothing to it")


Stop = Callable[[Work, House, dict[str, str]], None]
Lift = Callable[[Work, dict[str, str]], None]
STOPS = pytest.mark.parametrize(("stop", "lift"), [(_hold, _release), (_freeze, _unfreeze), (_accuse, _drop)],
                                ids=["held", "frozen", "heard about"])


@STOPS
def test_what_stops_a_payment_is_lifted_by_nobody_with_an_interest_nor_by_who_let_it_pay(house: House, stop: Stop, lift: Lift) -> None:
    case = a_held_case(house)
    tie(house, "approver3", SMES[0].number)
    with house.work("auditor1") as work:
        stop(work, house, case)
    for who, why in (("approver3", TIED), ("approver2", LET_PAY)):
        with pytest.raises(NotAllowed, match=why), house.work(who) as work:
            lift(work, case)
    with house.work("approver1") as work:
        lift(work, case)


@STOPS
def test_nor_by_who_acts_for_the_firm_too(house: House, stop: Stop, lift: Lift) -> None:
    case = a_held_case(house)
    with house.work("auditor1") as work:
        stop(work, house, case)
    with house.work("administrator1") as work:
        grant_role(work, work.session.get_one(Person, house.people["approver3"].person_id).email, Role.SME, case["firm"])
    come_in(house, "approver3")
    with pytest.raises(NotAllowed, match=OWN), house.work("approver3") as work:
        lift(work, case)


@STOPS
def test_nor_by_a_deputy_of_who_let_it_pay_or_of_who_is_tied(house: House, stop: Stop, lift: Lift) -> None:
    case = a_held_case(house)
    tie(house, "approver3", PROVIDERS[0].number)
    with house.work("auditor1") as work:
        stop(work, house, case)
    hand_over(house, "approver2", "approver", "reviewer2")
    with pytest.raises(NotAllowed, match="so a third person"), house.work("reviewer2") as work:
        lift(work, case)
    hand_over(house, "approver3", "approver", "approver1")
    with pytest.raises(NotAllowed, match=TIED), house.work("approver1") as work:
        lift(work, case)


def past_the_program(house: House, who: str, event: str, case: dict[str, str]) -> None:
    """Somebody writes down by another road than ours that what stood in the way of a payment is lifted."""
    with house.work(who) as work:
        record(work, event, case["claim" if event.startswith("claim") else "voucher"], case=case["voucher"])


LIFTED = pytest.mark.parametrize("event", ["claim.released", "voucher.unfrozen", "voucher.revocation_dropped", "voucher.freeze_ended"])


@LIFTED
def test_the_database_takes_it_neither_from_who_is_tied_nor_from_who_let_it_pay(house: House, event: str) -> None:
    case = a_held_case(house)
    tie(house, "approver3", SMES[0].number)
    for who in ("approver3", "approver2", "verifier1"):
        with pytest.raises(DBAPIError, match="lifts nothing that stops it"):
            past_the_program(house, who, event, case)
    past_the_program(house, "approver1", event, case)


def test_the_database_finds_who_is_tied_through_a_relative_the_group_or_the_address_of_a_firm(house: House) -> None:
    case = a_held_case(house)
    wife = End("person", "wife@elsewhere.example")
    with house.work("administrator1") as work:
        firm = fetch(work.session, Organisation, house.references[PROVIDERS[0].number])
        kin = [NewTie(End("person", f"{each}@voucher.example"), "family", wife, "Told") for each in ("approver3", "auditor1")]
        enter_ties(work, [kin[0], NewTie(wife, "shareholder", End("org", firm.reference), "Told"),
                          NewTie(End("person", "reviewer2@voucher.example"), "shareholder", End("group", firm.group), "Told"),
                          NewTie(End("person", "reviewer1@voucher.example"), "family", End("person", "uncle@elsewhere.example"), "Told")])
    for who in ("approver3", "reviewer2"):
        with pytest.raises(DBAPIError, match="lifts nothing that stops it"):
            past_the_program(house, who, "claim.released", case)
    past_the_program(house, "reviewer1", "claim.released", case)


def test_the_database_takes_it_from_who_was_tied_before(house: House) -> None:
    case = a_held_case(house)
    with house.work("administrator1") as work:
        enter_ties(work, [NewTie(End("person", "approver3@voucher.example"), "officer", End("org", case["firm"]), "Told",
                                 until_on=house.today)])
    house.clock.turn(days=2)
    past_the_program(house, "approver3", "voucher.unfrozen", case)


def test_the_database_takes_it_neither_from_a_deputy_nor_from_who_acts_for_the_firm(house: House) -> None:
    case = a_held_case(house)
    tie(house, "approver3", PROVIDERS[0].number)
    hand_over(house, "approver2", "approver", "reviewer2")
    hand_over(house, "approver3", "approver", "reviewer1")
    with house.work("administrator1") as work:
        grant_role(work, "auditor1@voucher.example", Role.SME, case["firm"])
    for who in ("reviewer2", "reviewer1", "auditor1"):
        with pytest.raises(DBAPIError, match="lifts nothing that stops it"):
            past_the_program(house, who, "voucher.unfrozen", case)
    house.clock.turn(days=7)
    with pytest.raises(DBAPIError, match="lifts nothing that stops it"):
        past_the_program(house, "reviewer2", "voucher.unfrozen", case)
    past_the_program(house, "reviewer1", "voucher.unfrozen", case)


def test_the_appeal_against_a_freeze_is_upheld_by_nobody_who_bore_a_role_of_who_let_it_pay(house: House) -> None:
    case = a_held_case(house)
    with house.work("auditor1") as work:
        _freeze(work, house, case)
    with house.work(SME) as work:
        appeal_freeze(work, case["voucher"], "It is another family of that name")
    also(house, "reviewer2", Role.APPROVER)
    back(house, "approver2", hand_over(house, "approver2", "approver", "reviewer2"))
    with pytest.raises(NotAllowed, match="so a third person"), house.work("reviewer2") as work:
        uphold_freeze_appeal(work, case["voucher"], "It is so")
    with house.work("approver3") as work:
        uphold_freeze_appeal(work, case["voucher"], "It is so")


def lift_past_the_program(house: House, who: str) -> None:
    """Somebody writes by another road than ours that he lifts the ban."""
    with house.work(who) as work:
        ban = work.session.exec(select(Ban)).one()
        ban.lifted_on, ban.lifted_by = house.today, work.actor.person_id
        work.session.add(ban)


def test_the_database_lets_a_ban_be_lifted_by_nobody_who_is_tied_to_its_firm_acts_for_it_or_stood_in_for_who_laid_it(house: House) -> None:
    firm = house.references[SMES[0].number]
    with house.work("approver1") as work:
        ban_organisation(work, firm, soon(house), "It sold the voucher", "Article 21")
    tie(house, "approver3", SMES[0].number)
    with house.work("administrator1") as work:
        grant_role(work, "reviewer1@voucher.example", Role.SME, firm)
    back(house, "approver1", hand_over(house, "approver1", "approver", "reviewer2"))
    for who in ("approver3", "reviewer1", "reviewer2"):
        with pytest.raises(DBAPIError, match="lifts no ban"):
            lift_past_the_program(house, who)
    lift_past_the_program(house, "approver2")


def test_a_ban_is_laid_and_lifted_by_nobody_who_is_tied_to_whom_it_reaches(house: House) -> None:
    firm = house.references[SMES[0].number]
    tie(house, "approver3", SMES[0].number)
    with pytest.raises(NotAllowed, match=TIED), house.work("approver3") as work:
        ban_organisation(work, firm, soon(house), "It sold the voucher", "Article 21")
    with house.work("approver1") as work:
        ban_organisation(work, firm, soon(house), "It sold the voucher", "Article 21")
    with pytest.raises(NotAllowed, match=TIED), house.work("approver3") as work:
        lift_ban(work, firm, "It was another firm")
    with house.work("approver2") as work:
        lift_ban(work, firm, "It was another firm")


def test_instalments_are_agreed_with_nobody_by_who_is_tied_to_him(house: House) -> None:
    with_clawback(house)
    case = a_final_recovery(house, a_settled_payout(house))
    tie(house, "finance1", SMES[0].number)
    with pytest.raises(NotAllowed, match=TIED), house.work("finance1") as work:
        agree_instalments(work, case, 3, house.today + timedelta(days=30))


def test_what_the_bank_sent_back_is_sent_again_by_nobody_who_is_tied_to_the_payee(house: House) -> None:
    payout = a_settled_payout(house)
    tie(house, "finance1", SMES[0].number)
    return_by_the_bank(house, payout)
    with pytest.raises(NotAllowed, match=TIED), house.work("finance1") as work:
        reissue_payout(work, payout)


def test_a_payout_is_gathered_by_nobody_with_an_interest_in_its_case(database: Database, store: FileStore) -> None:
    """Named, it is refused by its name; among all that is payable it is left to others."""
    house = a_house(database, store, smes=2, providers=2)
    payout, other = payout_of(house, an_approved_claim(house)).reference, payout_of_another_firm(house)
    tie(house, "finance1", SMES[0].number)
    with pytest.raises(NotValid) as refused, house.work("finance1") as work:
        gather_batch(work, [payout, other], house.today)
    assert [str(each) for each in refused.value.problems] == [
        f"payouts.{payout}: You, or whom you stand in for, have an interest in a firm in the case of {payout}, "
        "so another person has it paid."]
    with house.work("finance1") as work:
        assert [each.reference for each in payouts_in(work.session, gather_batch(work, None, house.today).id)] == [other]
    hand_over(house, "finance1", "finance", "reviewer1")
    with pytest.raises(NotNow), house.work("reviewer1") as work:
        gather_batch(work, None, house.today)


def payout_of_another_firm(house: House) -> str:
    """What is payable to a provider on the voucher of the second firm."""
    return payout_of(house, an_approved_claim(house, sme=SMES[1], provider=PROVIDERS[1])).reference


def test_what_came_in_for_the_treasury_is_handed_over_by_nobody_who_is_tied_to_whom_it_came_from(house: House) -> None:
    with_clawback(house)
    case = a_final_recovery(house, a_settled_payout(house))
    tie(house, "finance1", SMES[0].number)
    with pytest.raises(NotAllowed, match=TIED), house.work("finance1") as work:
        remit_recovery(work, case, "Transfer 7")
