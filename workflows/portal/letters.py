"""Letters: what somebody and his firm were told, and which of it he wants by mail."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from sqlmodel import Session, col

from voucher import letters as outbox
from voucher.errors import _
from voucher.letters import Letter
from voucher.people import Mails, Organisation, Person
from workflows.access import acting, looking, signed_in, who
from workflows.correspondence import CHOICES, choose_mails, page_of
from workflows.portal.forms import Typed
from workflows.portal.listing import listing
from workflows.portal.pages import done, or_show, show
from workflows.portal.speech import say

portal = Blueprint("letters", __name__)


@portal.get("/letters")
@signed_in
def letters() -> ResponseReturnValue:
    """The letters to somebody and to his firms, the newest first."""
    rows = (outbox.letters_to(who()).join(Person, col(Person.id) == Letter.person_id)
            .join(Organisation, col(Organisation.id) == Letter.organisation_id).with_only_columns(Letter, Person, Organisation))
    with looking() as session:
        found = listing(session, rows)
        states = outbox.states_of(session, [letter for letter, _person, _firm in found.rows])
        return show("letters.html", listing=found, states=states, page_of=page_of, mails=_mails(session),
                    choices=[(key, say(word)) for key, word in CHOICES.items()])


def _mails(session: Session) -> str:
    return session.get_one(Person, who().person_id).mails


@portal.post("/letters/mails")
@signed_in
@or_show(letters)
def choose() -> ResponseReturnValue:
    """Choose which letters come by mail."""
    form = Typed(request.form)
    mails = form.choice("mails", CHOICES)
    form.done()
    with acting() as work:
        choose_mails(work, Mails(mails))
    return done(_("From now on letters reach you that way."), url_for("letters.letters"))
