"""Exchange: lists of keyed hashes, given to other offices and taken from them. For the office."""

from collections.abc import Iterator
from typing import Any

from voucher.exchange import ExchangeKey, ExchangeList, keys_in_use
from voucher.exchange_list import FORM
from voucher.people import OFFICE_ROLES
from voucher.work import Work
from workflows import exchanging
from workflows.access import roles
from workflows.api.answers import facts
from workflows.api.fields import Answer, Body, Day, Instant, Number, Part, Said, Text, Those
from workflows.api.nouns import Noun

exchange = Noun("api-exchange", __name__, description="Keyed hashes of invoices and papers, exchanged with other offices.")

MOST = 500


class KeyBody(Body):
    """A key that offices share. Whoever makes it hands it to the others by a way that nobody else reads."""

    name = Text(required=True, metadata={"example": "coast-2026"})
    secret = Text(required=True, metadata={"description": "32 bytes as 64 hexadecimal signs.", "example": "5f" * 32})


class KeyAnswer(Answer):
    """A key, by name."""

    name = Said(metadata={"example": "coast-2026"})
    entered_at = Instant()
    ended_at = Instant(allow_none=True)


class KeysAnswer(Answer):
    """The keys in use."""

    items = Those(Part(KeyAnswer))


class ListAnswer(Answer):
    """A list that another office gave us."""

    office = Said(metadata={"example": "Rushan Bureau of Science and Technology"})
    office_code = Said(metadata={"example": "CN:11371083004367382M"})
    key = Said(metadata={"example": "coast-2026"})
    made_on = Day()
    entries = Number()
    sha256 = Said()
    entered_at = Instant()
    replaced_at = Instant(allow_none=True)


class ListsAnswer(Answer):
    """Lists, the newest first."""

    items = Those(Part(ListAnswer))


class TicketBody(Body):
    """What another office asks about."""

    ticket = Text(required=True, metadata={"example": "3fa9c1d2e4b5f607"})


class FoundAnswer(Answer):
    """Something of ours that a ticket is about."""

    claim = Said(metadata={"example": "C-2026-00001-8"})
    kind = Said(metadata={"example": "invoice"})
    what = Said(metadata={"example": "26371000000000004711"})
    hash = Said()


class AllFoundAnswer(Answer):
    """All that a ticket is about."""

    items = Those(Part(FoundAnswer))


def _of_key(key: ExchangeKey) -> dict[str, Any]:
    return facts(key, "name", "entered_at", "ended_at")


def _of_list(row: ExchangeList, key: str) -> dict[str, Any]:
    return facts(row, "office", "office_code", "made_on", "entries", "sha256", "entered_at", "replaced_at") | {"key": key}


@exchange.reads("/exchange/keys", KeysAnswer)
@roles(*OFFICE_ROLES)
def list_exchange_keys(work: Work, _query: dict[str, Any]) -> dict[str, Any]:
    """List the keys in use, by name."""
    return {"items": [_of_key(key) for key in keys_in_use(work.session)]}


@exchange.writes("/exchange/keys", KeyAnswer, KeyBody, status=201)
@roles(*exchanging.KEEPERS)
def enter_exchange_key(work: Work, body: dict[str, Any]) -> dict[str, Any]:
    """Enter a key. Its secret is told nobody again."""
    return _of_key(exchanging.enter_key(work, body["name"], body["secret"])[0])


@exchange.writes("/exchange/keys/<name>/end", KeyAnswer)
@roles(*exchanging.KEEPERS)
def end_exchange_key(work: Work, _body: dict[str, Any], name: str) -> dict[str, Any]:
    """Use a key no more."""
    return _of_key(exchanging.end_key(work, name))


@exchange.streams("/exchange/keys/<name>/list", "text/plain")
@roles(*exchanging.EXCHANGERS)
def export_exchange_list(work: Work, name: str) -> tuple[str, Iterator[bytes]]:
    """Download the list of our own hashes, made with a key."""
    return f"exchange-{name}-{work.today.isoformat()}.txt", iter([exchanging.export_list(work, name)])


@exchange.reads("/exchange/lists", ListsAnswer)
@roles(*OFFICE_ROLES)
def list_exchange_lists(work: Work, _query: dict[str, Any]) -> dict[str, Any]:
    """List what other offices gave us, the newest first."""
    rows = work.session.exec(exchanging.lists_shown().limit(MOST)).all()
    return {"items": [_of_list(row, work.session.get_one(ExchangeKey, row.key_id).name) for row in rows]}


@exchange.takes("/exchange/lists", ListAnswer, {"text/plain": f"form: {FORM}\n"})
@roles(*exchanging.EXCHANGERS)
def import_exchange_list(work: Work, content: bytes) -> dict[str, Any]:
    """Take in the list of another office in place of its last one."""
    row = exchanging.import_list(work, content)
    return _of_list(row, work.session.get_one(ExchangeKey, row.key_id).name)


@exchange.writes("/exchange/find", AllFoundAnswer, TicketBody)
@roles(*exchanging.EXCHANGERS)
def find_exchange_ticket(work: Work, body: dict[str, Any]) -> dict[str, Any]:
    """Find what of ours another office means by a ticket. It is written down that it was asked."""
    return {"items": [facts(each, "claim", "kind", "what", "hash") for each in exchanging.find_ticket(work, body["ticket"])]}
