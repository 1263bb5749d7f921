"""For whom limits are counted, and the classes of firms that may apply."""

from dataclasses import dataclass
from enum import StrEnum

from voucher.money import Money
from voucher.programmes.terms.keys import key
from voucher.programmes.terms.names import Clause, Names, cited


class SubjectKind(StrEnum):
    """For whom a limit is counted."""

    COMPANY = "company"
    GROUP = "group"
    TEAM = "team"
    PERSON = "person"
    PROVIDER = "provider"
    PAIR = "pair"


@dataclass(frozen=True)
class FirmClass:
    """A class of firm (or team, or person) that may apply. Of what it has bounds a firm says how it stands when it applies."""

    name: Names = key("Name of the class.", example="{zh: 科技型中小企业, en: technology SME}")
    kind: SubjectKind = key("What its members are.", default=SubjectKind.COMPANY, example="team",
                            words=(SubjectKind.COMPANY, SubjectKind.TEAM, SubjectKind.PERSON))
    employees_at_most: int | None = key("A member has no more people than this.", default=None, unit="people",
                                        example="50")
    turnover_at_most: Money | None = key("A member's yearly turnover is no more than this.", default=None,
                                         example="40000000.00")
    years_at_least: int | None = key("A member is at least this old.", default=None, unit="years", example="2")
    years_at_most: int | None = key("A member is at most this old.", default=None, unit="years", example="10")
    clause: Clause | None = cited("第三条")
