"""Every verb has its three doors: the portal, the API and the command line; or it says here why it has not."""

from collections.abc import Mapping

from tests.house.verbs import DOORS, ROOT, called, changing, doors, functions, tree

#: Verbs that have not all three doors, and why not.
EXCEPT: Mapping[str, str] = {
    "change_password": "a person asks for it where he signs in; no program has to know a password",
    "enter_ties": "a table of one row enters one tie: `import_ties` has all three doors",
    "keep_log": "portal and command line bring a log with its claim; a program may send it before: the same bytes again are the same file",
    "make_key": "a key that makes keys would outlive its theft; a person signs in, or somebody stands at the machine",
    "match_line_with_deposit": "`match_line` takes it where the reference is that of a deposit",
    "match_line_with_recovery": "`match_line` takes it where the reference is that of a recovery",
    "try_draft": "`voucher programme simulate` tries a draft where it runs, without a job, and shows how far it is",
}


def test_every_verb_has_three_doors_or_a_reason() -> None:
    """When this fails: give the verb its missing door, most easily by a row in workflows/acts; or say in EXCEPT why it has none."""
    missing = {name: sorted(set(DOORS) - open_at) for name, open_at in doors().items() if set(DOORS) - open_at}
    assert {name: where for name, where in missing.items() if name not in EXCEPT} == {}
    assert EXCEPT.keys() <= missing.keys(), "these have all their doors by now"


def test_every_verb_is_taken_by_somebody() -> None:
    """When this fails: nobody can take this verb, neither at a door nor as a step that another one, or the clock, takes along."""
    elsewhere = set().union(*(called(function) for _name, function in functions()), called(tree(ROOT / "worker.py")),
                            called(tree(ROOT / "overdue.py")))
    assert changing() - doors().keys() - elsewhere == set()
