"""What must hold of a house whatever has been done in it: books, states, history and bank files agree."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlmodel import Session, col, select

from tests.builders import House
from tests.stories.walking import everything
from voucher import ledger
from voucher.accounting import FundLinePosition, VoucherPosition, fund_line_position, voucher_position
from voucher.awards import ProviderAward
from voucher.bank import pain001
from voucher.claims import LIVE, Claim, ClaimState
from voucher.files import FileKind, StoredFile
from voucher.money import Money, total
from voucher.orders import OFF, Order
from voucher.payouts import Payout, PayoutState
from voucher.programmes.funding import FundLine, FundShare, fund_lines_of
from voucher.programmes.programmes import Programme
from voucher.vouchers import ENDED_STATES, ISSUED_STATES, Voucher
from voucher.work import read
from workflows.replay import replay

_OWED = (PayoutState.WAITING, PayoutState.PAYABLE, PayoutState.GATHERED)
_ON_THE_WAY = (PayoutState.RELEASED, PayoutState.SENT)


class Cases:
    """Everything there is, and what the states say the books should say."""

    def __init__(self, house: House) -> None:
        self.vouchers: list[Voucher] = everything(house, Voucher)
        self.orders: list[Order] = everything(house, Order)
        self.claims: list[Claim] = everything(house, Claim)
        self.payouts: list[Payout] = everything(house, Payout)

    def orders_of(self, voucher: Voucher) -> list[Order]:
        return [each for each in self.orders if each.voucher_id == voucher.id]

    def claims_on(self, order: Order) -> list[Claim]:
        """The claims on an order that take a part of it."""
        return [each for each in self.claims if each.order_id == order.id and each.state in LIVE]

    def is_settled(self, claim: Claim) -> bool:
        return any(each.state == PayoutState.SETTLED for each in self.payouts if each.claim_id == claim.id)

    def position(self, voucher: Voucher) -> VoucherPosition:
        """How a voucher should stand: face = available + reserved + claimed + approved + paid."""
        sums: dict[str, int] = defaultdict(int)
        for order in self.orders_of(voucher):
            for name, minor in self._shares(order):
                sums[name] += minor
        face = voucher.amount_minor if voucher.state in ISSUED_STATES else 0
        left = face - sum(sums.values())
        sums["face"], sums["cancelled" if voucher.state in ENDED_STATES else "available"] = face, left
        return VoucherPosition(**{name: Money(sums[name], voucher.currency) for name in VoucherPosition.__annotations__})

    def _shares(self, order: Order) -> Iterable[tuple[str, int]]:
        if order.state in OFF:
            assert order.held_minor == 0, order.reference
        claims = self.claims_on(order)
        for claim in claims:
            approved = claim.state == ClaimState.APPROVED
            yield ("paid" if self.is_settled(claim) else "approved") if approved else "claimed", claim.holds.minor
        yield "reserved", order.held_minor - sum(claim.holds.minor for claim in claims)


def assert_everything_agrees(house: House) -> None:
    """The books agree with themselves, with the states of everything, and with what went to the bank."""
    cases = Cases(house)
    with read(house.database) as session:
        assert ledger.verify(session) == []
        assert replay(session).differences == []
        for voucher in cases.vouchers:
            assert voucher_position(session, voucher.reference, voucher.currency) == cases.position(voucher), voucher.reference
        assert_money_agrees(session, cases)
        assert_budget_agrees(session, cases)
        assert_bank_files_agree(session, house, cases)


def assert_money_agrees(session: Session, cases: Cases) -> None:
    """What is owed, in transit and returned is what the payouts say."""
    balances: dict[tuple[str, str], int] = defaultdict(int)
    for line in ledger.trial_balance(session):
        balances[line.account.rpartition(":")[0], line.amount.currency] -= line.amount.minor
    for currency in ("CNY", "EUR"):
        def stands(*states: str, replacing: bool | None = None, currency: str = currency) -> int:
            return sum(each.amount_minor for each in cases.payouts if each.currency == currency and each.state in states
                       and replacing in (None, each.replaces_id is not None))
        owed = balances["financial:payable:claims", currency] + balances["financial:payable:disputed", currency]
        assert owed == stands(*_OWED, replacing=False)
        assert balances["financial:asset:payments-in-transit", currency] == stands(*_ON_THE_WAY)
        assert balances["financial:payable:returned", currency] == (
            stands(PayoutState.RETURNED) + stands(*_OWED, replacing=True))


def assert_budget_agrees(session: Session, cases: Cases) -> None:
    """The status accounts of a programme's fund lines are the sums over its vouchers, whichever year an order was carried to."""
    for programme in session.exec(select(Programme)).all():
        lines = fund_lines_of(session, programme.id)
        positions = [fund_line_position(session, line) for line in lines]
        standing = [cases.position(each) for each in cases.vouchers if each.programme_id == programme.id and each.fund_line_id is not None]

        def of(some: Sequence[FundLinePosition | VoucherPosition], *names: str, currency: str = programme.currency) -> Money:
            return total((getattr(each, name) for each in some for name in names), currency)
        awards = [awards_of(session, line) for line in lines]
        assert of(positions, "committed", "uncovered") == of(standing, "available")
        assert of(positions, "reserved", "obligated") == of(standing, "reserved", "claimed")
        assert of(positions, "delivered") == of(standing, "approved") + total((owed for owed, _paid in awards), programme.currency)
        assert of(positions, "paid") == of(standing, "paid") + total((paid for _owed, paid in awards), programme.currency)
        assert all(each.free.minor >= 0 for each in positions)


def awards_of(session: Session, line: FundLine) -> tuple[Money, Money]:
    """What a fund line bears of awards: what is owed on them, and what was paid."""
    settled = set(session.exec(select(Payout.award_id).where(col(Payout.state).in_([PayoutState.SETTLED, PayoutState.OFFSET]))))
    borne = session.exec(select(FundShare).join(ProviderAward, col(ProviderAward.id) == FundShare.subject_id)
                         .where(FundShare.fund_line_id == line.id)).all()
    return (Money(sum(each.amount_minor for each in borne if each.subject_id not in settled), line.currency),
            Money(sum(each.amount_minor for each in borne if each.subject_id in settled), line.currency))


def assert_bank_files_agree(session: Session, house: House, cases: Cases) -> None:
    """What left the house stands in exactly one bank file, and nothing else does."""
    files = session.exec(select(StoredFile).where(StoredFile.kind == FileKind.PAYMENT_FILE)).all()
    sent = [payment for file in files for payment in pain001.read(house.store.get(file.sha256)).payments]
    left = [each for each in cases.payouts if each.state not in (*_OWED, PayoutState.RELEASED, PayoutState.CANCELLED)]
    assert sorted((each.end_to_end, each.amount.minor) for each in sent) == sorted(
        (each.reference, each.amount_minor) for each in left)
