"""Commands, typed by the people of a house."""

from pathlib import Path

from click.testing import CliRunner, Result

from tests.builders import House
from voucher.settings import Mode, Settings
from workflows.cli.commands import Surroundings
from workflows.cli.main import main
from workflows.demo.data import DOMAIN


def type_command(house: House, folder: Path, who: str, *words: str) -> Result:
    """What a command answers, on the database and the clock of a house; the files are those of `folder`/files."""
    settings = Settings(
        instance=folder, database_url=house.database.url.render_as_string(hide_password=False), secret_key="not a secret at all" * 2,
        files_url=str(folder / "files"), mode=Mode.DEMO, zone="Asia/Shanghai", base_url="http://localhost", language="zh")
    signed = ("--as", f"{who}@{DOMAIN}") if who else ()
    return CliRunner().invoke(main, [*words, *signed], obj=Surroundings(settings, house.clock))
