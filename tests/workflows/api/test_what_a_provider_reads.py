"""A provider sees the vouchers on which it has orders, and not what their firms said of themselves to the office."""

from datetime import date

from tests.builders import PROVIDER, SME, House, a_placed_order, an_issued_voucher
from tests.workflows.api.client import Programs
from tests.workflows.portal.visitors import Visitors
from voucher.database import fetch
from voucher.vouchers import Voucher


def test_a_provider_reads_neither_people_nor_turnover_nor_foundation_of_the_firm(api: Programs, house: House) -> None:
    reference = an_issued_voucher(house)
    with house.work() as work:
        held = fetch(work.session, Voucher, reference)
        held.employees, held.turnover_minor, held.founded_on = 7341, 98_765_432, date(2009, 8, 7)
    a_placed_order(house, reference)
    portal = Visitors(api.app, house)
    known = (7341, "987654.32", "2009-08-07")
    for reader, size in ((PROVIDER, (None, None, None)), (SME, known), ("auditor1", known)):
        [listed] = api.seen(reader, "/vouchers")["items"]
        for answer in (listed, api.seen(reader, f"/vouchers/{reference}")):
            assert tuple(answer[name] for name in ("employees", "turnover", "founded_on")) == size, reader
        page = portal.get(reader, f"/vouchers/{reference}").text
        assert reference in page and ("987,654.32" in page, "7341" in page, "2009" in page) == (reader != PROVIDER,) * 3
