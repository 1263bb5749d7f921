"""Adjusting is taken back by a reopening of its own, and no reopening of closed days ends it by the way.

Why: days that somebody had set to take adjusting entries only by mistake could never be opened again while nothing was closed; and where
something was, the reopening of January opened March too, unsaid, and by the person who had set March. Now a reopening goes one step: it
opens days that are closed and leaves alone what takes adjusting entries only, or, where no such day is closed, it ends that, which nobody
does whose own act it was. (Acts of before that did both at once stand, and an import repeats them: so an act may still do both.)
Locks: period_acts, for an instant.

Revision: 0093, after 0092
"""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

revision = "0093"
down_revision = "0092"
branch_labels = None
depends_on = None

_NEVER = "'0001-01-01'"


def _last(column: str) -> str:
    """What the last act that stands says."""
    return f"(select p.{column} from period_acts p where p.number = (select max(number) from period_acts))"


def _mark(act: str) -> str:
    """The last day that does not take every entry, since an act."""
    return f"coalesce({act}.adjusting_through, {act}.closed_through, {_NEVER})"


_NEW, _STOOD, _WAS = "not exists (select 1 from period_acts p where p.number = new.number)", _last("closed_through"), _last("adjusting_through")
_CLOSED, _LEFT = f"coalesce(new.closed_through, {_NEVER})", f"coalesce(new.adjusting_through, {_NEVER})"

_AS_ITS_KIND = ("a closing closes more days, a reopening fewer, and adjusting none", f"""
select 1 where {_NEW} and ((new.kind = 'closed' and {_CLOSED} <= coalesce({_STOOD}, {_NEVER}))
or (new.kind = 'reopened' and {_CLOSED} >= coalesce({_STOOD}, {_NEVER}) and ({_CLOSED} > coalesce({_STOOD}, {_NEVER}) or {_WAS} is null))
or (new.kind = 'adjusting' and ({_CLOSED} <> coalesce({_STOOD}, {_NEVER}) or {_LEFT} <= coalesce({_STOOD}, {_NEVER}))))
""")
_ADJUSTING = ("adjusting does not go back, a closing leaves what is beyond it, a reopening all of it or, where it opens nothing else, less", f"""
select 1 where {_NEW} and (
(new.kind = 'adjusting' and {_LEFT} < coalesce({_WAS}, {_NEVER}))
or (new.kind = 'closed' and {_LEFT} <> case when {_WAS} > new.closed_through then {_WAS} else {_NEVER} end)
or (new.kind = 'reopened' and new.adjusting_through is not null and case when {_CLOSED} < coalesce({_STOOD}, {_NEVER})
    then {_LEFT} <> coalesce({_WAS}, {_NEVER}) else {_LEFT} >= coalesce({_WAS}, {_NEVER}) or {_LEFT} <= {_CLOSED} end))
""")
_BY_ANOTHER = ("adjusting is taken back by another person than set it", f"""
select 1 from period_acts p left join period_acts b on b.number = p.number - 1
where new.kind = 'reopened' and {_CLOSED} = coalesce({_STOOD}, {_NEVER}) and p.kind = 'adjusting' and p.actor = new.actor
and {_mark("p")} > {_mark("new")} and {_mark("p")} > {_mark("b")}
and not exists (select 1 from period_acts r where r.kind = 'reopened' and r.number > p.number
                and ({_mark("r")} <= {_mark("new")} or {_mark("r")} <= {_mark("b")}))
""")


def upgrade() -> None:
    """Make it so."""
    acts = vars(_migration("0071_acts_upon_periods_in_order"))
    acts["_refuse"](acts["_WITHOUT_A_GAP"], acts["_WITH_A_REASON"], _AS_ITS_KIND, _ADJUSTING, acts["_BY_ANOTHER"], _BY_ANOTHER)


def downgrade() -> None:
    """Undo it."""
    _migration("0077_adjusting_does_not_go_back").upgrade()


def _migration(name: str) -> ModuleType:
    """Another migration, by its path: they lie beside the package in a checkout and within it once it is installed."""
    found = spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert found is not None and found.loader is not None
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module
