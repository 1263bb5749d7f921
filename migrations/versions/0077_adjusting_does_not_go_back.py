"""The days that take adjusting entries only do not become fewer but by a closing or a reopening.

Why: 0071 held how an act moves the days that are closed, and left those that are adjusted to the code: a row by hand could give days back
to ordinary entries that an office had declared adjusted, or take days ahead with a closing. `verify` names such acts too.
Locks: period_acts, for an instant.

Revision: 0077, after 0076
"""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

revision = "0077"
down_revision = "0076"
branch_labels = None
depends_on = None

_WAS = "(select p.adjusting_through from period_acts p where p.number = (select max(number) from period_acts))"


def upgrade() -> None:
    """Make it so."""
    acts = vars(_migration("0071_acts_upon_periods_in_order"))
    acts["_refuse"](acts["_WITHOUT_A_GAP"], acts["_WITH_A_REASON"], acts["_AS_ITS_KIND"], _adjusting(acts["_NEW"], acts["_NEVER"]),
                    acts["_BY_ANOTHER"])


def downgrade() -> None:
    """Undo it."""
    _migration("0071_acts_upon_periods_in_order").upgrade()


def _adjusting(new: str, never: str) -> tuple[str, str]:
    """Adjusting takes more days or as many, a closing leaves those beyond it, a reopening none."""
    return "adjusting does not go back, a closing leaves what is beyond it, a reopening nothing", f"""
select 1 where {new} and (
(new.kind = 'adjusting' and coalesce(new.adjusting_through, {never}) < coalesce({_WAS}, {never}))
or (new.kind = 'closed' and coalesce(new.adjusting_through, {never}) <> case when {_WAS} > new.closed_through then {_WAS} else {never} end)
or (new.kind = 'reopened' and new.adjusting_through is not null))
"""


def _migration(name: str) -> ModuleType:
    """Another migration, by its path: they lie beside the package in a checkout and within it once it is installed."""
    found = spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert found is not None and found.loader is not None
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module
