"""`voucher serve`: the portal and the API, and on the embedded database the jobs as well.

On the embedded database `voucher serve` is all that an office needs: one process answers pages and API with a handful of
threads, and one thread more does the jobs. On PostgreSQL there are several web processes, and `voucher worker` runs apart.
"""

import socket
from threading import Event, Thread
from typing import Any

import click
from flask import Flask
from gunicorn.app.base import BaseApplication

from voucher.errors import NotNow, _
from voucher.settings import Settings
from workflows.app import create_app
from workflows.cli.commands import open_database, settings
from workflows.cli.worker import do_jobs
from workflows.readiness import refuse_unless_ready

_THREADS = 8


class Portal(BaseApplication):  # type: ignore[misc]
    """gunicorn, told what to do by us instead of by a file."""

    def __init__(self, settings: Settings, host: str, port: int, processes: int) -> None:
        self.settings = settings
        self.options: dict[str, Any] = {
            "bind": f"{host}:{port}", "workers": processes, "worker_class": "gthread", "threads": _THREADS,
            "loglevel": "warning", "proc_name": "voucher", "control_socket_disable": True,
            "when_ready": lambda _server: click.echo(f"Serving at http://{host}:{port} - Ctrl-C ends it."),
        }
        if settings.is_embedded:
            self.options |= _jobs_beside(settings)
        super().__init__()

    def load_config(self) -> None:
        """Hand our options to gunicorn."""
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The house itself, put together in each web process."""
        return create_app(self.settings)


def _jobs_beside(settings: Settings) -> dict[str, Any]:
    """Two hooks of gunicorn: the jobs begin with the web process, and end with it."""
    stop = Event()
    jobs = Thread(target=do_jobs, args=(settings, stop), name="jobs", daemon=True)

    def begin(_process: object) -> None:
        jobs.start()

    def end(_server: object, _process: object) -> None:
        stop.set()
        jobs.join(timeout=20)

    return {"post_worker_init": begin, "worker_exit": end}


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--processes", default=0, metavar="N", help="Web processes; 1 on the embedded database, else 2.")
def serve(host: str, port: int, processes: int) -> None:
    """Serve the portal and the API; on the embedded database the jobs as well.

    Example: voucher serve --port 8000
    """
    with open_database() as database:
        refuse_unless_ready(settings(), database)
    _refuse_a_taken_port(host, port)
    number = 1 if settings().is_embedded else processes or 2
    Portal(settings(), host, port, number).run()


def _refuse_a_taken_port(host: str, port: int) -> None:
    """Gunicorn would try for five seconds and then speak of errno 98."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise NotNow(_("Nothing can listen on {host}:{port} ({error}). Choose another: --port N."),
                         host=host, port=port, error=error.strerror) from error
