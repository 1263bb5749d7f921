"""An account stands under the key that its name makes, with a name that every program reads as one; a set of dimensions too.

Why: accounts and sets of dimensions are made at their first use and found by their key, half a SHA-256 of what they say. A row that somebody
had put there beforehand under the key of another was taken for it: what was posted on the one then lay on the other, past its bounds, and
an entry about one voucher was kept as about another. And a name with a line break or a blank passed, and was read by hledger and Ledger as lines
of their own in an export.
Names take no character of ASCII but letters, digits and `_.-`, and no control, blank or mark beyond it, in parts between colons. PostgreSQL
computes the key of each new row. SQLite cannot: there the program looks at what it found before it posts. What stands is left as it is;
`verify` names it.
Locks: accounts and dimension_sets, for an instant each.

Revision: 0105, after 0104
"""

from alembic import op

revision = "0105"
down_revision = "0104"
branch_labels = None
depends_on = None

# Characters that no name has, from the first to the last: neither engine knows alike what a letter is, but which are none. (\w of the
# program takes none of these either.)
_NEVER = ((0x01, 0x2C), (0x2F, 0x2F), (0x3B, 0x40), (0x5B, 0x5E), (0x60, 0x60), (0x7B, 0xA0), (0xAD, 0xAD), (0x61C, 0x61C), (0x1680, 0x1680),
          (0x180E, 0x180E), (0x2000, 0x206F), (0x3000, 0x3000), (0xFEFF, 0xFEFF))
_IN_A_PATTERN = "".join(f"\\u{first:04x}-\\u{last:04x}" for first, last in _NEVER)
_IN_A_GLOB = ",".join(f"{first},45,{last}" for first, last in _NEVER)

_KEY = "encode(substring(sha256(convert_to({}, 'UTF8')) from 1 for 16), 'hex')::uuid"
_NAMED = ("ledger: an account has a name of letters, digits and _.- in parts between colons, and a currency of three letters;"
          " its key is made of them")
_CARRIED = "ledger: a set of dimensions is what it says; its key is made of it"

_ON_SQLITE = (f"typeof(new.name) <> 'text' or instr(new.name, char(0)) > 0 or new.name glob '*[' || char({_IN_A_GLOB}) || ']*'"
              " or new.name glob '*::*' or new.name glob '*:' or typeof(new.currency) <> 'text' or new.currency not glob '[A-Z][A-Z][A-Z]'")
_ON_POSTGRESQL = {
    "accounts": (_NAMED, f"new.name ~ '[{_IN_A_PATTERN}]|::|:$' or new.currency !~ '^[A-Z]{{3}}$' or new.id <> "
                 + _KEY.format("'account' || chr(10) || new.name || chr(10) || new.currency")),
    "dimension_sets": (_CARRIED, "new.id <> " + _KEY.format("'dimensions' || chr(10) || new.members")),
}


def upgrade() -> None:
    """Make it so."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"create trigger accounts_are_themselves before insert on accounts when {_ON_SQLITE}"
                   f" begin select raise(abort, '{_NAMED}'); end")
        return
    op.execute("create function ledger_refuse_another() returns trigger language plpgsql set search_path = public, pg_temp as $body$ begin"
               " raise exception '%', tg_argv[0] using errcode = 'integrity_constraint_violation'; end $body$")
    for table, (said, wrong) in _ON_POSTGRESQL.items():
        op.execute(f"create trigger {table}_are_themselves before insert on {table} for each row when ({wrong})"
                   f" execute function ledger_refuse_another('{said}')")


def downgrade() -> None:
    """Undo it."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("drop trigger accounts_are_themselves")
        return
    for table in _ON_POSTGRESQL:
        op.execute(f"drop trigger {table}_are_themselves on {table}")
    op.execute("drop function ledger_refuse_another()")
