"""Whether whoever applies shows that the firm wants it."""

from enum import StrEnum


class Mandate(StrEnum):
    """Of whom a mandate signed by the firm is asked: of nobody, of who acts for firms of several groups, of everybody."""

    NOBODY = "nobody"
    AGENTS = "agents"
    EVERYBODY = "everybody"
