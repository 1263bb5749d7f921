"""Findings of the checks, what people decided about them, and the shape of an invoice's number.

Why: what a check finds stops money until somebody who neither claims nor verified has decided, and the database says so too:
it approves no claim while a blocking finding is open, lets none be decided without a decision that is written down, and takes
no such decision from a party or from who verified.
Locks: claim_lines, for as long as it takes to write the shape of each line that stands.

Revision: 0010, after 0009
"""

import sqlalchemy as sa
from alembic import op

from voucher.checks.invoices import shape

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# Each rule: its name, before what, on which table, when, and the sentence with which the database refuses.
RULES = (
    ("claims_wait_for_findings", "update", "claims", "new.approved_minor > 0 and old.approved_minor is null and exists ("
     "select 1 from findings f where f.claim_id = new.id and f.level = 'block' and f.state = 'open')",
     "a blocking finding on this claim is open"),
    ("findings_are_decided", "update", "findings", "new.level = 'block' and new.state in ('allowed', 'confirmed')"
     " and new.state <> old.state and not exists (select 1 from finding_decisions d where d.finding_id = new.id"
     " and d.outcome = new.state)", "nobody decided about this finding"),
    ("findings_by_others", "insert", "finding_decisions", "exists (select 1 from findings f join vouchers v on v.reference ="
     " f.case_reference join duties t on t.voucher_id = v.id where f.id = new.finding_id and f.level = 'block'"
     " and t.person_id = new.person_id and t.duty in ('claim', 'provide', 'verify'))",
     "who claims or verified decides about no blocking finding"),
)


def upgrade() -> None:
    """Make it so."""
    op.add_column("claim_lines", sa.Column("invoice_shape", sa.String(length=80), nullable=False, server_default=""))
    op.create_index(op.f("ix_claim_lines_invoice_shape"), "claim_lines", ["invoice_shape"], unique=False)
    _write_shapes()
    op.create_table(
        "findings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("case_reference", sa.String(length=24), nullable=False),
        sa.Column("check_name", sa.String(length=32), nullable=False),
        sa.Column("about", sa.String(length=200), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state in ('open', 'allowed', 'confirmed', 'lapsed')", name=op.f("ck_findings_state_is_known")),
        sa.CheckConstraint("level in ('info', 'warn', 'block')", name=op.f("ck_findings_level_is_known")),
        sa.CheckConstraint("stage in ('submission', 'approval', 'release')", name=op.f("ck_findings_stage_is_known")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_findings_claim_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_findings")),
        sa.UniqueConstraint("reference", name=op.f("uq_findings_reference")),
        sa.UniqueConstraint("claim_id", "check_name", "about", name=op.f("uq_findings_claim_id_check_name_about")),
    )
    for column in ("claim_id", "case_reference", "state"):
        op.create_index(op.f(f"ix_findings_{column}"), "findings", [column], unique=False)
    op.create_index("ix_findings_open", "findings", ["claim_id"], unique=False, sqlite_where=sa.text("state = 'open'"),
                    postgresql_where=sa.text("state = 'open'"))
    op.create_table(
        "finding_decisions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("outcome in ('open', 'allowed', 'confirmed', 'lapsed')",
                           name=op.f("ck_finding_decisions_outcome_is_known")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_finding_decisions_reason_is_given")),
        sa.ForeignKeyConstraint(["finding_id"], ["findings.id"], name=op.f("fk_finding_decisions_finding_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_finding_decisions_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding_decisions")),
    )
    op.create_index(op.f("ix_finding_decisions_finding_id"), "finding_decisions", ["finding_id"], unique=False)
    _refuse_changes("finding_decisions")
    for rule in RULES:
        _hold(*rule)


def _write_shapes() -> None:
    """The shape of each line that stands, seller by seller."""
    connection = op.get_bind()
    lines = connection.execute(sa.text(
        "select l.id, s.country, s.number, l.invoice_number from claim_lines l join claims c on c.id = l.claim_id"
        " join orders o on o.id = c.order_id join organisations s on s.id = o.provider_id")).all()
    if lines:
        connection.execute(sa.text("update claim_lines set invoice_shape = :shape where id = :id"), [
            {"id": key, "shape": shape(f"{country}:{seller}", number)} for key, country, seller, number in lines])


def _hold(name: str, verb: str, table: str, when: str, sentence: str) -> None:
    """Let the database itself refuse, in the words of the engine."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"create trigger {name} before {verb} on {table} when {when} begin select raise(abort, '{sentence}'); end")
        return
    op.execute(f"create function {name}() returns trigger language plpgsql as $$ begin if {when} then"
               f" raise exception '{sentence}' using errcode = 'restrict_violation'; end if; return new; end $$")
    op.execute(f"create trigger {name} before {verb} on {table} for each row execute function {name}()")


def _refuse_changes(table: str) -> None:
    """Let the database itself refuse to change or delete a row of the table."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            op.execute(f"create trigger {table}_refuse_{verb} before {verb} on {table} "
                       f"begin select raise(abort, '{table} are only ever added: {verb} refused'); end")
        return
    op.execute(f"create function {table}_refuse() returns trigger language plpgsql as "
               f"$$ begin raise exception '{table} are only ever added: % refused', lower(tg_op) using errcode = 'restrict_violation'; end $$")
    op.execute(f"create trigger {table}_refuse_changes before update or delete or truncate on {table} "
               f"for each statement execute function {table}_refuse()")
