"""The list of deposits: the office sees all of them, an SME its own, a provider none."""

import re
from pathlib import Path

from tests.builders import PROVIDER, SME, House
from tests.workflows.cli.test_nouns import Desk
from tests.workflows.portal.visitors import Visitors, an_app
from tests.workflows.purchases import an_accepted_order
from tests.workflows.scopes import voucher_for
from tests.workflows.wallets import pay_in, reference_of, with_wallet


def test_each_sees_the_deposits_that_are_his_and_what_came_in_wrong_with_the_reason(house: House, tmp_path: Path) -> None:
    order = an_accepted_order(house, voucher_for(house, with_wallet(house)))
    pay_in(house, "1.00", reference_of(house, order))
    portal = Visitors(an_app(house, tmp_path), house)
    for person in (SME, "finance1"):
        page = portal.get(person, "/deposits").text
        assert order in page and "Goes back" in page and "Awaited" in page
        refused = portal.get(person, "/deposits?state=refused").text
        assert refused.count('data-label="Deposit"') == 1
        led = re.findall(r'href="(/office/books/statements/financial:asset:wallet:M-[^"]+)"', page)
        assert len(led) == (person == "finance1") and all(portal.get(person, each).status_code == 200 for each in led)
    assert portal.get(PROVIDER, "/deposits").status_code in (403, 404)
    desk = Desk(house, tmp_path)
    assert [(each["order"], each["state"]) for each in desk.told("deposit", "list")] == [(order, "refused"), (order, "expected")]
    assert [each["amount"] for each in desk.told("deposit", "list", "--order", order, "--state", "expected")] == ["84800.00"]
