"""Changing: what is entered of an organisation is mended or follows what became of it; what it was stays in history.

The official number, the country and the kind stay: with another number it is another organisation.
"""

from collections.abc import Mapping

from voucher.database import lock
from voucher.errors import NotAllowed, NotNow, Problem, _, problem, refuse_if_any
from voucher.history import given, record
from voucher.people import Organisation, Role
from voucher.ties import place_of
from voucher.work import Work
from workflows.registration import plain

#: What may change of an organisation: how people call it, and how long it may be.
CHANGEABLE: Mapping[str, tuple[str, int]] = {
    "name": (_("Name"), 200), "name_en": (_("Name in English"), 200), "category": (_("Class of firm"), 64), "region": (_("Region"), 16),
    "town": (_("Town"), 100), "address": (_("Address"), 300), "controller": (_("Actual controller"), 64),
}


def change_organisation(
    work: Work, organisation: str, reason: str, seen: Mapping[str, str] | None = None, /, **entered: str
) -> Organisation:
    """Enter something else of an organisation, from now on; what is not named stays. By an administrator, with a reason.

    `seen` is what stood there when he looked: what somebody else changed since is refused, not overwritten. Another class of firm counts
    for later applications: a voucher keeps the one with which it was applied for. Raises NotValid, NotFound, NotAllowed, NotNow when
    nothing would change.
    """
    if not (work.actor.is_system or work.actor.holds(Role.ADMINISTRATOR)):
        raise NotAllowed
    said, wanted = given(reason), {field: plain(value) if field == "controller" else value.strip() for field, value in entered.items()}
    refuse_if_any(_wrong(wanted))
    held = lock(work.session, Organisation, organisation)
    refuse_if_any([problem(_("Somebody changed this meanwhile: it is {now} now."), field, now=getattr(held, field) or "-")
                   for field, stood in (seen or {}).items() if stood != getattr(held, field)])
    before = {field: getattr(held, field) for field, value in wanted.items() if getattr(held, field) != value}
    if not before:
        raise NotNow(_("All of this is entered so already."))
    after = {field: wanted[field] for field in before}
    for field, value in after.items():
        setattr(held, field, value)
    held.place = place_of(held.address, held.town)
    work.session.add(held)
    record(work, "organisation.changed", held.reference, reason=said, before=before, after=after)
    return held


def _wrong(wanted: Mapping[str, str]) -> list[Problem]:
    assert wanted.keys() <= CHANGEABLE.keys(), wanted
    nameless = [problem(_("An organisation has a name."), "name")] if wanted.get("name") == "" else []
    return nameless + [
        problem(_("At most {longest} characters; these are {length}."), field, longest=CHANGEABLE[field][1], length=len(value))
        for field, value in wanted.items() if len(value) > CHANGEABLE[field][1]]
