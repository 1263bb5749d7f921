"""The acts of people, a file a noun: what the portal, the API and the command line offer alike."""

from workflows.acts.act import Act, Ask, Kind
from workflows.acts.tables import ACTS
from workflows.acts.things import THINGS, owner_of, thing_of

__all__ = ["ACTS", "THINGS", "Act", "Ask", "Kind", "owner_of", "thing_of"]
