"""Separation of duties: in one case, one person does one kind of thing.

A case is a voucher with everything that hangs on it. Who applied for it does not review it, who reviewed it does not
issue it, who verified a claim on it does not approve it, and who had any part in it neither releases its money nor decides an
appeal. The
primary key holds this in the database too, whatever roles a person has and by whatever road he comes.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import String
from sqlmodel import Field, Session, SQLModel, col, or_, select

from voucher.absences import stood_in, stood_in_for
from voucher.database import insert_unless_there, one_of
from voucher.errors import NotAllowed, _
from voucher.orders import Order
from voucher.people import Organisation, Role
from voucher.ties import interest_in
from voucher.vouchers import Voucher
from voucher.work import Actor, Work


class Duty(StrEnum):
    """The kinds of thing that one person must not mix in one case."""

    CLAIM = "claim"
    PROVIDE = "provide"
    REVIEW = "review"
    ISSUE = "issue"
    VERIFY = "verify"
    APPROVE = "approve"
    RELEASE = "release"
    RECOVER = "recover"
    APPEAL = "appeal"
    HEAR = "hear"


# What a party to the case does; everything else is the office's, and no member of a party does that.
OF_PARTIES = frozenset({Duty.CLAIM, Duty.PROVIDE})

# By these somebody lets a claim be paid: whatever stops it, or doubts it, another person lifts.
LETTING_PAY = (Duty.VERIFY, Duty.APPROVE, Duty.RELEASE)

# In what one who is tied does nothing for the office, whichever role he bears or lends.
_OF_THE_OFFICE = (Duty.REVIEW, Duty.VERIFY, Duty.APPROVE, Duty.RELEASE)

# What a deputy may come to do by a role that he bears for somebody else.
OF_ROLES = {
    Role.SME: (Duty.CLAIM,), Role.PROVIDER: (Duty.PROVIDE,), Role.REVIEWER: (Duty.REVIEW, Duty.HEAR), Role.AUDITOR: (Duty.REVIEW,),
    Role.APPROVER: (Duty.ISSUE, Duty.APPROVE, Duty.APPEAL, Duty.HEAR, Duty.RECOVER), Role.VERIFIER: (Duty.VERIFY,),
    Role.FINANCE: (Duty.RELEASE, Duty.RECOVER), Role.TREASURY: (Duty.RELEASE,),
}


class DutyTaken(SQLModel, table=True):
    """In this case, this person does this and nothing else."""

    __tablename__ = "duties"
    __table_args__ = (one_of("duty", Duty),)

    voucher_id: UUID = Field(primary_key=True, foreign_key="vouchers.id")
    person_id: UUID = Field(primary_key=True, foreign_key="people.id")
    duty: str = Field(sa_type=String(16))
    at: datetime


def take_duty(work: Work, vouchers: Iterable[UUID], duty: Duty) -> None:
    """Note that whoever is at work does this in these cases.

    Raises NotAllowed when he already did something else there, and when he decides for the office in a case of a firm
    for which he also acts. What a deputy does stands for the absent one too: he does not do what that one may not. The
    system itself has no duties: it only carries out what people decided.
    """
    if work.actor.is_system:
        return
    assert work.actor.person_id is not None, work.actor
    wanted = sorted(set(vouchers))
    hands = hands_of(work, duty)
    if duty not in OF_PARTIES:
        _refuse_interested_in(work, hands, wanted)
    for each in hands:
        insert_unless_there(work.session, DutyTaken, [
            {"voucher_id": case, "person_id": each, "duty": duty.value, "at": work.now} for case in wanted])
        _refuse_another(work, each, wanted, duty)


def hands_of(work: Work, duty: Duty) -> list[UUID]:
    """By whose hands whoever is at work does this: last his own, before that of those for whom he stands in.

    The database looks for the duty of who is away before it takes that of his deputy. The system has none.
    """
    person = work.actor.person_id
    return [] if person is None else [*stood_in_for(work.session, person, duty, work.now), person]


def refuse_one_hand(work: Work, acted: Iterable[UUID | None], since: datetime, refusal: str, **values: Any) -> None:
    """For what another person than before has to do, beside the duties: raises NotAllowed, `refusal` to who acted himself.

    Also to who stood in for one of those who acted, or they for him, in any role at any time since the case began: not every
    step keeps its instant, and who bears another's role is never a second person.
    """
    person, before = work.actor.person_id, {each for each in acted if each is not None}
    if person in before:
        raise NotAllowed(refusal, **values)
    if person is not None and before and stood_in(work.session, person, before, since, work.now):
        raise NotAllowed(_("You stood in for somebody who had a part in this, or he for you, so a third person has to do it."))


def _refuse_another(work: Work, person: UUID, vouchers: list[UUID], duty: Duty) -> None:
    other = work.session.exec(select(DutyTaken.duty).where(
        DutyTaken.person_id == person, DutyTaken.duty != duty.value, col(DutyTaken.voucher_id).in_(vouchers))).first()
    if other is None:
        return
    if person != work.actor.person_id:
        raise NotAllowed(_("Whom you stand in for already took part in this case ({before}), so another person has to do this ({now})."),
                         before=other, now=duty.value)
    raise NotAllowed(_("You already took part in this case ({before}), so another person has to do this ({now})."),
                     before=other, now=duty.value)


def refuse_interested(work: Work, firm: Organisation, duty: Duty) -> None:
    """For what the office decides about a firm beside any voucher. Raises NotAllowed to who acts for it, or is tied to it.

    Also to who stands in, in a role that does this duty, for somebody who is tied to it.
    """
    if firm.id in work.actor.organisations(Role.SME, Role.PROVIDER):
        raise NotAllowed(_("You are part of a firm that has a part in this case, so another person has to do this."))
    _refuse_tied(work, hands_of(work, duty), lambda: [firm])


def refuse_interested_in(work: Work, voucher: UUID) -> None:
    """For what the office does in a case without its being a duty. Raises NotAllowed to who acts for a firm in it, or is tied to one.

    Also to who stands in for somebody of the office who is tied to it.
    """
    _refuse_interested_in(work, dict.fromkeys(each for duty in _OF_THE_OFFICE for each in hands_of(work, duty)), [voucher])


def refuse_interested_for(work: Work, vouchers: list[UUID], duty: Duty) -> None:
    """For what goes before a duty in many cases at once. Raises NotAllowed as that duty would, to who has an interest in one of them."""
    _refuse_interested_in(work, hands_of(work, duty), vouchers)


def _refuse_interested_in(work: Work, hands: Iterable[UUID], vouchers: list[UUID]) -> None:
    if _is_of_a_party(work.session, work.actor, vouchers):
        raise NotAllowed(_("You are part of a firm that has a part in this case, so another person has to do this."))
    _refuse_tied(work, hands, lambda: _firms_in(work.session, vouchers))


def refuse_who_let_pay(work: Work, voucher: UUID) -> None:
    """For what lifts a stop of the payments on a voucher. Raises NotAllowed to who verified, approved or released a claim on it.

    Also to who stood in for one of them since, or they for him. Who issued the voucher may: else a case would need a fourth officer.
    """
    before = work.session.exec(select(DutyTaken).where(DutyTaken.voucher_id == voucher, col(DutyTaken.duty).in_(LETTING_PAY))).all()
    refuse_one_hand(work, [each.person_id for each in before], min((each.at for each in before), default=work.now),
                    _("You verified, approved or released a claim on this voucher, so another person has to let it go on."))


def _refuse_tied(work: Work, hands: Iterable[UUID], firms: Callable[[], Iterable[Organisation]]) -> None:
    """Raises NotAllowed where one of these hands is tied to one of the firms, over others too, and shows how."""
    for each in hands:
        path = interest_in(work.session, each, firms(), work.today)
        if path:
            raise NotAllowed(_("By what is declared you are tied to a firm in this case ({path}), so another person has to do this."),
                             path=path)


def _firms_in(session: Session, vouchers: list[UUID]) -> Iterator[Organisation]:
    """The SMEs and the providers of these cases, asked for when the first is."""
    serving = select(Order.provider_id).where(col(Order.voucher_id).in_(vouchers))
    yield from session.exec(select(Organisation).where(or_(
        col(Organisation.id).in_(serving), col(Organisation.id).in_(select(Voucher.sme_id).where(col(Voucher.id).in_(vouchers))))))


def _is_of_a_party(session: Session, actor: Actor, vouchers: list[UUID]) -> bool:
    """Whether somebody acts for the SME or for a provider of one of these cases."""
    firms = actor.organisations(Role.SME, Role.PROVIDER)
    if not firms:
        return False
    serving = select(Order.voucher_id).where(col(Order.voucher_id).in_(vouchers), col(Order.provider_id).in_(firms))
    own = select(Voucher.id).where(col(Voucher.id).in_(vouchers),
                                   or_(col(Voucher.sme_id).in_(firms), col(Voucher.id).in_(serving)))
    return session.exec(own).first() is not None
