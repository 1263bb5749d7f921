"""Where the things that are not Python lie: templates, migrations, vendored data.

In a checkout `templates/` and `migrations/` stand beside `voucher/`; in an installed wheel they travel inside it, as
`voucher/templates` and `voucher/migrations` (see `package_dir` in setup.cfg).
"""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def place(name: str) -> Path:
    """The folder of that name: `templates`, `migrations`, or one inside `voucher/` such as `documents/fonts`."""
    inside, beside = PACKAGE / name, PACKAGE.parent / name
    found = inside if inside.is_dir() else beside
    assert found.is_dir(), f"{name} is neither in {PACKAGE} nor beside it: the installation is incomplete"
    return found
