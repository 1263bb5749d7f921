"""What the programme is, who runs it and when one may apply."""

from dataclasses import dataclass
from datetime import date

from voucher.programmes.terms.keys import Code, Country, Currency, YearDay, Zone, key
from voucher.programmes.terms.names import Clause, Names, cited


@dataclass(frozen=True)
class Office:
    """The office that runs the programme, as its letters name it."""

    name: Names = key("Name of the office.", example="{zh: 威海市科学技术局, en: Weihai Science and Technology Bureau}")
    address: Names | None = key("Its postal address.", default=None, example="{zh: 威海市.., en: Weihai ..}")
    phone: str = key("Its telephone.", default="", example="+86 631 0000000")
    email: str = key("Its e-mail address.", default="", example="vouchers@example.org")


@dataclass(frozen=True)
class Round:
    """One round of applications."""

    name: Names = key("Name of the round.", example="{zh: 2024年度, en: Round 2024}")
    opens: date = key("First day of the round.", example="2024-01-01")
    closes: date = key("Last day of the round.", example="2024-12-31")
    clause: Clause | None = cited("第二条")


@dataclass(frozen=True)
class Programme:
    """What the programme is and who runs it."""

    code: Code = key("Short name of the programme, used in addresses and files.", example="weihai")
    name: Names = key("Name of the programme.", example="{zh: 威海市科技创新券, en: Weihai innovation vouchers}")
    office: Office = key("The office that runs it.", example="{name: {zh: .., en: ..}}")
    purpose: Names | None = key("What the money is for, in a sentence.", default=None, example="{zh: .., en: ..}")
    regulation: Names | None = key("Title and number of the regulation that the clauses point to.", default=None,
                                   example="{zh: 威科字〔2019〕2号, en: Weihai S&T notice 2019 no. 2}")
    source: str = key("Where the regulation can be read.", default="", example="https://www.example.org/rules")
    currency: Currency = key("Currency of every amount in the file.", unit="ISO 4217", example="CNY")
    zone: Zone = key("Time zone in which a day begins and ends.", unit="IANA name", example="Asia/Shanghai")
    country: Country = key("Country whose holidays decide what a working day is.", unit="ISO 3166-1", example="CN")
    closed_days: tuple[date, ...] = key("Further days on which the office is closed.", default=(),
                                        example="[2026-12-24]")
    open_days: tuple[date, ...] = key("Further days on which the office works.", default=(), example="[2026-10-10]")
    fiscal_year_starts: YearDay = key("First day of the fiscal year.", default="01-01",
                                      example="04-01")
    in_force_from: date | None = key("First day on which this version is in force.", default=None, example="2024-01-01")
    in_force_until: date | None = key("Last day on which this version is in force: later, nobody can apply.", default=None,
                                      example="2026-12-31")
    rounds: tuple[Round, ...] = key("Rounds of applications, when one cannot apply at any time.", default=(),
                                    example="[{name: {zh: .., en: ..}, opens: 2024-01-01, closes: 2024-06-30}]")
    clause: Clause | None = cited("第二十二条")
