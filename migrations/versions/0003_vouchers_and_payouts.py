"""Programmes, vouchers, orders, claims, payouts, batches and bank statements.

Why: the nouns of the story, each with what the database holds for it: sums within their bounds, one live claim an
order, one live payout a claim, one contract number, one invoice; published terms, duties and signatures never change.
Locks: nothing that exists.

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        "programmes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name_zh", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.CheckConstraint("state in ('open', 'closed')", name=op.f("ck_programmes_state_is_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programmes")),
        sa.UniqueConstraint("code", name=op.f("uq_programmes_code")),
        sa.UniqueConstraint("reference", name=op.f("uq_programmes_reference")),
    )
    op.create_table(
        "batches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("gathered_by", sa.Uuid(), nullable=False),
        sa.Column("gathered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("execution_on", sa.Date(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "state in ('gathered', 'signed', 'released', 'exported', 'dissolved')",
            name=op.f("ck_batches_state_is_known"),
        ),
        sa.ForeignKeyConstraint(["gathered_by"], ["people.id"], name=op.f("fk_batches_gathered_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
        sa.UniqueConstraint("reference", name=op.f("uq_batches_reference")),
    )
    op.create_index(op.f("ix_batches_state"), "batches", ["state"], unique=False)
    op.create_table(
        "fund_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("funder", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_fund_lines_programme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_lines")),
        sa.UniqueConstraint("programme_id", "year", "funder", name=op.f("uq_fund_lines_programme_id_year_funder")),
        sa.UniqueConstraint("reference", name=op.f("uq_fund_lines_reference")),
    )
    op.create_index(op.f("ix_fund_lines_programme_id"), "fund_lines", ["programme_id"], unique=False)
    op.create_table(
        "terms_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_terms_versions_programme_id")),
        sa.ForeignKeyConstraint(["published_by"], ["people.id"], name=op.f("fk_terms_versions_published_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terms_versions")),
        sa.UniqueConstraint("programme_id", "digest", name=op.f("uq_terms_versions_programme_id_digest")),
        sa.UniqueConstraint("programme_id", "number", name=op.f("uq_terms_versions_programme_id_number")),
    )
    op.create_index(op.f("ix_terms_versions_programme_id"), "terms_versions", ["programme_id"], unique=False)
    op.create_table(
        "bank_statements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("identification", sa.String(length=64), nullable=False),
        sa.Column("sequence", sa.String(length=32), nullable=False),
        sa.Column("account_number", sa.String(length=34), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("opening_minor", sa.BigInteger(), nullable=False),
        sa.Column("closing_minor", sa.BigInteger(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_bank_statements_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_statements")),
        sa.UniqueConstraint(
            "account_number", "currency", "identification", "from_on", "to_on", name="uq_bank_statements_period"
        ),
        sa.UniqueConstraint("reference", name=op.f("uq_bank_statements_reference")),
    )
    op.create_index(op.f("ix_bank_statements_file_id"), "bank_statements", ["file_id"], unique=False)
    op.create_table(
        "batch_signatures",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_batch_signatures_batch_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_batch_signatures_person_id")),
        sa.PrimaryKeyConstraint("batch_id", "person_id", name=op.f("pk_batch_signatures")),
    )
    op.create_table(
        "payment_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("message_id", sa.String(length=35), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_payment_files_batch_id")),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_payment_files_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_files")),
        sa.UniqueConstraint("batch_id", "currency", name=op.f("uq_payment_files_batch_id_currency")),
        sa.UniqueConstraint("message_id", name=op.f("uq_payment_files_message_id")),
    )
    op.create_index(op.f("ix_payment_files_batch_id"), "payment_files", ["batch_id"], unique=False)
    op.create_table(
        "vouchers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("terms_id", sa.Uuid(), nullable=False),
        sa.Column("fund_line_id", sa.Uuid(), nullable=True),
        sa.Column("sme_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("firm_class", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("use_by", sa.Date(), nullable=True),
        sa.Column("claim_by", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "state in ('submitted', 'reviewed', 'issued', 'rejected', 'withdrawn')",
            name=op.f("ck_vouchers_state_is_known"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_vouchers_amount_is_positive")),
        sa.ForeignKeyConstraint(["fund_line_id"], ["fund_lines.id"], name=op.f("fk_vouchers_fund_line_id")),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_vouchers_programme_id")),
        sa.ForeignKeyConstraint(["sme_id"], ["organisations.id"], name=op.f("fk_vouchers_sme_id")),
        sa.ForeignKeyConstraint(["terms_id"], ["terms_versions.id"], name=op.f("fk_vouchers_terms_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vouchers")),
        sa.UniqueConstraint("reference", name=op.f("uq_vouchers_reference")),
    )
    op.create_index(op.f("ix_vouchers_fund_line_id"), "vouchers", ["fund_line_id"], unique=False)
    op.create_index(op.f("ix_vouchers_programme_id"), "vouchers", ["programme_id"], unique=False)
    op.create_index(op.f("ix_vouchers_sme_id"), "vouchers", ["sme_id"], unique=False)
    op.create_index(op.f("ix_vouchers_state"), "vouchers", ["state"], unique=False)
    op.create_table(
        "duties",
        sa.Column("voucher_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("duty", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "duty in ('claim', 'provide', 'review', 'issue', 'verify', 'approve', 'release')",
            name=op.f("ck_duties_duty_is_known"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_duties_person_id")),
        sa.ForeignKeyConstraint(["voucher_id"], ["vouchers.id"], name=op.f("fk_duties_voucher_id")),
        sa.PrimaryKeyConstraint("voucher_id", "person_id", name=op.f("pk_duties")),
    )
    op.create_table(
        "orders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("terms_id", sa.Uuid(), nullable=False),
        sa.Column("service_type", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("vat_minor", sa.BigInteger(), nullable=False),
        sa.Column("voucher_part_minor", sa.BigInteger(), nullable=False),
        sa.Column("held_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("placed_on", sa.Date(), nullable=False),
        sa.Column("contract_number", sa.String(length=32), nullable=False),
        sa.Column("delivered_on", sa.Date(), nullable=True),
        sa.Column("accepted_on", sa.Date(), nullable=True),
        sa.Column("delivery_note", sa.Text(), nullable=False),
        sa.Column("sheet", sa.JSON(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state in ('placed', 'accepted', 'registered', 'delivered', 'completed', 'declined', 'cancelled')",
            name=op.f("ck_orders_state_is_known"),
        ),
        sa.CheckConstraint("held_minor between 0 and voucher_part_minor", name=op.f("ck_orders_held_is_within_part")),
        sa.CheckConstraint("net_minor > 0 and vat_minor >= 0", name=op.f("ck_orders_price_is_positive")),
        sa.CheckConstraint(
            "voucher_part_minor > 0 and voucher_part_minor <= net_minor + vat_minor",
            name=op.f("ck_orders_part_is_within_price"),
        ),
        sa.ForeignKeyConstraint(["provider_id"], ["organisations.id"], name=op.f("fk_orders_provider_id")),
        sa.ForeignKeyConstraint(["terms_id"], ["terms_versions.id"], name=op.f("fk_orders_terms_id")),
        sa.ForeignKeyConstraint(["voucher_id"], ["vouchers.id"], name=op.f("fk_orders_voucher_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("reference", name=op.f("uq_orders_reference")),
    )
    op.create_index(op.f("ix_orders_provider_id"), "orders", ["provider_id"], unique=False)
    op.create_index(op.f("ix_orders_state"), "orders", ["state"], unique=False)
    op.create_index(op.f("ix_orders_voucher_id"), "orders", ["voucher_id"], unique=False)
    op.create_index(
        "uq_orders_contract_number",
        "orders",
        ["contract_number"],
        unique=True,
        sqlite_where=sa.text("contract_number <> ''"),
        postgresql_where=sa.text("contract_number <> ''"),
    )
    op.create_table(
        "claims",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("claimant_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("requested_minor", sa.BigInteger(), nullable=False),
        sa.Column("approved_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("own_payment_reference", sa.String(length=64), nullable=False),
        sa.Column("own_payment_on", sa.Date(), nullable=False),
        sa.Column("own_payment_minor", sa.BigInteger(), nullable=False),
        sa.Column("sheet", sa.JSON(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "state in ('submitted', 'verified', 'approved', 'refused', 'withdrawn')",
            name=op.f("ck_claims_state_is_known"),
        ),
        sa.CheckConstraint(
            "approved_minor between 0 and requested_minor", name=op.f("ck_claims_approved_is_within_requested")
        ),
        sa.CheckConstraint("requested_minor > 0", name=op.f("ck_claims_requested_is_positive")),
        sa.ForeignKeyConstraint(["claimant_id"], ["organisations.id"], name=op.f("fk_claims_claimant_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_claims_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims")),
        sa.UniqueConstraint("reference", name=op.f("uq_claims_reference")),
    )
    op.create_index(op.f("ix_claims_claimant_id"), "claims", ["claimant_id"], unique=False)
    op.create_index(op.f("ix_claims_order_id"), "claims", ["order_id"], unique=False)
    op.create_index(op.f("ix_claims_state"), "claims", ["state"], unique=False)
    op.create_index(
        "uq_claims_one_live_claim_an_order",
        "claims",
        ["order_id"],
        unique=True,
        sqlite_where=sa.text("state in ('submitted', 'verified', 'approved')"),
        postgresql_where=sa.text("state in ('submitted', 'verified', 'approved')"),
    )
    op.create_table(
        "claim_evidence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_claim_evidence_claim_id")),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_claim_evidence_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_evidence")),
        sa.UniqueConstraint("claim_id", "file_id", "kind", name=op.f("uq_claim_evidence_claim_id_file_id_kind")),
    )
    op.create_index(op.f("ix_claim_evidence_claim_id"), "claim_evidence", ["claim_id"], unique=False)
    op.create_table(
        "claim_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("invoice_number", sa.String(length=40), nullable=False),
        sa.Column("invoice_key", sa.String(length=80), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("description", sa.String(length=300), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("vat_minor", sa.BigInteger(), nullable=False),
        sa.Column("basis_minor", sa.BigInteger(), nullable=False),
        sa.Column("accepted_minor", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.CheckConstraint(
            "accepted_minor is null or accepted_minor = basis_minor or reason <> ''",
            name=op.f("ck_claim_lines_cut_has_a_reason"),
        ),
        sa.CheckConstraint(
            "accepted_minor between 0 and basis_minor", name=op.f("ck_claim_lines_accepted_is_within_basis")
        ),
        sa.CheckConstraint("net_minor > 0 and vat_minor >= 0", name=op.f("ck_claim_lines_amount_is_positive")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_claim_lines_claim_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_lines")),
        sa.UniqueConstraint("claim_id", "number", name=op.f("uq_claim_lines_claim_id_number")),
        sa.UniqueConstraint("invoice_key", name=op.f("uq_claim_lines_invoice_key")),
    )
    op.create_index(op.f("ix_claim_lines_claim_id"), "claim_lines", ["claim_id"], unique=False)
    op.create_table(
        "payouts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("payee_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("holder", sa.String(length=200), nullable=False),
        sa.Column("account_number", sa.String(length=34), nullable=False),
        sa.Column("bank_name", sa.String(length=200), nullable=False),
        sa.Column("bank_code", sa.String(length=35), nullable=False),
        sa.Column("payable_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("return_reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "batch_id is not null or state in ('payable', 'returned', 'replaced')",
            name=op.f("ck_payouts_on_the_way_in_a_batch"),
        ),
        sa.CheckConstraint(
            "state in ('payable', 'gathered', 'released', 'sent', 'settled', 'returned', 'replaced')",
            name=op.f("ck_payouts_state_is_known"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payouts_amount_is_positive")),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_payouts_batch_id")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_payouts_claim_id")),
        sa.ForeignKeyConstraint(["payee_id"], ["organisations.id"], name=op.f("fk_payouts_payee_id")),
        sa.ForeignKeyConstraint(["replaces_id"], ["payouts.id"], name=op.f("fk_payouts_replaces_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payouts")),
        sa.UniqueConstraint("reference", name=op.f("uq_payouts_reference")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_payouts_replaces_id")),
    )
    op.create_index(op.f("ix_payouts_batch_id"), "payouts", ["batch_id"], unique=False)
    op.create_index(op.f("ix_payouts_claim_id"), "payouts", ["claim_id"], unique=False)
    op.create_index(op.f("ix_payouts_payee_id"), "payouts", ["payee_id"], unique=False)
    op.create_index(op.f("ix_payouts_state"), "payouts", ["state"], unique=False)
    op.create_index(
        "uq_payouts_one_live_payout_a_claim",
        "payouts",
        ["claim_id"],
        unique=True,
        sqlite_where=sa.text("state not in ('replaced')"),
        postgresql_where=sa.text("state not in ('replaced')"),
    )
    op.create_table(
        "bank_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("identity", sa.String(length=64), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("end_to_end", sa.String(length=64), nullable=False),
        sa.Column("counterparty_name", sa.String(length=200), nullable=False),
        sa.Column("counterparty_account", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("bank_reference", sa.String(length=64), nullable=False),
        sa.Column("is_return", sa.Boolean(), nullable=False),
        sa.Column("return_reason", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("finding", sa.String(length=24), nullable=False),
        sa.Column("payout_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "finding in ('', 'no_reference', 'unknown_reference', 'amount_differs', 'currency_differs', 'already_settled', 'not_sent', 'return_of_unsettled')",
            name=op.f("ck_bank_lines_finding_is_known"),
        ),
        sa.CheckConstraint("state in ('open', 'matched', 'set_aside')", name=op.f("ck_bank_lines_state_is_known")),
        sa.ForeignKeyConstraint(["payout_id"], ["payouts.id"], name=op.f("fk_bank_lines_payout_id")),
        sa.ForeignKeyConstraint(["statement_id"], ["bank_statements.id"], name=op.f("fk_bank_lines_statement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_lines")),
        sa.UniqueConstraint("identity", name=op.f("uq_bank_lines_identity")),
    )
    op.create_index(op.f("ix_bank_lines_end_to_end"), "bank_lines", ["end_to_end"], unique=False)
    op.create_index(op.f("ix_bank_lines_payout_id"), "bank_lines", ["payout_id"], unique=False)
    op.create_index(op.f("ix_bank_lines_state"), "bank_lines", ["state"], unique=False)
    op.create_index(op.f("ix_bank_lines_statement_id"), "bank_lines", ["statement_id"], unique=False)
    _refuse_changes("terms_versions")
    _refuse_changes("duties")
    _refuse_changes("batch_signatures")
    _refuse_changes("payment_files")


def _refuse_changes(table: str) -> None:
    """Let the database itself refuse to change or delete a row of the table."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            op.execute(
                f"create trigger {table}_refuse_{verb} before {verb} on {table} "
                f"begin select raise(abort, '{table} are only ever added: {verb} refused'); end"
            )
        return
    op.execute(
        f"create function {table}_refuse() returns trigger language plpgsql as "
        f"$$ begin raise exception '{table} are only ever added: % refused', lower(tg_op) using errcode = 'restrict_violation'; end $$"
    )
    op.execute(
        f"create trigger {table}_refuse_changes before update or delete or truncate on {table} "
        f"for each statement execute function {table}_refuse()"
    )
