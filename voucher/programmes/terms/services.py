"""What may be bought with a voucher."""

from collections.abc import Mapping
from dataclasses import dataclass

from voucher.programmes.terms.keys import Code, key
from voucher.programmes.terms.names import Clause, Names, cited


@dataclass(frozen=True)
class Service:
    """A service that may be bought with a voucher."""

    name: Names = key("Name of the service.", example="{zh: 技术开发, en: technology development}")
    items: Mapping[str, Names] = key("Sub-items that have rates or limits of their own.", factory=dict,
                                     example="{copyright: {zh: 软件著作权, en: software copyright}}")
    contract_registration: bool | None = key("Whether its contract must be registered; without it, what the whole file says.",
                                             default=None, example="yes")
    clause: Clause | None = cited("第四条")

    @property
    def zh(self) -> str:
        """Its Chinese name."""
        return self.name.zh

    @property
    def en(self) -> str:
        """Its English name."""
        return self.name.en


@dataclass(frozen=True)
class Group:
    """Several services under one name. Wherever services are listed, a group may stand for its members."""

    name: Names = key("Name of the group.", example="{zh: 通用券, en: general vouchers}")
    services: tuple[Code, ...] = key("The services in it.", example="[testing, consulting]")
    clause: Clause | None = cited("第四条")
