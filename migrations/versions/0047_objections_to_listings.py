"""An objection may be about a provider in public notice, and not only about a claim.

Why: who is to be listed is in notice so that everybody may say why it should not be; what is said has to be answered, by another person
than began the notice, before it is listed. The database too lists no provider over an objection that is not decided.
Locks: objections and listings, which SQLite builds anew.

Revision: 0047, after 0046
"""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

_LISTED = "new.state = 'listed' and old.state = 'in_notice'"
_IN_THE_WAY = "exists (select 1 from objections o where o.listing_id = new.id and o.state in ('filed', 'admitted'))"
_SAID = "no provider is listed over an objection that is not decided"


def upgrade() -> None:
    """Make it so."""
    with op.batch_alter_table("listings") as batch:
        batch.add_column(sa.Column("notice_begun_by", sa.Uuid(), nullable=True))
        batch.create_foreign_key(op.f("fk_listings_notice_begun_by"), "people", ["notice_begun_by"], ["id"])
    with op.batch_alter_table("objections") as batch:
        batch.alter_column("claim_id", existing_type=sa.Uuid(), nullable=True)
        for column, table in (("listing_id", "listings"), ("listing_begun_by", "people"), ("decided_by", "people")):
            batch.add_column(sa.Column(column, sa.Uuid(), nullable=True))
            batch.create_foreign_key(op.f(f"fk_objections_{column}"), table, [column], ["id"])
        batch.create_check_constraint(op.f("ck_objections_is_about_one"), "(claim_id is null) <> (listing_id is null)")
        batch.create_check_constraint(op.f("ck_objections_decided_by_another"), "decided_by <> listing_begun_by")
    op.create_index(op.f("ix_objections_listing_id"), "objections", ["listing_id"], unique=False)
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"create trigger listings_wait_for_objections before update of state on listings when {_LISTED} and {_IN_THE_WAY}"
                   f" begin select raise(abort, '{_SAID}'); end")
        return
    op.execute("create function listings_wait_for_objections() returns trigger language plpgsql as $body$ begin"
               f" if {_IN_THE_WAY} then raise exception '{_SAID}' using errcode = 'restrict_violation'; end if; return new; end $body$")
    op.execute(f"create trigger listings_wait_for_objections before update of state on listings for each row when ({_LISTED})"
               " execute function listings_wait_for_objections()")
