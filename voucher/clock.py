"""The one place that reads the system clock. Instants are aware and in UTC."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """This instant, in UTC."""
    return datetime.now(UTC)
