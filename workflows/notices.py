"""Notices: who is told of what. One row an event: the roles that it concerns, what happened, what they do next.

The letters are written from this table after the commit (`workflows/correspondence.py`), so no verb sends anything and none can
forget to. An event that nobody is told of stands in SILENT with the reason; one that stands in neither fails a test.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from voucher.errors import _
from voucher.people import Role

#: Whoever asks to be paid for an order: the SME or the provider, as the terms say.
CLAIMANT = "claimant"

#: Whoever it is that a deadline waits for.
AWAITED = "awaited"

#: Whoever is asked to pay money back.
LIABLE = "liable"

#: The SMEs that have an order under way with a provider.
CUSTOMER = "customer"

#: Who bears a role for somebody, and for whom.
DEPUTY, ABSENT = "deputy", "absent"

#: Whose access to an organisation it is about.
PERSON = "person"

#: The last day of a programme that was announced to close.
LAST_DAY = "last_day"

#: What a sentence may name of the case, beside its reason. Never an account, never a number of a person.
FACTS = ("subject", "case", "programme", "sme", "provider", "amount", "day", "role", "absent", "deputy", "since", "until", "other",
         "person", "organisation", "changes")


@dataclass(frozen=True)
class Notice:
    """What people of one role are told: of a party to the case its own people, of an office role everybody who holds it.

    `said` is what happened and `do` what comes next. `day` names the last day for it where the thing itself has one; the
    running clocks are looked at besides. `reason` says whether the reason given is for these eyes. `only` names what the event
    has to say for it (a word of its data, and that word's value); empty: always.
    """

    to: str
    said: str
    do: str = ""
    day: str = ""
    reason: bool = False
    only: tuple[str, str] = ("", "")

    def concerns(self, data: Mapping[str, Any]) -> bool:
        """Whether it is told of an event that says this."""
        name, value = self.only
        return not name or data.get(name, "") == value

    @property
    def asks(self) -> bool:
        """Whether there is something to do by a day. Until when one may appeal stands with how to (workflows/remedies.py)."""
        return not self.do.startswith(_IDLE)


#: How what comes next begins where nothing is asked of the receiver.
_IDLE = "You need do nothing"

_ORDER = _("Order a service from a listed provider. Where the terms ask for it, activate the voucher first.")
_LOOK_AT_IT = _("Look at what was delivered, and accept or dispute it in time; afterwards it counts as accepted.")
_NOTHING_TO_DO = _("You need do nothing now.")

_OFF_THE_LIST = _("What it delivers while it is not listed cannot be claimed. Agree with it on how your orders end, or change the "
                  "provider.")

_APPEAL = _("Read the reason and its legal basis in the case. You may apply anew, or appeal there in time.")


#: To the providers of a voucher that is not used for now, and when it is used again: they read no reason of another's case.
_RESTS = Notice(Role.PROVIDER, _("The voucher {case} of {sme}, on which you have an order, is frozen: nothing is ordered, claimed or paid "
                                 "on it for now."), _("Begin no work that the voucher is to pay before you hear from us."))
_GOES_ON = Notice(Role.PROVIDER, _("The voucher {case} of {sme}, on which you have an order, can be used again."),
                  _("Go on with the order."))


def _both(said: str, do: str = "", *, reason: bool = False, day: str = "") -> tuple[Notice, ...]:
    """The same to both sides of an order."""
    return Notice(Role.SME, said, do, reason=reason, day=day), Notice(Role.PROVIDER, said, do, reason=reason, day=day)


_GO_ON = _("Look at your open cases: what this person did there is yours to go on with.")


def _colleagues(said: str, do: str = _GO_ON) -> tuple[Notice, ...]:
    """To those who act for the same firm, and to the administrators, who alone read why."""
    return (*_both(said, do), Notice(Role.ADMINISTRATOR, said, _NOTHING_TO_DO, reason=True))


_PAYS_NOTHING = _("Afterwards the voucher pays nothing of it.")


_CLOSES = _("The programme {programme} closes soon: on the day named here it takes its last applications.")

_CLOSES_FOR_YOU = _("What you apply for has to be issued by then. What is issued goes on: order, claim and be paid by its last days as "
                    "before.")

_HELD_BACK = _("The released batch {subject} is held back: something came up that keeps one of its payments from being made.")
_DISSOLVE = _("Dissolve it and gather the others. Until then its files are tried again for some hours.")

_FOUND = _("The checks found something on the voucher {case}: {subject}.")


def _to_verifiers(*, reason: bool = False) -> tuple[Notice, ...]:
    said = _("The sides of an order on the voucher {case} do not agree on the part that is done: {subject}.")
    return (*_both(said, _("A verifier values it."), reason=reason),
            Notice(Role.VERIFIER, said, _("Value the part that is done."), reason=reason))


NOTICES: Mapping[str, tuple[Notice, ...]] = {
    # -- Applications and vouchers
    "voucher.applied": (
        Notice(Role.SME, _("Your application {subject} for {amount} from {programme} has arrived."),
               _("You need do nothing now. We write again when it is decided.")),
        Notice(Role.REVIEWER, _("{sme} applies for {amount} from {programme}: {subject}."), _("Review the application.")),
    ),
    "voucher.withdrawn": (
        Notice(Role.SME, _("The application {subject} was withdrawn."), _("You may apply again as long as the programme is open.")),
    ),
    "voucher.reviewed": (
        Notice(Role.SME, _("Your application {subject} was reviewed. A second officer decides now."), _NOTHING_TO_DO),
        Notice(Role.APPROVER, _("The application {subject} of {sme} for {amount} was reviewed."), _("Decide on it."), reason=True),
    ),
    "voucher.activated": (
        Notice(Role.SME, _("Your voucher {subject} is activated; its time counts from today."), _("Order a service."), day="use_by"),
    ),
    "voucher.extension_asked": (
        Notice(Role.APPROVER, _("{sme} asks for more time for the voucher {subject}."), _("Decide on it."), reason=True),
        Notice(Role.SME, _("You asked for more time for the voucher {subject}."), _NOTHING_TO_DO),
    ),
    "voucher.extended": (Notice(Role.SME, _("Your voucher {subject} can be used for longer."), day="use_by", reason=True),),
    "voucher.extension_refused": (
        Notice(Role.SME, _("Your voucher {subject} gets no more time."), _("Use it by its last day."), day="use_by", reason=True),
    ),
    "voucher.expiry_warned": (
        Notice(Role.SME, _("Your voucher {subject} expires soon, and something is left of it."),
               _("Order a service, or ask for more time where the terms give it."), day="use_by"),
    ),
    "voucher.expired": (
        Notice(Role.SME, _("What was left of your voucher {subject} has expired."),
               _("Orders that were placed in time go on; claim them by their day."), day="claim_by", only=("freed", "")),
        Notice(Role.SME, _("What came free of an order on your voucher {subject} has expired too, because its time was over."),
               only=("freed", "order")),
    ),
    "voucher.frozen": (
        Notice(Role.SME, _("Your voucher {subject} is frozen: nothing is ordered, claimed or paid on it for now."), reason=True),
        _RESTS,
    ),
    "voucher.unfrozen": (
        Notice(Role.SME, _("Your voucher {subject} can be used again, by as many days longer."), day="use_by", reason=True),
        _GOES_ON,
    ),
    "voucher.freeze_ended": (
        Notice(Role.SME, _("Your voucher {subject} can be used again, by as many days longer."), day="use_by"),
        Notice(Role.APPROVER, _("The freeze of the voucher {subject} has ended by its last day."), _("Look whether all was found.")),
        _GOES_ON,
    ),
    "voucher.surrendered": (Notice(Role.SME, _("What was left of your voucher {subject} is given back.")),),
    "voucher.part_given_back": (Notice(Role.SME, _("What was free of your voucher {subject} is given back; its orders go on.")),),
    "voucher.surrender_asked": (
        Notice(Role.SME, _("You asked to give your voucher {subject} back. The providers of its open orders are asked."), _NOTHING_TO_DO),
    ),
    "order.to_be_given_back": (
        Notice(Role.PROVIDER, _("{sme} wants to give the voucher {case} back, and with it your order {subject}. Let the work rest."),
               _("Say on the page of the order whether you agree. Who says nothing in time agrees."), reason=True),
    ),
    "voucher.surrender_agreed": (Notice(Role.SME, _("A provider agreed that your voucher {subject} is given back."), _NOTHING_TO_DO),),
    "voucher.surrender_unanswered": (
        Notice(Role.SME, _("A provider said nothing in time about giving your voucher {subject} back; that counts as its consent."),
               _NOTHING_TO_DO),
    ),
    "voucher.surrender_refused": (
        Notice(Role.SME, _("A provider does not agree that your voucher {subject} is given back. It stays as it was; its orders go on."),
               _("See the orders through, end them with their providers, or give back only what is free."), reason=True),
        Notice(Role.PROVIDER, _("The voucher {subject} is not given back. Your order on it goes on."), _("Go on with the order.")),
    ),
    "voucher.surrender_withdrawn": (
        Notice(Role.PROVIDER, _("{sme} keeps the voucher {subject} after all. Your order on it goes on."), _("Go on with the order.")),
    ),
    "voucher.surrender_dropped": (
        Notice(Role.SME, _("Your voucher {subject} cannot be given back for now: it is looked into.")),
        Notice(Role.PROVIDER, _("The voucher {subject} is not given back for now: it is looked into.")),
    ),
    "voucher.cancelled": (
        Notice(Role.SME, _("Your voucher {subject} is cancelled."), _("Read the reason and its legal basis in the case."), reason=True),
    ),
    "voucher.revocation_opened": (
        Notice(Role.SME, _("It is looked into whether your voucher {subject} is revoked. Nothing is ordered, claimed or paid on it "
                           "meanwhile."), _("Read what is held against you in the case, and say your side in time."), reason=True),
        _RESTS,
    ),
    "voucher.revocation_answered": (
        Notice(Role.APPROVER, _("{sme} said its side about the revocation of the voucher {subject}."),
               _("Decide on it, if you neither opened the case nor had a part in it."), reason=True),
    ),
    "voucher.revocation_heard": (
        Notice(Role.SME, _("The hearing about your voucher {subject} is on record."), _NOTHING_TO_DO, reason=True),
        Notice(Role.APPROVER, _("The holder of the voucher {subject} was heard about its revocation."),
               _("Decide on it, if you neither opened the case nor had a part in it."), reason=True),
    ),
    "voucher.revocation_dropped": (
        Notice(Role.SME, _("Your voucher {subject} is not revoked. It can be used again, by as many days longer."), day="use_by",
               reason=True),
        _GOES_ON,
    ),
    "voucher.measure_appealed": (
        Notice(Role.SME, _("Your appeal about the voucher {subject} has arrived. Somebody who had no part in the case decides."),
               _NOTHING_TO_DO),
        Notice(Role.APPROVER, _("{sme} appeals against what was decided on the voucher {subject}."),
               _("Decide on the appeal, if you had no part in the case."), reason=True),
    ),
    "voucher.measure_appeal_upheld": (
        Notice(Role.SME, _("Your appeal about the voucher {subject} was upheld."),
               _("What was taken away is issued anew as soon as there is money for it; what is not decided is asked back no more."),
               reason=True),
    ),
    "voucher.measure_appeal_dismissed": (
        Notice(Role.SME, _("Your appeal about the voucher {subject} was dismissed."), _("Read the reason in the case."), reason=True),
    ),
    "voucher.measure_appeal_moot": (
        Notice(Role.SME, _("Nobody decides any more on your appeal about the voucher {subject}: what it was against is over."),
               _NOTHING_TO_DO),
        Notice(Role.APPROVER, _("The appeal about the voucher {subject} needs no decision any more: what it was against is over."),
               _NOTHING_TO_DO),
    ),
    "voucher.renewed": (
        Notice(Role.SME, _("For what your appeal gives back there is a new application, {subject}, for {amount}."), _NOTHING_TO_DO),
        Notice(Role.APPROVER, _("An appeal of {sme} was upheld. What was taken away is a new application, {subject}, for {amount}."),
               _("Decide on it.")),
    ),
    "voucher.revoked": (
        Notice(Role.SME, _("Your voucher {subject} was revoked. What was paid on it is asked back in cases of their own."),
               _("Read the reason and its legal basis in the case."), reason=True),
        Notice(Role.FINANCE, _("The voucher {subject} was revoked."), _("What was paid waits as recoveries to be decided.")),
    ),
    "voucher.questioned": (
        Notice(Role.SME, _("The office asks about your application {subject}; all that is wanting stands below."),
               _("Answer in time, or the application lapses."), reason=True),
    ),
    "voucher.answered": (
        Notice(Role.REVIEWER, _("{sme} answered about the application {subject}."), _("Go on with the review."), reason=True),
    ),
    "programme.paused": (
        Notice(Role.SME,
               _("The programme {programme} is paused: nothing is applied for or issued in it for now. Vouchers and offers go on."),
               _NOTHING_TO_DO, reason=True),
        Notice(Role.REVIEWER, _("The programme {programme} is paused: nothing is applied for or issued in it for now."), _NOTHING_TO_DO,
               reason=True),
        Notice(Role.FINANCE, _("The programme {programme} is paused: nothing is applied for or issued in it for now."), _NOTHING_TO_DO,
               reason=True),
    ),
    "programme.resumed": (
        Notice(Role.SME, _("The programme {programme} goes on: applications are taken and vouchers issued again."), _NOTHING_TO_DO,
               reason=True),
        Notice(Role.REVIEWER, _("The programme {programme} goes on: applications are taken and vouchers issued again."),
               _("Go on with the applications."), reason=True),
    ),
    "programme.closing_announced": (
        Notice(Role.SME, _CLOSES, _CLOSES_FOR_YOU, day=LAST_DAY, reason=True),
        Notice(Role.FINANCE, _CLOSES, _("What is free after that day is issued no more."), day=LAST_DAY, reason=True),
        Notice(Role.REVIEWER, _CLOSES, _("Decide on what has come in before that day: what is not issued by then ends."), day=LAST_DAY,
               reason=True),
    ),
    "programme.closing_warned": (
        Notice(Role.SME, _CLOSES, _CLOSES_FOR_YOU, day=LAST_DAY),
        Notice(Role.REVIEWER, _CLOSES, _("Decide on what has come in before that day: what is not issued by then ends."), day=LAST_DAY),
    ),
    "programme.settled": (
        Notice(Role.AUDITOR, _("The programme {programme} was settled: every case in it is over, and none of its money is left."),
               _("Look at its books for the year.")),
    ),
    "programme.closed": (
        Notice(Role.SME,
               _("The programme {programme} was closed. Your vouchers go on: order, claim and be paid by their last days as before."),
               _NOTHING_TO_DO, reason=True),
        Notice(Role.FINANCE, _("The programme {programme} was closed: nothing is issued in it any more, what was issued goes on."),
               _NOTHING_TO_DO, reason=True),
    ),
    "voucher.programme_closed": (
        Notice(Role.SME, _("The programme {programme} was closed. Your application {subject} has ended with it."), _NOTHING_TO_DO,
               reason=True),
    ),
    "voucher.appeal_ended": (
        Notice(Role.SME, _("The programme {programme} was closed, and with it ended the time for an appeal against the rejection of your "
                           "application {subject}: nothing is issued in it any more."), _NOTHING_TO_DO, reason=True),
    ),
    "voucher.lapsed": (
        Notice(Role.SME, _("Your application {subject} lapsed, because the office's questions were not answered in time."),
               _("You may apply again as long as the programme is open.")),
    ),
    "voucher.rejected": (Notice(Role.SME, _("Your application {subject} was rejected."), _APPEAL, reason=True),),
    "voucher.refused": (Notice(Role.SME, _("Your application {subject} was refused."), _APPEAL, reason=True),),
    "voucher.appealed": (
        Notice(Role.SME, _("Your appeal about the application {subject} has arrived. Somebody who had no part in the case decides."),
               _NOTHING_TO_DO),
        Notice(Role.APPROVER, _("{sme} appeals against the rejection of {subject}."),
               _("Decide on the appeal, if you had no part in the case."), reason=True),
    ),
    "voucher.appeal_upheld": (
        Notice(Role.SME, _("Your appeal was upheld: the application {subject} is reviewed again."), _NOTHING_TO_DO, reason=True),
        Notice(Role.REVIEWER, _("The appeal about {subject} was upheld."), _("Review the application."), reason=True),
    ),
    "voucher.appeal_dismissed": (
        Notice(Role.SME, _("Your appeal about the application {subject} was dismissed. The rejection is final."), reason=True),
    ),
    "voucher.waitlisted": (
        Notice(Role.SME, _("Your application {subject} was approved and waits for money."),
               _("You need do nothing now. The voucher is issued when its turn comes.")),
    ),
    "voucher.issued": (
        Notice(Role.SME, _("Your voucher {subject} over {amount} has been issued."),
               _ORDER, day="use_by"),
    ),
    "voucher.served": (
        Notice(Role.SME, _("Money has come in: your voucher {subject} over {amount} has been issued."),
               _ORDER, day="use_by"),
    ),
    "voucher.offered": (
        Notice(Role.SME, _("Money has come in: your voucher {subject} over {amount} is offered to you."), _("Accept the offer.")),
    ),
    "voucher.offer_accepted": (
        Notice(Role.SME, _("You accepted the offer: your voucher {subject} over {amount} has been issued."),
               _ORDER, day="use_by"),
    ),
    "voucher.offer_declined": (Notice(Role.SME, _("The offer of {subject} was declined; its turn goes to the next one.")),),
    "voucher.offer_lapsed": (
        Notice(Role.SME, _("The offer of your voucher {subject} was not accepted in time and has lapsed."),
               _("You may apply again as long as the programme is open.")),
    ),
    "deadline.missed": (  # where the system takes a step, that is told, and not that a day is over on which nobody was late
        Notice(AWAITED, _("The last day for what we await about {subject} is over."),
               _("Look at the case today; what happens next stands there."), only=("then", "")),
    ),
    # -- Orders
    "order.placed": (
        Notice(Role.PROVIDER, _("{sme} orders from you: {subject}, of which the voucher pays up to {amount}."),
               _("Accept or decline the order.")),
        Notice(Role.SME, _("Your order {subject} went to {provider}."), _("You need do nothing until the provider has answered.")),
    ),
    "order.accepted": (Notice(Role.SME, _("{provider} accepted your order {subject}."), _NOTHING_TO_DO),),
    # -- Wallets
    "deposit.asked": (
        Notice(Role.SME, _("Please pay your own part of the order on the voucher {case}, {amount}, to the office, and quote {subject}."),
               _("Pay exactly this amount, from an account of your firm that we know; anything else goes back. The account stands on the "
                 "page of the order."), day="pay_in"),
        Notice(Role.PROVIDER, _("{sme} was asked to pay its own part in: {subject}."), _("Begin when the office has received it.")),
    ),
    "deposit.asked_again": (
        Notice(Role.SME, _("The appeal about your order was upheld after your own part had gone back to you. Please pay {amount} again to "
                           "the office, and quote {subject}."),
               _("Pay exactly this amount, from an account of your firm that we know; anything else goes back. The account stands on the "
                 "page of the order."), day="pay_in"),
        Notice(Role.PROVIDER, _("{sme} was asked to pay its own part in again: {subject}."), _NOTHING_TO_DO),
    ),
    "deposit.received": (
        Notice(Role.SME, _("We have received your own part of the order, {amount}: {subject}. It is yours until the order is claimed."),
               _NOTHING_TO_DO),
        Notice(Role.PROVIDER, _("The own part of {sme} is in the wallet: {subject}."), _("If you have not begun yet, you can begin now.")),
    ),
    "deposit.receipt_undone": (
        Notice(Role.SME, _("What we took for your own part of the order, {amount}, was other money. It is still awaited: {subject}."),
               _("Pay exactly this amount, from an account of your firm that we know; anything else goes back. The account stands on the "
                 "page of the order."), day="pay_in"),
        Notice(Role.PROVIDER, _("The own part of {sme} is not in the wallet after all: {subject}."),
               _("Begin when the office has received it.")),
    ),
    "deposit.refused": (
        Notice(Role.SME, _("{amount} that came in for an order on the voucher {case} goes back to the account it came from: {subject}."),
               _("If something is still awaited, pay it as we asked: exactly the amount, with the reference, from your account."),
               reason=True),
    ),
    "deposit.given_back": (
        Notice(Role.SME, _("Your own part of an order on the voucher {case} is not needed any more and comes back to you: {subject}."),
               _NOTHING_TO_DO),
    ),
    "deposit.surplus_given_back": (
        Notice(Role.SME, _("An order on the voucher {case} wants less of you now; what is too much of {subject} comes back to you."),
               _NOTHING_TO_DO),
    ),
    "deposit.paid_on": (
        Notice(Role.PROVIDER, _("The own part of {sme}, held as {subject}, is paid to you beside the voucher's part."), _NOTHING_TO_DO),
        Notice(Role.SME, _("Your own part, held as {subject}, goes to {provider}: the claim on your order is approved."), _NOTHING_TO_DO),
    ),
    "deposit.taken_back": (
        Notice(Role.PROVIDER, _("The own part of {sme}, held as {subject}, is not paid out yet: a claim on the order is not approved any "
                                "more, or its payment is held."), _("It is paid once all claims on the order are approved.")),
    ),
    "order.declined": (
        Notice(Role.SME, _("{provider} declined your order {subject}. Its part of the voucher is free again."),
               _("Order from another provider."), reason=True),
    ),
    "order.cancelled": (
        Notice(Role.PROVIDER, _("The order {subject} of {sme} was cancelled."), _("Do not begin with the work."), reason=True),
        Notice(Role.SME, _("The order {subject} was cancelled. Its part of the voucher is free again."), reason=True),
    ),
    "order.tax_paid": (Notice(Role.SME, _("{provider} has your tax for the order {subject} and may begin."), _NOTHING_TO_DO),),
    "order.registered": (Notice(Role.SME, _("The contract of your order {subject} is registered."), _NOTHING_TO_DO),),
    "order.delivered": (
        Notice(Role.SME, _("{provider} has delivered what you ordered: {subject}."), _LOOK_AT_IT),
    ),
    "order.completed": (
        Notice(CLAIMANT, _("The order {subject} is complete and can be claimed."),
               _("Submit the claim with its evidence."), day="claim_by"),
        Notice(Role.PROVIDER, _("{sme} accepted the delivery of {subject}."), _("Invoice it, if you have not done so.")),
    ),
    "order.started": (Notice(Role.SME, _("{provider} has begun with your order {subject}."), _NOTHING_TO_DO),),
    "order.acceptance_reminded": (
        Notice(Role.SME, _("You have neither accepted nor disputed the delivery of {subject}."),
               _("Accept or dispute it in time; afterwards it counts as accepted.")),
    ),
    "order.deemed_accepted": _both(_("The delivery of {subject} counts as accepted, because nobody disputed it in time."),
                                   _("It can be claimed now.")),
    "order.disputed": (
        Notice(Role.PROVIDER, _("{sme} disputes the delivery of {subject}."),
               _("Deliver again, or wait for the SME or a verifier to decide."), reason=True),
        Notice(Role.VERIFIER, _("{sme} disputes the delivery of {subject} by {provider}."),
               _("Decide it, unless the two agree."), reason=True),
    ),
    "order.delivered_again": (
        Notice(Role.SME, _("{provider} has delivered again: {subject}."), _LOOK_AT_IT),
    ),
    "order.delivery_upheld": _both(_("The dispute about {subject} is decided: the delivery counts as accepted."),
                                   _("It can be claimed now."), reason=True),
    "order.delivery_rejected": _both(_("The dispute about {subject} is decided: what was delivered is not enough."),
                                     _("The provider delivers again, or the two end the order."), reason=True),
    "order.lapsed": _both(
        _("The order {subject} has lapsed, because nobody took or began it in time. Its part of the voucher is free again.")),
    "order.contract_due": _both(
        _("By the terms the provider has to take the order {subject} by the last day of use of its voucher."), _PAYS_NOTHING, day="use_by"),
    "order.delivery_due": _both(
        _("By the terms the order {subject} has to be delivered by the last day of use of its voucher."), _PAYS_NOTHING, day="use_by"),
    "order.invoice_due": _both(
        _("By the terms the invoice for the order {subject} has to be dated by the last day of use of its voucher."), _PAYS_NOTHING,
        day="use_by"),
    "order.payment_due": _both(
        _("By the terms the firm's own payment for the order {subject} has to be made by the last day of use of its voucher."),
        _PAYS_NOTHING, day="use_by"),
    "order.claim_due": _both(
        _("By the terms the order {subject} has to be claimed by the last day of use of its voucher."), _PAYS_NOTHING, day="use_by"),
    "order.unclaimed": _both(_("Of the order {subject}, {amount} was not used or claimed by its last day. The voucher pays it no more."),
                             _("What you two agreed beyond the voucher is between you.")),
    "order.replaced": (
        Notice(Role.PROVIDER, _("The order {subject} of {sme} was cancelled; it orders from another provider."),
               _("Do not begin with the work."), reason=True),
    ),
    "order.amended": _both(_("The order {subject} was changed as both sides agreed; the voucher now pays up to {amount}.")),
    "order.terminated": _both(_("The order {subject} has ended with the part that is done; the voucher pays up to {amount} of it."),
                              _("That part can be claimed.")),
    "order.given_back": _both(_("The order {subject} has ended: the voucher behind it was given back."),
                              _("What you two agreed beyond the voucher is between you.")),
    "order.revoked": _both(_("The voucher behind the order {subject} was revoked: the voucher pays nothing of it."),
                           _("What you two agreed beyond the voucher is between you.")),
    "order.stopped": _both(_("The voucher behind the order {subject} was revoked: the voucher pays no more of it."),
                           _("What you two agreed beyond the voucher is between you.")),
    "order.reduced": _both(_("The voucher behind the order {subject} was revoked: the voucher pays no more of it."),
                           _("What you two agreed beyond the voucher is between you.")),
    "order.called_off": _both(_("The order {subject} was called off. Its part of the voucher is free again.")),
    "amendment.proposed": _both(_("A change of an order on the voucher {case} is proposed: {subject}."),
                                _("Whom it was proposed to agrees or not, on the page of the order."), reason=True),
    "amendment.termination_proposed": _both(_("The end of an order on the voucher {case} is proposed: {subject}."),
                                            _("Whom it was proposed to agrees or not, on the page of the order."), reason=True),
    "amendment.declined": _both(_("The change {subject} of an order on the voucher {case} was not agreed to; the order stays as it is."),
                                reason=True),
    "amendment.disputed": _to_verifiers(reason=True),
    "amendment.referred": _to_verifiers(),
    "amendment.withdrawn": _both(_("The proposal {subject} on the voucher {case} was taken back; the order stays as it is.")),
    "amendment.lapsed": _both(_("Nobody answered the proposal {subject} on the voucher {case} in time; the order stays as it is.")),
    # -- Claims
    "claim.submitted": (
        Notice(CLAIMANT, _("Your claim {subject} for {amount} has arrived."),
               _("You need do nothing now. We write again when it is decided.")),
        Notice(Role.VERIFIER, _("A claim for {amount} on the voucher {case} has arrived: {subject}."), _("Verify it line by line.")),
    ),
    "claim.withdrawn": (Notice(CLAIMANT, _("The claim {subject} was withdrawn. Its invoices may be claimed again."), day="claim_by"),),
    "claim.verified": (
        Notice(CLAIMANT, _("Your claim {subject} was verified. A second officer decides now."), _NOTHING_TO_DO),
        Notice(Role.APPROVER, _("The claim {subject} on the voucher {case} was verified."), _("Approve it or send it back.")),
    ),
    "claim.sent_back": (
        Notice(Role.VERIFIER, _("The claim {subject} was sent back to be verified again."), _("Verify it again."), reason=True),
    ),
    "claim.questioned": (
        Notice(CLAIMANT, _("Something is missing to your claim {subject}. Until you answer, our own clock stands still."),
               _("Answer every question at once."), reason=True),
    ),
    "claim.answered": (
        Notice(Role.VERIFIER, _("The questions about the claim {subject} on the voucher {case} were answered."), _("Go on with it.")),
    ),
    "claim.unanswered": (
        Notice(CLAIMANT, _("No answer about your claim {subject} came in time; we go on with what we have.")),
        Notice(Role.VERIFIER, _("No answer about the claim {subject} on the voucher {case} came in time."), _("Go on with what there is.")),
    ),
    "claim.returned": (
        Notice(CLAIMANT, _("Your claim {subject} comes back to you to be corrected. It keeps its place."),
               _("Correct it and submit it again."), reason=True),
    ),
    "claim.resubmitted": (
        Notice(CLAIMANT, _("Your corrected claim {subject} has arrived."), _NOTHING_TO_DO),
        Notice(Role.VERIFIER, _("The corrected claim {subject} on the voucher {case} has arrived."), _("Verify what was changed.")),
    ),
    "claim.lapsed": (
        Notice(CLAIMANT, _("Your claim {subject} was not corrected in time and has lapsed."),
               _("You may claim again as long as the voucher allows it."), day="claim_by"),
    ),
    "claim.revoked": (Notice(CLAIMANT, _("Your claim {subject} has ended, because its voucher was revoked.")),),
    "claim.given_up": (
        Notice(CLAIMANT, _("The payment of your claim {subject} came back from the bank and is not made again."), _NOTHING_TO_DO,
               reason=True),),
    "claim.cleared": (Notice(CLAIMANT, _("The public notice about your claim {subject} is over; it can be paid."), _NOTHING_TO_DO),),
    "claim.held": (Notice(CLAIMANT, _("Your claim {subject} is on hold."), _NOTHING_TO_DO, reason=True),),
    "claim.released": (Notice(CLAIMANT, _("Your claim {subject} goes on."), _NOTHING_TO_DO),),
    "claim.reopened": (
        Notice(CLAIMANT, _("Your claim {subject} is verified again."), _NOTHING_TO_DO, reason=True),
        Notice(Role.VERIFIER, _("The claim {subject} on the voucher {case} is to be verified again."), _("Verify it again.")),
    ),
    "objection.admitted": (
        Notice(CLAIMANT, _("An objection to a claim on the voucher {case} is looked into; the claim is not paid meanwhile."),
               _NOTHING_TO_DO),
        Notice(Role.PROVIDER, _("An objection that concerns you is looked into: {subject}."),
               _("You need do nothing now. The office asks you if it wants your side.")),
        Notice(Role.APPROVER, _("An objection was admitted: {subject}."), _("Decide on it.")),
    ),
    "claim.signed": (
        Notice(Role.APPROVER, _("An approver signed the claim {subject} on the voucher {case}."),
               _("Approve it, or sign it when more signatures than yours are wanting.")),
    ),
    "claim.approved": (
        Notice(CLAIMANT, _("Your claim {subject} was approved: {amount} will be paid."), _NOTHING_TO_DO),
        Notice(Role.SME, _("The claim {subject} on your voucher was approved: {amount} will be paid to {provider}.")),
    ),
    "claim.refused": (
        Notice(CLAIMANT, _("Your claim {subject} was refused."), _("Look at each line of it for the reason."), reason=True),
        Notice(Role.SME, _("The claim {subject} of {provider} on your voucher was refused.")),
    ),
    "appeal.filed": (
        Notice(CLAIMANT, _("Your appeal on the voucher {case} has arrived. Somebody who had no part in the case decides."),
               _NOTHING_TO_DO),
        Notice(Role.APPROVER, _("An appeal was made against the decision on a claim on the voucher {case}."),
               _("Decide on it, if you had no part in the case.")),
    ),
    "appeal.upheld": (
        Notice(CLAIMANT, _("Your appeal on the voucher {case} was upheld; what it gives is approved next."), _NOTHING_TO_DO, reason=True),
        Notice(Role.APPROVER, _("An appeal on the voucher {case} was upheld."), _("Approve the claim that it gave.")),
    ),
    "appeal.dismissed": (
        Notice(CLAIMANT, _("Your appeal on the voucher {case} was dismissed."), reason=True),
    ),
    # -- Payouts and batches
    # -- Checks: what was found concerns the office; a firm is told of what is decided, with the reason
    "finding.found": (
        Notice(Role.APPROVER, _FOUND, _("It stops the money until you have decided about it."), only=("waits_for", Role.APPROVER)),
        Notice(Role.REVIEWER, _FOUND, _("The claim was drawn by lot. Look at it on the spot, and write down what you saw."),
               only=("waits_for", Role.REVIEWER)),
        Notice(Role.FINANCE, _FOUND, _("Ask the payee over a second channel, and write it down; until then the claim is not paid."),
               only=("waits_for", Role.FINANCE)),
        Notice(Role.FINANCE, _FOUND, _("The claim is approved, and is not paid before an approver has decided about it."),
               only=("found", "stopping a payment")),
        Notice(Role.VERIFIER, _FOUND, _("Look at it when you verify the claim."), only=("found", "before approval")),
        Notice(Role.AUDITOR, _("The checks found something on a payment that was made, on the voucher {case}: {subject}."),
               _("Look at it. Where it was paid wrongly, open a recovery."), only=("found", "after payment")),
        Notice(Role.FINANCE, _("The checks found something on a payment that was made, on the voucher {case}: {subject}."),
               _("An auditor looks at it. Pay nothing more on this voucher without reading it."), only=("found", "after payment")),
    ),
    "finding.confirmed": (
        Notice(Role.VERIFIER, _("The finding {subject} on the voucher {case} was confirmed: it stands in the way."), reason=True),
    ),
    "payout.sent": (Notice(CLAIMANT, _("{amount} is on its way to your bank: {subject}."), _NOTHING_TO_DO),),
    "payout.settled": (
        Notice(CLAIMANT, _("The bank has confirmed the payment of {amount}: {subject}."),
               _("The settlement statement lies with the payment as soon as it is made.")),
    ),
    "payout.returned": (
        Notice(CLAIMANT, _("The bank sent the payment of {amount} back: {subject}."),
               _("Name another account, or have the one we know mended.")),
        Notice(Role.FINANCE, _("The bank sent the payout {subject} over {amount} back."),
               _("Pay it again when the payee has named another account.")),
    ),
    "payout.rejected": (
        Notice(CLAIMANT, _("The bank did not carry the payment of {amount} out: {subject}. You are still owed it."),
               _("Where the reason lies with your account, name another one; else there is nothing to do."), reason=True),
        Notice(Role.FINANCE, _("The bank did not carry the payout {subject} over {amount} out."),
               _("Pay it again, when the payee has named another account where the reason lies with it."), reason=True),
    ),
    "payout.rejection_undone": (
        Notice(CLAIMANT, _("We told you that the bank did not carry the payment of {amount} out: {subject}. It is at the bank after all."),
               _NOTHING_TO_DO, reason=True),
    ),
    "payout.rest_given_up": (
        Notice(CLAIMANT, _("What was not set off of the payment {subject} is not paid. What was set off of it stays paid."), reason=True),
    ),
    "payout.settlement_undone": (
        Notice(CLAIMANT, _("We told you that the payment of {amount} was confirmed: {subject}. That was a mistake of ours; it is still at "
                           "the bank."), _("If the money is on your account, tell the office."), reason=True),
    ),
    "payout.return_undone": (
        Notice(CLAIMANT, _("We told you that the bank sent the payment of {amount} back: {subject}. That was a mistake of ours; it was "
                           "paid."), _("If the money is not on your account, tell the office."), reason=True),
    ),
    "payout.replaced": (
        Notice(CLAIMANT, _("The payment {subject} of {amount} is made again, to the account now in force."), _NOTHING_TO_DO),
    ),
    "batch.gathered": (
        Notice(Role.TREASURY, _("The batch {subject} was gathered and waits for two signatures."), _("Look at it and release it.")),
    ),
    "batch.signed": (Notice(Role.TREASURY, _("The batch {subject} waits for its second signature."), _("Look at it and release it.")),),
    "batch.released": (Notice(Role.FINANCE, _("The batch {subject} was released. Its bank files are being made.")),),
    "batch.held_back": (Notice(Role.TREASURY, _HELD_BACK, _DISSOLVE), Notice(Role.FINANCE, _HELD_BACK, _DISSOLVE)),
    "batch.dissolved": (
        Notice(Role.FINANCE, _("The batch {subject} was dissolved; its payouts are payable again."), _("Gather them again."), reason=True),
        Notice(Role.TREASURY, _("The batch {subject} was dissolved; its payouts are payable again."), reason=True),
    ),
    "batch.exported": (Notice(Role.TREASURY, _("The bank files of the batch {subject} are made."), _("Hand them to the bank.")),),
    # -- Money of programmes
    "fund_line.closed": (
        Notice(Role.FINANCE, _("The fund line {subject} is used up: it gives no more vouchers until money comes in."),
               _("Look at the programme's money.")),
    ),
    "fund_line.over_issued": (
        Notice(Role.FINANCE, _("A voucher was issued beyond what is allotted to the fund line {subject}."),
               _("Have the money allotted in time.")),
    ),
    # -- Firms, roles, periods
    "account.registered": tuple(
        Notice(role, _("Another bank account of your organisation is on our file now."),
               _("If nobody of you asked for that, tell us at once, by a telephone number that you knew before."))
        for role in (Role.SME, Role.PROVIDER, Role.TREASURY)),
    "role.granted": (
        Notice(PERSON, _("You may act for {organisation} as {role} now."),
               _("Sign in with the first password that you were told, and choose one of your own, which nobody else knows."),
               only=("first", "yes")),
        *(Notice(role, _("Somebody else may act for your organisation now."), _("If you know nothing of it, ask the office."))
          for role in (Role.SME, Role.PROVIDER, Role.ADMINISTRATOR))),
    "person.password_changed": (
        Notice(PERSON, _("Your password was changed."), _("If it was not you, tell the office at once."), only=("first", "yes")),
    ),
    "person.password_renewed": (
        Notice(PERSON, _("An administrator gave you a new first password."),
               _("Sign in with it and choose one of your own. If you did not ask for it, tell the office at once."), only=("first", "yes")),
    ),
    "role.withdrawn": (
        Notice(PERSON, _("You do not act for {organisation} as {role} any more."), _("If you know nothing of it, ask the office."),
               reason=True),
        *_colleagues(_("{person} does not act for {organisation} as {role} any more.")),
    ),
    "person.closed": (
        Notice(PERSON, _("You cannot sign in for {organisation} any more, and no program can act in your name."),
               _("If you know nothing of it, ask the office."), reason=True, only=("first", "yes")),
        *_colleagues(_("{person} cannot sign in for {organisation} any more.")),
    ),
    "person.reopened": (
        Notice(PERSON, _("You can sign in for {organisation} again."), _("Make new keys for your programs; the old ones stay closed."),
               reason=True, only=("first", "yes")),
        *_colleagues(_("{person} can sign in for {organisation} again."), _NOTHING_TO_DO),
    ),
    "role.lent": (
        Notice(DEPUTY, _("From {since} until {until} you stand in for {absent} as {role}."),
               _("You find its tasks among your own. What you do there counts as done by both of you, so take no second step in a case in "
                 "which either of you took one.")),
        Notice(ABSENT, _("From {since} until {until} {deputy} stands in for you as {role}."), _NOTHING_TO_DO),
    ),
    "absence.ended": (
        Notice(DEPUTY, _("{absent} is back: you stand in for nobody there any more."), _("What you began goes back to {absent}.")),
        Notice(ABSENT, _("Your absence is over: nobody stands in for you any more."), _NOTHING_TO_DO),
    ),
    "period.closed": (Notice(Role.AUDITOR, _("A period of the books was closed.")),),
    "bounds.asked": (Notice(Role.TREASURY, _("Other bounds are asked for an account of the books: {subject}."),
                            _("Grant or refuse them in the books."), reason=True),),
    "bounds.granted": (Notice(Role.AUDITOR, _("An account of the books got other bounds: {subject}."), _("Look at why.")),),
    "bounds.refused": (Notice(Role.FINANCE, _("Other bounds for an account of the books were refused: {subject}."), reason=True),),
    "memo.forgotten": (Notice(Role.AUDITOR, _("What was written beside an entry of the books was forgotten: {subject}."), _("Look at why."),
                              reason=True),),
    "period.reopened": (Notice(Role.AUDITOR, _("Days of the books were opened again."), _("Look at why."), reason=True),),
    # -- Recoveries and bans
    "recovery.suspected": (
        Notice(Role.AUDITOR, _("A payment may have been wrong: {subject}."), _("Take the suspicion up, or drop it."), reason=True),
    ),
    "recovery.opened": (
        Notice(LIABLE, _("We look into a payment that may have to come back: {subject}, {amount}."),
               _("Say your side in the portal before it is decided."), reason=True),
    ),
    "recovery.taken_up": (
        Notice(LIABLE, _("We look into a payment that may have to come back: {subject}, {amount}."),
               _("Say your side in the portal before it is decided."), reason=True),
    ),
    "recovery.dropped": (
        Notice(LIABLE, _("The case {subject} was dropped: nothing is asked back."), _NOTHING_TO_DO),
    ),
    "recovery.answered": (
        Notice(Role.APPROVER, _("The party said its side in the recovery {subject}."), _("Decide on it."), reason=True),
    ),
    "recovery.heard": (
        Notice(LIABLE, _("What you said in the case {subject} was recorded."), _("We write again when it is decided."), reason=True),
        Notice(Role.APPROVER, _("The party was heard in the recovery {subject}."), _("Decide on it."), reason=True),
    ),
    "recovery.decided": (
        Notice(Role.FINANCE, _("The recovery {subject} of {amount} was decided."), _("Serve the notice.")),
    ),
    "recovery.served": (
        Notice(LIABLE, _("{amount} has to be paid back: {subject}. The notice lies with the case as soon as it is made."),
               _("Pay with the number of the case as reference, or appeal."), day="pay_by"),
    ),
    "recovery.appealed": (
        Notice(LIABLE, _("Your appeal against {subject} has arrived. Nothing is set off before it is decided."), _NOTHING_TO_DO),
        Notice(Role.APPROVER, _("The party appeals against the recovery {subject}."), _("Judge the appeal, if you did not decide."),
               reason=True),
    ),
    "recovery.appeal_dismissed": (
        Notice(LIABLE, _("Your appeal against {subject} was dismissed."), _("Pay what is outstanding."), reason=True),
    ),
    "recovery.annulled": (
        Notice(LIABLE, _("The decision {subject} does not stand: nothing is asked back, and what you have paid on it is paid back to you."),
               _NOTHING_TO_DO, reason=True),
        Notice(Role.FINANCE, _("The recovery {subject} was annulled."), _("Pay back what has come in on it, if anything did.")),
    ),
    "recovery.refunded": (Notice(LIABLE, _("What you had paid in the case {subject} was paid back to you: {amount}."), _NOTHING_TO_DO),),
    "recovery.final": (
        Notice(LIABLE, _("The decision {subject} is final."), _("Pay what is outstanding; it can be set off against later payments.")),
        Notice(Role.FINANCE, _("The recovery {subject} is final."), _("Collect it, agree on instalments, or set it off.")),
    ),
    "recovery.instalments_agreed": (
        Notice(LIABLE, _("You may pay {subject} by instalments; the days stand with the case."), _("Pay each by its day.")),
    ),
    "recovery.collected": (
        Notice(LIABLE, _("Your payment on {subject} has arrived."), _NOTHING_TO_DO),
    ),
    "recovery.offset": (
        Notice(LIABLE, _("What you owe on {subject} was set off against a payment to you."), _NOTHING_TO_DO),
    ),
    "recovery.write_off_asked": (
        Notice(Role.APPROVER, _("Finance asks to write off what is outstanding on {subject}."), _("Decide on it."), reason=True),
    ),
    "recovery.write_off_refused": (
        Notice(Role.FINANCE, _("The write-off of {subject} was refused."), _("Go on asking for it."), reason=True),
    ),
    "award.asked": (
        Notice(Role.REVIEWER, _("A provider asks for an award: {subject}."), _("Check its figures and papers, then propose it.")),
    ),
    "award.proposed": (Notice(Role.APPROVER, _("The award {subject} of {amount} is proposed."), _("Decide on it.")),),
    "award.decided": (
        Notice(Role.PROVIDER, _("Your award {subject} of {amount} is granted."), _("It is paid to your account; you need do nothing now.")),
    ),
    "award.refused": (
        Notice(Role.PROVIDER, _("Your award {subject} is not granted."), _("Read the reason; you may ask again."), reason=True),
    ),
    "listing.proposed": (Notice(Role.APPROVER, _("A provider asks to be listed: {subject}."), _("Look at what it says of itself.")),),
    "listing.proposed_again": (Notice(Role.APPROVER, _("A provider asks to be listed: {subject}."), _("Look at what it says of itself.")),),
    "listing.notice_began": (Notice(Role.PROVIDER, _("Your listing is in public notice."), _NOTHING_TO_DO),),
    "listing.refused": (
        Notice(Role.PROVIDER, _("Your organisation is not listed."), _("Read the reason; you may ask again."), reason=True),
    ),
    "listing.listed": (Notice(Role.PROVIDER, _("Your organisation is listed: SMEs can order from you."), _NOTHING_TO_DO),),
    "listing.suspended": (
        Notice(Role.PROVIDER, _("Your organisation was suspended from the list."), reason=True),
        Notice(CUSTOMER, _("{provider}, from whom you ordered, was suspended from the list."), _OFF_THE_LIST),
    ),
    "listing.reinstated": (
        Notice(Role.PROVIDER, _("Your organisation is on the list again."), _NOTHING_TO_DO, reason=True),
        Notice(CUSTOMER, _("{provider}, from whom you ordered, is on the list again."), _("Go on with the order.")),
    ),
    "listing.delisted": (
        Notice(Role.PROVIDER, _("Your organisation was taken off the list."), reason=True),
        Notice(CUSTOMER, _("{provider}, from whom you ordered, was taken off the list."), _OFF_THE_LIST),
    ),
    "organisation.changed": _both(_("What is entered of your organisation was changed: {changes}."),
                                  _("If something of it is wrong, tell the office. Another class of firm counts for later applications."),
                                  reason=True),
    "organisation.banned": (
        Notice(Role.SME, _("Your firm was banned until {until}: it cannot apply or be paid before."), reason=True),
        Notice(Role.PROVIDER, _("Your organisation was banned until {until}: it takes no orders and is not paid before."), reason=True),
        Notice(CUSTOMER, _("{provider}, from whom you ordered, was banned: it takes no orders and is not paid for the time being."),
               _("Agree with it on how your orders end, or change the provider.")),
    ),
    "organisation.banned_with": (
        Notice(Role.SME, _("{other} was banned until {until}, and with it your firm, because the same people stand behind both: it cannot "
                           "apply or be paid before."), reason=True),
        Notice(Role.PROVIDER, _("{other} was banned until {until}, and with it your organisation, because the same people stand behind "
                                "both: it takes no orders and is not paid before."), reason=True),
        Notice(CUSTOMER, _("{provider}, from whom you ordered, was banned: it takes no orders and is not paid for the time being."),
               _("Agree with it on how your orders end, or change the provider.")),
    ),
    "organisation.ban_lifted": (
        Notice(Role.SME, _("The ban of your firm was lifted."), _NOTHING_TO_DO, reason=True),
        Notice(Role.PROVIDER, _("The ban of your organisation was lifted."), _NOTHING_TO_DO, reason=True),
        Notice(CUSTOMER, _("The ban of {provider}, from whom you ordered, was lifted."), _("Go on with the order.")),
    ),
    "organisation.ban_lifted_with": (
        Notice(Role.SME, _("The ban of {other} was lifted, and with it that of your firm."), _NOTHING_TO_DO, reason=True),
        Notice(Role.PROVIDER, _("The ban of {other} was lifted, and with it that of your organisation."), _NOTHING_TO_DO, reason=True),
        Notice(CUSTOMER, _("The ban of {provider}, from whom you ordered, was lifted."), _("Go on with the order.")),
    ),
}

#: Events of which nobody is told, and why not.
SILENT: Mapping[str, str] = {
    "retention.over": "it stands on the list of what is past its time; nobody has to hurry",
    "claim.originals_seen": "it stands on the claim, and the verification that follows is told",
    "listing.price_published": "it stands in the public register, and on the form of every order",
    "claim.supplemented": "appeal.upheld tells of it",
    "appeal.dropped": "the voucher is revoked, and that is told",
    "programme.published": "the programme stands on the portal; nobody has asked for anything yet",
    "programme.republished": "what is ordered keeps its terms, and the new ones stand on the portal",
    "funds.appropriated": "the desk that enters it is the one that it concerns",
    "funds.allotted": "who waited for the money is told when the voucher is issued",
    "over_issue.allowed": "the desk that enters it is the one that it concerns",
    "over_issue.withdrawn": "the desk that enters it is the one that it concerns",
    "advance.made": "the desk that enters it is the one that it concerns",
    "advance.settled": "the desk that enters it is the one that it concerns",
    "year.lapsed": "the desk that enters it is the one that it concerns",
    "year.free_carried": "the desk that enters it is the one that it concerns",
    "year.free_opened": "the same entry's other half, on the next year's line",
    "year.carried": "the order goes on as it was; only whose year pays for it changes",
    "year.opened": "the same entry's other half, on the next year's line",
    "year.accrued": "an estimate in the books; nobody is owed anything by it",
    "year.accrual_reversed": "the estimate is taken back by itself",
    "finding.noted": "the approver sees it with the claim",
    "finding.allowed": "nothing stands in the way any more; the claim's own letters tell how it goes on",
    "payout.account_confirmed": "the payout is gathered with the next batch",
    "finding.account_confirmed": "the payout is gathered with the next batch",
    "case.exported": "the officer who takes a folder along has it; auditors read of it in history",
    "finding.seen_in_order": "nothing stands in the way any more; the claim's own letters tell how it goes on",
    "finding.seen_not_in_order": "the approver meets it when the claim is to be approved",
    "lot.drawn": "each claim that was drawn has a finding, of which its desk is told",
    "payout.rechecked": "who decides is told of each finding; where there is none, there is nothing to tell",
    "absence.entered": "colleagues see it in the list of absences; a deputy is told when one is named",
    "ties.entered": "the checks tell when a tie matters to a case",
    "ties.ended": "the checks tell when a tie matters to a case",
    "finding.lapsed": "there is nothing any more to look at",
    "notice.published": "it is public, and claim.approved told the claimant",
    "notice.closed": "claim.cleared tells each claimant",
    "objection.answered": "it says that the answer went out",
    "objection.upheld": "claim.reopened or listing.refused says what became of it; who objected is answered (workflows/answering.py)",
    "objection.inadmissible": "who objected is answered (workflows/answering.py); the case goes on as it was",
    "objection.dismissed": "claim.cleared or listing.listed tells whom it concerned; who objected is answered (workflows/answering.py)",
    "fund_line.opened": "who waits for its money is offered it",
    "amendment.agreed": "order.amended or order.terminated says what became of it",
    "amendment.valued": "order.terminated says what became of it",
    "payout.given_up": "claim.given_up says so",
    "payout.cancelled": "what ended the claim behind it is told",
    "payout.waiting": "what it waits for is told: a public notice, an objection, a decision of the office",
    "payout.not_recovered": "nothing is asked of anybody; the auditor reads it in the case",
    "amendment.dropped": "order.revoked or order.stopped says what became of it",
    "order.rated": "the provider reads it in its score, where no single firm can be seen",
    "payout.made": "claim.approved says that it will be paid, and how much",
    "payout.recalled": "a step inside the office: nothing has left the house",
    "payout.gathered": "a step inside the office: nothing has moved yet",
    "payout.payable": "a batch was taken apart inside the office: nothing had moved yet",
    "payout.released": "payout.sent follows as soon as the bank's file is made",
    "payout.statement_made": "payout.settled said where it will lie",
    "batch.file_made": "batch.exported tells of all its files at once",
    "statement.imported": "the desk that imports it sees what became of it; payees are told of their own payments",
    "line.matched": "payees are told of their own payments",
    "line.set_aside": "it is no payment of ours",
    "payout.charged": "the payee is owed all of it again; the charge is the office's",
    "line.unmatched": "what followed from the match is told when it is taken back",
    "payout.statement_withdrawn": "the step that withdraws it tells of it",
    "line.sent_back": "deposit.refused tells the firm, if it is one of ours",
    "order.own_part_complete": "nothing is asked of the firm",
    "deposit.dropped": "order.lapsed, order.cancelled or order.amended said why nothing is awaited; another amount is asked for anew",
    "payout.set_off": "recovery.offset says so",
    "payout.reduced": "recovery.offset says so",
    "recovery.lessened": "payout.rest_given_up tells whom it concerns; the sum stands with the case",
    "recovery.remitted": "the money has come from the party; where the office hands it is its own business",
    "exchange.key_entered": "the key is told to other offices by hand, and to nobody by a letter",
    "exchange.key_ended": "the desk that ends it is the one that it concerns",
    "exchange.exported": "who takes the list along has it; auditors read of it in history",
    "exchange.imported": "what of ours stands on it gives findings, and of those the desks are told",
    "exchange.ticket_looked_up": "the officer who asked has the answer; auditors read of it in history",
    "claim.sheet_made": "it is for the file of the office",
    "notice.list_made": "the notice itself is public, and the list lies on its page",
    "decision.letter_made": "the decision itself was told, with the way to its letter",
    "recovery.notice_made": "recovery.served said where it will lie",
    "recovery.written_off": "what is given up is told to nobody who might have paid it",
    "recovery.closed": "the last movement on it was told",
    "organisation.registered": "it has no people yet who could read a letter",
    "period.adjusting": "closing is told; that adjusting entries are taken concerns the desk that decided it",
}
