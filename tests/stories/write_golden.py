"""Write the golden books anew from the story as the verbs tell it: `python -m tests.stories.write_golden`.

For a change of the accounting manual that is meant. Read the difference before you commit it: it is what every entry
point will be held to.
"""

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.stories.story import STORIES
from tests.stories.tellers import GOLDEN, Verbs
from voucher.database import Database
from voucher.files import FileStore
from voucher.schema import upgrade

if __name__ == "__main__":
    for story in STORIES:
        with TemporaryDirectory() as folder, closing(Database(f"sqlite:///{folder}/voucher.sqlite3")) as database:
            upgrade(database)
            journal = Verbs(database, FileStore(str(Path(folder) / "files"))).tell(story)
            (GOLDEN / f"{story.name}.journal").write_text(journal, encoding="utf-8")
