"""Claims a second: cases with history against a programme with ten caps, and a back-test that streams."""

import random
import resource
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from voucher.money import Money
from voucher.programmes.backtest import Recorded, Report, replay
from voucher.programmes.calculation import Case, Use, calculate
from voucher.programmes.reading import read_terms

CAPS = """
  - {name: {zh: 一次, en: one application}, amount: 50000.00, period: application}
  - {name: {zh: 每件, en: one piece}, amount: 20000.00, period: piece}
  - {name: {zh: 年度, en: a year}, amount_by_class: {small: 300000.00, other: 200000.00}, period: calendar_year}
  - {name: {zh: 财年, en: a fiscal year}, amount: 350000.00, period: fiscal_year}
  - {name: {zh: 三年, en: three years}, amount: 800000.00, period: rolling, length: 3 years}
  - {name: {zh: 终身, en: a lifetime}, amount: 2000000.00, period: lifetime}
  - {name: {zh: 同一控制人, en: a controller}, amount: 650000.00, subject: group, period: calendar_year,
     funders: [province, city], cut: last_first}
  - {name: {zh: 机构, en: a provider}, amount: 9000000.00, subject: provider, period: calendar_year}
  - {name: {zh: 同一机构, en: a firm with a provider}, amount: 150000.00, subject: pair, period: calendar_year}
  - {name: {zh: 检测, en: tests}, amount: 100000.00, services: [testing], period: calendar_year}
"""
RULES = f"""\
format: 1
programme:
  code: ten_caps
  name: {{zh: 十个上限, en: Ten caps}}
  office: {{name: {{zh: 办公室, en: The office}}}}
  currency: CNY
  zone: Asia/Shanghai
  country: CN
  fiscal_year_starts: 04-01
model: reimburse_sme
firm_classes: {{small: {{name: {{zh: 小, en: small}}}}, other: {{name: {{zh: 其他, en: other}}}}}}
services: {{testing: {{name: {{zh: 检测, en: testing}}}}, design: {{name: {{zh: 设计, en: design}}}}}}
basis: net
rates:
  - bands: [{{up_to: 10000.00, rate: 80 %}}, {{up_to: 50000.00, rate: 50 %}}, {{rate: 20 %}}]
caps:{CAPS}
funders:
  - {{code: province, name: {{zh: 省, en: province}}, share: 60 %}}
  - {{code: city, name: {{zh: 市, en: city}}, share: 40 %}}
validity: {{use_within: 12 months, claim_within: 3 months}}
evidence:
  - {{kind: invoice, name: {{zh: 发票, en: invoice}}}}
"""
FIRST = date(2024, 1, 1)
HISTORY = 8


def cases(number: int) -> Iterator[Case]:
    """Claims of a tenth as many firms over three years, at two hundred providers, in the order of their days."""
    lots = random.Random(2026)
    for each in range(number):
        firm = lots.randrange(max(number // 10, 1))
        yield Case(FIRST + timedelta(days=each * 1095 // number), ("small", "other")[firm % 2], ("testing", "design")[each % 2],
                   Money(lots.randrange(500_00, 200_000_00), "CNY"), Money.zero("CNY"), company=f"firm{firm}",
                   group=f"group{firm // 3}", provider=f"provider{lots.randrange(200)}")


def histories(number: int) -> list[tuple[Use, ...]]:
    """Some earlier uses for a case to have: of itself, its group and its provider."""
    lots = random.Random(7)
    return [tuple(Use(FIRST + timedelta(days=lots.randrange(1095)), Money(lots.randrange(100_00, 30_000_00), "CNY"),
                      ("testing", "design")[at % 2], company=("", "sister")[at % 3 == 0], provider=("", "elsewhere")[at % 2])
                  for at in range(HISTORY)) for _time in range(number)]


def measure_rules(number: int) -> dict[str, float]:
    """Cases a second on one core, and the most memory that the process ever had, in MiB."""
    terms = read_terms(RULES.encode())
    some, ready = histories(1000), list(cases(number))
    started, before = time.process_time(), _peak()
    for at, case in enumerate(ready):
        calculate(terms, replace(case, used=some[at % 1000]))
    found = {f"calculate, {HISTORY} earlier uses and ten caps, cases/s": number / (time.process_time() - started),
             "calculate, more memory than before, MiB": _peak() - before}
    del ready
    started, before, report = time.process_time(), _peak(), Report("CNY")
    for replayed in replay(terms, (Recorded(str(at), case, Money.zero("CNY")) for at, case in enumerate(cases(number)))):
        report.add(replayed)
    return found | {f"back-test of {number:,}, cases/s": number / (time.process_time() - started),
                    "back-test, more memory than before, MiB": _peak() - before}


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
