"""Migrations: from nothing to the models, on both engines."""

import pkgutil
from importlib import import_module

from sqlalchemy import inspect
from sqlmodel import SQLModel

import voucher
import workflows
from tests.house.tracked import modules
from voucher.database import Database
from voucher.schema import differences


def _load_every_table() -> None:
    for package in (voucher, workflows):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.startswith("workflows.cli.main"):
                import_module(module.name)


def test_migrations_make_what_the_models_say(database: Database) -> None:
    _load_every_table()
    assert differences(database, SQLModel.metadata) == []


def test_every_check_of_the_models_is_in_the_database(database: Database) -> None:
    """Alembic does not compare CHECK constraints, and they are what holds the words of a state."""
    _load_every_table()
    inspector = inspect(database.engine)
    lacking = {
        table.name: names for table in SQLModel.metadata.sorted_tables
        if (names := {str(each.name) for each in table.constraints if each.__visit_name__ == "check_constraint"}
            - {str(each["name"]) for each in inspector.get_check_constraints(table.name)})
    }
    assert not lacking


def test_migrations_are_numbered_without_a_gap() -> None:
    numbers = [int(path.name[:4]) for path in modules("migrations") if path.parent.name == "versions"]
    assert numbers == list(range(1, len(numbers) + 1))
