"""A claim is approved after somebody has decided about each warning too, and no warning is decided by nobody.

Why: a finding of the level `warn` needed nobody's decision: the claim was verified, approved and paid while it stood open. Now the code
refuses that, and here the database does, as it did for what blocks. What only is to be known stays free, and so does what comes up after
the approval. A claim that waits for its approval on the day of the upgrade waits for its warnings too.
Locks: claims and findings, for an instant each.

Revision: 0070, after 0069
"""

from alembic import op

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None

# Each rule: its name, on which table, when (`concerned` says at which level), and the sentence before and after.
_RULES = (
    ("claims_wait_for_findings", "claims", "new.approved_minor > 0 and old.approved_minor is null and exists ("
     "select 1 from findings f where f.claim_id = new.id and f.level {concerned} and f.state = 'open')",
     "a blocking finding on this claim is open", "nobody decided yet about a finding on this claim"),
    ("findings_are_decided", "findings", "new.level {concerned} and new.state in ('allowed', 'confirmed')"
     " and new.state <> old.state and not exists (select 1 from finding_decisions d where d.finding_id = new.id"
     " and d.outcome = new.state)", "nobody decided about this finding", "nobody decided about this finding"),
)


def upgrade() -> None:
    """Make it so."""
    for name, table, when, _before, sentence in _RULES:
        _hold(name, table, when.format(concerned="<> 'info'"), sentence)


def downgrade() -> None:
    """Undo it."""
    for name, table, when, sentence, _after in _RULES:
        _hold(name, table, when.format(concerned="= 'block'"), sentence)


def _hold(name: str, table: str, when: str, sentence: str) -> None:
    """Let the database itself refuse an update, by this rule in the place of the one before."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"drop trigger {name}")
        op.execute(f"create trigger {name} before update on {table} when {when} begin select raise(abort, '{sentence}'); end")
        return
    op.execute(f"create or replace function {name}() returns trigger language plpgsql set search_path = public, pg_temp as $$ begin"
               f" if {when} then raise exception '{sentence}' using errcode = 'restrict_violation'; end if; return new; end $$")
