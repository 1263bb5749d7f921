"""The public notice before money is paid."""

from dataclasses import dataclass

from voucher.programmes.durations import Duration
from voucher.programmes.terms.keys import Code, key
from voucher.programmes.terms.names import Clause, cited


@dataclass(frozen=True)
class Notice:
    """The public notice of what will be paid."""

    length: Duration = key("How long it stands.", example="5 working days")
    fields: tuple[Code, ...] = key("What it shows of each case.", default=(),
                                   example="[firm, provider, service, amount]", told=True)
    before_payment: bool = key("Whether nothing is payable before it stood on a notice to its end; without it, only what is on a "
                               "notice waits.", default=False, example="yes")
    objection_needs: tuple[Code, ...] = key("What an objection must carry.", default=(), example="[real_name, seal]",
                                            told=True)
    reopened_by: tuple[Code, ...] = key("What makes the notice start again.", default=(), example="[amount_raised]", told=True)
    clause: Clause | None = cited("第十三条")
