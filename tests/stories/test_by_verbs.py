"""The story through the verbs themselves: the books that every entry point must leave."""

import pytest

from tests.stories.story import STORIES, Story
from tests.stories.tellers import Verbs, golden_journal
from voucher.database import Database
from voucher.files import FileStore


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_the_story_by_verbs_leaves_the_golden_books(database: Database, store: FileStore, story: Story) -> None:
    assert Verbs(database, store).tell(story) == golden_journal(story)
