"""How mail leaves the house."""

from dataclasses import dataclass

from voucher.post import Post


@dataclass(frozen=True)
class MailRoom:
    """How mail leaves the house: by which post, from which address, and where its links lead."""

    post: Post
    sender: str
    base_url: str
