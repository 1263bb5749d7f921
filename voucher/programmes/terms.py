"""Terms: what one version of a programme's rules says.

The classes of this file *are* the vocabulary of a terms file: each field is a key, its annotation the kind of value, its
`key(...)` what the key means. The marshmallow schemas, the JSON Schema for editors and the reference page are all made
from here, so that they cannot disagree. Source of the parameters: the published rules of a dozen programmes in China and
Europe, named in the files under examples/.
"""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Any

from voucher.calendars import Calendar
from voucher.money import Money
from voucher.programmes.durations import Duration

# A word by which the parts of a file name each other: small letters, digits, underscores.
Code = Annotated[str, "code"]
# A day of the year without the year, "06-30".
YearDay = Annotated[str, "year day"]
# ISO 3166-1, IANA time zone, ISO 4217.
Country = Annotated[str, "country"]
Zone = Annotated[str, "zone"]
Currency = Annotated[str, "currency"]


def key(meaning: str, *, default: Any = MISSING, factory: Any = MISSING, example: str = "", unit: str = "") -> Any:
    """A key of the terms file: what it means, its default, an example as one would type it, and its unit."""
    return field(default=default, default_factory=factory, kw_only=True,
                 metadata={"meaning": meaning, "example": example, "unit": unit})


@dataclass(frozen=True)
class Names:
    """A text in both languages."""

    zh: str = key("The text in Chinese.", example="威海市")
    en: str = key("The text in English.", example="Weihai")

    def in_language(self, language: str) -> str:
        """The text in that language; anything but Chinese reads English."""
        return self.zh if language.startswith("zh") else self.en

    def __str__(self) -> str:
        return self.en


@dataclass(frozen=True)
class Clause(Names):
    """Where the regulation says so. A plain text stands for both languages."""


class Model(StrEnum):
    """Whose bank account the voucher's money reaches, and when."""

    REIMBURSE_SME = "reimburse_sme"
    PROVIDER_REDEEMS = "provider_redeems"
    WALLET = "wallet"


class SubjectKind(StrEnum):
    """For whom a limit is counted."""

    COMPANY = "company"
    GROUP = "group"
    TEAM = "team"
    PERSON = "person"
    PROVIDER = "provider"
    PAIR = "pair"


class Period(StrEnum):
    """Over which time a limit is counted."""

    PIECE = "piece"
    APPLICATION = "application"
    HELD = "held"
    CALENDAR_YEAR = "calendar_year"
    FISCAL_YEAR = "fiscal_year"
    ROUND = "round"
    ROLLING = "rolling"
    LIFETIME = "lifetime"


class Cut(StrEnum):
    """Which funder's money gets less when a limit over several funders cuts: each in proportion, or the last one first."""

    PROPORTIONALLY = "proportionally"
    LAST_FIRST = "last_first"


class Disallowed(StrEnum):
    """Where the part of a claim goes that is not accepted: back to the voucher, or it lapses."""

    RETURNS = "returns"
    LAPSES = "lapses"


class Split(StrEnum):
    """How an amount is divided over the funders."""

    BY_SHARE = "by_share"
    BY_ORDER = "by_order"


class Vat(StrEnum):
    """Who bears the value added tax."""

    SME = "sme"
    PROGRAMME = "programme"


class Rounding(StrEnum):
    """How rate x basis becomes a whole number of minor units."""

    HALF_UP = "half_up"
    DOWN = "down"


class Happening(StrEnum):
    """A point in the life of a case from or to which time is counted."""

    APPLICATION = "application"
    ISSUE = "issue"
    ACTIVATION = "activation"
    ORDER = "order"
    CONTRACT = "contract"
    DELIVERY = "delivery"
    INVOICE = "invoice"
    PAYMENT = "payment"
    CLAIM = "claim"
    USE_BY = "use_by"


class Rhythm(StrEnum):
    """How often money is paid out."""

    ROLLING = "rolling"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"
    DATES = "dates"


class Queue(StrEnum):
    """Who is served first when money is short."""

    ARRIVAL = "arrival"
    RANK = "rank"
    LOTTERY = "lottery"


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


class Kinder(StrEnum):
    """To what an older case may apply a later version that is kinder."""

    NOTHING = "nothing"
    ORDERS = "orders"
    VOUCHERS = "vouchers"


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
    fiscal_year_starts: YearDay = key("First day of the fiscal year.", default="01-01", unit="month-day",
                                      example="04-01")
    in_force_from: date | None = key("First day on which this version is in force.", default=None, example="2024-01-01")
    in_force_until: date | None = key("Last day on which this version is in force.", default=None, example="2026-12-31")
    rounds: tuple[Round, ...] = key("Rounds of applications, when one cannot apply at any time.", default=(),
                                    example="[{name: {zh: .., en: ..}, opens: 2024-01-01, closes: 2024-06-30}]")


@dataclass(frozen=True)
class FirmClass:
    """A class of firm (or team, or person) that may apply."""

    name: Names = key("Name of the class.", example="{zh: 科技型中小企业, en: technology SME}")
    kind: SubjectKind = key("What its members are: company, team or person.", default=SubjectKind.COMPANY,
                            example="team")
    employees_at_most: int | None = key("A member has no more people than this.", default=None, unit="people",
                                        example="50")
    turnover_at_most: Money | None = key("A member's yearly turnover is no more than this.", default=None, unit="currency",
                                         example="40000000.00")
    years_at_least: int | None = key("A member is at least this old.", default=None, unit="years", example="2")
    clause: Clause | None = key("Where the regulation says so.", default=None, example="第三条")


@dataclass(frozen=True)
class Service:
    """A service that may be bought with a voucher."""

    name: Names = key("Name of the service.", example="{zh: 技术开发, en: technology development}")
    items: Mapping[str, Names] = key("Sub-items that have rates or limits of their own.", factory=dict,
                                     example="{copyright: {zh: 软件著作权, en: software copyright}}")
    contract_registration: bool | None = key("Whether its contract must be registered; without it, what the whole file says.",
                                             default=None, example="yes")
    clause: Clause | None = key("Where the regulation says so.", default=None, example="第四条")

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


@dataclass(frozen=True)
class Condition:
    """When a rule applies. Every key that is written must fit; in a list, one of the entries must."""

    firm_classes: tuple[Code, ...] = key("Only firms of these classes.", default=(), example="[high_tech]")
    services: tuple[Code, ...] = key("Only these services or groups of services.", default=(), example="[testing]")
    items: tuple[Code, ...] = key("Only these sub-items.", default=(), example="[copyright]")
    regions: tuple[Code, ...] = key("Only firms in these regions.", default=(), example="[liaocheng]")
    provider_regions: tuple[Code, ...] = key("Only providers in these regions.", default=(), example="[liaocheng]")
    provider_local: bool | None = key("Only when firm and provider are (or are not) in the same region.", default=None,
                                      example="yes")
    first_time: bool | None = key("Only firms that never had a voucher here (or that had one).", default=None,
                                  example="yes")
    earlier_uses_from: int | None = key("Only firms that used a voucher here at least so often before.", default=None,
                                        unit="times", example="1")
    earlier_uses_up_to: int | None = key("Only firms that used a voucher here at most so often before.", default=None,
                                         unit="times", example="2")
    facts: tuple[Code, ...] = key("Only when all of these facts hold.", default=(), example="[inside_eu]")
    without_facts: tuple[Code, ...] = key("Only when none of these facts holds.", default=(), example="[resold]")
    cost_from: Money | None = key("Only when the basis is at least this.", default=None, unit="currency",
                                  example="4000.00")
    cost_up_to: Money | None = key("Only when the basis is at most this.", default=None, unit="currency",
                                   example="30000.00")
    since: date | None = key("Only from this day on.", default=None, example="2024-07-01")
    until: date | None = key("Only up to this day.", default=None, example="2024-12-31")


# Of a rule that always applies: one object, so that it is known at a glance.
ALWAYS = Condition()


@dataclass(frozen=True)
class Band:
    """A part of the basis with a rate of its own."""

    up_to: Money | None = key("Where the band ends; the last band needs none.", default=None, unit="currency",
                              example="10000.00")
    rate: Fraction = key("What is paid of the part of the basis that lies in this band.", unit="per cent or fraction",
                         example="100 %")


@dataclass(frozen=True)
class Part:
    """One of several amounts of which the smallest (or largest) counts."""

    name: Names | None = key("What this amount is.", default=None, example="{zh: 租金的10%, en: 10 % of the rental}")
    basis: Code = key("The measure that it is a part of; without it, the basis of the file.", default="",
                      example="rental_income")
    rate: Fraction | None = key("Which part of it.", default=None, unit="per cent or fraction", example="10 %")
    fixed: Money | None = key("A fixed amount instead.", default=None, unit="currency", example="500000.00")


@dataclass(frozen=True)
class RateRule:
    """What is paid of the cost. Exactly one of rate, bands, fixed, per_piece, smaller_of, larger_of says how much.

    For each funder that rules name, and for all the rules that name none, the first rule whose condition fits applies,
    and with it every rule on top whose condition fits; the amounts are added.
    """

    name: Names | None = key("Name of the rule on the calculation sheet.", default=None,
                             example="{zh: 市级补助, en: city subsidy}")
    when: Condition = key("When the rule applies; without it, always.", factory=Condition,
                          example="{services: [testing]}")
    on_top: bool = key("Whether it is paid on top of what the other rules give, whenever its condition fits.", default=False,
                       example="yes")
    funder: Code = key("Whose money it is, when the rule is about one funder only.", default="", example="city")
    basis: Code = key("The measure that it is a part of; without it, the basis of the file.", default="",
                      example="added_value")
    rate: Fraction | None = key("What is paid of the basis.", default=None, unit="per cent or fraction", example="20 %")
    bands: tuple[Band, ...] = key("Rates by band of the basis, lowest first.", default=(),
                                  example="[{up_to: 10000.00, rate: 100 %}, {rate: 50 %}]")
    whole_basis: bool = key("Whether the rate of the band that the basis reaches holds for all of it.", default=False,
                            example="yes")
    bands_over: Period = key("Over which time the bands count the cost of one company for these services: application, "
                             "calendar_year, fiscal_year, round or lifetime.", default=Period.APPLICATION, example="calendar_year")
    fixed: Money | None = key("A fixed amount, never more than the basis.", default=None, unit="currency",
                              example="2000.00")
    per_piece: Money | None = key("A fixed amount for each piece, never more than the basis.",
                                  default=None, unit="currency",
                                  example="500.00")
    smaller_of: tuple[Part, ...] = key("The smallest of these amounts.", default=(),
                                       example="[{basis: rental, rate: 10 %}, {basis: income, rate: 20 %}]")
    larger_of: tuple[Part, ...] = key("The largest of these amounts.", default=(),
                                      example="[{rate: 10 %}, {fixed: 1000.00}]")
    clause: Clause | None = key("Where the regulation says so.", default=None, example="第五条")


@dataclass(frozen=True)
class CostRange:
    """How small and how large a cost may be."""

    when: Condition = key("For which cases; without it, for all.", default=ALWAYS, example="{services: [standard]}")
    at_least: Money | None = key("A smaller cost (a smaller invoice) gets nothing.", default=None, unit="currency", example="4000.00")
    at_most: Money | None = key("What lies above does not count.", default=None, unit="currency", example="30000.00")
    refuse_above: bool = key("Whether a larger cost gets nothing at all.", default=False, example="yes")
    clause: Clause | None = key("Where the regulation says so.", default=None, example="Nr. 5.2")


@dataclass(frozen=True)
class Cap:
    """A limit on money over a subject, a period, services and funders.

    Exactly one of amount, amount_by_class and share says how much. A cap is freed by what is cancelled or expires.
    """

    name: Names = key("Name of the cap on the calculation sheet.", example="{zh: 年度上限, en: yearly cap}")
    when: Condition = key("For which cases; without it, for all.", default=ALWAYS, example="{first_time: yes}")
    amount: Money | None = key("The limit.", default=None, unit="currency", example="500000.00")
    amount_by_class: Mapping[str, Money] = key("The limit for each class of firm.", factory=dict, unit="currency",
                                               example="{high_tech: 500000.00, other: 100000.00}")
    share: Fraction | None = key("The limit as a part of the basis; only for one application.", default=None,
                                 unit="per cent or fraction", example="90 %")
    subject: SubjectKind = key("For whom it is counted: one company, all companies of one controller, a team, a person, "
                               "a provider, or one SME with one provider.", default=SubjectKind.COMPANY, example="group")
    period: Period = key("Over which time it is counted.", example="calendar_year")
    length: Duration | None = key("How far a rolling period looks back; the day itself counts.", default=None,
                                  example="3 years")
    services: tuple[Code, ...] = key("The services or groups to which it applies and which it counts together; without it, all.",
                                     default=(),
                                     example="[testing]")
    items: tuple[Code, ...] = key("The sub-items to which it applies and which it counts together; without it, all.", default=(),
                                  example="[copyright]")
    funders: tuple[Code, ...] = key("Funders whose money it counts together; without it, all.", default=(),
                                    example="[province, city]")
    cut: Cut = key("Whose money gets less when it cuts a sum of several funders.", default=Cut.PROPORTIONALLY,
                   example="last_first")
    clause: Clause | None = key("Where the regulation says so.", default=None, example="第六条")


@dataclass(frozen=True)
class CountLimit:
    """A limit on how often."""

    name: Names = key("Name of the limit.", example="{zh: 次数上限, en: number of vouchers}")
    when: Condition = key("For which cases; without it, for all.", factory=Condition,
                          example="{without_facts: [co_funded]}")
    at_most: int = key("How many, this one included.", unit="times", example="3")
    subject: SubjectKind = key("For whom it is counted.", default=SubjectKind.COMPANY, example="group")
    period: Period = key("Over which time it is counted.", example="lifetime")
    length: Duration | None = key("How far a rolling period looks back.", default=None, example="5 years")
    services: tuple[Code, ...] = key("The services or groups to which it applies and which it counts; without it, all.", default=(),
                                     example="[fast_track]")
    items: tuple[Code, ...] = key("The sub-items to which it applies and which it counts; without it, all.",
                                  default=(), example="[copyright]")
    pieces: bool = key("Whether pieces are counted, instead of cases.", default=False, example="yes")
    counts_facts: tuple[Code, ...] = key("Count only earlier cases for which these facts held.", default=(),
                                         example="[fully_funded]")
    clause: Clause | None = key("Where the regulation says so.", default=None, example="第七条")


@dataclass(frozen=True)
class Notes:
    """Vouchers that come in notes of one value, as money does."""

    value: Money = key("What one note is worth.", unit="currency", example="5000.00")
    at_least: int = key("Fewest notes in one application.", default=1, unit="notes", example="1")
    at_most: int | None = key("Most notes in one application.", default=None, unit="notes", example="40")
    clause: Clause | None = key("Where the regulation says so.", default=None, example="第八条")


@dataclass(frozen=True)
class OwnShare:
    """What the SME itself must bring."""

    when: Condition = key("For which cases; without it, for all.", default=ALWAYS, example="{services: [follow_on]}")
    at_least: Fraction | None = key("Its part of the basis.", default=None, unit="per cent or fraction", example="10 %")
    at_least_amount: Money | None = key("The least amount that it brings.", default=None, unit="currency", example="500.00")
    match: Fraction | None = key("How much voucher there is for what it brings: 100 % pays one for one.", default=None,
                                 unit="per cent or fraction", example="100 %")
    kinds: tuple[Code, ...] = key("In what it may bring it: cash, kind.", default=("cash",), example="[cash, kind]")
    kind_at_most: Fraction | None = key("The part of what it brings that may be in kind.", default=None,
                                        unit="per cent or fraction", example="50 %")
    vat: Vat = key("Who bears the value added tax, when it is not part of the basis.", default=Vat.SME, example="sme")
    vat_first: bool = key("Whether the SME pays its tax before work starts.", default=False, example="yes")
    within: Duration | None = key("How long after the order it has to pay its share.", default=None, example="30 days")
    proof: tuple[Code, ...] = key("Kinds of evidence that show the payment.", default=(), example="[bank_transfer]")
    clause: Clause | None = key("Where the regulation says so.", default=None, example="第九条")


@dataclass(frozen=True)
class Extension:
    """How a voucher's time can be made longer."""

    times: int = key("How often.", unit="times", example="1")
    length: Duration = key("By how much each time.", example="2 months")
    clause: Clause | None = key("Where the regulation says so.", default=None, example="第十条")


@dataclass(frozen=True)
class Validity:
    """How long a voucher lives: a last day to use it and a last day to claim, which are two days."""

    starts_at: Happening = key("From when the time counts.", default=Happening.ISSUE, example="issue")
    activate_within: Duration | None = key("How long after issue the holder may activate it.", default=None,
                                           example="2 months")
    use_within: Duration | None = key("How long it can be used.", default=None, example="12 months")
    use_until: date | None = key("A fixed last day of use; of several, the earliest counts.", default=None,
                                 example="2026-12-31")
    use_until_day: YearDay | None = key("A last day of use in each year: the first such day after the start.", default=None,
                                        unit="month-day", example="12-31")
    used_by: Happening = key("What must have happened by then.", default=Happening.DELIVERY, example="claim")
    claim_within: Duration | None = key("How long after the use-by day one may claim.", default=None,
                                        example="6 months")
    claim_from: Happening = key("From when the time to claim counts: use_by or issue.", default=Happening.USE_BY,
                                example="issue")
    claim_until_day: YearDay | None = key("A last day to claim in each year: the first such day after the last day of use.",
                                          default=None, unit="month-day", example="03-31")
    claim_until: date | None = key("A fixed last day to claim; of several, the earliest counts.", default=None,
                                   example="2026-12-31")
    extension: Extension | None = key("How its time can be made longer.", default=None,
                                      example="{times: 1, length: 2 months}")
    retroactive: Duration | None = key("How old a cost may be when one applies; without it, nothing bought before counts.",
                                       default=None, example="12 months")
    clause: Clause | None = key("Where the regulation says so.", default=None, example="第十一条")


@dataclass(frozen=True)
class Evidence:
    """A paper that a claim needs."""

    kind: Code = key("Short name of the kind of paper.", example="invoice")
    name: Names = key("Name of the paper.", example="{zh: 发票, en: invoice}")
    when: Condition = key("For which cases; without it, for all.", default=ALWAYS, example="{services: [testing]}")
    from_amount: Money | None = key("Only when the voucher pays at least this.", default=None, unit="currency",
                                    example="10000.00")
    instalment: Code = key("Only for this instalment.", default="", example="after_installation")
    original: bool = key("Whether the original must be shown.", default=False, example="yes")
    clause: Clause | None = key("Where the regulation says so.", default=None, example="第十二条")


@dataclass(frozen=True)
class Notice:
    """The public notice of what will be paid."""

    length: Duration = key("How long it stands.", example="5 working days")
    fields: tuple[Code, ...] = key("What it shows of each case.", default=(),
                                   example="[firm, provider, service, amount]")
    before_payment: bool = key("Whether nothing is payable before it stood on a notice to its end; without it, only what is on a "
                               "notice waits.", default=False, example="yes")
    objection_needs: tuple[Code, ...] = key("What an objection must carry.", default=(), example="[real_name, seal]")
    reopened_by: tuple[Code, ...] = key("What makes the notice start again.", default=(), example="[amount_raised]")
    clause: Clause | None = key("Where the regulation says so.", default=None, example="第十三条")


@dataclass(frozen=True)
class Payout:
    """When money is paid."""

    rhythm: Rhythm = key("How often.", default=Rhythm.ROLLING, example="monthly")
    dates: tuple[YearDay, ...] = key("Days of the year on which it is paid, for the rhythm dates.", default=(), unit="month-day",
                                     example="[06-30, 12-15]")
    within: Duration | None = key("How long after approval at most.", default=None, example="60 days")
    clause: Clause | None = key("Where the regulation says so.", default=None, example="第十四条")


@dataclass(frozen=True)
class Instalment:
    """A part of the money that is paid on its own."""

    code: Code = key("Short name of the instalment.", example="after_installation")
    name: Names = key("Its name.", example="{zh: 首付款, en: first instalment}")
    share: Fraction = key("Its part of the amount.", unit="per cent or fraction", example="50 %")
    after: Names = key("What must have happened before.", example="{zh: 安装完成, en: installation is done}")
    wait: Duration | None = key("How long after the instalment before.", default=None, example="12 months")
    clause: Clause | None = key("Where the regulation says so.", default=None, example="art. 32")


@dataclass(frozen=True)
class Funder:
    """One of those whose money it is, in the order in which they are named."""

    code: Code = key("Short name of the funder.", example="province")
    name: Names = key("Its name.", example="{zh: 山东省财政, en: Shandong province}")
    level: Code = key("Its level of government.", default="", example="province")
    share: Fraction | None = key("Its part of every amount.", default=None, unit="per cent or fraction", example="60 %")
    ceiling: Money | None = key("The most that it pays of one case.", default=None, unit="currency",
                                example="500000.00")
    matches: Code = key("It pays as much as this other funder does.", default="", example="province")
    advances_for: Code = key("It pays first for this other funder and asks for the money back.", default="",
                             example="province")
    clause: Clause | None = key("Where the regulation says so.", default=None, example="第十五条")


@dataclass(frozen=True)
class FundLines:
    """How the budget is cut into lines, each of which closes alone when it is empty."""

    per_funder: bool = key("A line of its own for each funder.", default=True, example="yes")
    per_year: bool = key("A line of its own for each fiscal year.", default=True, example="yes")
    per_group: tuple[Code, ...] = key("A line of its own for each of these services or groups.", default=(),
                                      example="[patents]")
    over_issue: Fraction | None = key("How much more may be issued than there is, because some expires.", default=None,
                                      unit="per cent or fraction", example="10 %")


@dataclass(frozen=True)
class Threshold:
    """What a provider must have reached to get an award."""

    measure: Code = key("The measure or count.", example="deals")
    at_least: Money | None = key("The least amount of it.", default=None, unit="currency", example="2000000.00")
    times: int | None = key("The least number of it.", default=None, unit="times", example="3")


@dataclass(frozen=True)
class Award:
    """What a provider gets for having served well."""

    code: Code = key("Short name of the award.", example="shared_facilities")
    name: Names = key("Its name.", example="{zh: 共享设备奖补, en: shared facility award}")
    basis: Code = key("The measure that it is a part of.", default="", example="paid_subsidy")
    rate: Fraction | None = key("Which part of it.", default=None, unit="per cent or fraction", example="10 %")
    smaller_of: tuple[Part, ...] = key("The smallest of these amounts.", default=(),
                                       example="[{basis: rental, rate: 10 %}, {basis: income, rate: 20 %}]")
    thresholds: tuple[Threshold, ...] = key("What must have been reached.", default=(),
                                            example="[{measure: deals, times: 3}]")
    score_at_least: int | None = key("The least score in the yearly assessment.", default=None, unit="points",
                                     example="80")
    cap: Money | None = key("The most for one provider and year.", default=None, unit="currency", example="500000.00")
    clause: Clause | None = key("Where the regulation says so.", default=None, example="第十六条")


@dataclass(frozen=True)
class Exclusion:
    """What no voucher pays for."""

    name: Names = key("What is excluded.", example="{zh: 法定检测, en: tests that a law requires}")
    when: Condition | None = key("The cases that are refused; without it, people look at it.", default=None,
                                 example="{facts: [mandatory_test]}")
    clause: Clause | None = key("Where the regulation says so.", default=None, example="第十七条")


@dataclass(frozen=True)
class Relations:
    """Ties between SME and provider that forbid an order."""

    forbidden: tuple[Relation, ...] = key("Which ties.", example="[same_controller, shareholder]")
    depth: int = key("Over how many steps a tie is followed.", default=1, unit="steps", example="3")
    look_back: Duration | None = key("How old a tie may be and still count.", default=None, example="5 years")
    clause: Clause | None = key("Where the regulation says so.", default=None, example="第十八条")


@dataclass(frozen=True)
class Clawback:
    """How money that was paid wrongly comes back."""

    look_back: Duration | None = key("How old a payment may be.", default=None, example="5 years")
    interest: Fraction | None = key("Interest a year.", default=None, unit="per cent or fraction", example="3.45 %")
    ban: Duration | None = key("How long those concerned may not apply.", default=None, example="3 years")
    clause: Clause | None = key("Where the regulation says so.", default=None, example="第十九条")


@dataclass(frozen=True)
class Price:
    """What a service costs at most, in the office's list."""

    service: Code = key("The service.", example="testing")
    item: Code = key("The sub-item; without it, the whole service.", default="", example="copyright")
    price: Money = key("The price of one piece; what is charged above does not count.", unit="currency",
                       example="1200.00")
    clause: Clause | None = key("Where the regulation says so.", default=None, example="附件2")


@dataclass(frozen=True)
class WaitingList:
    """What happens to those who come when the money is gone."""

    order: Queue = key("Who is served first.", default=Queue.ARRIVAL, example="lottery")
    seed: str = key("The published seed of the lottery.", default="", example="draw of 2026-03-01, 8 15 22 31 40")
    offer_open: Duration | None = key("How long an offer from the list stands.", default=None,
                                      example="10 working days")
    clause: Clause | None = key("Where the regulation says so.", default=None, example="第二十条")


@dataclass(frozen=True)
class RoundingRule:
    """How a share of an amount is rounded, before any cap."""

    way: Rounding = key("Half up, or always down.", default=Rounding.HALF_UP, example="down")
    to: Money | None = key("To whole multiples of this; without it, to the minor unit.", default=None, unit="currency",
                           example="100.00")
    clause: Clause | None = key("Where the regulation says so.", default=None, example="第二十一条")


@dataclass(frozen=True)
class Terms:
    """The whole of one version of a programme's rules."""

    format: int = key("Version of this file format.", example="1")
    programme: Programme = key("What the programme is and who runs it.",
                               example="{code: weihai, name: {zh: .., en: ..}, office: {name: {zh: .., en: ..}}, currency: CNY, "
                                       "zone: Asia/Shanghai, country: CN}")
    model: Model = key("Whose bank account the money reaches: the SME that paid the provider; the provider, who was paid only the "
                       "rest; or a wallet into which the SME pays first.", example="reimburse_sme")
    firm_classes: Mapping[str, FirmClass] = key("The classes of firms that may apply, by code.",
                                                example="{other: {name: {zh: 其他企业, en: other firm}}}")
    regions: Mapping[str, Names] = key("The regions that rules tell apart, by code.", factory=dict,
                                       example="{heze: {zh: 菏泽, en: Heze}}")
    services: Mapping[str, Service] = key("The services that may be bought, by code.",
                                          example="{testing: {name: {zh: 检测, en: testing}}}")
    service_groups: Mapping[str, Group] = key("Groups of services, by code.", factory=dict,
                                              example="{general: {name: {zh: .., en: ..}, services: [testing]}}")
    facts: Mapping[str, Names] = key("Facts about a case that rules ask for and nothing else tells, by code.", factory=dict,
                                     example="{resold: {zh: 转售技术, en: resold technology}}")
    measures: Mapping[str, Names] = key("Further amounts (or, for awards, counts), by code; a basis may be one. gross, net, vat, "
                                        "recognised_income and added_value need no declaration.", factory=dict,
                                        example="{rental_income: {zh: 租金收入, en: rental income}}")
    contract_registration: bool = key("Whether the contract must be registered as a technology contract.",
                                      default=False,
                                      example="yes")
    basis: Code = key("The measure of which rates are a part: gross, net, recognised_income, added_value or a declared one.",
                      default="gross",
                      example="net")
    basis_at_most: tuple[Code, ...] = key("The basis is never more than these measures (the smaller of two).",
                                          default=(),
                                          example="[recognised_income]")
    eligible_cost: tuple[CostRange, ...] = key("How small and how large a cost may be.", default=(),
                                               example="[{at_least: 4000.00, at_most: 30000.00}]")
    prices: tuple[Price, ...] = key("The office's list of highest prices.", default=(),
                                    example="[{service: testing, price: 1200.00}]")
    rates: tuple[RateRule, ...] = key("What is paid of the cost.", example="[{rate: 20 %}]")
    rounding: RoundingRule = key("How amounts are rounded.", factory=RoundingRule, example="{way: down, to: 1.00}")
    caps: tuple[Cap, ...] = key("Limits on money, applied in this order.", default=(),
                                example="[{name: {zh: .., en: ..}, amount: 20000.00, period: application}]")
    count_limits: tuple[CountLimit, ...] = key("Limits on how often.", default=(),
                                               example="[{name: {zh: .., en: ..}, at_most: 3, period: lifetime}]")
    minimum: Money | None = key("A smaller result is not paid.", default=None, unit="currency", example="100.00")
    notes: Notes | None = key("When vouchers come in notes of one value.", default=None,
                              example="{value: 5000.00, at_most: 40}")
    own_share: tuple[OwnShare, ...] = key("What the SME itself must bring; the first rule that fits applies.", default=(),
                                          example="[{at_least: 10 %, clause: 第九条}]")
    validity: Validity = key("How long a voucher lives.", example="{use_within: 12 months, claim_within: 3 months}")
    dated_by: Happening = key("Which day of a case decides the year of a cap.", default=Happening.ORDER,
                              example="contract")
    evidence: tuple[Evidence, ...] = key("The papers that a claim needs.",
                                         example="[{kind: invoice, name: {zh: 发票, en: invoice}}]")
    exclusions: tuple[Exclusion, ...] = key("What no voucher pays for.", default=(),
                                            example="[{name: {zh: .., en: ..}}]")
    relations: Relations | None = key("Ties between SME and provider that forbid an order.", default=None,
                                      example="{forbidden: [shareholder]}")
    deadlines: Mapping[str, Duration] = key("How long each step may take, by its name.", factory=dict,
                                            example="{review: 5 working days}")
    notice: Notice | None = key("The public notice before money is paid.", default=None,
                                example="{length: 5 working days}")
    disallowed: Disallowed = key("Where the part of a claim goes that is not accepted: back to the voucher, or it lapses.",
                                 default=Disallowed.RETURNS, example="lapses")
    second_approval_from: Money | None = key("From this amount on, two approvers sign a claim.", default=None, unit="currency",
                                             example="50000.00")
    payout: Payout = key("When money is paid.", factory=Payout, example="{rhythm: monthly}")
    instalments: tuple[Instalment, ...] = key("Parts in which the money is paid, when it is staged.", default=(),
                                              example="[{code: first, name: {zh: .., en: ..}, share: 80 %, after: {zh: .., en: ..}}]")
    split: Split = key("How an amount is divided over the funders: by their shares, or by order, the first one up to its "
                       "ceiling and then the next.",
                       default=Split.BY_SHARE, example="by_order")
    funders: tuple[Funder, ...] = key("Those whose money it is; without it, the office alone.", default=(),
                                      example="[{code: city, name: {zh: .., en: ..}, share: 100 %}]")
    fund_lines: FundLines = key("How the budget is cut into lines.", factory=FundLines,
                                example="{per_group: [patents]}")
    waiting_list: WaitingList | None = key("What happens when the money is gone.", default=None,
                                           example="{order: arrival}")
    provider_awards: tuple[Award, ...] = key("What providers get for having served well.", default=(),
                                             example="[{code: services, name: {zh: .., en: ..}, basis: paid_subsidy, rate: 10 %}]")
    sampling_rate: Fraction | None = key("The part of paid cases that is looked at again.",
                                         default=None, unit="per cent or fraction",
                                         example="5 %")
    appeal_within: Duration | None = key("How long a party may appeal.", default=None, example="30 days")
    clawback: Clawback | None = key("How money paid wrongly comes back.", default=None, example="{look_back: 5 years}")
    retention: Duration = key("How long papers are kept.", factory=lambda: Duration.parse("10 years"),
                              example="10 years")
    publication_fields: tuple[Code, ...] = key("What is published of each paid case.", default=(),
                                               example="[firm, provider, amount]")
    kinder_version: Kinder = key("Whether this version, where it is kinder, also holds for older orders or vouchers.",
                                 default=Kinder.NOTHING, example="orders")

    @property
    def code(self) -> str:
        """Short name of the programme."""
        return self.programme.code

    @property
    def name_zh(self) -> str:
        """Its Chinese name."""
        return self.programme.name.zh

    @property
    def name_en(self) -> str:
        """Its English name."""
        return self.programme.name.en

    @property
    def currency(self) -> str:
        """Currency of every amount."""
        return self.programme.currency

    @property
    def zone(self) -> str:
        """Time zone in which days begin and end."""
        return self.programme.zone

    @property
    def calendar(self) -> Calendar:
        """The working days of the office."""
        return Calendar(self.programme.country, frozenset(self.programme.closed_days), frozenset(self.programme.open_days))

    @property
    def payee(self) -> str:
        """Who claims and is paid: "sme" or "provider"."""
        return "sme" if self.model == Model.REIMBURSE_SME else "provider"

    def counts_by(self, subject: SubjectKind) -> bool:
        """Whether some limit is counted for such a subject."""
        return subject in (*(cap.subject for cap in self.caps), *(limit.subject for limit in self.count_limits))

    def round_on(self, day: date) -> Round | None:
        """The round of applications that is open that day."""
        return next((each for each in self.programme.rounds if each.opens <= day <= each.closes), None)

    @property
    def voucher_types(self) -> tuple[str, ...]:
        """The types of voucher for which there are fund lines of their own, and "" where some services have none."""
        own = self.fund_lines.per_group
        return own if self.members(own) >= set(self.services) else (*own, "")

    def type_name(self, voucher_type: str) -> Names | None:
        """What a type of voucher is called; None for the one that has no line of its own."""
        if voucher_type in self.service_groups:
            return self.service_groups[voucher_type].name
        return self.services[voucher_type].name if voucher_type in self.services else None

    def services_of(self, voucher_type: str) -> tuple[str, ...]:
        """The services that a voucher of a type may buy; for "", all that have no fund line of their own.

        Where every service has one by now, a voucher of no type was issued by an earlier version, and may buy any of them.
        """
        others = self.members(self.fund_lines.per_group)
        if not voucher_type:
            return tuple(service for service in self.services if service not in others) or tuple(self.services)
        return tuple(service for service in self.services if service in self.members((voucher_type,)))

    @property
    def smallest_voucher(self) -> Money:
        """The least that a voucher can be: the smallest amount that is paid, the fewest notes, or one minor unit."""
        notes = Money(self.notes.value.minor * self.notes.at_least, self.currency) if self.notes is not None else None
        return max(each for each in (Money(1, self.currency), self.minimum, notes) if each is not None)

    def needs_registration(self, service: str) -> bool:
        """Whether the contract for that service must be registered."""
        own = self.services[service].contract_registration
        return self.contract_registration if own is None else own

    def members(self, codes: tuple[str, ...]) -> frozenset[str]:
        """The services that a list of services and groups stands for."""
        return frozenset(member for code in codes
                         for member in (self.service_groups[code].services if code in self.service_groups else (code,)))

    def use_by(self, issued_on: date) -> date:
        """The last day on which a voucher that was issued (or activated) that day can be used."""
        validity = self.validity
        lasts = validity.use_within.after(issued_on, self.calendar) if validity.use_within else None
        each_year = next_day(validity.use_until_day, issued_on) if validity.use_until_day else None
        return min(day for day in (lasts, each_year, validity.use_until) if day is not None)

    def claim_by(self, issued_on: date) -> date:
        """The last day on which it can be claimed; the use-by day when the file says nothing else."""
        return self.claim_by_after(issued_on, self.use_by(issued_on))

    def claim_by_after(self, issued_on: date, use_by: date) -> date:
        """The last day on which it can be claimed when it can be used until a day; that day when the file says nothing else."""
        validity = self.validity
        start = issued_on if validity.claim_from == Happening.ISSUE else use_by
        lasts = validity.claim_within.after(start, self.calendar) if validity.claim_within else None
        each_year = next_day(validity.claim_until_day, use_by) if validity.claim_until_day else None
        return min((day for day in (lasts, each_year, validity.claim_until) if day is not None), default=use_by)

    def evidence_for(self, service: str, amount: Money, instalment: str = "", *, firm_class: str = "", item: str = "",
                     facts: frozenset[str] = frozenset()) -> tuple[str, ...]:
        """The kinds of papers that a claim of that amount for that service needs, in the order of the file.

        A paper that is asked for in special cases only (a class of firm, an item, a fact) is asked for when that is told; what
        proves the firm's own share, whenever the rule about that share fits.
        """
        def fits(when: Condition) -> bool:
            return _is_asked(when, self.members(when.services), service, firm_class, item, facts)

        kinds = [each.kind for each in self.evidence
                 if fits(each.when) and (each.from_amount is None or amount >= each.from_amount)
                 and each.instalment in ("", instalment)]
        own = next((each.proof for each in self.own_share if fits(each.when)), ())
        return tuple(dict.fromkeys((*kinds, *own)))


def next_day(day_of_year: str, after: date) -> date:
    """The first such day on or after a day.

    >>> next_day("03-31", date(2026, 5, 1))
    datetime.date(2027, 3, 31)
    """
    month, day = map(int, day_of_year.split("-"))
    this_year = date(after.year, month, day)
    return this_year if this_year >= after else date(after.year + 1, month, day)


def _is_asked(when: Condition, services: frozenset[str], service: str, firm_class: str, item: str, facts: frozenset[str]) -> bool:
    """Whether a paper's condition holds as far as it speaks of what is known of a claim."""
    return ((not when.services or service in services) and (not when.firm_classes or firm_class in when.firm_classes)
            and (not when.items or item in when.items) and set(when.facts) <= facts and not set(when.without_facts) & facts)
