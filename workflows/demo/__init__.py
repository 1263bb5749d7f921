"""The demo: the whole story on invented data, told by people who call verbs."""

from workflows.demo.ending import leave_files, phases, run, sign_ins, waiting
from workflows.demo.story import ZONE, Demo, NotTheDemo, Told, story_ends

__all__ = ["ZONE", "Demo", "NotTheDemo", "Told", "leave_files", "phases", "run", "sign_ins", "story_ends", "waiting"]
