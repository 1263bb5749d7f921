"""The account to be paid: shared with another firm, in another name, or changed shortly before (F2, F11)."""

from collections.abc import Iterator
from datetime import timedelta

from voucher.checks.facts import Facts, Found, Level
from voucher.errors import _

#: For how many days a changed account waits, unless the payee has confirmed it over a second channel.
COOLING_DAYS = 10


def shared_account(facts: Facts) -> Iterator[Found]:
    """Another organisation names or named the same account; blocking when it is the other side, or of another group."""
    for firm in facts.account.sharers if facts.account else ():
        same_group = firm.group == facts.claimant.group
        yield Found(firm.reference, _("The account {number} to be paid is that of {firm} too."),
                    {"number": _masked(facts.account.number if facts.account else ""), "firm": firm.name}, (firm.reference,), (),
                    Level.WARN if same_group else None)


def other_holder(facts: Facts) -> Iterator[Found]:
    """The account is held in a name that is not the payee's."""
    if facts.account and _plain(facts.account.holder) != _plain(facts.claimant.name):
        yield Found("holder", _("The account to be paid is held by {holder}, not by {firm}."),
                    {"holder": facts.account.holder, "firm": facts.claimant.name})


def changed_account(facts: Facts) -> Iterator[Found]:
    """The account took the place of another less than the cooling-off days ago, and nobody has confirmed it with the payee."""
    account = facts.account
    if account is None or account.entered_on is None or not account.replaces or account.is_confirmed:
        return
    until = account.entered_on + timedelta(days=COOLING_DAYS)
    if facts.today < until:
        yield Found(f"{account.number} {account.entered_on.isoformat()}",
                    _("The account to be paid was changed on {day}. It waits until {until}, or until the payee has confirmed it over a "
                      "second channel: a number known from before, a visit, a letter."),
                    {"day": account.entered_on.isoformat(), "until": until.isoformat()})


def _masked(number: str) -> str:
    return f"…{number[-4:]}"


def _plain(name: str) -> str:
    return "".join(char for char in name.casefold() if char.isalnum())
