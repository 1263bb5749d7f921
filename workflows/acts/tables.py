"""All acts, by the letter of the references of what they are taken on."""

from collections.abc import Mapping

from workflows.acts.act import Act
from workflows.acts.awards import AWARD_ACTS
from workflows.acts.claims import CLAIM_ACTS
from workflows.acts.findings import FINDING_ACTS
from workflows.acts.objections import OBJECTION_ACTS
from workflows.acts.orders import ORDER_ACTS
from workflows.acts.programmes import PROGRAMME_ACTS
from workflows.acts.providers import PROVIDER_ACTS
from workflows.acts.recoveries import PAYOUT_ACTS, RECOVERY_ACTS
from workflows.acts.vouchers import VOUCHER_ACTS

ACTS: Mapping[str, tuple[Act, ...]] = {
    "P": PROGRAMME_ACTS,
    "V": VOUCHER_ACTS,
    "O": ORDER_ACTS,
    "C": CLAIM_ACTS,
    "Y": PAYOUT_ACTS,
    "J": OBJECTION_ACTS,
    "K": FINDING_ACTS,
    "R": RECOVERY_ACTS,
    "N": PROVIDER_ACTS,
    "W": AWARD_ACTS,
}
