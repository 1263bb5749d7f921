"""Absences, and the roles that deputies bear meanwhile: what a deputy does counts as done by both.

Why: a deputy must not be a way around the separation of duties. The database takes no duty of a deputy in a case that does not
stand for the absent one too (whose key then allows no other duty there), and neither for a batch nor for a claim two
signatures of people of whom one bore the role of the other as he signed. Absences and delegations only ever end earlier.
Locks: nothing that stands is touched.

Revision: 0028, after 0027
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_ROLES = "role in ('sme', 'provider', 'reviewer', 'approver', 'verifier', 'finance', 'treasury', 'auditor', 'administrator')"

_ALONE = ("exists (select 1 from delegations d where d.deputy_id = new.person_id and d.begins_at <= new.at and d.ends_at > new.at"
          " and d.duties like '%,' || new.duty || ',%' and not exists (select 1 from duties t where t.voucher_id = new.voucher_id"
          " and t.person_id = d.person_id and t.duty = new.duty))")


def _as_one(table: str, same: str, duty: str) -> str:
    """When a row of the table is of somebody who stood in for another one of it, or the other way round."""
    return (f"exists (select 1 from delegations d join {table} s on {same} where d.duties like '%,{duty},%' and ("
            "(d.deputy_id = new.person_id and d.person_id = s.person_id and d.begins_at <= new.at and d.ends_at > new.at) or "
            "(d.person_id = new.person_id and d.deputy_id = s.person_id and d.begins_at <= s.at and d.ends_at > s.at)))")


_GATHERED = ("(select b.id as batch_id, b.gathered_by as person_id, b.gathered_at as at from batches b)")

RULES = (
    ("duties_of_deputies_count_for_both", "insert", "duties", _ALONE, "what a deputy does stands for the absent one too"),
    ("batch_signatures_of_one", "insert", "batch_signatures", _as_one("batch_signatures", "s.batch_id = new.batch_id", "release"),
     "who acts as one signs once"),
    ("batch_signatures_not_by_gatherer", "insert", "batch_signatures", _as_one(_GATHERED, "s.batch_id = new.batch_id", "release"),
     "who acts as one with who gathered a batch does not release it"),
    ("claim_signatures_of_one", "insert", "claim_signatures",
     _as_one("claim_signatures", "s.claim_id = new.claim_id and s.digest = new.digest", "approve"), "who acts as one signs once"),
    ("delegations_are_lent_by_holders", "insert", "delegations", "not exists (select 1 from memberships m where m.person_id = new.person_id"
     " and m.role = new.role and m.organisation_id = new.organisation_id) or not exists (select 1 from absences a where"
     " a.id = new.absence_id and a.person_id = new.person_id and a.ends_at >= new.ends_at)", "a role is lent by who holds it, for his absence"),
    ("delegations_only_end_earlier", "update", "delegations", "new.ends_at > old.ends_at or new.begins_at <> old.begins_at"
     " or new.person_id <> old.person_id or new.deputy_id <> old.deputy_id or new.role <> old.role or new.duties <> old.duties"
     " or new.organisation_id <> old.organisation_id or new.absence_id <> old.absence_id", "a delegation only ends earlier"),
    ("absences_only_end_earlier", "update", "absences", "new.ends_at > old.ends_at or new.begins_at <> old.begins_at"
     " or new.person_id <> old.person_id or new.from_on <> old.from_on or new.until_on <> old.until_on", "an absence only ends earlier"),
    ("delegations_stay", "delete", "delegations", "true", "delegations are only ever added: delete refused"),
    ("absences_stay", "delete", "absences", "true", "absences are only ever added: delete refused"),
)


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        "absences",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("until_on >= from_on", name=op.f("ck_absences_ends_after_its_start")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_absences_person_id")),
        sa.ForeignKeyConstraint(["entered_by"], ["people.id"], name=op.f("fk_absences_entered_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absences")),
    )
    op.create_index(op.f("ix_absences_person_id"), "absences", ["person_id"], unique=False)
    op.create_table(
        "delegations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("absence_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("deputy_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("duties", sa.String(length=200), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(_ROLES, name=op.f("ck_delegations_role_is_known")),
        sa.CheckConstraint("person_id <> deputy_id", name=op.f("ck_delegations_is_another")),
        sa.ForeignKeyConstraint(["absence_id"], ["absences.id"], name=op.f("fk_delegations_absence_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_delegations_person_id")),
        sa.ForeignKeyConstraint(["deputy_id"], ["people.id"], name=op.f("fk_delegations_deputy_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_delegations_organisation_id")),
        sa.ForeignKeyConstraint(["entered_by"], ["people.id"], name=op.f("fk_delegations_entered_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegations")),
        sa.UniqueConstraint("absence_id", "role", "organisation_id", name=op.f("uq_delegations_absence_id_role_organisation_id")),
    )
    for column in ("absence_id", "person_id", "deputy_id"):
        op.create_index(op.f(f"ix_delegations_{column}"), "delegations", [column], unique=False)
    for rule in RULES:
        _hold(*rule)


def _hold(name: str, verb: str, table: str, when: str, sentence: str) -> None:
    """Let the database itself refuse, in the words of the engine."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"create trigger {name} before {verb} on {table} when {when} begin select raise(abort, '{sentence}'); end")
        return
    op.execute(f"create function {name}() returns trigger language plpgsql as $$ begin if {when} then"
               f" raise exception '{sentence}' using errcode = 'restrict_violation'; end if; return new; end $$")
    op.execute(f"create trigger {name} before {verb} on {table} for each row execute function {name}()")
