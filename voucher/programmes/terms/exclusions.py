"""What no voucher pays for, and ties that forbid an order."""

from dataclasses import dataclass
from enum import StrEnum

from voucher.programmes.durations import Duration
from voucher.programmes.terms.condition import Condition
from voucher.programmes.terms.keys import key
from voucher.programmes.terms.names import Clause, Names, cited


@dataclass(frozen=True)
class Exclusion:
    """What no voucher pays for."""

    name: Names = key("What is excluded.", example="{zh: 法定检测, en: tests that a law requires}")
    when: Condition | None = key("The cases that are refused; without it, people look at it.", default=None,
                                 example="{facts: [mandatory_test]}")
    clause: Clause | None = cited("第十七条")


class Relation(StrEnum):
    """A tie between an SME and a provider."""

    SAME_CONTROLLER = "same_controller"
    SHAREHOLDER = "shareholder"
    OFFICER = "officer"
    EMPLOYEE = "employee"
    FAMILY = "family"
    SAME_ADDRESS = "same_address"
    SAME_PHONE = "same_phone"
    SAME_BANK_ACCOUNT = "same_bank_account"
    PARTNERSHIP_BEFORE = "partnership_before"


@dataclass(frozen=True)
class Relations:
    """Ties between SME and provider that forbid an order."""

    forbidden: tuple[Relation, ...] = key("Which ties.", example="[same_controller, shareholder]")
    depth: int = key("Over how many steps a tie is followed.", default=1, unit="steps", example="3")
    look_back: Duration | None = key("How old a tie may be and still count.", default=None, example="5 years")
    clause: Clause | None = cited("第十八条")
