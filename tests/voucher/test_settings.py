"""Settings: defaults that run, and every problem at once."""

import stat
from pathlib import Path

import pytest

from voucher.errors import NotValid
from voucher.settings import DEMO_SECRET_KEY, Mode, read_settings

A_KEY = "0123456789abcdef0123456789abcdef"


def test_defaults_make_an_embedded_installation(tmp_path: Path) -> None:
    settings = read_settings({"VOUCHER_INSTANCE": str(tmp_path / "office")})
    assert settings.database_url == f"sqlite:///{tmp_path}/office/voucher.sqlite3"
    assert settings.is_embedded
    assert settings.mode is Mode.PRODUCTION


def test_a_missing_key_is_made_once_and_kept_from_others(tmp_path: Path) -> None:
    first = read_settings({"VOUCHER_INSTANCE": str(tmp_path)})
    second = read_settings({"VOUCHER_INSTANCE": str(tmp_path)})
    assert first.secret_key == second.secret_key
    assert len(first.secret_key) == 64
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_settings_do_not_print_their_secrets(tmp_path: Path) -> None:
    settings = read_settings({"VOUCHER_INSTANCE": str(tmp_path), "VOUCHER_SECRET_KEY": A_KEY,
                              "VOUCHER_DATABASE_URL": "postgresql://office:hush@db/voucher"})
    assert A_KEY not in repr(settings)
    assert "hush" not in repr(settings)


def test_every_problem_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(NotValid) as refused:
        read_settings({
            "VOUCHER_INSTANCE": str(tmp_path), "VOUCHER_DATABASE_URL": "mysql://db/voucher", "VOUCHER_SECRET_KEY": "short, but varied",
            "VOUCHER_MODE": "test", "VOUCHER_ZONE": "Weihai", "VOUCHER_BASE_URL": "voucher", "VOUCHER_LANGUAGE": "fr",
            "VOUCHER_DATABSE_URL": "x",
        })
    assert [each.where for each in refused.value.problems] == [
        "VOUCHER_DATABSE_URL", "VOUCHER_MODE", "VOUCHER_LANGUAGE", "VOUCHER_ZONE", "VOUCHER_DATABASE_URL", "VOUCHER_SECRET_KEY",
        "VOUCHER_BASE_URL",
    ]
    assert "VOUCHER_DATABASE_URL" in str(refused.value.problems[0]), "the nearest setting is named"


@pytest.mark.parametrize("key", [DEMO_SECRET_KEY, "0" * 64])
def test_production_refuses_a_key_that_everybody_knows(tmp_path: Path, key: str) -> None:
    with pytest.raises(NotValid) as refused:
        read_settings({"VOUCHER_INSTANCE": str(tmp_path), "VOUCHER_SECRET_KEY": key})
    assert "demo's key" in str(refused.value)
    assert key not in str(refused.value)


def test_a_demo_takes_the_demo_key(tmp_path: Path) -> None:
    settings = read_settings({"VOUCHER_INSTANCE": str(tmp_path), "VOUCHER_SECRET_KEY": DEMO_SECRET_KEY, "VOUCHER_MODE": "demo"})
    assert settings.is_demo


def test_postgresql_without_a_shared_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotValid, match=r"Processes on PostgreSQL|not valid") as refused:
        read_settings({"VOUCHER_INSTANCE": str(tmp_path), "VOUCHER_DATABASE_URL": "postgresql://db/voucher"})
    assert [each.where for each in refused.value.problems] == ["VOUCHER_SECRET_KEY"]
