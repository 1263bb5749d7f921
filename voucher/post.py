"""Mail as it leaves the house: by SMTP, or into a folder where nobody is to get anything.

Nothing here touches the database: a server that answers slowly, or never, holds up nobody else.
"""

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import policy
from email.message import EmailMessage
from pathlib import Path
from tempfile import TemporaryFile
from urllib.parse import SplitResult, unquote, urlsplit

#: Takes one message away; raises when it could not.
Post = Callable[[EmailMessage], None]

_PATIENCE = 30  # seconds; less than the lease of a job

#: Kinds of addresses: encrypted from the first byte, encrypted after a greeting, in the clear (a relay on this machine), a folder.
SCHEMES = ("smtps", "smtp", "smtp+plain", "folder")


def post_at(url: str) -> Post:
    """The post behind an address: smtp://user:password@host:587, smtps://host, smtp+plain://localhost:25, folder:///path."""
    address = urlsplit(url)
    assert address.scheme in SCHEMES, address.scheme
    if address.scheme == "folder":
        return lambda message: _drop(Path(unquote(address.path)), message)
    return lambda message: _send(address, message)


def _drop(folder: Path, message: EmailMessage) -> None:
    """One file a message, named by its id: the same message again is the same file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{message['Message-ID'].strip('<>').partition('@')[0]}.eml"
    draft = path.with_suffix(".part")
    draft.write_bytes(message.as_bytes(policy=policy.SMTP))
    draft.replace(path)


def _send(address: SplitResult, message: EmailMessage) -> None:
    with _server_at(address) as server:
        server.send_message(message)


@contextmanager
def _server_at(address: SplitResult) -> Iterator[smtplib.SMTP]:
    """The server behind an address, greeted, encrypted and signed in as the address says."""
    host = address.hostname or "localhost"
    secure = ssl.create_default_context()
    if address.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, address.port or 465, timeout=_PATIENCE, context=secure)
    else:
        server = smtplib.SMTP(host, address.port or (587 if address.scheme == "smtp" else 25), timeout=_PATIENCE)
    with server:
        if address.scheme == "smtp":
            server.starttls(context=secure)
        if address.username:
            server.login(unquote(address.username), unquote(address.password or ""))
        yield server


def try_post(url: str) -> None:
    """Whether mail could go out at an address: the folder can be written, the server answers and takes us. Sends nothing.

    Raises OSError, of which all that an SMTP server complains of is one.
    """
    address = urlsplit(url)
    if address.scheme == "folder":
        folder = Path(unquote(address.path))
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            return
    with _server_at(address) as server:
        server.ehlo_or_helo_if_needed()


def shown_address(url: str) -> str:
    """An address without the name and the password that stand in it."""
    scheme, _slashes, rest = url.partition("://")
    place, slash, path = rest.partition("/")
    return f"{scheme}://{place.rpartition('@')[2]}{slash}{path}"
