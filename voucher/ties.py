"""Ties: owners, officers, relatives, addresses, telephones, accounts of firms and people, each with the time in which it held.

A tie is never changed: one that is over gets its last day, which is written once. What our own register says (controller,
address, bank account) is put beside them when the graph is read.
"""

import re
from collections.abc import Collection, Iterable
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, String, UniqueConstraint, or_
from sqlmodel import Field, Session, col, select

from voucher.checks.conflicts import interest
from voucher.checks.graph import Edge, graph_of
from voucher.database import Row, among, one_of
from voucher.errors import _
from voucher.people import BankAccount, Organisation, OrganisationKind, Person, bare
from voucher.programmes.terms import Relation


class NodeKind(StrEnum):
    """What stands at the end of a tie."""

    ORGANISATION = "org"
    PERSON = "person"
    ADDRESS = "address"
    PHONE = "phone"
    ACCOUNT = "account"
    GROUP = "group"


#: The words for ties, as they stand in a way.
TIE_WORDS = (_("same controller"), _("shareholder"), _("officer"), _("employee"), _("family"), _("same address"), _("same phone"),
             _("same bank account"), _("partnership before"))

#: The ties by which people, or a group, stand behind an organisation.
_BEHIND = (Relation.SAME_CONTROLLER, Relation.SHAREHOLDER, Relation.OFFICER)

#: How many rounds of ties are read at least around everybody in a case: of who is two firms away from whom, that tells all.
ROUNDS = 2

_SPACES = re.compile(r"[\s,,.。;;]+")


class Tie(Row, table=True):
    """A tie of a kind between two nodes, from a day until a day, both counted; without them, always and still.

    Who owns, leads or works stands left of what he owns, leads or works for.
    """

    __tablename__ = "ties"
    __table_args__ = (
        one_of("tie", Relation), UniqueConstraint("left_node", "tie", "right_node", "from_on"),
        CheckConstraint("until_on is null or from_on is null or until_on >= from_on", name="ends_after_its_start"),
        CheckConstraint("left_node <> right_node", name="joins_two"),
    )

    left_node: str = Field(max_length=200, index=True)
    left_name: str = Field(max_length=200)
    tie: str = Field(sa_type=String(24))
    right_node: str = Field(max_length=200, index=True)
    right_name: str = Field(max_length=200)
    from_on: date | None = None
    until_on: date | None = None
    source: str = Field(max_length=300)
    entered_by: UUID | None = Field(default=None, foreign_key="people.id")
    entered_at: datetime


def node_of(kind: NodeKind, text: str) -> str:
    """The node of what somebody wrote: an address without its spaces, a telephone's digits, a bare number, a person's address in small
    letters.
    """
    plain = _SPACES.sub("", text).casefold()
    match kind:
        case NodeKind.PHONE:
            return f"phone:{''.join(char for char in plain if char.isdigit())[-11:]}"
        case NodeKind.ORGANISATION:
            return f"{kind}:{':'.join(map(bare, text.split(':')))}"
        case NodeKind.ACCOUNT | NodeKind.GROUP:
            return f"{kind}:{bare(text)}"
        case _:
            return f"{kind}:{plain}"[:200]


def person_node(person: Person) -> str:
    """The node of one of our own people: what he declared of himself stands there."""
    return node_of(NodeKind.PERSON, person.email)


def place_of(address: str, town: str) -> str:
    """The node of an address that was entered of an organisation; empty where none was."""
    return node_of(NodeKind.ADDRESS, address + town) if address.strip() else ""


def organisation_node(held: Organisation) -> str:
    """The node of an organisation, by its country and official number."""
    return node_of(NodeKind.ORGANISATION, f"{held.country}:{held.number}")


def ties_around(session: Session, starts: Collection[str], rounds: int) -> tuple[list[Edge], dict[str, str]]:
    """The ties within so many rounds of these nodes, what our register says included; and the names of the nodes."""
    edges: dict[tuple[str, str, str, date | None], Edge] = {}
    names: dict[str, str] = {}
    seen: set[str] = set()
    frontier = set(starts)
    for _round in range(rounds):
        if not frontier:
            break
        for edge in (*_entered(session, frontier, names), *_registered(session, frontier, names)):
            edges[edge.left, edge.tie, edge.right, edge.from_on] = edge
        seen |= frontier
        frontier = {end for edge in edges.values() for end in (edge.left, edge.right)} - seen
    return list(edges.values()), names


def _entered(session: Session, nodes: Collection[str], names: dict[str, str]) -> Iterable[Edge]:
    for tie in session.exec(select(Tie).where(or_(among(Tie.left_node, nodes), among(Tie.right_node, nodes)))):
        names[tie.left_node], names[tie.right_node] = tie.left_name, tie.right_name
        yield Edge(tie.left_node, tie.tie, tie.right_node, tie.from_on, tie.until_on)


def _registered(session: Session, nodes: Collection[str], names: dict[str, str]) -> Iterable[Edge]:
    """What the register says of the organisations that are, or stand at, one of these nodes: who controls them, where they are, which
    accounts they name.
    """
    groups, accounts = _texts(nodes, NodeKind.GROUP), _texts(nodes, NodeKind.ACCOUNT)
    numbers = {text.partition(":")[2] for text in _texts(nodes, NodeKind.ORGANISATION)}
    named = select(BankAccount.organisation_id).where(among(BankAccount.bare_number, accounts))
    firms = {each.id: each for each in session.exec(select(Organisation).where(or_(
        among(Organisation.bare_number, numbers), among(Organisation.bare_group, groups), among(Organisation.place, _places(nodes)),
        col(Organisation.id).in_(named))).order_by(col(Organisation.id).desc()))}  # a place is called as the first one there wrote it
    for firm in firms.values():
        node = names_it(names, organisation_node(firm), firm.name)
        yield Edge(node, Relation.SAME_CONTROLLER, names_it(names, node_of(NodeKind.GROUP, firm.group), firm.controller or firm.number))
        if firm.place:
            yield Edge(node, Relation.SAME_ADDRESS, names_it(names, firm.place, firm.address))
    for account in session.exec(select(BankAccount).where(among(BankAccount.organisation_id, firms))) if firms else ():
        node = organisation_node(firms[account.organisation_id])
        yield Edge(node, Relation.SAME_BANK_ACCOUNT, names_it(names, node_of(NodeKind.ACCOUNT, account.number), f"…{account.number[-4:]}"))


def _texts(nodes: Iterable[str], kind: NodeKind) -> set[str]:
    """What is written in the nodes of a kind."""
    return {node.partition(":")[2] for node in nodes if node.startswith(f"{kind}:")}


def _places(nodes: Iterable[str]) -> set[str]:
    return {node for node in nodes if node.startswith(f"{NodeKind.ADDRESS}:")}


def names_it(names: dict[str, str], node: str, name: str) -> str:
    """The node, of which the name is noted."""
    names[node] = name
    return node


def interest_in(session: Session, person_id: UUID, firms: Iterable[Organisation], on: date) -> str:
    """How one of our own people is tied to one of these firms on a day, as the check on officers finds it, in words; else nothing.

    The firms are asked for only of who has any tie.
    """
    person = session.get(Person, person_id)
    node = person_node(person) if person else ""
    if not any(edge.holds(on) for edge in _entered(session, {node}, {})):
        return ""
    ends = sorted(organisation_node(firm) for firm in firms)
    graph = graph_of(*ties_around(session, {node, *ends}, ROUNDS))
    return next((found.words(graph) for end in ends if (found := interest(graph, node, end, on))), "")


def firms_behind(session: Session, firm: Organisation, then: date, on: date) -> set[UUID]:
    """The other organisations behind which, on a day, stand the people or the group that stood behind this one on the day `then`.

    People stand behind what they control, own shares of or are officers of. One who left in between is still one of them.
    A firm in between leads on too: one that owns shares of this one to what it owns, one under the same controller to what is under it.
    """
    node = organisation_node(firm)
    behind = {end for tie, _start, end, owns in _beyond(session, {node}, then)
              if not _is_firm(end) or tie == Relation.SAME_CONTROLLER or (tie == Relation.SHAREHOLDER and owns)}
    reached = {end for end in behind if _is_firm(end)} | {
        end for tie, start, end, owns in _beyond(session, behind, on)
        if _is_firm(end) and (not _is_firm(start) or tie == Relation.SAME_CONTROLLER or (tie == Relation.SHAREHOLDER and not owns))}
    groups = {firm.group, *(end.partition(":")[2] for end in behind if end.startswith(f"{NodeKind.GROUP}:"))}
    numbers = {end.rpartition(":")[2] for end in reached}
    found = session.exec(select(Organisation).where(
        or_(col(Organisation.bare_number).in_(numbers), col(Organisation.bare_group).in_(groups)),
        Organisation.kind != OrganisationKind.OFFICE))
    return {each.id for each in found if each.group in groups or organisation_node(each) in reached} - {firm.id}


def _beyond(session: Session, nodes: Collection[str], on: date) -> Iterable[tuple[str, str, str, bool]]:
    """Each such tie that leads out of these nodes on a day: its kind, from where to where, and whether the end is the one that owns."""
    for each in _entered(session, nodes, {}) if nodes else ():
        if each.tie in _BEHIND and each.holds(on):
            for start, end in ((each.left, each.right), (each.right, each.left)):
                if start in nodes and end not in nodes:
                    yield each.tie, start, end, end == each.left


def _is_firm(node: str) -> bool:
    return node.startswith(f"{NodeKind.ORGANISATION}:")
