"""The story through the portal alone, in a real browser, leaves the same books as by every other road.

A browser takes its time, so each programme's story is told on one engine only; by verbs and by API each is told on both.
"""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.by_portal import Portal
from tests.browser.conftest import served
from tests.stories.story import STORIES, Story
from tests.stories.tellers import golden_journal
from voucher.database import Database
from voucher.files import FileStore


@pytest.mark.parametrize(("database", "story"), list(zip(("sqlite", "postgresql"), STORIES, strict=True)), indirect=["database"],
                         ids=[story.name for story in STORIES])
def test_the_story_by_portal_leaves_the_golden_books(
    database: Database, store: FileStore, browser: Browser, story: Story, tmp_path: Path
) -> None:
    teller = Portal(database, store, browser)
    with served(database, tmp_path, teller.house.clock) as teller.address:
        try:
            assert teller.tell(story) == golden_journal(story)
        finally:
            teller.close()
    assert teller.complaints == []
