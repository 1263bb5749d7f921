"""What the books say of a voucher and of a fund line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session

from voucher import ledger
from voucher.accounting.chart import DEBIT, chart_account
from voucher.money import Money
from voucher.programmes.funding import FundLine
from voucher.vouchers import Voucher


@dataclass(frozen=True)
class VoucherPosition:
    """How a voucher stands; face = available + reserved + claimed + approved + paid, at every instant, and what has ended:
    expired, cancelled (or given back), disallowed and lapsed, clawed back.
    """

    face: Money
    available: Money
    reserved: Money
    claimed: Money
    approved: Money
    paid: Money
    expired: Money
    cancelled: Money
    disallowed: Money
    clawed_back: Money


@dataclass(frozen=True)
class FundLinePosition:
    """How a fund line stands; appropriated = unallotted + free + offered + committed + reserved + obligated + delivered + paid +
    recovered (paid, and come back for the treasury after its year) + charges of the bank + lent to another funder, and what left it
    when its year was over: carried forward to the next year's line, and lapsed. What is borrowed counts as appropriated.

    Beyond that, `uncovered` is what was promised though no allotment covers it yet, and `over_issue_left` how much more finance
    has consented to promise so.
    """

    appropriated: Money
    unallotted: Money
    free: Money
    offered: Money
    committed: Money
    uncovered: Money
    over_issue_left: Money
    reserved: Money
    obligated: Money
    delivered: Money
    paid: Money
    recovered: Money
    lent: Money
    charges: Money
    carried: Money
    lapsed: Money

    @property
    def allotted(self) -> Money:
        """What was released to the programme and has not left the line since."""
        return self.appropriated - self.unallotted - self.lent - self.carried - self.lapsed


_OF_VOUCHER = ("V100", "V210", "V220", "V230", "V240", "V250", "V310", "V320", "V330", "V340")


def voucher_position(session: Session, reference: str, currency: str) -> VoucherPosition:
    """How a voucher stands now, by the books."""
    return VoucherPosition(*standing(session, _OF_VOUCHER, reference, currency))


def voucher_positions(session: Session, vouchers: Sequence[Voucher]) -> list[VoucherPosition]:
    """How each of these vouchers stands now, by the books; asked in one statement."""
    accounts = [(chart_account(code), voucher) for voucher in vouchers for code in _OF_VOUCHER]
    balances = ledger.balances(session, [account.of(voucher.reference, voucher.currency) for account, voucher in accounts])
    signed = [balance if account.normal == DEBIT else -balance for (account, _), balance in zip(accounts, balances, strict=True)]
    return [VoucherPosition(*signed[start:start + len(_OF_VOUCHER)]) for start in range(0, len(signed), len(_OF_VOUCHER))]


def fund_line_position(session: Session, line: FundLine) -> FundLinePosition:
    """How a fund line stands now, by the books."""
    chain = ("B110", "B210", "B220", "B225", "B230", "B231", "B216", "B235", "B240", "B250", "B260", "B265", "B266", "B268", "B270",
             "B280")
    return FundLinePosition(*standing(session, chain, line.reference, line.currency))


def borrowed_by(session: Session, line: FundLine) -> Money:
    """What a fund line owes to that of another funder."""
    return standing(session, ("F2320",), line.reference, line.currency)[0]


def least_since(session: Session, code: str, line: FundLine, on: date) -> Money:
    """The least that stood in an account of a fund line, which stands in credit, at the end of a day and ever since."""
    name = chart_account(code).of(line.reference, line.currency).name
    then = ledger.balance(session, name, line.currency, as_of=on)
    later = ledger.statement(session, name, line.currency, since=on + timedelta(days=1))
    return max(Money.zero(line.currency), -max((then, *(each.balance for each in later))))


def standing(session: Session, codes: tuple[str, ...], reference: str, currency: str) -> list[Money]:
    """How these accounts of one voucher or fund line stand now, each on its usual side."""
    accounts = [chart_account(code) for code in codes]
    balances = ledger.balances(session, [account.of(reference, currency) for account in accounts])
    return [balance if account.normal == DEBIT else -balance for account, balance in zip(accounts, balances, strict=True)]
