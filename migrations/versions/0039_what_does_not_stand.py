"""Decisions that do not stand: what has come in on them goes back; and decisions that do stand, more tightly held.

Why: a bank's return of a payment of which a part came back by a recovery waits for a person, and has a name for it. What came in on an
annulled recovery goes back by a document. A comparison with nobody holds of everybody, so a decision by nobody, or after a hearing by
nobody, passed two of the checks. And a decided award is what was paid: nobody changes its row any more.
Locks: bank lines, recoveries and revocations, for as long as it takes to read them once (SQLite builds the tables anew).

Revision: 0039, after 0038
"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_FINDINGS = ("finding in ('', 'no_reference', 'unknown_reference', 'amount_differs', 'currency_differs', 'already_settled', 'not_sent', "
             "'return_of_unsettled', 'return_of_recovered')")
_REVOKED = ("not revoked or (heard_on is not null and heard_by is not null and ended_by is not null and ended_by <> opened_by "
            "and ended_by <> heard_by)")
_RECOVERED = ("decided_by is null or (opened_by is not null and heard_by is not null and decided_by <> opened_by "
              "and decided_by <> heard_by)")


def upgrade() -> None:
    """Make it so."""
    with op.batch_alter_table("bank_lines") as batch:
        batch.drop_constraint(op.f("ck_bank_lines_finding_is_known"), type_="check")
        batch.create_check_constraint(op.f("ck_bank_lines_finding_is_known"), _FINDINGS)
    with op.batch_alter_table("recoveries") as batch:
        batch.add_column(sa.Column("refund_document", sa.String(length=100), nullable=False, server_default=""))
        batch.drop_constraint(op.f("ck_recoveries_decided_by_another"), type_="check")
        batch.create_check_constraint(op.f("ck_recoveries_decided_by_another"), _RECOVERED)
    with op.batch_alter_table("recoveries") as batch:
        batch.alter_column("refund_document", existing_type=sa.String(length=100), existing_nullable=False, server_default=None)
    with op.batch_alter_table("revocations") as batch:
        batch.drop_constraint(op.f("ck_revocations_decided_by_another_after_a_hearing"), type_="check")
        batch.create_check_constraint(op.f("ck_revocations_decided_by_another_after_a_hearing"), _REVOKED)
    for verb in ("update", "delete"):
        _refuse_change_of_awards(verb)


def _refuse_change_of_awards(verb: str) -> None:
    name, said = f"awards_decided_refuse_{verb}", "a decided award does not change"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"create trigger {name} before {verb} on awards when old.state = 'decided' begin select raise(abort, '{said}'); end")
        return
    answer = "new" if verb == "update" else "old"
    op.execute(f"create function {name}() returns trigger language plpgsql as $$ begin if old.state = 'decided' then"
               f" raise exception '{said}' using errcode = 'restrict_violation'; end if; return {answer}; end $$")
    op.execute(f"create trigger {name} before {verb} on awards for each row execute function {name}()")
