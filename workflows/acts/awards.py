"""The acts on an award; it is asked for where the preview stands."""

from voucher.errors import _
from workflows.acts.act import Act, Ask
from workflows.awards import AWARD, decide_award, propose_award, refuse_award

AWARD_ACTS = (
    Act(AWARD, "propose_award", propose_award, "propose", _("The figures are in order: propose it"),
        _("Proposed. Another officer decides."), whose="reviewer1",
        note=_("The amount follows from the terms, the records and the figures that the provider declared.")),
    Act(AWARD, "decide_award", decide_award, "decide", _("Grant the award"), _("Granted: it is payable."),
        (Ask("reason", _("Remark"), required=False, example="As proposed"),), whose="approver1",
        note=_("It is paid out of what is free in the programme this year.")),
    Act(AWARD, "refuse_award", refuse_award, "refuse", _("Refuse the award"), _("Refused."),
        (Ask("reason", _("Reason"), example="The rental contracts are missing"),), kind="danger", whose="approver1"),
)
