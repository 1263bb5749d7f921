"""Requests that were answered already: the same request of the same person, sent again, gets the first answer.

A program that got no answer does not know whether its request arrived. It sends it again under the key that it gave it,
and nothing happens twice. The key stands in the same transaction as what the request did: both are kept or neither is.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field, select
from uuid_utils.compat import uuid7

from voucher.database import Row, insert_unless_there
from voucher.errors import NotValid
from voucher.work import Work


class KeyTaken(NotValid):
    """This Idempotency-Key stands for another request already. Take a fresh key for each new request."""


class AnsweredRequest(Row, table=True):
    """A request under its key, and what was answered. `digest` says which request it was; `body` is the answer's JSON."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (UniqueConstraint("person_id", "key"),)

    person_id: UUID = Field(foreign_key="people.id")
    key: str = Field(max_length=100)
    digest: str = Field(max_length=64)
    status: int = 0
    body: str = Field(default="", sa_type=Text)
    created_at: datetime


def begin_request(work: Work, key: str, digest: str) -> AnsweredRequest:
    """The request that stands under a key of whoever is at work; its status is 0 when it is new and now his to answer.

    Who comes at the same time with the same key waits until this work ends. Raises KeyTaken for another request.
    """
    assert work.actor.person_id is not None
    insert_unless_there(work.session, AnsweredRequest, [
        {"id": uuid7(), "person_id": work.actor.person_id, "key": key, "digest": digest, "status": 0, "body": "",
         "created_at": work.now}])
    standing = work.session.exec(select(AnsweredRequest).where(
        AnsweredRequest.person_id == work.actor.person_id, AnsweredRequest.key == key)).one()
    if standing.digest != digest:
        raise KeyTaken
    return standing


def answer_request(work: Work, request: AnsweredRequest, status: int, body: str) -> None:
    """Keep what was answered."""
    assert request.status == 0, f"{request.key} was answered already"
    request.status, request.body = status, body
    work.session.add(request)
