"""`voucher worker`: the process that does the jobs. As many may run as are wanted."""

import logging
import signal
from contextlib import closing
from threading import Event

import click

from voucher.database import Database
from voucher.files import FileStore
from voucher.post import post_at
from voucher.settings import Settings
from workflows.cli.commands import open_database, settings
from workflows.mail_room import MailRoom
from workflows.readiness import refuse_unless_ready
from workflows.worker import run_worker

log = logging.getLogger(__name__)

_BREATH = 5.0  # seconds before a worker that lost its database tries again


@click.command()
def worker() -> None:
    """Do the jobs that wait: bank files, documents, letters. As many may run as are wanted.

    Example: voucher worker
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    with open_database() as database:
        refuse_unless_ready(settings(), database)
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    click.echo("Doing jobs - Ctrl-C ends it after the job in hand.")
    do_jobs(settings(), stop)


def mail_room(settings: Settings) -> MailRoom:
    """How mail goes out, as the settings say."""
    return MailRoom(post_at(settings.post_url), settings.mail_from, settings.base_url)


def do_jobs(settings: Settings, stop: Event) -> None:
    """Do jobs until told to stop; a database that goes away for a while only makes us wait."""
    while not stop.is_set():
        try:
            with closing(Database(settings.database_url)) as database:
                run_worker(database, FileStore(settings.files_url), stop, zone=settings.zone, room=mail_room(settings),
                           heads=settings.heads_url)
        except Exception:
            log.exception("the worker stumbled and tries again")
            stop.wait(_BREATH)
