"""What checks are told of a claim, and what they answer: plain values, so that a check asks nobody and is tried without a database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from voucher.checks.graph import EMPTY, Graph
from voucher.money import Money


class Level(StrEnum):
    """How much a finding weighs: INFO is to be known, WARN to be looked at, BLOCK stops the money until somebody decided."""

    INFO = "info"
    WARN = "warn"
    BLOCK = "block"


@dataclass(frozen=True)
class Firm:
    """An organisation. `number` is its country and official number, `group` what firms of one controller have in common."""

    reference: str
    name: str
    number: str
    group: str

    @property
    def node(self) -> str:
        """Its node in the graph of ties."""
        return f"org:{self.number}"


@dataclass(frozen=True)
class Invoice:
    """A line of an invoice as a claim states it. `seller` is the number of the provider that sent it."""

    claim: str
    line: int
    seller: str
    number: str
    issued_on: date
    net: Money
    description: str = ""
    programme: str = ""


@dataclass(frozen=True)
class Paper:
    """A file that a claim rests on, by the SHA-256 of its bytes; `seller` is the provider of that claim's `order`."""

    claim: str
    kind: str
    file: str
    sha256: str
    seller: str = ""
    programme: str = ""
    order: str = ""


@dataclass(frozen=True)
class Payment:
    """What an SME paid a provider itself, by the bank's reference, as the claim on an order says."""

    claim: str
    order: str
    sme: str
    provider: str
    reference: str
    paid_on: date
    programme: str = ""


@dataclass(frozen=True)
class Elsewhere:
    """Another office's list has an invoice (its number, on a line) or a file of this claim; `ticket` begins the hash on that list."""

    office: str
    office_code: str
    made_on: date
    ticket: str
    what: str
    line: int | None = None
    kind: str = ""


@dataclass(frozen=True)
class Purchase:
    """An order, of `quantity` pieces at `net` without tax in all."""

    order: str
    sme: str
    provider: str
    service: str
    placed_on: date
    net: Money
    title: str = ""
    item: str = ""
    quantity: int = 1
    part: Money | None = None

    @property
    def piece_minor(self) -> int:
        """What one piece costs, in minor units, rounded down."""
        return self.net.minor // self.quantity


@dataclass(frozen=True)
class Asked:
    """What a claim asks for, or was given, of the same SME and provider: several may stand on one `order`, and one may be for a `stage`
    of it, an instalment that the terms prescribe.
    """

    claim: str
    order: str
    service: str
    on: date
    amount: Money
    stage: str = ""


@dataclass(frozen=True)
class Threshold:
    """An amount up to which the terms are kinder: of the `cost` of an order, or of the `part` that the voucher pays; or an amount below
    which they are: of a `claim`, or of a `cost from` which more is asked for.
    """

    name: str
    amount: Money
    of: str = "cost"


@dataclass(frozen=True)
class Digits:
    """How many invoice lines of a provider begin with 1, 2, .. 9, in minor units, and the smallest and the largest of them."""

    counts: tuple[int, ...]
    smallest: int
    largest: int

    @property
    def many(self) -> int:
        """How many lines there are."""
        return sum(self.counts)


@dataclass(frozen=True)
class Account:
    """The account to which a claim is (to be) paid. `sharers` are other organisations that name or named the same number."""

    number: str
    holder: str
    entered_on: date | None = None
    replaces: bool = False
    is_confirmed: bool = False
    sharers: Sequence[Firm] = ()


@dataclass(frozen=True)
class Officer:
    """Somebody who took part in the case for the office: his name, and his node in the graph."""

    name: str
    node: str


@dataclass(frozen=True)
class Facts:
    """A claim and what there is to compare it with. What stands under `other` belongs to earlier claims that still count.

    `payment` is the proof of the own share, where one was due in cash.
    `asked` is what this claim asks for, `claims` what the others of this SME with this provider do, also on the same order.
    `orders` are the other orders of this SME with this provider that were not called off, of the last year; `prices` what one
    piece of the service cost others with this provider (order, minor units); `listed` what the provider's own list had it cost from the
    day of the order to that of the claim (since when, minor units). `forbidden` are the ties that the terms forbid,
    `depth` over how many organisations they are followed, `ended_after` the day since which an ended tie still counts.
    `elsewhere` is what lists of other offices have of it. `digits` are those with which the provider's invoices of the year
    begin, price lists apart. `drawn` names the lot that drew the claim. `acts_for` are the firms for
    which whoever sent it acts; `same_day` counts the claimant's claims of that day. `levels` says how much the terms have what
    a check finds weigh, by its name.
    """

    claim: str
    programme: str
    today: date
    sme: Firm
    provider: Firm
    claimant: Firm
    order: Purchase
    lines: Sequence[Invoice] = ()
    papers: Sequence[Paper] = ()
    other_lines: Sequence[Invoice] = ()
    other_papers: Sequence[Paper] = ()
    payment: Payment | None = None
    other_payments: Sequence[Payment] = ()
    elsewhere: Sequence[Elsewhere] = ()
    asked: Asked | None = None
    claims: Sequence[Asked] = ()
    orders: Sequence[Purchase] = ()
    prices: Sequence[tuple[str, int]] = ()
    listed: Sequence[tuple[date, int]] = ()
    thresholds: Sequence[Threshold] = ()
    account: Account | None = None
    graph: Graph = EMPTY
    forbidden: frozenset[str] = frozenset()
    depth: int = 1
    ended_after: date | None = None
    officers: Sequence[Officer] = ()
    acts_for: Sequence[Firm] = ()
    same_day: int = 1
    free_days: frozenset[date] = frozenset()
    delivered_on: date | None = None
    provider_listed: bool = True
    digits: Digits | None = None
    drawn: str = ""
    levels: Mapping[str, Level] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """What a check found: a marked sentence with its `{names}` in `values`, and what shows it.

    `about` tells this finding of the check from its others on the same claim, and stays the same when the check runs again.
    `evidence` are references, or the steps of a path in order. `lines` are the numbers of the lines concerned; none means
    the whole claim. `level` is given where it is milder than the check's own; once weighed, it is that of the finding.
    """

    about: str
    what: str
    values: Mapping[str, str] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    lines: tuple[int, ...] = ()
    level: Level | None = None
