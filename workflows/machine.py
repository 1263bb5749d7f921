"""State machines as tables: which step leads where, and who may take it.

A machine is a handful of rows that read like the policy. The same rows decide here, draw the buttons in the portal,
and make the diagrams and the role matrix of the docs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import bindparam, or_, update
from sqlalchemy.orm.attributes import set_committed_value

from voucher.database import Row
from voucher.duties import Duty, take_duty
from voucher.errors import NotAllowed, NotFound, NotNow, _
from voucher.figures import tell
from voucher.history import record
from voucher.people import OFFICE_ROLES, Role
from voucher.work import Actor, Work

# Whose case it is: the organisations that take part, by the role in which they do.
Parties = Mapping[Role, UUID]


@dataclass(frozen=True)
class Step:
    """One row: the verb `name` leads from a `source` to the `target`, may be taken `by` these roles, and counts as a `duty`.

    A step without a source begins the thing's life. A step by nobody is taken by the system alone.
    """

    name: str
    source: tuple[StrEnum, ...]
    target: StrEnum
    event: str
    by: tuple[Role, ...] = ()
    duty: Duty | None = None


def may(actor: Actor, step: Step, parties: Parties) -> bool:
    """Whether somebody holds a role that a step asks for; firms only in their own cases."""
    if actor.is_system:
        return not step.by
    return any(actor.holds(role, parties[role]) if role in parties else role in OFFICE_ROLES and actor.holds(role)
               for role in step.by)


def takes_part(actor: Actor, parties: Parties) -> bool:
    """Whether a case is any of somebody's business: a party to it, or the office."""
    return actor.is_system or any(actor.holds(role) for role in OFFICE_ROLES) or any(
        actor.holds(role, where) for role, where in parties.items())


class Machine:
    """The steps in the life of one kind of noun. `known` are all machines there are, for the docs that are made from them."""

    known: ClassVar[list["Machine"]] = []

    def __init__(self, noun: str, *steps: Step) -> None:
        """`noun` is what people call the thing in a sentence."""
        self.noun = noun
        self.steps = {step.name: step for step in steps}
        self.known.append(self)

    def open_to(self, actor: Actor, state: str, parties: Parties) -> list[Step]:
        """The steps that somebody could take now: what the buttons are made from."""
        return [step for step in self.steps.values() if state in step.source and may(actor, step, parties)]

    def allow(self, work: Work, name: str, parties: Parties) -> Step:
        """The step, if whoever is at work may take it. Raises NotFound to strangers and NotAllowed to colleagues."""
        step = self.steps[name]
        if not takes_part(work.actor, parties):
            raise NotFound
        if not may(work.actor, step, parties):
            raise NotAllowed(_("Only {roles} may do this."), roles=", ".join(step.by) or "system")
        return step

    def begin(
        self, work: Work, row: Row, name: str, parties: Parties, *, case: str = "", reason: str = "",
        voucher_id: UUID | None = None, **data: Any,
    ) -> None:
        """Take a step that begins the life of a row, which is then written."""
        step = self.allow(work, name, parties)
        self._add(work, row, step)
        self._note(work, row, step, "", case, reason, (voucher_id,) if voucher_id else (), data)

    def advance(
        self, work: Work, row: Row, name: str, parties: Parties, *, case: str = "", reason: str = "",
        vouchers: tuple[UUID, ...] = (), **data: Any,
    ) -> None:
        """Take a step on a row that stands: role first, then duty, then the state, changed only if it is a source.

        Two who try at once cannot both win, locked or not: one of the updates touches no row. Raises NotFound,
        NotAllowed, NotNow.
        """
        step = self.allow(work, name, parties)
        before = row.state  # type: ignore[attr-defined]
        self._move(work, row, step)
        self._note(work, row, step, before, case, reason, vouchers, data)

    def follow(self, work: Work, row: Row, name: str, *, case: str = "", reason: str = "", **data: Any) -> None:
        """Take a step that follows from one that was just taken on something else, so that nobody is asked again.

        Only for steps that the table gives to nobody. Raises NotNow.
        """
        step = self.steps[name]
        assert not step.by and step.duty is None, f"{name} is somebody's own step"
        before = row.state  # type: ignore[attr-defined]
        if step.source:
            self._move(work, row, step)
        else:
            self._add(work, row, step)
        self._note(work, row, step, before, case, reason, (), data)

    def begin_many(self, work: Work, rows: Sequence[Row], name: str, parties: Parties, notes: Sequence[Mapping[str, Any]]) -> None:
        """Take a step that begins the lives of many rows at once; `notes` say of each what its event carries.

        The number of questions does not grow with the rows. For steps that are no duty of anybody. Raises as `begin`.
        """
        self._add_many(work, rows, self.allow(work, name, parties), notes)

    def follow_many(self, work: Work, rows: Sequence[Row], name: str, notes: Sequence[Mapping[str, Any]]) -> None:
        """As `begin_many`, of a step that follows from one that was just taken, so that nobody is asked again."""
        step = self.steps[name]
        assert not step.by and not step.source, f"{name} is somebody's own step, or begins nothing"
        self._add_many(work, rows, step, notes)

    def advance_many(
        self, work: Work, rows: Sequence[Row], name: str, parties: Parties, notes: Sequence[Mapping[str, Any]],
        each: Sequence[Mapping[str, Any]] = (), **values: Any,
    ) -> None:
        """Take a step on many rows at once, all or none; `notes` say of each what its event carries beside the states.

        `values` are other columns that change with the state, `each` those that differ from row to row. The number of questions does
        not grow with the rows. For steps that are no duty of anybody. Raises as `advance`.
        """
        step = self.allow(work, name, parties)
        assert step.duty is None, f"{name} is a duty, so each case is looked at by itself"
        before = [row.state for row in rows]  # type: ignore[attr-defined]
        self._move_many(work, rows, step, values, each)
        for row, state, note in zip(rows, before, notes, strict=True):
            record(work, step.event, row.reference, from_state=state, to_state=step.target, **note)  # type: ignore[attr-defined]

    def _move_many(
        self, work: Work, rows: Sequence[Row], step: Step, values: Mapping[str, Any], each: Sequence[Mapping[str, Any]]
    ) -> None:
        if not rows:
            return
        table = type(rows[0])
        work.session.flush()
        common = {"state": step.target.value, **values}
        moving = update(table).values(**common).where(or_(*(table.state == source for source in step.source)))  # type: ignore[attr-defined]
        if each:
            moving = moving.where(table.id == bindparam("of_row")).values(  # type: ignore[arg-type]
                **{name: bindparam(f"new_{name}") for name in each[0]})
            told = [{"of_row": row.id} | {f"new_{name}": value for name, value in new.items()}
                    for row, new in zip(rows, each, strict=True)]
        else:
            moving, told = moving.where(table.id.in_([row.id for row in rows])), []  # type: ignore[attr-defined]
        changed = work.session.connection().execute(moving, told or None, execution_options={"preserve_rowcount": True}).rowcount
        if changed != len(rows):
            raise NotNow(_("Some of them have moved on meanwhile. Look at them again."))
        said = [{**common, **new} for new in each or [{}] * len(rows)]
        for row, new in zip(rows, said, strict=True):
            for name, value in new.items():
                set_committed_value(row, name, value)
        tell(work.session, table, [{"reference": row.reference, **new} for row, new in zip(rows, said, strict=True)])  # type: ignore[attr-defined]

    def _add_many(self, work: Work, rows: Sequence[Row], step: Step, notes: Sequence[Mapping[str, Any]]) -> None:
        assert step.duty is None, f"{step.name} is a duty, so each case is looked at by itself"
        for row in rows:
            row.state = step.target.value
        work.session.add_all(rows)
        work.session.flush()
        for row, note in zip(rows, notes, strict=True):
            record(work, step.event, row.reference, from_state="", to_state=step.target, **note)  # type: ignore[attr-defined]

    def _add(self, work: Work, row: Row, step: Step) -> None:
        row.state = step.target.value
        work.session.add(row)
        work.session.flush()

    def _move(self, work: Work, row: Row, step: Step) -> None:
        table = type(row)
        work.session.flush()
        changed = work.session.connection().execute(
            update(table).where(table.id == row.id, table.state.in_(step.source))  # type: ignore[attr-defined,arg-type]
            .values(state=step.target.value)).rowcount
        if changed != 1:
            raise NotNow(_("This {noun} is {state}; this step needs it to be {wanted}. Look at it again."),
                         noun=self.noun, state=row.state, wanted=" / ".join(step.source))  # type: ignore[attr-defined]
        set_committed_value(row, "state", step.target.value)

    def _note(
        self, work: Work, row: Row, step: Step, before: str, case: str, reason: str, vouchers: tuple[UUID, ...],
        data: Mapping[str, Any],
    ) -> None:
        if step.duty is not None:
            take_duty(work, vouchers, step.duty)
        record(work, step.event, row.reference, case=case, from_state=before,  # type: ignore[attr-defined]
               to_state=step.target, reason=reason, **data)
