"""Fund lines: each closes alone when less is left in it than the smallest voucher, and opens alone when money is freed."""

from voucher.database import get, lock
from voucher.files import FileStore
from voucher.programmes.funding import FundLine, FundLineState
from voucher.programmes.programmes import Programme, terms_in_force
from voucher.waiting import ask_to_serve, is_empty
from voucher.work import Work
from workflows.machine import Machine, Step

FUND_LINE = Machine(
    "fund line",
    Step("close_fund_line", (FundLineState.OPEN,), FundLineState.CLOSED, "fund_line.closed"),
    Step("open_fund_line", (FundLineState.CLOSED,), FundLineState.OPEN, "fund_line.opened"),
)


def look_at_fund_line(work: Work, _store: FileStore, fund_line: str) -> FundLine:
    """Close a fund line or open it, as the books say, and have those served who wait (a job that posting asks for)."""
    line = lock(work.session, FundLine, fund_line)
    programme = get(work.session, Programme, line.programme_id)
    empty = is_empty(work.session, line, terms_in_force(work.session, programme, work.today).terms)
    if empty != (line.state == FundLineState.CLOSED):
        FUND_LINE.advance(work, line, "close_fund_line" if empty else "open_fund_line", {}, case=programme.reference)
    ask_to_serve(work, programme)
    return line
