"""The whole of one version of a programme's rules, and what others ask of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from voucher.calendars import Calendar
from voucher.checks.facts import Level
from voucher.money import Money
from voucher.programmes.durations import Duration
from voucher.programmes.terms.approval import ApprovalLevel
from voucher.programmes.terms.awards import Award
from voucher.programmes.terms.clawback import Clawback
from voucher.programmes.terms.costs import CostRange, Price
from voucher.programmes.terms.evidence import Evidence
from voucher.programmes.terms.exclusions import Exclusion, Relations
from voucher.programmes.terms.funders import Funder, FundLines, Split
from voucher.programmes.terms.keys import Code, key
from voucher.programmes.terms.limits import Cap, CountLimit, Minimum, Notes
from voucher.programmes.terms.mandate import Mandate
from voucher.programmes.terms.names import Clause, Names
from voucher.programmes.terms.notice import Notice, Shown
from voucher.programmes.terms.own_share import OwnShare
from voucher.programmes.terms.payout import Instalment, Payout
from voucher.programmes.terms.programme import Programme, Round
from voucher.programmes.terms.rates import RateRule, RoundingRule
from voucher.programmes.terms.services import Group, Service
from voucher.programmes.terms.subjects import FirmClass, SubjectKind
from voucher.programmes.terms.validity import OF_AN_ORDER, Happening, Validity
from voucher.programmes.terms.waiting import WaitingList


class Model(StrEnum):
    """Whose bank account the voucher's money reaches, and when."""

    REIMBURSE_SME = "reimburse_sme"
    PROVIDER_REDEEMS = "provider_redeems"
    WALLET = "wallet"


class Disallowed(StrEnum):
    """Where the part of a claim goes that is not accepted: back to the voucher, or it lapses."""

    RETURNS = "returns"
    LAPSES = "lapses"


class Kinder(StrEnum):
    """To what an older case may apply a later version that is kinder."""

    NOTHING = "nothing"
    ORDERS = "orders"
    VOUCHERS = "vouchers"


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
    mandate: Mandate = key("Of whom an application wants a mandate signed by the firm: of nobody, of who acts for firms of several groups, "
                           "of everybody.", default=Mandate.NOBODY, example="agents")
    rates: tuple[RateRule, ...] = key("What is paid of the cost.", example="[{rate: 20 %}]")
    rounding: RoundingRule = key("How amounts are rounded.", factory=RoundingRule, example="{way: down, to: 1.00}")
    caps: tuple[Cap, ...] = key("Limits on money, applied in this order.", default=(),
                                example="[{name: {zh: .., en: ..}, amount: 20000.00, period: application}]")
    count_limits: tuple[CountLimit, ...] = key("Limits on how often.", default=(),
                                               example="[{name: {zh: .., en: ..}, at_most: 3, period: lifetime}]")
    minimum: Money | None = key("A smaller result is not paid, where none of `minimums` fits.", default=None, example="100.00")
    minimums: tuple[Minimum, ...] = key("Smaller results that are not paid in some cases; the first that fits applies.", default=(),
                                        example="[{when: {services: [testing]}, amount: 100.00}]")
    notes: Notes | None = key("When vouchers come in notes of one value.", default=None,
                              example="{value: 5000.00, at_most: 40}")
    own_share: tuple[OwnShare, ...] = key("What the SME itself must bring; the first rule that fits applies.", default=(),
                                          example="[{at_least: 10 %, clause: 第九条}]")
    validity: Validity = key("How long a voucher lives.", example="{use_within: 12 months, claim_within: 3 months}")
    dated_by: Happening = key("Which day of a case decides the year of a cap. One that comes after the order takes room in every year "
                              "until it is known.", default=Happening.ORDER, example="contract",
                              words=(Happening.APPLICATION, Happening.ISSUE, Happening.ACTIVATION, *OF_AN_ORDER))
    evidence: tuple[Evidence, ...] = key("The papers that a claim needs.",
                                         example="[{kind: invoice, name: {zh: 发票, en: invoice}}]")
    exclusions: tuple[Exclusion, ...] = key("What no voucher pays for.", default=(),
                                            example="[{name: {zh: .., en: ..}}]")
    relations: Relations | None = key("Ties between SME and provider that forbid an order.", default=None,
                                      example="{forbidden: [shareholder]}")
    deadlines: Mapping[str, Duration] = key("How long each step may take, by its name (see Awaited below).", factory=dict,
                                            example="{review: 5 working days}")
    notice: Notice | None = key("The public notice before money is paid.", default=None,
                                example="{length: 5 working days}")
    disallowed: Disallowed = key("Where the part of a claim goes that is not accepted: back to the voucher, or it lapses.",
                                 default=Disallowed.RETURNS, example="lapses")
    second_approval_from: Money | None = key("From this amount on, two approvers sign a claim: short for one of the approval_levels.",
                                             default=None, example="50000.00")
    approval_levels: tuple[ApprovalLevel, ...] = key("From which amounts on how many approvers sign a claim; below all of them, one.",
                                                     default=(), example="[{from_amount: 50000.00, approvers: 2}, "
                                                                         "{from_amount: 500000.00, approvers: 3}]")
    payout: Payout = key("When money is paid.", factory=Payout, example="{rhythm: monthly}")
    instalments: tuple[Instalment, ...] = key("Parts in which the money is paid, when it is staged.", default=(),
                                              example="[{code: first, name: {zh: .., en: ..}, share: 80 %, after: {zh: .., en: ..}}, "
                                                      "{code: second, name: {zh: .., en: ..}, share: 20 %, after: {zh: .., en: ..}}]")
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
    sampling_rate: Fraction | None = key("The part of claims that is drawn by lot and looked at on the spot before they are paid.",
                                         default=None,
                                         example="5 %")
    checks: Mapping[str, Level] = key("How much it weighs when a check finds something, by the check's name (see Checks below); each has "
                                      "a weight below which it cannot be set.", factory=dict, example="{high_price: block}")
    appeal_within: Duration | None = key("How long a party may appeal.", default=None, example="30 days")
    clawback: Clawback | None = key("How money paid wrongly comes back.", default=None, example="{look_back: 5 years}")
    retention: Duration = key("How long the papers of a case are kept after the last that happened in it, not shorter than a voucher "
                              "may be used; cases that are over and past that are listed and told, and a person decides about them.",
                              factory=lambda: Duration.parse("10 years"), example="10 years")
    publication_fields: tuple[Shown, ...] = key("What is published of each paid case, on a page for everybody; without it, nothing is.",
                                                default=(), example="[firm, provider, amount]")
    kinder_version: Kinder = key("Whether this version, where it is kinder, also holds for older orders or vouchers.",
                                 default=Kinder.NOTHING, example="orders")
    clauses: Mapping[str, Clause] = key("Where the regulation says what the keys of this table say by a word or a number alone, and how "
                                        "long each step of `deadlines` takes, by the name of the key or step.", factory=dict,
                                        example="{basis: 第五条, review: {zh: 第十条, en: Article 10}}")

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

    def clause_of(self, name: str) -> Clause | None:
        """Where the regulation says what the file says under a key, or how long a step of `deadlines` takes."""
        return self.clauses.get(name) or (self.clauses.get("deadlines") if name in self.deadlines else None)

    def stands_on_notice(self, firm_class: str, service: str, amount: Money) -> bool:
        """Whether a claim of a firm of that class, for that service and approved with so much, is put on a public notice."""
        notice = self.notice
        return (notice is not None and (not notice.firm_classes or firm_class in notice.firm_classes)
                and (not notice.services or service in self.members(notice.services))
                and (notice.from_amount is None or amount >= notice.from_amount))

    @property
    def payee(self) -> str:
        """Who claims and is paid: "sme" or "provider"."""
        return "sme" if self.model == Model.REIMBURSE_SME else "provider"

    @property
    def levels_of_approval(self) -> tuple[ApprovalLevel, ...]:
        """The levels of approval, the lowest first, however the file says them."""
        levels = list(self.approval_levels)
        if self.second_approval_from is not None:
            levels.append(ApprovalLevel(from_amount=self.second_approval_from, approvers=2, clause=self.clause_of("second_approval_from")))
        return tuple(sorted(levels, key=lambda each: each.from_amount.minor))

    def counts_by(self, subject: SubjectKind) -> bool:
        """Whether some limit is counted for such a subject."""
        return subject in (*(cap.subject for cap in self.caps), *(limit.subject for limit in self.count_limits))

    @property
    def dated_ahead(self) -> bool:
        """Whether the day by which limits count a case comes only after its order."""
        return self.dated_by in OF_AN_ORDER and self.dated_by != Happening.ORDER

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
        least = min((self.minimum or Money(1, self.currency), *(each.amount for each in self.minimums)))
        return max(each for each in (Money(1, self.currency), least, notes) if each is not None)

    def needs_registration(self, service: str) -> bool:
        """Whether the contract for that service must be registered."""
        own = self.services[service].contract_registration
        return self.contract_registration if own is None else own

    def members(self, codes: tuple[str, ...]) -> frozenset[str]:
        """The services that a list of services and groups stands for."""
        return frozenset(member for code in codes
                         for member in (self.service_groups[code].services if code in self.service_groups else (code,)))

    def last_days(self, issued_on: date, activated_on: date | None = None) -> tuple[date, date]:
        """The last day of use and the last day to claim; of a voucher that waits for its activation, both are the last day for that."""
        validity = self.validity
        if validity.needs_activation and activated_on is None:
            assert validity.activate_within is not None, "reading sees to it that there is a time to activate"
            last = validity.activate_within.after(issued_on, self.calendar)
            return last, last
        use_by = self.use_by(activated_on if validity.needs_activation and activated_on else issued_on)
        return use_by, self.claim_by_after(issued_on, use_by)

    def use_by(self, start: date) -> date:
        """The last day on which a voucher that was issued (or activated, where its time counts from then) that day can be used."""
        return self.validity.use_by(start, self.calendar)

    def claim_by(self, issued_on: date) -> date:
        """The last day on which it can be claimed; the use-by day when the file says nothing else."""
        return self.claim_by_after(issued_on, self.use_by(issued_on))

    def claim_by_after(self, issued_on: date, use_by: date) -> date:
        """The last day on which it can be claimed when it can be used until a day; that day when the file says nothing else."""
        return self.validity.claim_by(issued_on, use_by, self.calendar)

    def originals(self, kinds: Iterable[str]) -> frozenset[str]:
        """Which of these papers have to be shown in the original too."""
        asked = {each.kind for each in self.evidence if each.original}
        return frozenset(kind for kind in kinds if kind in asked)
