"""Ties in the register: firms that nobody tied by hand, but that stand at one address, name one account or have one controller."""

from collections.abc import Sequence

import pytest

from tests.builders import PROVIDERS, SMES, House, a_submitted_claim
from tests.workflows.test_checking import findings
from voucher.checks.graph import graph_of, way
from voucher.database import fetch
from voucher.people import Organisation, OrganisationKind
from voucher.ties import firms_behind, organisation_node, ties_around
from voucher.work import Work, read
from workflows.changing import change_organisation
from workflows.demo.data import credit_code
from workflows.registration import register_account, register_organisation


def firms_at(house: House, address: str, count: int) -> list[str]:
    """So many firms are entered at an address; their references."""
    with house.work("administrator1") as work:
        return [register_organisation(work, OrganisationKind.SME, f"Shell {number}", credit_code("371000", number), address=address,
                                      town=SMES[0].town).reference for number in range(501, 501 + count)]


def between(house: House, depth: int) -> Sequence[str]:
    """What ties the holder to the provider, over so many firms."""
    with read(house.database) as session:
        sme, provider = (organisation_node(fetch(session, Organisation, house.references[each.number]))
                         for each in (SMES[0], PROVIDERS[0]))
        found = way(graph_of(*ties_around(session, [sme, provider], depth)), sme, provider, [house.today], depth=depth)
    return [edge.tie for edge in found.edges] if found else []


def test_firms_that_stand_at_the_address_of_the_holder_are_counted(house: House) -> None:
    firms_at(house, SMES[0].address.replace(" ", "") + "。", 3)
    (found,) = findings(house, a_submitted_claim(house))
    assert (found.check_name, found.level) == ("crowded", "warn")
    assert str(found) == f"4 organisations share {SMES[0].address} (same address)."


def test_three_firms_at_one_address_are_no_crowd(house: House) -> None:
    firms_at(house, SMES[0].address, 2)
    assert findings(house, a_submitted_claim(house)) == []


def test_a_firm_that_moves_away_is_counted_no_more(house: House) -> None:
    *_others, last = firms_at(house, SMES[0].address, 3)
    with house.work("administrator1") as work:
        change_organisation(work, last, "It moved", address="Elsewhere 1")
    assert findings(house, a_submitted_claim(house)) == []


def test_a_third_firm_of_the_register_ties_holder_and_provider(house: House) -> None:
    (third,) = firms_at(house, SMES[0].address, 1)
    assert between(house, 3) == []
    with house.work("administrator1") as work:
        register_account(work, third, "CNY", "nl91 abna 0417 1643 00")
        register_account(work, house.references[PROVIDERS[0].number], "CNY", "NL91ABNA0417164300")
    assert between(house, 2) == ["same_address", "same_address", "same_bank_account", "same_bank_account"]


@pytest.mark.parametrize("written", ["91371000MADM00131X", "91371000 madm 00131x"])
def test_firms_of_one_controller_are_found_by_him(house: House, written: str) -> None:
    (third,) = firms_at(house, "Elsewhere 1", 1)
    with house.work("administrator1") as work:
        change_organisation(work, third, "Bought", controller=written)
        change_organisation(work, house.references[SMES[0].number], "Bought", controller="91371000MADM00131X")
        register_account(work, third, "CNY", "6217000011112222")
        register_account(work, house.references[PROVIDERS[0].number], "CNY", "6217 0000 1111 2222")
    assert between(house, 1) == []
    assert between(house, 2) == ["same_controller", "same_controller", "same_bank_account", "same_bank_account"]


def test_firms_are_found_however_their_numbers_and_that_of_their_controller_are_written(house: House) -> None:
    def swiss(work: Work, number: str, address: str, controller: str = "") -> Organisation:
        return register_organisation(work, OrganisationKind.SME, f"Firm {number}", number, country="CH", address=address,
                                     controller=controller)

    with house.work("administrator1") as work:
        firm = swiss(work, "CHE-123.456.789", "Bahnhofstrasse 1", "CHE-999.999.999")
        others = [swiss(work, "CHE-987.654.321", "Bahnhofstrasse 1"), swiss(work, "CHE-111.222.333", "Elsewhere 1", "che 999999999")]
        around = {end for edge in ties_around(work.session, [organisation_node(firm)], 2)[0] for end in (edge.left, edge.right)}
        behind = firms_behind(work.session, firm, house.today, house.today)
    assert {organisation_node(each) for each in others} <= around
    assert behind == {others[1].id}
