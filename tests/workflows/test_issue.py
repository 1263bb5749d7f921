"""Issue: who publishes, funds, applies, reviews and issues, and what stops them."""

import pytest

from tests.builders import (
    PROVIDER,
    SME,
    SMES,
    House,
    a_house,
    a_programme,
    a_reviewed_application,
    an_application,
    an_issued_voucher,
)
from tests.workflows.scopes import publish
from voucher.accounting import fund_line_position
from voucher.case_folder import case_folder
from voucher.database import Database, fetch
from voucher.errors import NotAllowed, NotFound, NotNow, NotValid
from voucher.files import FileStore, StoredFile
from voucher.history import case_events
from voucher.money import Money
from voucher.people import Membership, Person, Role, actor_for, office
from voucher.programmes.funding import FundLine, fund_lines_of
from voucher.programmes.library import example
from voucher.programmes.programmes import Programme, terms_in_force
from voucher.vouchers import Voucher
from voucher.work import read
from workflows.claiming import upload_file
from workflows.demo.evidence import evidence_page
from workflows.funding import allot, record_appropriation
from workflows.issue import (
    NoMoneyLeft,
    apply_for_voucher,
    issue_voucher,
    refuse_voucher,
    reject_voucher,
    review_voucher,
    withdraw_application,
)
from workflows.publishing import publish_programme
from workflows.registration import grant_role


def yuan(text: str) -> Money:
    return Money.parse(text, "CNY")


def line_of(house: House, programme: str) -> FundLine:
    with read(house.database) as session:
        return fund_lines_of(session, fetch(session, Programme, programme).id)[0]


def voucher_by(house: House, reference: str) -> Voucher:
    with read(house.database) as session:
        return fetch(session, Voucher, reference)


def test_publishing_the_same_file_twice_makes_one_version(house: House) -> None:
    for _time in range(2):
        with house.work("approver1") as work:
            programme = publish_programme(work, example("weihai"))
    with read(house.database) as session:
        assert terms_in_force(session, programme).number == 1


def test_publishing_a_changed_file_makes_the_next_version_and_keeps_the_first(house: House) -> None:
    with house.work("approver1") as work:
        publish_programme(work, example("weihai"))
    with house.work("approver1") as work:
        programme = publish_programme(work, example("weihai") + b"\n# another year\n")
    with read(house.database) as session:
        assert terms_in_force(session, programme).number == 2


def test_an_sme_publishes_nothing(house: House) -> None:
    with pytest.raises(NotFound), house.work(SME) as work:
        publish_programme(work, example("weihai"))


def test_a_verifier_publishes_nothing(house: House) -> None:
    with pytest.raises(NotAllowed, match="approver"), house.work("verifier1") as work:
        publish_programme(work, example("weihai"))


def test_an_appropriation_counts_once_for_its_document(house: House) -> None:
    programme = a_programme(house)
    for _time in range(2):
        with house.work("finance1") as work:
            record_appropriation(work, programme, 2026, yuan("1000000.00"), "Decision 1", "city")
    with read(house.database) as session:
        standing = fund_line_position(session, line_of(house, programme))
    assert standing.appropriated == yuan("1000000.00")


def test_more_than_was_voted_is_not_allotted(house: House) -> None:
    programme = a_programme(house)
    with pytest.raises(NotNow, match="unallotted"), house.work("finance1") as work:
        allot(work, line_of(house, programme).reference, yuan("0.01"), "Notice 2")


def test_an_appropriation_tells_every_problem_at_once(house: House) -> None:
    programme = a_programme(house)
    with pytest.raises(NotValid) as refused, house.work("finance1") as work:
        record_appropriation(work, programme, 2026, Money(-5, "CNY"), " ", "city")
    assert [each.where for each in refused.value.problems] == ["amount", "document"]


def test_issuing_commits_the_budget_and_sets_the_days(house: House) -> None:
    held = voucher_by(house, an_issued_voucher(house, amount="100000.00"))
    assert (held.state, held.issued_on) == ("issued", house.today)
    assert held.use_by is not None and held.claim_by is not None and house.today < held.use_by < held.claim_by
    with read(house.database) as session:
        standing = fund_line_position(session, session.get_one(FundLine, held.fund_line_id))
    assert (standing.free, standing.committed) == (yuan("900000.00"), yuan("100000.00"))


def test_a_firm_gets_no_more_than_its_class_may_have(house: House) -> None:
    with pytest.raises(NotValid) as refused:
        an_application(house, amount="300000.01")
    assert "300000.00" in str(refused.value.problems[0])


def test_an_application_tells_every_problem_at_once(house: House) -> None:
    with pytest.raises(NotValid) as refused:
        an_application(house, amount="999999.00", purpose=" ")
    assert [each.where for each in refused.value.problems] == ["amount", "purpose"]


def test_nobody_applies_for_a_firm_that_is_not_his(house: House) -> None:
    programme = a_programme(house)
    for stranger in (PROVIDER, "reviewer1"):
        with pytest.raises((NotFound, NotAllowed)), house.work(stranger) as work:
            apply_for_voucher(work, programme, house.references[SMES[0].number], yuan("1.00"), "theirs")


def test_who_reviewed_does_not_issue(house: House) -> None:
    with house.work() as work:
        person = work.session.get_one(Person, house.people["reviewer1"].person_id)
        work.session.add(Membership(person_id=person.id, organisation_id=office(work.session).id, role=Role.APPROVER))
        work.session.flush()
        house.people["reviewer1"] = actor_for(work.session, person)
    reviewed = a_reviewed_application(house)
    with pytest.raises(NotAllowed, match="already took part"), house.work("reviewer1") as work:
        issue_voucher(work, reviewed)
    assert voucher_by(house, reviewed).state == "reviewed"


def test_an_application_is_reviewed_before_it_is_issued(house: House) -> None:
    application = an_application(house)
    with pytest.raises(NotNow, match="submitted"), house.work("approver1") as work:
        issue_voucher(work, application)


def test_without_money_nothing_is_issued_and_nothing_changes(house: House) -> None:
    a_programme(house, allotted="50000.00")
    reviewed = a_reviewed_application(house)
    with pytest.raises(NoMoneyLeft), house.work("approver1") as work:
        issue_voucher(work, reviewed)
    assert voucher_by(house, reviewed).state == "reviewed"


def test_a_rejection_needs_a_reason_and_ends_the_application(house: House) -> None:
    application = an_application(house)
    with pytest.raises(NotValid), house.work("reviewer1") as work:
        reject_voucher(work, application, " ", "art. 5")
    with house.work("reviewer1") as work:
        reject_voucher(work, application, "not a technology service", "art. 5")
    with pytest.raises(NotNow), house.work("reviewer2") as work:
        review_voucher(work, application, "")
    with read(house.database) as session:
        assert case_events(session, application)[-1].reason == "not a technology service"


def test_the_second_officer_may_refuse_what_the_first_recommended(house: House) -> None:
    reviewed = a_reviewed_application(house)
    with house.work("approver1") as work:
        assert refuse_voucher(work, reviewed, "already funded elsewhere", "art. 5").state == "rejected"


def test_an_sme_takes_back_its_own_application_only(house: House) -> None:
    application = an_application(house, sme=SMES[0])
    with house.work(SME) as work:
        assert withdraw_application(work, application).state == "withdrawn"


def test_a_strangers_voucher_does_not_exist(house: House) -> None:
    application = an_application(house)
    with pytest.raises(NotFound), house.work(PROVIDER) as work:
        withdraw_application(work, application)


def test_who_acts_for_several_groups_applies_with_a_mandate_signed_by_the_firm(database: Database, store: FileStore) -> None:
    house = a_house(database, store, smes=2)
    programme = publish(house, example("weihai") + b"\nmandate: agents\n")
    own, other = (house.references[each.number] for each in SMES[:2])

    def apply(mandate: str = "", purpose: str = "Research") -> str:
        with house.work(SME) as work:
            return apply_for_voucher(work, programme, own, Money.parse("1000.00", "CNY"), purpose, mandate=mandate).reference

    def paper(owner: str) -> str:
        with house.work(SME) as work:
            return upload_file(work, store, owner, "mandate.pdf", evidence_page("mandate", owner, owner)).reference

    apply()  # for his own firm alone nobody asks
    with house.work("administrator1") as work:
        person = work.session.get_one(Person, house.people[SME].person_id)
        grant_role(work, person.email, Role.SME, other)
        house.people[SME] = actor_for(work.session, person)
    with pytest.raises(NotValid) as refused:
        apply()
    assert [each.where for each in refused.value.problems] == ["mandate"]
    with pytest.raises(NotValid, match="no file"):
        apply(paper(other))
    signed = paper(own)
    voucher = apply(signed)
    with read(database) as session:
        held = fetch(session, Voucher, voucher)
        assert held.mandate_id == fetch(session, StoredFile, signed).id
        assert f"evidence/{signed}-mandate.pdf" in [each.name for each in case_folder(session, held).members]
