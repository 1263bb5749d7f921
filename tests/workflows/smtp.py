"""A mail server for tests: a real one on a port of this machine, as small as SMTP (RFC 5321) lets it be.

It takes messages, or refuses as it is told to; it knows neither TLS nor sign-in, so that a client that wants them is turned away.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP
from socket import AF_INET, SOCK_STREAM, socket
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread


@dataclass
class MailServer:
    """What it does with each recipient and each message: an answer of three digits and words; "" says nothing any more."""

    port: int = 0
    recipient: str = "250 fine"
    message: str = "250 taken"
    mails: list[EmailMessage] = field(default_factory=list)
    receivers: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """How the settings name it."""
        return f"smtp+plain://127.0.0.1:{self.port}"


@contextmanager
def a_mail_server(recipient: str = "250 fine", message: str = "250 taken") -> Iterator[MailServer]:
    """A server that listens as long as the block."""
    house = MailServer(recipient=recipient, message=message)

    class Talk(StreamRequestHandler):
        def handle(self) -> None:
            self.say("220 here")
            for line in iter(self.rfile.readline, b""):
                word = line.decode().strip()
                if not self.answer(word) or word.upper() == "QUIT":
                    return

        def answer(self, line: str) -> bool:
            word = line.upper().partition(" ")[0]
            if word == "RCPT":
                house.receivers.append(line)
                return self.say(house.recipient)
            if word == "DATA":
                self.say("354 go on")
                lines = list(iter(self.rfile.readline, b".\r\n"))
                if house.message.startswith("250"):
                    house.mails.append(BytesParser(policy=SMTP).parsebytes(b"".join(lines)))
                return self.say(house.message)
            return self.say({"QUIT": "221 bye"}.get(word, "250 fine"))

        def say(self, answer: str) -> bool:
            """Whether the talk goes on."""
            if answer:
                self.wfile.write(f"{answer}\r\n".encode())
            return bool(answer)

    with ThreadingTCPServer(("127.0.0.1", 0), Talk) as server:
        server.daemon_threads = True
        house.port = server.server_address[1]
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield house
        finally:
            server.shutdown()
            thread.join()


def an_address_where_nobody_listens() -> str:
    """The address of a mail server that is not there."""
    with socket(AF_INET, SOCK_STREAM) as held:
        held.bind(("127.0.0.1", 0))
        return f"smtp+plain://127.0.0.1:{held.getsockname()[1]}"
