"""Awards of providers, what SMEs thought of a service, and payouts that pay an award instead of a claim.

Why: a provider that served well gets an award each year. It is proposed by one officer and decided by another, and whoever
did either does not release it: the database holds both. A payout has one source, a claim or an award.
Locks: payouts, which SQLite builds anew.

Revision: 0031, after 0030
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_LIVE = sa.text("state not in ('replaced', 'cancelled')")
_STANDING = sa.text("state <> 'refused'")
_HAD_A_PART = ("exists (select 1 from payouts join awards on awards.id = payouts.award_id where payouts.batch_id = new.batch_id"
               " and new.person_id in (awards.proposed_by, awards.decided_by))")


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        "awards",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("terms_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("sheet", sa.JSON(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("proposed_by", sa.Uuid(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("state in ('asked', 'proposed', 'decided', 'refused')", name=op.f("ck_awards_state_is_known")),
        sa.CheckConstraint("amount_minor >= 0 and (amount_minor > 0 or state <> 'decided')", name=op.f("ck_awards_decided_is_positive")),
        sa.CheckConstraint("decided_by <> proposed_by", name=op.f("ck_awards_decided_by_another")),
        sa.CheckConstraint("state <> 'decided' or (decided_on is not null and decided_by is not null and proposed_by is not null)",
                           name=op.f("ck_awards_decided_by_two")),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_awards_programme_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["organisations.id"], name=op.f("fk_awards_provider_id")),
        sa.ForeignKeyConstraint(["terms_id"], ["terms_versions.id"], name=op.f("fk_awards_terms_id")),
        sa.ForeignKeyConstraint(["asked_by"], ["people.id"], name=op.f("fk_awards_asked_by")),
        sa.ForeignKeyConstraint(["proposed_by"], ["people.id"], name=op.f("fk_awards_proposed_by")),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f("fk_awards_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_awards")),
        sa.UniqueConstraint("reference", name=op.f("uq_awards_reference")),
    )
    for column in ("programme_id", "provider_id", "state"):
        op.create_index(op.f(f"ix_awards_{column}"), "awards", [column], unique=False)
    op.create_index("uq_awards_one_a_year", "awards", ["programme_id", "provider_id", "year", "code"], unique=True,
                    sqlite_where=_STANDING, postgresql_where=_STANDING)
    op.create_table(
        "order_ratings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("given_by", sa.Uuid(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("stars between 1 and 5", name=op.f("ck_order_ratings_stars_are_few")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_ratings_order_id")),
        sa.ForeignKeyConstraint(["given_by"], ["people.id"], name=op.f("fk_order_ratings_given_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_ratings")),
        sa.UniqueConstraint("order_id", name=op.f("uq_order_ratings_order_id")),
    )
    _give_payouts_another_source()
    _let_nobody_release_his_award()


def _give_payouts_another_source() -> None:
    op.drop_index("uq_payouts_one_live_payout_a_claim", table_name="payouts")
    with op.batch_alter_table("payouts") as batch:
        batch.alter_column("claim_id", existing_type=sa.Uuid(), nullable=True)
        batch.add_column(sa.Column("award_id", sa.Uuid(), nullable=True))
        batch.create_foreign_key(op.f("fk_payouts_award_id"), "awards", ["award_id"], ["id"])
        batch.create_check_constraint(op.f("ck_payouts_has_one_source"), "(claim_id is null) <> (award_id is null)")
    op.create_index(op.f("ix_payouts_award_id"), "payouts", ["award_id"], unique=False)
    for column, name in (("claim_id", "a_claim"), ("award_id", "an_award")):
        op.create_index(f"uq_payouts_one_live_payout_{name}", "payouts", [column], unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE)


def _let_nobody_release_his_award() -> None:
    sentence = "who proposed or decided an award does not release it"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"create trigger awards_are_released_by_others before insert on batch_signatures when {_HAD_A_PART}"
                   f" begin select raise(abort, '{sentence}'); end")
        return
    op.execute(f"create function awards_are_released_by_others() returns trigger language plpgsql as $$ begin if {_HAD_A_PART} then"
               f" raise exception '{sentence}' using errcode = 'restrict_violation'; end if; return new; end $$")
    op.execute("create trigger awards_are_released_by_others before insert on batch_signatures for each row"
               " execute function awards_are_released_by_others()")
