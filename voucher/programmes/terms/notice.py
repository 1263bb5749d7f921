"""The public notice before money is paid."""

from dataclasses import dataclass
from enum import StrEnum

from voucher.money import Money
from voucher.programmes.durations import Duration
from voucher.programmes.terms.keys import Code, key
from voucher.programmes.terms.names import Clause, cited


class Shown(StrEnum):
    """What can be shown to everybody of a case, on a notice or once it is paid."""

    FIRM = "firm"
    PROVIDER = "provider"
    SERVICE = "service"
    CONTRACT = "contract"
    AMOUNT = "amount"


class Carried(StrEnum):
    """What an objection may have to carry before it is admitted."""

    REAL_NAME = "real_name"
    SEAL = "seal"
    EVIDENCE = "evidence"


class Reopening(StrEnum):
    """What makes a claim that stood on a notice stand on another before it is paid."""

    AMOUNT_RAISED = "amount_raised"
    APPROVED_AGAIN = "approved_again"


@dataclass(frozen=True)
class Notice:
    """The public notice of what will be paid."""

    length: Duration = key("How long it stands.", example="5 working days")
    fields: tuple[Shown, ...] = key("What it shows of each case; all of it where nothing is named.", default=(),
                                    example="[firm, provider, service, amount]")
    firm_classes: tuple[Code, ...] = key("Only claims of firms of these classes stand on it; without it, of all.", default=(),
                                         example="[high_tech]")
    services: tuple[Code, ...] = key("Only claims for these services or groups stand on it; without it, for all.", default=(),
                                     example="[testing]")
    from_amount: Money | None = key("Only claims that are approved with at least this stand on it; without it, all.", default=None,
                                    example="50000.00")
    before_payment: bool = key("Whether nothing of what stands on a notice is payable before the end of its notice; without it, "
                               "only what is on one waits.", default=False, example="yes")
    objection_needs: tuple[Carried, ...] = key("What an objection must carry: an approver notes that he saw it when he admits one.",
                                               default=(), example="[real_name, seal]")
    reopened_by: tuple[Reopening, ...] = key("What makes a claim that stood on a notice stand on another; without it, each new "
                                             "approval does where nothing is paid before a notice.", default=(),
                                             example="[amount_raised]")
    clause: Clause | None = cited("第十三条")
