"""The acts on an objection."""

from voucher.errors import _
from voucher.programmes.terms import Carried
from workflows.acts.act import Act, Ask, Kind
from workflows.objecting import OBJECTION
from workflows.publication import admit_objection, dismiss_objection, turn_objection_away, uphold_objection

#: What an objection may carry, as the terms name it.
CARRIED = {Carried.REAL_NAME.value: _("a name, and how to reach it"), Carried.SEAL.value: _("a seal"),
           Carried.EVIDENCE.value: _("papers that show it")}

_ANSWER = Ask("reason", _("Answer, told to who objected"), example="The delivery was seen on the spot", longest=4000)

OBJECTION_ACTS = (
    Act(OBJECTION, "admit_objection", admit_objection, "admit", _("Admit it"),
        _("The objection is looked into. What it names waits; everything else goes on."), (
            Ask("seen", _("What it carries"), Kind.CHOICES, required=False, choices=CARRIED,
                hint=_("As you have seen it. The terms may want some of it before an objection is admitted.")),),
        note=_("Only somebody who had no part in the case may hear the objection."), whose="approver3"),
    Act(OBJECTION, "turn_objection_away", turn_objection_away, "turn-away", _("It is inadmissible"),
        _("The objection is turned away."), (_ANSWER,), kind="second", whose="approver3"),
    Act(OBJECTION, "dismiss_objection", dismiss_objection, "dismiss", _("Dismiss it"),
        _("The objection is dismissed; what it held goes on as far as nothing else stands in its way."), (_ANSWER,),
        whose="approver3"),
    Act(OBJECTION, "uphold_objection", uphold_objection, "uphold", _("Uphold it"),
        _("The objection is upheld: the claim goes back to verification, or the provider is not listed."), (_ANSWER,), kind="danger",
        whose="approver3"),
)
