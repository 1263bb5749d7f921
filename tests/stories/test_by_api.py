"""The story through the API alone."""

from pathlib import Path

import pytest

from tests.stories.by_api import Api
from tests.stories.story import STORIES, Story
from tests.stories.tellers import golden_journal
from voucher.database import Database
from voucher.files import FileStore


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_the_story_by_api_leaves_the_golden_books(database: Database, store: FileStore, tmp_path: Path, story: Story) -> None:
    assert Api(database, store, tmp_path).tell(story) == golden_journal(story)
