"""The public notice before money is paid."""

from dataclasses import dataclass
from enum import StrEnum

from voucher.programmes.durations import Duration
from voucher.programmes.terms.keys import Code, key
from voucher.programmes.terms.names import Clause, cited


class Shown(StrEnum):
    """What a notice can show of a case."""

    FIRM = "firm"
    PROVIDER = "provider"
    SERVICE = "service"
    CONTRACT = "contract"
    AMOUNT = "amount"


@dataclass(frozen=True)
class Notice:
    """The public notice of what will be paid."""

    length: Duration = key("How long it stands.", example="5 working days")
    fields: tuple[Shown, ...] = key("What it shows of each case; all of it where nothing is named.", default=(),
                                    example="[firm, provider, service, amount]")
    before_payment: bool = key("Whether nothing is payable before it stood on a notice to its end; without it, only what is on a "
                               "notice waits.", default=False, example="yes")
    objection_needs: tuple[Code, ...] = key("What an objection must carry.", default=(), example="[real_name, seal]",
                                            told=True)
    reopened_by: tuple[Code, ...] = key("What makes the notice start again.", default=(), example="[amount_raised]", told=True)
    clause: Clause | None = cited("第十三条")
