# ruff: noqa: T201 - it says how far it is
"""Claims a second: cases with history against a programme with ten caps, and a back-test that streams."""

import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields, replace
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryFile

from voucher.money import Money
from voucher.programmes.backtest import Recorded, Report, replay
from voucher.programmes.calculation import Case, Use, calculate
from voucher.programmes.case_lines import calculate_lines
from voucher.programmes.reading import read_terms
from voucher.programmes.terms import Terms

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
Way = Callable[[Terms, int], Iterator[object]]
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


def measure_rules(number: int) -> Iterator[tuple[str, float]]:
    """Cases a second of processor time on one core, and by how much the peak of memory grew (MiB), of each way as it ends.

    Each runs in a process of its own, so that the memory of one is not counted for another.
    """
    for what, way in WAYS.items():
        with ProcessPoolExecutor(1, get_context("spawn")) as alone:
            rate, memory = alone.submit(_measured, way, number).result()
        yield f"{what}, {number:,} cases, cases/s", rate
        yield f"{what}, memory at the peak above the start, MiB", memory


def _measured(way: Way, number: int) -> tuple[float, float]:
    terms, before = read_terms(RULES.encode()), _peak()
    answers = way(terms, number)
    counted, _first = 1, next(answers)
    started = time.process_time()  # what had to be made ready before the first is not counted
    for _answer in answers:
        counted += 1
        if counted % max(number // 10, 1) == 0:
            print(f"  {counted:>9,} of {number:,}  {counted / (time.process_time() - started):,.0f} cases/s", file=sys.stderr, flush=True)
    assert counted == number
    return number / (time.process_time() - started), _peak() - before


def calculated(terms: Terms, number: int) -> Iterator[object]:
    """Each case with some earlier uses."""
    some = histories(1000)
    for at, case in enumerate(cases(number)):
        yield calculate(terms, replace(case, used=some[at % 1000]))


def from_lines(terms: Terms, number: int) -> Iterator[object]:
    """Each case read from its line of a file, with the same earlier uses, as `voucher programme calculate --lines` does."""
    some = histories(1000)
    with TemporaryFile() as file:
        for at, case in enumerate(cases(number)):
            file.write((json.dumps(_said(case) | {"used": list(map(_said, some[at % 1000]))}) + "\n").encode())
        file.seek(0)
        for answer in calculate_lines(terms, file):
            assert answer.sheet is not None, answer.problems
            yield answer.sheet.as_json()


def replayed(terms: Terms, number: int) -> Iterator[object]:
    """A back-test: each case meets what its firm, its group and its provider got before it."""
    report = Report("CNY")
    for each in replay(terms, (Recorded(str(at), case, Money.zero("CNY")) for at, case in enumerate(cases(number)))):
        report.add(each)
        yield each


WAYS: dict[str, Way] = {
    f"calculate, {HISTORY} earlier uses, ten caps": calculated, f"the same from a file, {HISTORY} earlier uses": from_lines,
    "back-test, ten caps": replayed,
}


def _said(noun: Case | Use) -> dict[str, object]:
    """What a file says of it."""
    said = {each.name: getattr(noun, each.name) for each in fields(noun)}
    return {name: str(value) for name, value in said.items() if isinstance(value, Money | date) or (value and isinstance(value, str))}


def _peak() -> float:
    """The most memory that this process ever had, in MiB."""
    return next(int(line.split()[1]) / 1024 for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
