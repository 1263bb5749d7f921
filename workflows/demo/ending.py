"""The demo: the whole story on invented data, from the published programme to the money that the bank has confirmed.

It is nothing but people calling verbs: each phase is one piece of work on one day of the story, in which several people
act one after the other. A phase looks at what is there and does only what is missing, so that running the demo again, or
after it was interrupted, does no harm. No time is waited for: the days of the story go by through the clock that each
piece of work is given.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

from sqlmodel import SQLModel, col, func, select

from voucher.awards import AwardState, ProviderAward
from voucher.claims import Claim, ClaimState
from voucher.files import FileKind, StoredFile
from voucher.payouts import Batch, BatchState, Payout, PayoutState
from voucher.people import Organisation, OrganisationKind
from voucher.statements import BankLine, LineState
from voucher.vouchers import Voucher, VoucherState
from voucher.work import read
from workflows.demo.beginning import fund, publish, register_everybody
from workflows.demo.cases import case_phases
from workflows.demo.data import DOMAIN
from workflows.demo.payments import leave_a_batch, make_first_statements, pay_bulk, pay_story, settle_bulk, settle_story
from workflows.demo.story import Demo, NotTheDemo, Phase, Told
from workflows.demo.turns import turns


def phases() -> tuple[Phase, ...]:
    """The steps of the demo in the order of the story."""
    return (
        ("The office, firms, providers and their people are registered", register_everybody),
        ("The programme office publishes two programmes: Weihai (CNY) and Ireland (EUR)", publish),
        ("Finance records the appropriations and allots them", fund),
        *case_phases("story", 78),
        ("Finance gathers what is payable; two people release it; the bank's files are made", pay_story),
        ("The bank confirms; every payout of the story gets its settlement statement", settle_story),
        *case_phases("bulk", 48),
        ("Finance gathers the large batch; two people release it; the bank's files are made", pay_bulk),
        ("The bank confirms, returns one, garbles one reference, and books one line that is nobody's", settle_bulk),
        ("The first settlement statements are made; the worker makes the others", make_first_statements),
        *turns(),
        ("One more batch waits for its second signature", leave_a_batch),
    )


def run(demo: Demo, watch: Callable[[str], None]) -> Iterator[Told]:
    """Go through all phases; `watch` hears of each before it begins. Raises NotTheDemo."""
    _refuse_strangers(demo)
    for title, phase in phases():
        watch(title)
        started = perf_counter()
        done, found, note = phase(demo)
        yield Told(title, done, found, note, perf_counter() - started)


def _refuse_strangers(demo: Demo) -> None:
    with read(demo.database) as session:
        known = session.exec(select(Organisation).where(Organisation.kind == OrganisationKind.OFFICE)).first()
        if known is not None and known.number != demo.data.office.number:
            raise NotTheDemo


KEPT = {FileKind.SETTLEMENT_STATEMENT: "settlement-statements", FileKind.PAYMENT_FILE: "bank-files",
        FileKind.BANK_STATEMENT: "bank-statements"}


def leave_files(demo: Demo, folder: Path) -> dict[str, int]:
    """Copies of the documents and bank files under names that people read; how many in each folder."""
    answer = {}
    with read(demo.database) as session:
        for kind, name in KEPT.items():
            files = session.exec(select(StoredFile).where(StoredFile.kind == kind).order_by(StoredFile.reference)).all()
            (folder / name).mkdir(parents=True, exist_ok=True)
            for file in files:
                (folder / name / file.name).write_bytes(demo.store.get(file.sha256))
            answer[str(folder / name)] = len(files)
    return answer


def sign_ins(demo: Demo) -> list[tuple[str, str, str]]:
    """With whom to sign in: role, address, name. Of firms only those of the story."""
    named = {number for case in demo.data.story for number in (case.sme, case.orders[0].provider)}
    chosen = [*demo.data.office.people,
              *(each.people[0] for each in demo.data.organisations if each.number in named)]
    return [(person.role.value, person.email, person.name) for person in chosen]


def waiting(demo: Demo) -> list[tuple[str, str]]:
    """What waits for whom, so that somebody who signs in has something to do."""
    with read(demo.database) as session:
        def some(table: type[SQLModel], state: str) -> int:
            return session.exec(select(func.count()).select_from(table).where(col(table.state) == state)).one()  # type: ignore[attr-defined]

        batches = ", ".join(session.exec(select(Batch.reference).where(Batch.state == BatchState.SIGNED)))
        found = [
            ("reviewer1", f"applications to review: {some(Voucher, VoucherState.SUBMITTED)}"),
            ("approver1", f"vouchers to issue: {some(Voucher, VoucherState.REVIEWED)}, "
                          f"appealed rejections: {some(Voucher, VoucherState.APPEALED)}, "
                          f"awards to decide: {some(ProviderAward, AwardState.PROPOSED)}"),
            ("verifier1", f"claims to verify: {some(Claim, ClaimState.SUBMITTED)}"),
            ("approver2", f"claims to approve: {some(Claim, ClaimState.VERIFIED)}"),
            ("finance1", f"bank lines in doubt: {some(BankLine, LineState.OPEN)}, returned payouts: {some(Payout, PayoutState.RETURNED)}, "
                         f"payouts to gather: {some(Payout, PayoutState.PAYABLE)}"),
            ("treasury2", f"the second signature on {batches or 'no batch'}"),
        ]
    return [(f"{who}@{DOMAIN}", what) for who, what in found]
