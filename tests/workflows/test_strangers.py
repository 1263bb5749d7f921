"""To a firm that has nothing to do with a case, what is somebody else's looks through every door like what does not exist.

Each page and each operation of the API is asked about a real thing of others and about nothing, the operations with the bodies that their
description shows. The answers are alike. (Programmes, the list of providers and notices are public.)
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlmodel import Session, col, func, select
from uuid_utils.compat import uuid7

from tests.builders import PROVIDERS, SMES, who
from tests.workflows.api.client import ROOT, Programs
from tests.workflows.one_of_each import one_of_each
from tests.workflows.portal.visitors import Visitors, an_app
from voucher.awards import ProviderAward
from voucher.claims import Claim
from voucher.files import StoredFile
from voucher.findings import Finding
from voucher.history import Event
from voucher.objections import Objection
from voucher.orders import Order
from voucher.payouts import Batch, Payout
from voucher.people import Organisation
from voucher.programmes.funding import FundLine
from voucher.recoveries import Recovery
from voucher.references import reference
from voucher.vouchers import Voucher
from voucher.work import read

STRANGERS = (who(SMES[1]), who(PROVIDERS[1]))

#: The tables behind the words of addresses: the first row of each is of others.
TABLES: dict[str, type[Any]] = {
    "voucher": Voucher, "order": Order, "claim": Claim, "payout": Payout, "recovery": Recovery, "award": ProviderAward, "file": StoredFile,
    "organisation": Organisation, "batch": Batch, "fund_line": FundLine, "finding": Finding, "objection": Objection, "event": Event}

#: What an address of the portal is about, by its first word.
WORDS = {"vouchers": "voucher", "orders": "order", "claims": "claim", "payouts": "payout", "recoveries": "recovery", "awards": "award",
         "files": "file", "organisations": "organisation", "instrument-log": "order", "batches": "batch", "funds": "fund_line",
         "findings": "finding", "objections": "objection", "decisions": "event"}


@pytest.fixture(scope="module")
def portal(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitors]:
    """The whole app, on a house with one thing of each kind, of the first firms."""
    folder = tmp_path_factory.mktemp("strangers")
    house = one_of_each(migrated_sqlite, folder)
    yield Visitors(an_app(house, folder), house)
    house.database.engine.dispose()


def things(session: Session) -> dict[str, str]:
    """What there is of others, by its word."""
    found = {word: session.exec(select(table).order_by(col(table.id))).first() for word, table in TABLES.items()}
    return {word: str(getattr(row, "reference", row.id)) for word, row in found.items() if row is not None}


def nothing_like(known: str) -> str:
    """What looks like it, and is nothing."""
    return reference(known[0], 2026, 99_999) if known[1] == "-" else str(uuid7())


def addresses(app: Flask, about: dict[str, str]) -> Iterator[tuple[str, str, str, str]]:
    """Method, rule, address of something and address of nothing, for every door that leads to one thing of a case."""
    for rule in app.url_map.iter_rules():
        word = WORDS.get(rule.rule.split("/")[1], "") if not rule.rule.startswith(ROOT) else next(iter(rule.arguments), "")
        if len(rule.arguments) != 1 or word not in about:
            continue
        [name] = rule.arguments
        shown = rule.rule.replace("uuid:", "")
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, shown, shown.replace(f"<{name}>", about[word]), shown.replace(f"<{name}>", nothing_like(about[word]))


def test_what_is_somebody_elses_looks_through_every_door_like_nothing(portal: Visitors) -> None:
    api, wrong, asked = Programs(portal.app, portal.house), [], 0
    with read(portal.house.database) as session:
        about, before = things(session), events(session)
    paths = api.seen("administrator1", "/openapi.json")["paths"]
    for stranger in STRANGERS:
        client = portal.client(stranger)
        for method, rule, there, nowhere in addresses(portal.app, about):
            if rule.startswith(ROOT):
                body = paths[rule.replace("<", "{").replace(">", "}")][method.lower()].get("requestBody", {}).get("content", {})
                example = body.get("application/json", {}).get("example")
                seen = [api.send(stranger, method, each.removeprefix(ROOT), json=example).status_code for each in (there, nowhere)]
            else:
                seen = [client.open(each, method=method, data={} if method == "POST" else None).status_code for each in (there, nowhere)]
            asked += 1
            if seen[0] != seen[1] or seen[0] < 400:
                wrong.append(f"{stranger} {method} {rule}: {seen}")
    assert not wrong, "\n".join(wrong)
    assert asked > 300
    with read(portal.house.database) as session:
        assert events(session) == before


def events(session: Session) -> int:
    """How much has happened."""
    return session.exec(select(func.count(col(Event.id)))).one()
