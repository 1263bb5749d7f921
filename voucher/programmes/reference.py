"""The reference page of terms files and cases files: every key with meaning, type, unit, default and example.

It is made from the same classes by which the files are read; a test sees to it that REFERENCE.md is up to date.
"""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date
from enum import EnumType, StrEnum
from fractions import Fraction
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from voucher.checks.facts import Level
from voucher.checks.table import CHECKS
from voucher.money import Money
from voucher.programmes.casebook import Casebook
from voucher.programmes.contradictions import FORMAT
from voucher.programmes.durations import Duration
from voucher.programmes.json_schema import nouns_of
from voucher.programmes.shape import is_required, without_none, words_of
from voucher.programmes.terms import (
    Awaited,
    Carried,
    Clause,
    Cut,
    Disallowed,
    Happening,
    Kinder,
    Mandate,
    Model,
    Names,
    Period,
    Queue,
    Relation,
    Reopening,
    Rhythm,
    Rounding,
    Shown,
    Split,
    SubjectKind,
    Terms,
    Vat,
    YearDay,
)

_INTRODUCTION = f"""\
# Terms files and cases files

Every key of a terms file (`voucher programme check FILE`) and of a cases file (`voucher programme calculate TERMS CASES`).
This page is generated: `voucher programme reference > voucher/programmes/REFERENCE.md`.

## How values are written

| kind | how | examples |
|---|---|---|
| amount | digits with a point, no signs of thousands, no more decimals than the currency has | `500000.00`, `20` |
| rate | per cent, or a fraction; never a bare number | `20 %`, `12.5 %`, `2/3` |
| length | a whole number and days, working days, weeks, months or years | `3 months`, `10 working days` |
| day | year-month-day; the day must exist | `2026-12-31` |
| month-day | a day of every year | `06-30` |
| yes or no | `yes`, `no`, `true`, `false` | `yes` |
| short name | small letters, digits, underscores; by it parts of the file name each other | `high_tech` |
| names | a text in both languages | `{{zh: 检测, en: testing}}` |
| clause | where the regulation says so: one text for both languages, or one each | `第五条`, `{{zh: 第五条, en: Article 5}}` |
| list | one line each with `- `, or between brackets | `[testing, consulting]` |
| table | short names with a value each | `{{high_tech: 500000.00, other: 100000.00}}` |

Files are UTF-8, at most 256 KiB. Anchors, aliases, tags and merge keys are not read. A text with a comma or a colon between
braces has to stand between quotes. The current `format` is {FORMAT}.

Every key is acted on. What people have to see to themselves, such as an exclusion without a condition, the summary says of it.

## In which order an amount is calculated

1. Exclusions and count limits: a case that they catch gets nothing, and the sheet says why.
2. The basis: the measure, not more than `basis_at_most`, the price list, and the range of eligible cost.
3. Rates: for each funder that rules name, and for all rules that name none together, the first rule whose condition fits,
   and every rule `on_top` whose condition fits; bands part by part; rounded. The amounts of several funders are added; together
   they are never more than the basis, and never more than the price.
4. The own share, then the caps in the order of the file, each with what earlier uses left of it.
5. Ceilings of funders and what the budget still holds.
6. Whole notes; the minimum.
7. Division over funders and instalments by the largest remainder; a tie goes to the one named first.

Very many cases stand one to a line, each as under `cases:`, in JSON or between braces: `voucher programme calculate TERMS CASES
--lines` reads and answers them one by one; with `--remember`, what one gets counts as used for those below it.

A rule with several conditions needs all of them; of a list one entry must fit. A cap counts earlier uses of its subject, in its
period, for its services and items, from its funders. A year counts whole; a rolling period looks back from the day of the case.
"""

EXAMPLE_TERMS = """\
format: 1

programme:
  code: harbour
  name: {zh: 海港创新券, en: Harbour innovation vouchers}
  office: {name: {zh: 海港科技局, en: Harbour Science Bureau}}
  regulation: {zh: 海港创新券管理办法, en: Rules on Harbour innovation vouchers}
  currency: CNY
  zone: Asia/Shanghai
  country: CN

model: reimburse_sme

firm_classes:
  start_up: {name: {zh: 初创企业, en: start-up}}
  sme: {name: {zh: 中小企业, en: SME}}

services:
  testing: {name: {zh: 检测, en: testing}}
  development: {name: {zh: 技术开发, en: development}, contract_registration: yes}

basis: net

rates:                                    # the first rule that fits applies
  - when: {firm_classes: [start_up]}
    bands:
      - {up_to: 10000.00, rate: 80 %}
      - {rate: 50 %}
    clause: {zh: 第五条, en: Article 5}
  - rate: 40 %
    clause: {zh: 第五条, en: Article 5}

caps:                                     # applied in this order
  - name: {zh: 单次上限, en: cap of one order}
    amount: 60000.00
    period: application
  - name: {zh: 年度上限, en: yearly cap}
    amount_by_class: {start_up: 100000.00, sme: 80000.00}
    period: calendar_year
    clause: {zh: 第六条, en: Article 6}

validity: {use_within: 12 months, claim_within: 3 months}

evidence:
  - {kind: invoice, name: {zh: 发票, en: invoice}}
  - {kind: report, name: {zh: 检测报告, en: test report}, when: {services: [testing]}}
"""

EXAMPLE_CASES = """\
history:                                  # counts for every case below
  - {on: 2026-01-20, amount: 70000.00, company: A Ltd}
cases:
  - name: a start-up's first order
    on: 2026-05-15
    firm_class: start_up
    service: development
    net: 30000.00
    vat: 1800.00
    company: B Ltd
    expect: {result: 18000.00, own_share: 13800.00}
  - name: what the year still leaves to A Ltd
    on: 2026-05-15
    firm_class: sme
    service: testing
    net: 50000.00
    company: A Ltd
    expect: {result: 10000.00}
"""

# What the words of a list of words mean, where the word itself does not say it.
MEANINGS: tuple[tuple[StrEnum, str], ...] = (
    (Model.REIMBURSE_SME, "the SME pays the provider in full and is paid back"),
    (Model.PROVIDER_REDEEMS, "the SME pays only its part; the provider claims the rest"),
    (Model.WALLET, "the SME pays its part into a wallet, the programme tops it up, the wallet pays the provider"),
    (SubjectKind.COMPANY, "the applicant itself, whatever its class"),
    (SubjectKind.GROUP, "all companies of one actual controller together; a company that names no group stands alone"),
    (SubjectKind.TEAM, "one team, whatever company stands behind it"),
    (SubjectKind.PERSON, "one person, whatever company stands behind him"),
    (SubjectKind.PROVIDER, "one provider, over all SMEs"),
    (SubjectKind.PAIR, "one SME with one provider"),
    (Period.PIECE, "each piece of a case: the limit times its `quantity`; earlier uses do not count"),
    (Period.APPLICATION, "one application or order; earlier uses do not count"),
    (Period.HELD, "what is held at that time: earlier uses that are marked as held"),
    (Period.CALENDAR_YEAR, "1 January to 31 December of the day of the case"),
    (Period.FISCAL_YEAR, "the year that begins on `fiscal_year_starts`"),
    (Period.ROUND, "from the opening of a round of `programme.rounds` to the day before the next one opens"),
    (Period.ROLLING, "any `length` of time that holds the day of the case: back from it, that day included, and from what was used later"),
    (Period.LIFETIME, "everything, ever"),
    (Cut.PROPORTIONALLY, "each funder gives up its part of what is cut"),
    (Cut.LAST_FIRST, "the funder named last gives up first"),
    (Disallowed.RETURNS, "it can be used for another order"),
    (Disallowed.LAPSES, "it goes back to the fund line"),
    (Split.BY_SHARE, "by the shares of the funders, to the minor unit by the largest remainder"),
    (Split.BY_ORDER, "the first funder up to its ceiling, then the next"),
    (Vat.SME, "the SME pays the tax that is not in the basis"),
    (Vat.PROGRAMME, "the programme bears it; the basis has to be gross"),
    (Rounding.HALF_UP, "half a unit and more goes up"),
    (Rounding.DOWN, "always down"),
    (Mandate.NOBODY, "no mandate is asked for"),
    (Mandate.AGENTS, "of who acts for firms of different groups"),
    (Mandate.EVERYBODY, "of everybody who applies"),
    (Happening.APPLICATION, "the SME applied"),
    (Happening.ISSUE, "the voucher was issued"),
    (Happening.ACTIVATION, "the holder activated it"),
    (Happening.ORDER, "an order was placed"),
    (Happening.CONTRACT, "the contract was signed"),
    (Happening.DELIVERY, "the service was delivered"),
    (Happening.INVOICE, "the invoice was written"),
    (Happening.PAYMENT, "the SME paid its part"),
    (Happening.CLAIM, "the claim was submitted"),
    (Happening.USE_BY, "the last day of use was reached"),
    (Rhythm.ROLLING, "as soon as a claim is approved"),
    (Rhythm.MONTHLY, "what became payable in a month, from the first day of the next"),
    (Rhythm.QUARTERLY, "what became payable in a quarter, from the first day of the next"),
    (Rhythm.YEARLY, "what became payable in a fiscal year, from the first day of the next"),
    (Rhythm.DATES, "from the next of the days of `dates` on"),
    (Queue.ARRIVAL, "who came first"),
    (Queue.RANK, "who was ranked highest"),
    (Queue.LOTTERY, "drawn with the published `seed`"),
    (Relation.SAME_CONTROLLER, "both are controlled by the same person or company"),
    (Relation.SHAREHOLDER, "one holds shares in the other"),
    (Relation.OFFICER, "an officer of one is an officer of the other"),
    (Relation.EMPLOYEE, "an officer or owner of one is employed by the other"),
    (Relation.FAMILY, "owners or officers are family"),
    (Relation.SAME_ADDRESS, "both have the same address"),
    (Relation.SAME_PHONE, "both have the same telephone"),
    (Relation.SAME_BANK_ACCOUNT, "both have the same bank account"),
    (Relation.PARTNERSHIP_BEFORE, "they worked together before"),
    (Shown.FIRM, "the firm, with its number masked"),
    (Shown.PROVIDER, "the provider"),
    (Shown.SERVICE, "the service"),
    (Shown.CONTRACT, "the price with tax"),
    (Shown.AMOUNT, "what is paid of it"),
    (Carried.REAL_NAME, "the name of who objects, and how to reach him"),
    (Carried.SEAL, "the seal of the organisation that objects"),
    (Carried.EVIDENCE, "papers that show what is objected to"),
    (Reopening.AMOUNT_RAISED, "an appeal gave more than stood on the notice"),
    (Reopening.APPROVED_AGAIN, "the claim was approved anew, or an appeal gave more"),
    (Awaited.REVIEW, "review of the application; usually 10 working days"),
    (Awaited.INFORMATION, "the SME's answer to the reviewer; usually 10 working days"),
    (Awaited.DECISION, "decision on the application; usually 10 working days"),
    (Awaited.APPEAL_DECISION, "decision on an appeal against a rejection; usually 15 working days"),
    (Awaited.EXTENSION, "decision on more time; usually 10 working days"),
    (Awaited.SURRENDER, "the providers' answer when a voucher is to be given back; usually 10 working days"),
    (Awaited.REVOCATION_HEARING, "the holder's side before a revocation; usually 10 working days"),
    (Awaited.REVOCATION_DECISION, "decision on a revocation after the hearing; usually 15 working days"),
    (Awaited.ORDER_ANSWER, "the provider's answer to an order; usually 10 working days"),
    (Awaited.ORDER_START, "begin of the work; usually 3 months"),
    (Awaited.ACCEPTANCE, "acceptance of a delivery; usually 10 working days"),
    (Awaited.ACCEPTANCE_REMINDER, "acceptance after the reminder; usually 5 working days"),
    (Awaited.DISPUTE, "decision on a disputed delivery; usually 15 working days"),
    (Awaited.AMENDMENT, "the other party's answer to a change or an end; usually 10 working days"),
    (Awaited.VALUATION, "valuation of the part that is done; usually 10 working days"),
    (Awaited.CLAIM_VERIFICATION, "verification of a claim; usually 15 working days"),
    (Awaited.CLAIM_ANSWER, "the claimant's answer to the verifier; usually 10 working days"),
    (Awaited.CLAIM_CORRECTION, "correction of a returned claim; usually 20 working days"),
    (Awaited.CLAIM_APPEAL, "appeal against a cut, where appeal_within says nothing; usually 30 days"),
    (Awaited.CLAIM_APPEAL_DECISION, "decision on an appeal against a cut; usually 30 working days"),
    (Awaited.RECOVERY_HEARING, "the party's side before a recovery; usually 10 working days"),
    (Level.INFO, "is to be known; nobody has to decide"),
    (Level.WARN, "is to be looked at; a verifier or an approver may write down what he saw, and the money is not stopped"),
    (Level.BLOCK, "stops the money until an approver who has no part in the case has decided, with a reason"),
    (Kinder.NOTHING, "older cases keep their version"),
    (Kinder.ORDERS, "orders of the version before may use this one where it is kinder"),
    (Kinder.VOUCHERS, "vouchers of the version before may use this one where it is kinder"),
)

_KINDS: dict[Any, str] = {
    str: "text", int: "whole number", bool: "yes or no", date: "day", Fraction: "rate", Duration: "length", Money: "amount",
    Names: "names", Clause: "clause",
}
_UNITS: dict[Any, str] = {Money: "currency", Fraction: "per cent or fraction", YearDay: "month-day"}
_SPECIAL = {"code": "short name", "year day": "month-day", "country": "country", "zone": "time zone", "currency": "currency"}


def reference_page() -> str:
    """The page, in Markdown."""
    terms, cases = nouns_of(Terms), nouns_of(Casebook)
    sections = [_section(noun) for noun in terms if noun not in (Names, Clause)]
    more = [_section(noun) for noun in cases if noun not in (*terms, Names, Clause)]
    files = [_INTRODUCTION, "## A small terms file\n", f"```yaml\n{EXAMPLE_TERMS}```\n",
             "## Cases to try it on\n", f"```yaml\n{EXAMPLE_CASES}```\n"]
    return "\n".join([*files, "# Keys of a terms file\n", *sections, _words(), _checks(), "# Keys of a cases file\n", *more])


def _words() -> str:
    """What the words mean of which one may choose."""
    rows = [f"| {type(word).__name__} | `{word.value}` | {meaning} |" for word, meaning in MEANINGS]
    return "\n".join(["## Words to choose from\n", "| of | word | meaning |", "|---|---|---|", *rows, ""])


def _checks() -> str:
    """The checks by the names under which `checks` speaks of them, and how much they weigh."""
    rows = [f"| `{name}` | {check.title} | `{check.level}` | `{check.least}` |" for name, check in CHECKS.items()]
    return "\n".join(["## Checks\n", "| name | what it finds | weighs, unless said otherwise | at least |", "|---|---|---|---|", *rows, ""])


def _section(noun: Any) -> str:
    hints = get_type_hints(noun, include_extras=True)
    rows = [_row(each, hints[each.name]) for each in fields(noun)]
    title = "The file" if noun in (Terms, Casebook) else noun.__name__
    head = ["| key | type | unit | default | meaning | example |", "|---|---|---|---|---|---|"]
    return "\n".join([f"## {title}\n", noun.__doc__ or "", "", *head, *rows, ""])


def _row(each: Field[Any], hint: Any) -> str:
    said = each.metadata
    cells = [f"`{each.name}`", kind_of(hint, said["words"]), said["unit"] or unit_of(hint), _default(each), said["meaning"],
             f"`{said['example']}`"]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def kind_of(hint: Any, words: Sequence[StrEnum] = ()) -> str:
    """The kind of value, in words; of a choice, what may be chosen."""
    hint = without_none(hint)
    origin = get_origin(hint)
    if origin is tuple:
        return f"list of {kind_of(get_args(hint)[0])}"
    if origin is Annotated:
        return _SPECIAL[get_args(hint)[1]]
    if origin is not None and issubclass(origin, Mapping):
        return f"table of {kind_of(get_args(hint)[1])}"
    if isinstance(hint, EnumType):
        return "one of " + ", ".join(f"`{word.value}`" for word in words_of(hint, words))
    if hint in _KINDS:
        return _KINDS[hint]
    return f"[{hint.__name__}](#{hint.__name__.lower()})"


def unit_of(hint: Any) -> str:
    """The unit that goes with a kind of value; empty for most."""
    hint = without_none(hint)
    inner = get_args(hint)[-2 if get_origin(hint) is tuple else -1] if get_origin(hint) not in (None, Annotated) else hint
    return _UNITS.get(inner, "")


def _default(each: Field[Any]) -> str:
    if is_required(each):
        return "**required**"
    value = each.default if each.default_factory is MISSING else each.default_factory()
    if value is None or value in ("", (), {}) or (is_dataclass(value) and not isinstance(value, Duration)):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "`" + (", ".join(value) if isinstance(value, tuple) else str(value)) + "`"
