"""The story through the command line alone: one on each engine, for what differs between them is below the commands."""

from pathlib import Path

import pytest

from tests.stories.by_command_line import CommandLine
from tests.stories.story import IRELAND_STORY, WEIHAI_STORY, Story
from tests.stories.tellers import golden_journal
from voucher.database import Database
from voucher.files import FileStore


@pytest.mark.parametrize(("database", "story"), [("sqlite", IRELAND_STORY), ("postgresql", WEIHAI_STORY)],
                         indirect=["database"], ids=["ireland", "weihai"])
def test_the_story_by_command_line_leaves_the_golden_books(
    database: Database, store: FileStore, tmp_path: Path, story: Story
) -> None:
    assert CommandLine(database, store, tmp_path).tell(story) == golden_journal(story)
