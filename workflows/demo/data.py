"""The people, firms and cases of the demo: invented, marked as invented, and the same for the same seed.

Nothing here is real. Every Chinese name carries 样例 (sample) and every Irish one "Sample"; the bank codes begin with a
number that no bank holds; the mail addresses end in .example (RFC 2606). What has a check digit has the right one, so
that the demo goes through the same checks as real cases do.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

from schwifty import IBAN
from stdnum.cn import uscc
from stdnum.ie import vat

from voucher.money import Money
from voucher.people import Role

SEED = 20260101

#: Everybody in the demo signs in with this. Production refuses to start while somebody still can.
PASSWORD = "voucher-demo-2026"  # noqa: S105 - it is meant to be known

DOMAIN = "voucher.example"

WEIHAI = "weihai"
IRELAND = "ireland"


@dataclass(frozen=True)
class AccountData:
    """A bank account: in China a number and the 12-digit code of the branch, in Ireland an IBAN and a BIC."""

    currency: str
    holder: str
    number: str
    bank_name: str
    bank_code: str


@dataclass(frozen=True)
class PersonData:
    """Somebody who signs in, with one role for one organisation."""

    email: str
    name: str
    role: Role
    language: str = "zh"


@dataclass(frozen=True)
class OrganisationData:
    """A firm, a provider or the office, with its accounts and its people. `number` is the official one and unique."""

    kind: str
    name: str
    name_en: str
    country: str
    number: str
    category: str
    region: str
    address: str
    town: str
    accounts: tuple[AccountData, ...]
    people: tuple[PersonData, ...]


@dataclass(frozen=True)
class InvoicePlan:
    """One invoice line, and what the verifier will accept of it: a part in hundredths, with a reason when cut."""

    invoice_number: str
    description: str
    net: Money
    vat: Money
    accepted_percent: int = 100
    reason: str = ""


@dataclass(frozen=True)
class OrderPlan:
    """One order of a case, from the first to the last step that the demo takes with it.

    `until` names the last verb that is called: "approve_claim" for a case that becomes payable, an earlier one for
    work that is left for whoever signs in.
    """

    provider: str
    service: str
    title: str
    contract_number: str
    invoices: tuple[InvoicePlan, ...]
    until: str = "approve_claim"

    @property
    def net(self) -> Money:
        """The price without tax."""
        first, *others = self.invoices
        return sum((each.net for each in others), first.net)

    @property
    def vat(self) -> Money:
        """The tax on it."""
        first, *others = self.invoices
        return sum((each.vat for each in others), first.vat)


@dataclass(frozen=True)
class CasePlan:
    """One voucher: who applies for how much and why, and the orders that follow. `until` as in an order."""

    programme: str
    sme: str
    amount: Money
    purpose: str
    orders: tuple[OrderPlan, ...]
    until: str = "issue_voucher"


@dataclass(frozen=True)
class DemoData:
    """Everything that the demo puts into an empty database. Cases speak of organisations by their official number."""

    office: OrganisationData
    organisations: tuple[OrganisationData, ...]
    story: tuple[CasePlan, ...]
    bulk: tuple[CasePlan, ...]

    @property
    def claims(self) -> int:
        """How many orders come as far as a claim."""
        return sum(each.until in _WITH_CLAIM for case in (*self.story, *self.bulk) for each in case.orders)


Firms = Sequence[OrganisationData]
_WITH_CLAIM = ("submit_claim", "verify_claim", "approve_claim")

_REGIONS = (
    ("371002", "环翠区", ("张村镇", "羊亭镇", "温泉镇", "孙家疃镇")),
    ("371003", "文登区", ("葛家镇", "泽头镇", "宋村镇", "侯家镇")),
    ("371082", "荣成市", ("俚岛镇", "成山镇", "虎山镇", "人和镇")),
    ("371083", "乳山市", ("海阳所镇", "白沙滩镇", "夏村镇", "乳山口镇")),
)
_TRADES = (
    ("碳纤维", "Carbon Fibre"), ("海洋食品", "Marine Food"), ("医疗器械", "Medical Devices"), ("渔具", "Fishing Tackle"),
    ("打印设备", "Printing Devices"), ("船舶配件", "Ship Parts"), ("新材料", "New Materials"), ("智能装备", "Smart Equipment"),
    ("生物科技", "Biotech"), ("电子", "Electronics"), ("精密铸造", "Precision Casting"), ("海藻", "Seaweed"),
    ("汽车零部件", "Car Parts"), ("纺织", "Textiles"), ("环保", "Clean Air"),
)
_FANCIES = (("启明", "Qiming"), ("远帆", "Yuanfan"), ("蓝湾", "Lanwan"), ("知行", "Zhixing"), ("云杉", "Yunshan"),
            ("朝晖", "Zhaohui"), ("海岳", "Haiyue"), ("同舟", "Tongzhou"))
_PROVIDERS = (
    ("样例海洋大学", "Sample Ocean University"), ("样例理工大学威海校区", "Sample Polytechnic, Weihai"),
    ("样例新材料研究院", "Sample Institute of New Materials"), ("样例船舶检测中心", "Sample Ship Testing Centre"),
    ("样例医疗器械检验所", "Sample Medical Device Laboratory"), ("样例海洋生物研究所", "Sample Institute of Marine Biology"),
    ("样例智能制造技术中心", "Sample Smart Manufacturing Centre"), ("样例工业设计院", "Sample Industrial Design House"),
    ("样例知识产权服务中心", "Sample IP Service Centre"), ("样例软件测评中心", "Sample Software Testing Centre"),
    ("样例复合材料实验室", "Sample Composites Laboratory"), ("样例食品检测技术公司", "Sample Food Testing"),
    ("样例技术转移中心", "Sample Technology Transfer Centre"), ("样例机器人研究院", "Sample Robotics Institute"),
    ("样例环境监测公司", "Sample Environmental Monitoring"), ("样例纺织技术研究所", "Sample Textile Institute"),
    ("样例模具技术公司", "Sample Mould Engineering"), ("样例电子计量中心", "Sample Electronic Metrology"),
    ("样例水产种业研究院", "Sample Aquatic Breeding Institute"), ("样例碳纤维应用中心", "Sample Carbon Fibre Applications"),
)
_IRISH_TOWNS = ("Athlone", "Carlow", "Cork", "Dundalk", "Ennis", "Galway", "Kilkenny", "Limerick", "Sligo", "Tralee",
                "Tullamore", "Waterford")
_IRISH_TRADES = ("Seaweed", "Bakery Machines", "Timber Frames", "Sensor", "Dairy Robotics", "Linen", "Kayak", "Packaging",
                 "Orthopaedics", "Stone Lighting", "Oat Drinks", "Wind Survey")
_IRISH_PROVIDERS = ("Sample Technological University West", "Sample Technological University South", "Sample University College",
                    "Sample Marine Gateway", "Sample Food Technology Centre", "Sample Design Gateway")

# Largest sum in a year by class of firm, in yuan (domain: Weihai), and how many firms of the demo are of that class.
_CLASSES = (("high_tech", 500_000, 12), ("technology_sme", 300_000, 26), ("qianfan", 200_000, 12), ("other", 100_000, 10))
_WEIHAI_SERVICES = (
    ("development", ("{0}工艺联合开发", "{0}产品委托开发")), ("transfer", ("{0}专利技术转让",)),
    ("consulting", ("{0}技术路线咨询",)), ("service", ("{0}性能检测与分析", "{0}工业设计服务")),
)


def demo_data(today: date, seed: int = SEED) -> DemoData:
    """All of it, for a demo whose last day is `today`: the numbers of contracts and invoices carry its year."""
    random = Random(seed)  # noqa: S311 - invented data need no secrets
    chinese = [_chinese_sme(random, index, category) for index, category in enumerate(_categories(), 1)]
    providers = [_chinese_provider(index, name, name_en) for index, (name, name_en) in enumerate(_PROVIDERS, 1)]
    irish = [_irish_firm("sme", index, f"Sample {trade} Ltd") for index, trade in enumerate(_IRISH_TRADES, 1)]
    colleges = [_irish_firm("provider", index, name) for index, name in enumerate(_IRISH_PROVIDERS, 1)]
    numbers = _Numbers(today.year)
    story = (_technology_case(chinese, providers, numbers), _other_case(chinese, providers, numbers),
             _irish_case(irish[0], colleges[0], numbers, 1))
    return DemoData(
        office=_office(), organisations=(*chinese, *providers, *irish, *colleges), story=story,
        bulk=(*_weihai_cases(random, chinese, providers, numbers), *_irish_cases(irish[1:], colleges, numbers)),
    )


class _Numbers:
    """Running numbers of contracts and invoices: nobody gets the same one twice."""

    def __init__(self, year: int) -> None:
        self.year = year
        self.contracts = 0
        self.invoices = 0

    def contract(self) -> str:
        """Sixteen digits: year, place of the registration office, serial."""
        self.contracts += 1
        return f"{self.year}371000{self.contracts:06d}"

    def invoice(self) -> str:
        """Twenty digits, as on a fully digital e-invoice: year, province, channel, serial."""
        self.invoices += 1
        return f"{self.year % 100:02d}371{self.invoices:015d}"

    def irish_invoice(self) -> str:
        """As a small provider numbers its invoices."""
        self.invoices += 1
        return f"SAMPLE-{self.year}-{self.invoices:05d}"


def _categories() -> Iterator[str]:
    for category, _cap, count in _CLASSES:
        yield from [category] * count


def credit_code(region: str, serial: int, kind: str = "91") -> str:
    """A unified social credit code (GB 32100) with its check character: 91 for firms, 12 for institutions.

    The nine characters in its middle are an organisation code with a check character of its own (GB 11714).
    """
    body = f"MADM{serial:04d}"
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    rest = 11 - sum(int(char, 36) * weight for char, weight in zip(body, weights, strict=True)) % 11
    stem = f"{kind}{region}{body}{'X' if rest == 10 else rest % 11}"
    return stem + uscc.calc_check_digit(stem)


def _trade(index: int) -> tuple[str, str]:
    return _TRADES[index % len(_TRADES)]


def _chinese_account(holder: str, serial: int) -> AccountData:
    # 999 is no bank's number in the national list of branches; 4650 is Weihai.
    return AccountData("CNY", holder, f"6299{serial:015d}", "样例银行威海分行（演示）", f"9994650{serial % 10000:04d}0")


def _irish_account(holder: str, serial: int) -> AccountData:
    iban = IBAN.generate("IE", bank_code="AIBK", branch_code="990000", account_code=f"{serial:08d}")
    return AccountData("EUR", holder, str(iban), "Sample Bank (demo)", "AIBKIE2D")


def _chinese_sme(random: Random, index: int, category: str) -> OrganisationData:
    region, district, towns = _REGIONS[index % len(_REGIONS)]
    trade, trade_en = _trade(index)
    fancy, fancy_en = _FANCIES[index % len(_FANCIES)]
    name = f"威海样例{fancy}{trade}有限公司"
    town = random.choice(towns)
    return OrganisationData(
        "sme", name, f"Weihai Sample {fancy_en} {trade_en} Co., Ltd.", "CN", credit_code(region, index), category, region,
        f"山东省威海市{district}{town}演示路{random.randint(1, 300)}号", town, (_chinese_account(name, index),),
        (PersonData(f"sme{index:02d}@{DOMAIN}", f"{fancy}经办人（演示）", Role.SME),),
    )


def _chinese_provider(index: int, name: str, name_en: str) -> OrganisationData:
    region, district, towns = _REGIONS[index % len(_REGIONS)]
    kind = "91" if "公司" in name else "12"
    return OrganisationData(
        "provider", name, name_en, "CN", credit_code(region, 5000 + index, kind), "", region,
        f"山东省威海市{district}{towns[0]}演示路{index}号", towns[0], (_chinese_account(name, 5000 + index),),
        (PersonData(f"provider{index:02d}@{DOMAIN}", f"{name.removeprefix('样例')}经办人（演示）", Role.PROVIDER),),
    )


def _irish_firm(kind: str, index: int, name: str) -> OrganisationData:
    serial = index if kind == "sme" else 5000 + index
    digits = f"99{serial:05d}"
    town = _IRISH_TOWNS[index % len(_IRISH_TOWNS)]
    person = PersonData(f"ie-{kind}{index:02d}@{DOMAIN}", f"{name} (demo)", Role(kind), "en")
    return OrganisationData(
        kind, name, name, "IE", f"IE{digits}{vat.calc_check_digit(digits)}", "small" if kind == "sme" else "", "IE",
        f"{index} Sample {'Street' if kind == 'sme' else 'Road'}, {town}", town, (_irish_account(name, serial),), (person,),
    )


def _office() -> OrganisationData:
    name = "样例市科学技术局（演示）"
    return OrganisationData(
        "office", name, "Sample City Bureau of Science and Technology (demo)", "CN", credit_code("371000", 9000, "11"), "", "371000",
        "山东省威海市环翠区演示路1号", "威海", (_chinese_account(name, 9000), _irish_account("Sample Voucher Office", 9000)),
        tuple(_staff()),
    )


def _staff() -> Iterator[PersonData]:
    named = {
        Role.REVIEWER: ("审核员", 2), Role.APPROVER: ("审批员", 3), Role.VERIFIER: ("核验员", 2), Role.FINANCE: ("财务", 1),
        Role.TREASURY: ("国库", 3), Role.AUDITOR: ("审计员", 1), Role.ADMINISTRATOR: ("管理员", 1),
    }
    for role, (name, count) in named.items():
        for number in range(1, count + 1):
            yield PersonData(f"{role}{number}@{DOMAIN}", f"{name}{'甲乙丙'[number - 1]}（演示）", role)


def _yuan(whole: int) -> Money:
    return Money(whole * 100, "CNY")


def _invoices(numbers: _Numbers, title: str, gross: Sequence[Money], cut: tuple[int, str] | None = None) -> tuple[InvoicePlan, ...]:
    """One invoice line for each gross sum, with 6 % tax inside; the last is cut when `cut` says (percent, reason)."""
    lines = []
    for at, sum_paid in enumerate(gross, 1):
        tax, net = sum_paid.split([6, 100])
        percent, reason = cut if cut and at == len(gross) else (100, "")
        lines.append(InvoicePlan(numbers.invoice(), f"{title}（第{at}期）", net, tax, percent, reason))
    return tuple(lines)


def _order(numbers: _Numbers, provider: OrganisationData, service: str, title: str, gross: Sequence[Money],
           cut: tuple[int, str] | None = None, until: str = "approve_claim") -> OrderPlan:
    return OrderPlan(provider.number, service, title, numbers.contract(), _invoices(numbers, title, gross, cut), until)


def _technology_case(smes: Firms, providers: Firms, numbers: _Numbers) -> CasePlan:
    """The published check value: 20 % of 2,000,000 yuan is 400,000, and a technology SME gets 300,000 of it."""
    sme = next(each for each in smes if each.category == "technology_sme")
    order = _order(numbers, providers[0], "development", "耐海水碳纤维浮标联合开发", [_yuan(1_200_000), _yuan(800_000)])
    return CasePlan(WEIHAI, sme.number, _yuan(300_000), "开发耐海水碳纤维浮标", (order,))


def _other_case(smes: Firms, providers: Firms, numbers: _Numbers) -> CasePlan:
    """The other one: with 70,000 used this year, 300,000 of new services give an "other" firm 30,000."""
    sme = next(each for each in smes if each.category == "other")
    first = _order(numbers, providers[3], "service", "渔船配件盐雾检测", [_yuan(350_000)])
    second = _order(numbers, providers[7], "development", "渔船配件工业设计", [_yuan(200_000), _yuan(100_000)])
    return CasePlan(WEIHAI, sme.number, _yuan(100_000), "渔船配件检测与设计", (first, second))


def _weihai_cases(random: Random, smes: Firms, providers: Firms, numbers: _Numbers) -> Iterator[CasePlan]:
    """One voucher for each firm but the two of the story, with two or three orders; the last firms are left half way."""
    caps = {category: cap for category, cap, _count in _CLASSES}
    busy = {next(each for each in smes if each.category == category) for category in ("technology_sme", "other")}
    waiting = list(_LEFT_BEFORE_ISSUE)
    firms = [each for each in enumerate(smes, 1) if each[1] not in busy]
    for at, (index, sme) in enumerate(firms):
        left = len(firms) - at
        amount = caps[sme.category] * random.choice((6, 8, 10)) // 10
        trade = _trade(index)[0]
        orders = tuple(_weihai_orders(random, at, amount, trade, providers, numbers))
        until = waiting.pop() if left <= len(waiting) else "issue_voucher"
        yield CasePlan(WEIHAI, sme.number, _yuan(amount), f"{trade}技术攻关", orders if until == "issue_voucher" else (), until)


# What is left for those who sign in: some applications to review and to issue, some orders and claims under way.
_LEFT_BEFORE_ISSUE = ("review_voucher", "review_voucher", "apply_for_voucher", "apply_for_voucher")
_LEFT_UNDER_WAY = {7: "place_order", 15: "accept_order", 23: "deliver_order", 31: "submit_claim", 39: "submit_claim",
                   41: "verify_claim", 47: "verify_claim"}


def _weihai_orders(random: Random, at: int, amount: int, trade: str, providers: Firms,
                   numbers: _Numbers) -> Iterator[OrderPlan]:
    """The orders of the `at`-th firm: 20 % of each comes from the voucher, and a little of the voucher is left."""
    count = 3 if at % 3 else 2
    for number in range(count):
        service, titles = _WEIHAI_SERVICES[(at + number) % len(_WEIHAI_SERVICES)]
        title = titles[at % len(titles)].format(trade)
        gross = amount * 5 * random.randint(80, 95) // (100 * count)
        parts = (_yuan(gross * 3 // 5), _yuan(gross - gross * 3 // 5)) if (at + number) % 2 else (_yuan(gross),)
        cut = random.choice(_CUTS) if (at * 3 + number) % 11 == 5 else None
        last = number == count - 1
        yield _order(numbers, providers[(at * 3 + number) % len(providers)], service, title, parts, cut,
                     _LEFT_UNDER_WAY.get(at, "approve_claim") if last else "approve_claim")


# How much of the last invoice line is accepted, in hundredths, and the reason for the cut.
_CUTS = ((0, "mandatory_test"), (50, "not_in_order"), (80, "price_too_high"))


def _irish_case(sme: OrganisationData, college: OrganisationData, numbers: _Numbers, index: int) -> CasePlan:
    """100 % of 5,000 euro without tax; the SME pays the tax, the provider redeems."""
    net = Money(500_000 if index % 3 else 460_000, "EUR")
    tax = Money(net.minor * 23 // 100, "EUR")
    title = f"Knowledge transfer project {index}"
    line = InvoicePlan(numbers.irish_invoice(), title, net, tax)
    order = OrderPlan(college.number, "standard", title, "", (line,))
    return CasePlan(IRELAND, sme.number, Money(500_000, "EUR"), f"Project {index}: {sme.name}", (order,))


def _irish_cases(smes: Firms, colleges: Firms, numbers: _Numbers) -> Iterator[CasePlan]:
    for index, sme in enumerate(smes, 2):
        yield _irish_case(sme, colleges[index % len(colleges)], numbers, index)
