"""Over which time something is counted."""

from enum import StrEnum


class Period(StrEnum):
    """Over which time a limit is counted."""

    PIECE = "piece"
    APPLICATION = "application"
    HELD = "held"
    CALENDAR_YEAR = "calendar_year"
    FISCAL_YEAR = "fiscal_year"
    ROUND = "round"
    ROLLING = "rolling"
    LIFETIME = "lifetime"
