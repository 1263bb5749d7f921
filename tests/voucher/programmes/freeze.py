"""Freezes a terms file with what it gives now: `python -m tests.voucher.programmes.freeze terms.yaml format_1/name`."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

from voucher.money import Money
from voucher.programmes.asking import measures_asked
from voucher.programmes.calculation import Case, calculate
from voucher.programmes.reading import read_terms
from voucher.programmes.terms import Terms

FROZEN = Path(__file__).with_name("frozen")
ON = date(2026, 3, 2)
COSTS = (900_00, 9_999_99, 30_000_00, 2_000_000_00)


def outcomes(terms: Terms) -> dict[str, dict[str, object]]:
    """What each class of firm gets for each service at some costs, near and far from the provider: the amounts alone."""
    return {name: _amounts(terms, case) for name, case in _cases(terms)}


def _cases(terms: Terms) -> Iterator[tuple[str, Case]]:
    zero = Money.zero(terms.currency)
    places = [("", ""), *((region, region) for region in list(terms.regions)[:2])]
    for firm_class in terms.firm_classes:
        for service in terms.services:
            for cost in COSTS:
                net = Money(cost, terms.currency)
                measures = {code: net for code in measures_asked(terms) if not code.startswith("own_")}
                plain = Case(ON, firm_class, service, net, zero, measures=measures)
                for region, provider_region in places:
                    yield (" ".join(filter(None, (firm_class, service, str(net), region))),
                           replace(plain, region=region, provider_region=provider_region))


def _amounts(terms: Terms, case: Case) -> dict[str, object]:
    sheet = calculate(terms, case).as_json()
    return {name: sheet[name] for name in ("result", "own_share", "funders", "instalments") if sheet[name]}


def dates(terms: Terms) -> list[str]:
    """The days that the terms give to a voucher of that day."""
    return [terms.use_by(ON).isoformat(), terms.claim_by(ON).isoformat()]


def freeze(source: bytes, name: str) -> None:
    """Write it, never over another."""
    terms = read_terms(source)
    path = FROZEN / f"{name}.yaml"
    assert not path.exists(), f"{path} is frozen already"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(source)
    kept = {"dates": dates(terms), "outcomes": outcomes(terms)}
    path.with_suffix(".json").write_text(json.dumps(kept, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    freeze(Path(sys.argv[1]).read_bytes(), sys.argv[2])
