"""The words by which the parts of a terms file name each other, and the complaint about one that nobody declared."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, get_type_hints

from voucher.checks.table import CHECKS
from voucher.errors import Problem, _
from voucher.programmes.json_schema import nouns_in
from voucher.programmes.source import Path, unknown_word
from voucher.programmes.terms import Awaited, Service, Terms

BUILT_IN_MEASURES = ("gross", "net", "vat", "recognised_income", "added_value")
OWN_SHARE_KINDS = ("cash", "kind")

Found = Iterator[tuple[Path, Problem]]

#: The keys of a file that take no clause within them, and the steps of `deadlines`: `clauses` cites them by name.
CITED_APART = (*(name for name, hint in get_type_hints(Terms, include_extras=True).items()
                 if name != "format" and not any(nouns_in(hint))), *Awaited)


def parts(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every part of terms that has keys of its own, with its path."""
    if is_dataclass(value):
        yield path, value
        for each in fields(value):
            yield from parts(getattr(value, each.name), (*path, each.name))
    elif isinstance(value, tuple):
        for index, each in enumerate(value):
            yield from parts(each, (*path, index))
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from parts(each, (*path, name))


def undeclared(terms: Terms) -> Found:
    """Every word that names something which the file does not declare."""
    known = _declared(terms)
    for path, part in parts(terms):
        if part is terms:
            continue
        for each in fields(part):
            if each.name in known and not (isinstance(part, Service) and each.name == "items"):
                yield from _unknown_in(getattr(part, each.name), (*path, each.name), *known[each.name])
    yield from _unknown_in(terms.deadlines, ("deadlines",), _("The step"), tuple(Awaited))
    yield from _unknown_in(terms.clauses, ("clauses",), _("The key or step"), CITED_APART)
    yield from _unknown_in(terms.checks, ("checks",), _("The check"), tuple(CHECKS))
    yield from _unknown_in((terms.basis,), ("basis",), *known["basis"])
    yield from _unknown_in(terms.basis_at_most, ("basis_at_most",), *known["basis"])


def _unknown_in(value: Any, path: Path, thing: str, words: tuple[str, ...]) -> Found:
    if isinstance(value, str):
        if value and value not in words:
            yield path, unknown_word(value, words, thing)
    elif isinstance(value, Mapping):
        yield from (((*path, word), unknown_word(word, words, thing)) for word in value if word not in words)
    elif isinstance(value, tuple):
        yield from (((*path, index), unknown_word(word, words, thing))
                    for index, word in enumerate(value) if word not in words)


def _declared(terms: Terms) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Key by key, what its words name and which are declared."""
    services = tuple(terms.services)
    bundles = (*services, *terms.service_groups)
    items = tuple(dict.fromkeys(item for service in terms.services.values() for item in service.items))
    funders = tuple(each.code for each in terms.funders)
    measures = (*BUILT_IN_MEASURES, *terms.measures)
    classes, facts, regions = tuple(terms.firm_classes), tuple(terms.facts), tuple(terms.regions)
    return {
        "firm_classes": (_("The class of firms"), classes), "amount_by_class": (_("The class of firms"), classes),
        "services": (_("The service"), bundles), "per_group": (_("The service"), bundles), "service": (_("The service"), services),
        "items": (_("The item"), items), "item": (_("The item"), items),
        "regions": (_("The region"), regions), "provider_regions": (_("The region"), regions),
        "facts": (_("The fact"), facts), "without_facts": (_("The fact"), facts), "counts_facts": (_("The fact"), facts),
        "funders": (_("The funder"), funders), "funder": (_("The funder"), funders), "matches": (_("The funder"), funders),
        "advances_for": (_("The funder"), funders), "basis": (_("The measure"), measures), "measure": (_("The measure"), measures),
        "instalment": (_("The instalment"), tuple(each.code for each in terms.instalments)),
        "proof": (_("The evidence"), tuple(each.kind for each in terms.evidence)),
        "kinds": (_("The kind of own share"), OWN_SHARE_KINDS),
    }
