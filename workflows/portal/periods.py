"""The periods of the books: what is closed, closing, opening again, and everything that was ever done about them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from sqlmodel import Session, col, select

from voucher.errors import NotFound, _
from voucher.ledger import periods as books
from voucher.ledger.seals import latest
from voucher.people import OFFICE_ROLES, Person
from workflows import closing
from workflows.access import acting, asking, looking, roles, who
from workflows.closing import PERIOD
from workflows.portal.auditor import READERS
from workflows.portal.forms import Typed
from workflows.portal.pages import done, or_show, show
from workflows.portal.trial_balance import books_of

portal = Blueprint("periods", __name__, url_prefix="/office/books/periods")


@dataclass(frozen=True)
class Standing:
    """How the periods stand: the last closed day, the last that takes adjusting entries only, and the first open one."""

    closed: date | None = None
    adjusting: date | None = None

    @property
    def open_from(self) -> date | None:
        """The first day that takes every entry; none when all days do."""
        last = self.adjusting or self.closed
        return last + timedelta(days=1) if last else None


@portal.get("")
@roles(*OFFICE_ROLES)
def periods() -> ResponseReturnValue:
    """How the periods stand, what may be done about them, what was done, and the newest head to be kept elsewhere."""
    with asking() as work:
        acts = books.acts(work.session)
        standing = Standing(acts[-1].closed_through, acts[-1].adjusting_through) if acts else Standing()
        return show("periods.html", acts=acts, standing=standing, to_adjusting=[act.number for act in acts if _to_adjusting(acts, act)],
                    head=latest(work.session), people=_people(work.session, {act.actor for act in acts}),
                    may={name for name, step in PERIOD.steps.items() if any(who().holds(role) for role in step.by)},
                    can_read=any(who().holds(role) for role in READERS), month_end=work.today.replace(day=1) - timedelta(days=1),
                    mine=[act for act in books.undoing(work.session, None) if act.actor == str(who().person_id)])


def _to_adjusting(acts: Sequence[books.Act], act: books.Act) -> bool:
    """Whether an act opened closed days for adjusting entries only."""
    return act.kind == "reopened" and bool(act.adjusting_through) and act.closed_through != acts[act.number - 2].closed_through


def _people(session: Session, actors: Collection[str]) -> dict[str, str]:
    """The names of those who acted, by what the books call them."""
    keys = [UUID(actor) for actor in actors if actor != "system"]
    return {str(each.id): each.name for each in session.exec(select(Person).where(col(Person.id).in_(keys)))}


@portal.get("/<int:number>")
@roles(*READERS)
def balances(number: int) -> ResponseReturnValue:
    """The balances that were kept when a period was closed."""
    with looking() as session:
        act = next((each for each in books.acts(session) if each.number == number and each.kind == "closed"), None)
        if act is None:
            raise NotFound
        return show("books.html", books=books_of(books.closing(session, act)), as_of=act.closed_through, act=act)


@portal.post("/adjust")
@roles(*PERIOD.steps["adjust_period"].by)
@or_show(periods)
def adjust_period() -> ResponseReturnValue:
    """From now on, days up to this one take adjusting entries only."""
    through, reason = _asked("adjust")
    with acting() as work:
        closing.adjust_period(work, through, reason)
    return done(_("Days up to this one take adjusting entries only."), url_for("periods.periods"))


@portal.post("/close")
@roles(*PERIOD.steps["close_period"].by)
@or_show(periods)
def close_period() -> ResponseReturnValue:
    """Close every day up to this one."""
    through, reason = _asked("close")
    with acting() as work:
        closing.close_period(work, through, reason)
    return done(_("Closed and sealed. The balances of that day are kept."), url_for("periods.periods"))


@portal.post("/reopen")
@roles(*PERIOD.steps["reopen_period"].by)
@or_show(periods)
def reopen_period() -> ResponseReturnValue:
    """Open days again, as another person than closed them or had them take adjusting entries only."""
    form = Typed(request.form)
    through = form.day("reopen_through") if form.text("reopen_through", required=False) else None
    reason = form.text("reopen_reason", longest=1000)
    form.done()
    with acting() as work:
        act = closing.reopen_period(work, through, reason)
        adjusting = _to_adjusting(books.acts(work.session), act)
    return done(_("The days take adjusting entries again, and no others. It stays on record.") if adjusting
                else _("The days are open again. It stays on record."), url_for("periods.periods"))


def _asked(what: str) -> tuple[date, str]:
    """The day and the reason of one of the forms."""
    form = Typed(request.form)
    through, reason = form.day(f"{what}_through"), form.text(f"{what}_reason", required=False, longest=1000)
    form.done()
    return through, reason
