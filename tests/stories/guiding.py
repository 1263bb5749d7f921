"""The guided walk: at random, but towards what was not done yet, until every step of every machine and every act was done once.

A step that nothing stands ready for is come to along the machine's own rows, backwards from the states in which it may be taken. What no
row says - which step of one machine a step of another follows from, what the clock and the bank have to do with it - stands in `WAYS`.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial, wraps
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from tests.builders import PROVIDERS, House, bank_answer, evidence
from tests.stories.invariants import assert_the_invariants_hold
from tests.stories.walking import BY_TABLE, FIRMS, HOLDERS, SELLERS, TRIES, Walker
from tests.workflows.machines import machines
from tests.workflows.scopes import publish
from tests.workflows.test_funders import FUNDERS
from voucher.accounting import voucher_position
from voucher.amendments import Amendment
from voucher.appeals import Appeal
from voucher.awards import ProviderAward
from voucher.bank import simulated
from voucher.bank.accounts import Account
from voucher.bound_requests import BoundRequest
from voucher.claims import LIVE, Claim, CutReason, InvoiceLine, LineDecision, OwnPayment, lines_of, originals_unseen
from voucher.database import fetch, get
from voucher.deadlines import Deadline, DeadlineState
from voucher.deposits import Deposit
from voucher.errors import NotFound, Refusal
from voucher.findings import Finding
from voucher.history import Event
from voucher.jobs import put
from voucher.ledger.accounts import accounts
from voucher.listings import Listing
from voucher.money import Money
from voucher.notices import Notice
from voucher.objections import Objection
from voucher.orders import Order
from voucher.payouts import Batch, Payout
from voucher.people import Organisation, OrganisationKind, Person, Role, account_of, actor_for, office
from voucher.programmes.funding import FundLine
from voucher.programmes.library import example
from voucher.programmes.programmes import Programme, terms_version
from voucher.recoveries import Recovery, outstanding_of
from voucher.statements import BankLine
from voucher.vouchers import Voucher
from voucher.work import Work, begin, read
from workflows import (
    advancing,
    awards,
    bounding,
    claiming,
    funding,
    holding,
    issue,
    providers,
    publication,
    purchase,
    reconciliation,
    reimbursement,
    relating,
    sampling,
    unmatching,
    verification,
)
from workflows.access import NOBODY
from workflows.acts import THINGS, Act, Ask, Kind
from workflows.listing_objections import file_listing_objection
from workflows.machine import Machine, Step
from workflows.publishing import publish_programme
from workflows.registration import grant_role, register_account, register_organisation, register_person
from workflows.reimbursement import account
from workflows.worker import work_off

# -- What there is to be done ------------------------------------------------------------------------------------------------

STEPS: Mapping[str, tuple[Machine, Step]] = {name: (machine, step) for machine in machines() for name, step in machine.steps.items()}
"""Every row of every machine, by its name."""

TABLES: Mapping[str, Any] = {
    "amendment": Amendment, "appeal": Appeal, "award": ProviderAward, "bank line": BankLine, "batch": Batch, "bounds": BoundRequest,
    "claim": Claim, "deposit": Deposit, "finding": Finding, "fund line": FundLine, "listing": Listing, "notice": Notice,
    "objection": Objection, "order": Order, "payout": Payout, "programme": Programme, "recovery": Recovery, "voucher": Voucher,
}

_TAKING = ("begin", "advance", "follow", "begin_many", "follow_many", "advance_many")


@contextmanager
def listening() -> Iterator[Counter[str]]:
    """How often machines take each step meanwhile, whatever becomes of the work in which they do."""
    heard: Counter[str] = Counter()
    before = {way: getattr(Machine, way) for way in _TAKING}

    def told(way: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(way)
        def take(self: Machine, work: Work, row: Any, name: str, *rest: Any, **more: Any) -> Any:
            done = way(self, work, row, name, *rest, **more)
            heard.update([name] if not isinstance(row, Sequence) or row else [])
            return done
        return take

    for way, original in before.items():
        setattr(Machine, way, told(original))
    try:
        yield heard
    finally:
        for way, original in before.items():
            setattr(Machine, way, original)


# -- Programmes that together have every model of money -------------------------------------------------------------------------

_CLAWBACK = "\nclawback: {look_back: 5 years, interest: 3.65 %, ban: 3 years}\n"
_INSTALMENTS = ("\ninstalments:\n  - {code: first, name: {zh: 首付款, en: first}, share: 80 %, after: {zh: 开工, en: the beginning}}\n"
                "  - {code: last, name: {zh: 尾款, en: last}, share: 20 %, after: {zh: 验收, en: acceptance}}\n")


def _rules(code: str, *edits: tuple[str, str], more: str = "") -> bytes:
    text = example("weihai").decode().replace("code: weihai", f"code: {code}")
    for before, after in edits:
        assert before in text, before
        text = text.replace(before, after)
    return f"{text}{_CLAWBACK}{more}".encode()


_WITHIN, _PAPER = "  use_within: 12 months", "{kind: invoice,"
_LIST = "\nwaiting_list: {order: arrival%s}\n"
PROGRAMMES: Mapping[str, tuple[bytes, tuple[str, ...], str]] = {
    "plain": (_rules("plain", (_WITHIN, f"{_WITHIN}\n  extension: {{times: 2, length: 2 months}}"),
                     more="second_approval_from: 3500.00\nrelations: {forbidden: [shareholder], depth: 3, look_back: 5 years}\n"
                          "fund_lines: {over_issue: 20 %}\n"), ("city",), "4000000.00"),
    "wallet": (_rules("wallet", ("model: reimburse_sme", "model: wallet")), ("city",), "4000000.00"),
    "short": (_rules("short", more=_LIST % ""), ("city",), "10000.00"),
    "offers": (_rules("offers", more=_LIST % ", offer_open: 10 working days"), ("city",), "10000.00"),
    "drawn": (_rules("drawn", (_PAPER, f"{_PAPER} original: yes,"),
                     (_WITHIN, "  starts_at: activation\n  activate_within: 2 months\n  use_within: 12 months"),
                     more="sampling_rate: 50 %\n"), ("city",), "4000000.00"),
    "shared": (_rules("shared", more=FUNDERS.decode().replace("share: 1/3", "share: 1/3, advances_for: province")),
               ("province", "city"), "4000000.00"),
    "staged": (_rules("staged", more=_INSTALMENTS), ("city",), "4000000.00"),
    "over": (_rules("over"), ("city",), "1000.00"),
    "ending": (_rules("ending", more="own_share: [{vat: sme, vat_first: yes, proof: [own_payment]}]\n"), ("city",), "20000.00"),
}

# -- What no row says ------------------------------------------------------------------------------------------------------------

REVOKED = ("open_revocation", "record_revocation_hearing", "revoke_voucher")
WAYS: Mapping[str, tuple[str, ...]] = {
    # an application, the waiting list
    "end_application": ("review_voucher", "close_programme"), "put_on_waiting_list": ("spend_all", "review_voucher"),
    "serve_voucher": ("put_on_waiting_list", "more_money"), "offer_voucher": ("put_on_waiting_list", "more_money"),
    "close_fund_line": ("issue_voucher", "work_off"), "open_fund_line": ("close_fund_line", "more_money"),
    # a voucher's time, its surrender, its revocation
    "warn_of_expiry": ("issue_voucher", "before_expiry"), "expire_voucher": ("issue_voucher", "after_expiry"),
    "grant_extension": ("ask_extension",), "refuse_extension": ("ask_extension",),
    "ask_surrender": ("accept_order", "surrender_voucher"), "drop_surrender": ("ask_surrender", "freeze_voucher"),
    "finish_surrender": ("ask_surrender", "agree_to_surrender"), "give_order_back": ("ask_surrender", "agree_to_surrender"),
    "give_back_what_is_free": ("accept_order",),
    "drop_amendment": ("propose_change", *REVOKED), "revoke_order": ("place_order", *REVOKED), "revoke_claim": ("submit_claim", *REVOKED),
    "stop_order": ("start_service", "submit_claim", "settle_payout", *REVOKED),
    "drop_claim_appeal": ("file_appeal", *REVOKED), "follow_revocation": ("settle_payout", *REVOKED),
    # an order that ends
    "lapse_unclaimed": ("accept_delivery", "after_claims"), "terminate_order": ("propose_termination", "agree_amendment"),
    "call_off_order": ("start_service", "propose_nothing", "agree_amendment"),
    "dispute_termination": ("propose_termination", "decline_amendment"),
    "decline_amendment": ("propose_change",), "agree_amendment": ("propose_change",), "replace_order": ("place_order", "replace"),
    "refer_termination": ("propose_termination", "run_out"),
    # a claim, its notice, its appeal
    "refuse_claim": ("submit_claim", "verify_nothing", "approve_claim"), "file_appeal": ("submit_claim", "verify_half", "approve_claim"),
    "supplement_claim": ("uphold_claim_appeal",), "reopen_claim": ("uphold_objection",), "give_up_claim": ("give_up_payout",),
    "approve_claim": ("verify_claim", "sign_or_not"), "sign_claim": ("verify_claim",),
    "publish_notice": ("approve_claim",), "file_objection": ("publish_notice",), "admit_objection": ("publish_notice", "file_objection"),
    "turn_objection_away": ("publish_notice", "file_objection"), "file_listing_objection": ("start_listing_notice",),
    "end_hold_in_time": ("hold_claim", "run_out"), "release_claim": ("hold_claim",),
    # findings
    "note_finding": ("another_holder", "submit_claim"), "allow_finding": ("submit_claim", "tie_them", "check_again"),
    "confirm_finding": ("submit_claim", "tie_them", "check_again"), "record_site_check": ("submit_claim", "draw_sample"),
    "report_site_check": ("submit_claim", "draw_sample"), "confirm_account": ("another_account", "approve_claim"),
    "lapse_finding": ("another_account", "approve_claim", "weeks"), "notice_recovery": ("settle_payout", "tie_them", "a_month"),
    # payouts and the bank
    "make_payout": ("approve_claim",), "hold_payout": ("hold_claim",), "free_payout": ("hold_claim", "release_claim"),
    "cancel_payout": ("approve_claim", "withdraw_claim"), "gather_payout": ("gather_batch",), "gather_batch": ("approve_claim",),
    "put_payout_back": ("gather_batch", "dissolve_batch"), "release_payout": ("release_batch",),
    "recall_payout": ("release_batch", "dissolve_batch"), "export_batch": ("release_batch", "work_off"), "send_payout": ("export_batch",),
    "import_statement": ("export_batch",), "settle_payout": ("export_batch", "bank_pays"),
    "return_payout": ("export_batch", "bank_returns"),
    "match_line": ("export_batch", "bank_mangles"), "set_line_aside": ("stranger_pays",), "send_line_back": ("stranger_pays",),
    "unmatch_line": ("set_line_aside",), "undo_settlement": ("settle_payout", "unmatch_line"),
    "undo_return": ("return_payout", "unmatch_line"),
    "match_return_less_charge": ("settle_payout", "bank_keeps_something"), "reissue_payout": ("return_payout", "another_account"),
    "give_up_payout": ("return_payout",), "cancel_returned_payout": ("return_payout", *REVOKED),
    "give_rest_up": ("small_recovery", "approve_another", "offset_recovery", "gather_batch", "release_batch", "work_off", "bank_returns",
                     "give_up_payout"),
    "set_payout_off": ("make_recovery_final", "approve_another", "offset_recovery"),
    "ask_award": ("settle_payout",), "confirm_award_account": ("propose_award", "provider_account", "decide_award"),
    # recoveries
    "suspect_recovery": ("settle_payout",), "open_recovery": ("settle_payout",),
    "offset_recovery": ("make_recovery_final", "approve_another"), "collect_recovery": ("make_recovery_final", "pay_recovery"),
    "close_paid_recovery": ("serve_recovery", "pay_recovery", "run_out"),
    "close_recovery": ("appeal_recovery", "pay_recovery", "dismiss_recovery_appeal"),
    "refund_recovery": ("serve_recovery", "pay_recovery", "annul_recovery"),
    "drop_returned": ("open_recovery", "bank_returns", "give_up_payout"),
    "annul_returned": ("decide_recovery", "bank_returns", "give_up_payout"),
    # wallets
    "ask_deposit": ("accept_order",), "take_deposit": ("accept_order", "pay_in"), "refuse_deposit": ("accept_order", "pay_in_wrong"),
    "undo_receipt": ("take_deposit", "unmatch_line"), "drop_deposit": ("accept_order", "cancel_order", "night"),
    "give_deposit_back": ("take_deposit", "cancel_order", "night"), "pay_deposit_on": ("take_deposit", "approve_claim", "night"),
    "give_surplus_back": ("take_deposit", "propose_less", "agree_amendment", "night"),
    "take_deposit_back": ("pay_deposit_on", "withdraw_claim", "night"),
    "ask_deposit_again": ("take_deposit", "submit_claim", "verify_nothing", "approve_claim", "night", "file_appeal",
                          "uphold_claim_appeal", "approve_claim", "night"),
    # money of fund lines, books
    "settle_advance": ("advance_funds",), "withdraw_over_issue": ("allow_over_issue",), "grant_bounds": ("ask_bounds",),
    "refuse_bounds": ("ask_bounds",), "accrue_deliveries": ("deliver_order", "new_year"), "carry_orders": ("accept_order", "new_year"),
    "lapse_free_money": ("new_year",), "carry_forward": ("new_year",), "reopen_period": ("close_period",),
    "propose_listing_again": ("delist_provider", "propose_listing"),
    "settle_programme": ("close_programme", "new_year", "lapse_free_money"), "renew_voucher": ("uphold_cancellation_appeal",),
    **dict.fromkeys(("uphold_freeze_appeal", "dismiss_freeze_appeal"), ("appeal_freeze",)),
    **dict.fromkeys(("uphold_cancellation_appeal", "dismiss_cancellation_appeal"), ("appeal_cancellation",)),
    **dict.fromkeys(("uphold_revocation_appeal", "dismiss_revocation_appeal"), ("appeal_revocation",)),
}
WHERE = {
    **dict.fromkeys(("put_on_waiting_list", "serve_voucher", "close_fund_line", "open_fund_line"), "short"),
    **dict.fromkeys(("offer_voucher", "accept_offer", "decline_offer", "lapse_offer"), "offers"),
    **dict.fromkeys(("ask_extension", "grant_extension", "refuse_extension", "sign_claim"), "plain"),
    **dict.fromkeys(("activate_voucher", "see_originals", "record_site_check", "report_site_check"), "drawn"),
    **dict.fromkeys(("ask_deposit", "take_deposit", "refuse_deposit", "undo_receipt", "drop_deposit", "give_deposit_back", "pay_deposit_on",
                     "give_surplus_back", "take_deposit_back", "ask_deposit_again"), "wallet"),
    "stop_order": "staged", "settle_programme": "over",
    "notice_recovery": "plain", "end_application": "ending", "confirm_tax": "ending", "close_programme": "ending",
}
_LAST_ONES = ("close_programme", "end_application", "close_period", "reopen_period", "adjust_period", "lapse_free_money", "carry_forward",
              "carry_orders", "accrue_deliveries", "expire_voucher", "lapse_unclaimed", "delist_provider", "propose_listing_again")


@dataclass
class Record:
    """What was done in the houses of one engine: the steps that machines took, the verbs that people did, the events in history."""

    heard: Counter[str]
    done: dict[str, int] = field(default_factory=dict)
    events: set[tuple[str, str, bool]] = field(default_factory=set)

    def undone(self) -> list[str]:
        """The steps and acts that were not done yet. A step whose machine is not asked to take it is known by its own event."""
        names = {name for name, _before, _person in self.events}
        steps = {name for name, (_machine, step) in STEPS.items() if self.heard[name] or (step.event in _OWN_EVENTS & names)
                 or any(_SIGNS[sign] == 1 and sign in self.events for sign in _signs(step))}
        return sorted({*STEPS, *(each for each in TRIES if TRIES[each].people)} - steps - set(self.done))


def _signs(step: Step) -> list[tuple[str, str, bool]]:
    """What history shows of a step: its event, the state before, whether it was taken by a person."""
    return [(step.event, str(source), bool(step.by)) for source in step.source or ("",)]


_OWN_EVENTS = frozenset(event for event, count in Counter(step.event for _machine, step in STEPS.values()).items() if count == 1)
_SIGNS = Counter(sign for _machine, step in STEPS.values() for sign in _signs(step))


class Guide(Walker):
    """Walks through a house at random, and is led to what it has not done."""

    def __init__(self, house: House, seed: int, record: Record) -> None:
        super().__init__(house, seed)
        self.record, self.heard, self.done = record, record.heard, record.done
        self.case: UUID | None = None
        self.where = ""
        self.far = self._distances()

    def open_house(self) -> None:
        for rules, funders, allotted in PROGRAMMES.values():
            publish(self.house, rules, funders=funders, allotted=allotted)
        new = PROVIDERS[2]
        with self.house.work("administrator1") as work:
            self.house.references["new"] = register_organisation(
                work, OrganisationKind.PROVIDER, new.name, new.number, name_en=new.name_en, country=new.country, listed=False).reference
            register_person(work, "new@voucher.example", "New", "!", "zh")
            grant_role(work, "new@voucher.example", Role.PROVIDER, self.house.references["new"])
        with read(self.house.database) as session:
            self.house.people["new"] = actor_for(session, session.exec(select(Person).where(Person.email == "new@voucher.example")).one())

    def _distances(self) -> dict[str, int]:
        """How many rows a state is from the beginning of a life, by noun and state; what nobody does counts for more."""
        far: dict[str, int] = {}
        for _turn in range(20):
            for machine, step in STEPS.values():
                began = min((far[f"{machine.noun} {each}"] for each in step.source if f"{machine.noun} {each}" in far), default=None)
                if step.source and began is None:
                    continue
                there = f"{machine.noun} {step.target}"
                far[there] = min(far.get(there, 99), (began or 0) + (1 if step.by else 4))
        return far

    # -- What was done ----------------------------------------------------------------------------------------------------------

    def undone(self) -> list[str]:
        """The steps and acts that were not done yet, here or in a house before."""
        with read(self.house.database) as session:
            self.record.events.update((name, before or "", person is not None) for name, before, person in session.exec(
                select(Event.name, Event.from_state, Event.person_id).distinct()))
        return self.record.undone()

    def lead(self, errands: int) -> None:
        """Go so many times for something that was not done yet; the last things last."""
        for _number in range(errands):
            left = self.undone()
            if not left:
                return
            early = [each for each in left if each not in _LAST_ONES]
            self.errand(self.random.choice(early if early and self.random.random() < 0.8 else left))

    def errand(self, step: str) -> bool:
        """Go for one step, from anything that stands."""
        self.case, self.where = None, WHERE.get(step, "")
        self.trace.append(f"-- {step}")
        done = self.take(step)
        self.trace.append(f"-- {step}: {'done' if done else 'not done'}")
        return done

    # -- Along the rows ---------------------------------------------------------------------------------------------------------

    def take(self, step: str, pursued: frozenset[str] = frozenset()) -> bool:
        """Take a step on something that is ready for it; else go back along the rows until something is."""
        if self.attempt(step):
            return True
        if step in pursued:
            return False
        pursued |= {step}
        if step in WAYS:
            before = self.heard[step]
            for each in WAYS[step]:
                if not (self.move(each) if each not in STEPS and not (each in TRIES and TRIES[each].people) else self.take(each, pursued)):
                    return False
            return self.heard[step] > before or self.attempt(step)
        return any(self.take(each, pursued) and self.attempt(step) for each in self._before(step))

    def move(self, name: str) -> bool:
        """Something that is no step of a machine: the clock, the bank, a stranger."""
        self.trace.append(f"   {name}")
        return getattr(self, name)() is not False

    def _before(self, step: str) -> list[str]:
        """The steps that lead to where a step begins, the straightest first; one or two of them are enough."""
        if step in _NEEDS:
            noun, states = _NEEDS[step]
        elif step in STEPS:
            machine, row = STEPS[step]
            noun, states = machine.noun, tuple(map(str, row.source))
        else:
            return []
        found = [(self._way_to(noun, each) + len(WAYS.get(name, ())) * 1.5 + self.random.random() * 2, name)
                 for name, (machine, each) in STEPS.items()
                 if machine.noun == noun and each.target in states and each.target not in each.source and name != step]
        return [name for _far, name in sorted(found)[:self.random.choice((1, 1, 2))]]

    def _way_to(self, noun: str, step: Step) -> float:
        return min((self.far.get(f"{noun} {each}", 50) for each in step.source), default=0) + (0 if step.by else 4)

    def attempt(self, step: str) -> bool:
        """Have somebody take a step on something that stands ready for it; False when there is nothing, or all are refused."""
        if step in BY_TABLE:
            letter, act = BY_TABLE[step]
            for row in self.ready(letter, act):
                if step in ("deliver_order", "start_service"):
                    self.case = row.voucher_id
                    self.pay_in()
                if any(self.tries(person, step, partial(self.act, letter=letter, act=act, row=row), row)
                       for person in self.people(act.row.by)):
                    return True
            return False
        if hasattr(self, step):
            people = self.people(STEPS[step][1].by) if step in STEPS else self.shuffled(TRIES[step].people)
            return any(self.tries(person, step, getattr(self, step), None) for person in people)
        if step in STEPS and not STEPS[step][1].by and step not in WAYS:
            return self._waits(step)
        return False

    def people(self, roles: Sequence[Any]) -> list[str]:
        first = [each for role in roles if role == Role.AUDITOR for each in HOLDERS[role]]
        return first + self.shuffled([each for role in roles if role != Role.AUDITOR
                                      for each in (*HOLDERS[role], *(["new"] if role == Role.PROVIDER else []))])

    def shuffled(self, some: Sequence[str]) -> list[str]:
        some = sorted(each for each in set(some) if each in self.house.people)
        return self.random.sample(some, len(some))

    def tries(self, person: str, step: str, verb: Callable[[Work], Any], row: Any) -> bool:
        before = self.heard.copy()
        held = self.case
        try:
            with self.house.work(person) as work:
                verb(work)
                if row is not None:
                    self.case = self.case_of(work.session, row) or self.case
        except Refusal as refusal:
            self.heard.clear()
            self.heard.update(before)
            self.case = held
            if not isinstance(refusal, NotFound):
                told = "; ".join(f"{each.where}: {each.what}" for each in getattr(refusal, "problems", ()))
                self.trace.append(f"   {person}: {step} refused: {refusal} {told}")
            return False
        self.done[step] = self.done.get(step, 0) + 1
        self.trace.append(f"{person}: {step}")
        self.check()
        return True

    def check(self) -> None:
        with read(self.house.database) as session:
            assert_the_invariants_hold(session)

    def act(self, work: Work, letter: str, act: Act, row: Any) -> None:
        free = act.step not in ("register_contract", "publish_price")
        asked = [ask for ask in act.asks if ask.required or (free and ask.kind != Kind.AMOUNTS and self.random.random() < 0.3)]
        row = fetch(work.session, THINGS[letter].table, row.reference)
        act.verb(work, row.reference, **{ask.name: self.made_up(work, letter, act, ask, row) for ask in asked})

    def made_up(self, work: Work, letter: str, act: Act, ask: Ask, row: Any) -> Any:
        """Something sensible."""
        today = self.house.today
        if ask.kind == Kind.DAY:
            over = ask.name in ("seen_on", "heard_on", "paid_on", "contract_on")
            return today if over else today + timedelta(days=self.random.randint(3, 9))
        if ask.kind == Kind.MONEY:
            return self.money_for(act.step, ask.name, row)
        if ask.kind == Kind.REFERENCE and ask.letter == "Y":
            held = work.session.exec(select(Payout.reference).where(Payout.state == "payable", Payout.payee_id == row.liable_id)).all()
            return self.random.choice(held) if held else "Y-2026-99999-1"
        if ask.kind == Kind.REFERENCE:
            return get(work.session, Organisation, row.payee_id).reference
        if ask.name == "plan":
            return f"{today + timedelta(days=9)} {outstanding_of(work.session, row)}"
        if ask.name == "contract_number":
            return f"{2026371000000000 + self.house.number():016d}"
        if ask.name in ("price", "service"):
            return ask.example
        if ask.name == "programme":
            return "plain"
        if ask.name in ("amount", "income", "lines", "item"):
            return super().made_up(work, letter, act, ask, row)
        return super().made_up(work, letter, act, ask, row) or ask.example or "because"

    def money_for(self, step: str, name: str, row: Any) -> Money:
        if name == "vat":
            return Money(0, row.currency)
        if name in ("net", "part"):
            return Money(row.net_minor // 2, row.currency) if name == "net" else Money(max(row.voucher_part_minor - 100, 1), row.currency)
        if name == "principal":
            return Money(row.amount_minor if step in ("open_recovery", "suspect_recovery") else row.principal_minor, row.currency)
        return Money(row.amount_minor if hasattr(row, "amount_minor") else row.contract_minor or row.net_minor, row.currency)

    def reason(self) -> str:
        return "because"

    def amount(self, currency: str, most: int) -> Money:
        return Money(self.random.randint(most // 4, most) * 100, currency)

    # -- What stands ready ------------------------------------------------------------------------------------------------------

    def near(self, table: Any) -> Any:
        """Of rows in a question: they are of the case in hand, or of the programme that is wanted."""
        vouchers = select(Voucher.id)
        if self.case is not None:
            vouchers = vouchers.where(Voucher.id == self.case)
        else:
            codes = (self.where,) if self.where else _GENERAL
            vouchers = vouchers.join(Programme, col(Programme.id) == Voucher.programme_id).where(col(Programme.code).in_(codes))
        orders = select(Order.id).where(col(Order.voucher_id).in_(vouchers))
        claims = select(Claim.id).where(col(Claim.order_id).in_(orders))
        deposits = select(Deposit.id).where(col(Deposit.order_id).in_(orders))
        payouts = select(Payout.id).where(col(Payout.claim_id).in_(claims) | col(Payout.deposit_id).in_(deposits))
        batches = select(Payout.batch_id).where(col(Payout.id).in_(payouts))
        return {
            Voucher: col(Voucher.id).in_(vouchers), Order: col(Order.voucher_id).in_(vouchers), Claim: col(Claim.order_id).in_(orders),
            Payout: col(Payout.id).in_(payouts), Recovery: col(Recovery.payout_id).in_(payouts), Deposit: col(Deposit.order_id).in_(orders),
            Finding: col(Finding.claim_id).in_(claims), Objection: col(Objection.claim_id).in_(claims), Batch: col(Batch.id).in_(batches),
            Programme: col(Programme.code) == (self.where if self.where == "over" else "ending"),
            Listing: col(Listing.reference) == self.house.references["new"],
            Appeal: col(Appeal.claim_id).in_(claims), Amendment: col(Amendment.order_id).in_(orders),
        }.get(table)

    def ready(self, letter: str, act: Act) -> list[Any]:
        """A few things on which an act may be taken, the newest first or any."""
        table, own, states = THINGS[letter].table, TABLES[act.machine.noun], tuple(map(str, act.row.source))
        with read(self.house.database) as session:
            wanted = select(table) if table is not Payout else select(table).where(col(Payout.deposit_id).is_(None))
            if own is not table and states:  # of something that hangs on it
                key = {Amendment: Amendment.order_id, Appeal: Appeal.claim_id}.get(own)
                wanted = wanted.where(table.id.in_(select(key).where(own.state.in_(states)))) if key is not None else wanted.where(
                    col(Order.voucher_id).in_(select(Voucher.id).where(col(Voucher.state).in_(states))))
            else:
                wanted = wanted.where(table.state.in_(_NEEDS[act.step][1] if act.step in _NEEDS else tuple(map(str, act.states)) or states))
            near = self.near(table) if act.step != "confirm_award_account" else None
            rows = session.exec((wanted if near is None else wanted.where(near)).order_by(table.id.desc()).limit(6)).all()
            session.expunge_all()
        return list(rows[:2]) if self.random.random() < 0.7 else self.random.sample(list(rows), min(2, len(rows)))

    def case_of(self, session: Session, row: Any) -> UUID | None:
        """The voucher behind something, if there is one."""
        if isinstance(row, Voucher):
            return row.id
        if isinstance(row, Order):
            return row.voucher_id
        if getattr(row, "claim_id", None) is not None:
            return self.case_of(session, get(session, Claim, row.claim_id))
        if getattr(row, "order_id", None) is not None:
            return self.case_of(session, get(session, Order, row.order_id))
        if isinstance(row, Recovery):
            return row.voucher_id
        return None

    def one(self, work: Work, table: Any, *states: str) -> Any:
        wanted = select(table).where(table.state.in_(states))
        near = self.near(table)
        rows = [row for row in work.session.exec((wanted if near is None else wanted.where(near)).order_by(table.id.desc()))
                if self._is_business(work, row, work.actor)]
        if not rows:
            raise NotFound
        row = rows[0] if self.random.random() < 0.7 else self.random.choice(rows)
        self.case = self.case_of(work.session, row) or self.case
        return row

    # -- Verbs of people ----------------------------------------------------------------------------------------------------------

    def apply_for_voucher(self, work: Work) -> None:
        code = self.where or self.random.choice(_GENERAL)
        programme = work.session.exec(select(Programme.reference).where(Programme.code == code)).one()
        firm = FIRMS[next(each for each in FIRMS if self.house.people[each].person_id == work.actor.person_id)]
        amount = Money(10_000_00 if code in ("short", "offers") else self.random.randint(80, 120) * 100_00, "CNY")
        self.case = issue.apply_for_voucher(work, programme, self.house.references[firm.number], amount, "Research").id

    def place_order(self, work: Work) -> None:
        voucher = self.one(work, Voucher, "issued")
        if voucher.activated_on is None and terms_version(work.session, voucher.terms_id).terms.validity.needs_activation:
            holding.activate_voucher(work, voucher.reference)
        self._order(work, voucher, "")

    def _order(self, work: Work, voucher: Voucher, replaces: str, but: UUID | None = None) -> None:
        sellers = [each for each in self.house.people if each in SELLERS and SELLERS[each].country == "CN"]
        firms = [fetch(work.session, Organisation, self.house.references[SELLERS[each].number]) for each in sorted(sellers)]
        left = voucher_position(work.session, voucher.reference, voucher.currency).available
        most = min(25, left.minor * 5 // 1000_00)
        if most < 5:
            raise NotFound
        seller, net = self.random.choice([each for each in firms if each.id != but]), self.random.randint(5, most) * 1000_00
        purchase.place_order(work, voucher.reference, seller.reference, "development", "Something",
                             Money(net, "CNY"), Money(net * 6 // 100 if self.where == "ending" else 0, "CNY"), replaces=replaces,
                             reason="because")

    def replace_order(self, work: Work) -> None:
        old = self.one(work, Order, "placed", "accepted", "registered")
        self._order(work, get(work.session, Voucher, old.voucher_id), old.reference, old.provider_id)

    def submit_claim(self, work: Work) -> None:
        live = select(Claim.order_id).where(col(Claim.state).in_(LIVE), col(Claim.final))
        orders = work.session.exec(select(Order).where(
            col(Order.state).in_(("completed", "started")), col(Order.id).not_in(live), Order.held_minor > 0, self.near(Order))
            .order_by(col(Order.id).desc())).all()
        order = next((each for each in orders if self._is_business(work, each, work.actor)), None)
        if order is None:
            raise NotFound
        self.case = order.voucher_id
        voucher, terms = get(work.session, Voucher, order.voucher_id), terms_version(work.session, order.terms_id).terms
        claimant = get(work.session, Organisation, voucher.sme_id if terms.payee == "sme" else order.provider_id)
        line = InvoiceLine(f"26371{self.house.number():015d}", self.house.today, order.title, order.net, order.vat)
        paid = OwnPayment(f"BANK-{self.house.number()}", self.house.today, order.gross if terms.payee == "sme" else Money(0, "CNY"))
        claimed = work.session.exec(select(Claim.id).where(Claim.order_id == order.id, Claim.state == "approved")).first()
        claiming.submit_claim(work, order.reference, [] if terms.instalments and claimed else [line], paid,
                              evidence(work, self.house, order, claimant.reference), final=True)

    def verify_claim(self, work: Work, percent: int = 100) -> None:
        claim = self.one(work, Claim, "submitted")
        if originals_unseen(work.session, claim.id):
            verification.see_originals(work, claim.reference, "At the counter")
        verification.verify_claim(work, claim.reference, [
            LineDecision(line.number, line.money(line.basis_minor * percent // 100), None if percent == 100 else CutReason.NOT_IN_ORDER)
            for line in lines_of(work.session, claim.id) if line.accepted_minor is None])

    def sign_batch(self, work: Work) -> None:
        reimbursement.release_batch(work, self.one(work, Batch, "gathered").reference)

    def release_batch(self, work: Work) -> None:
        reimbursement.release_batch(work, self.one(work, Batch, "signed").reference)

    def gather_batch(self, work: Work) -> None:
        reimbursement.gather_batch(work, [self.one(work, Payout, "payable").reference], self.house.today)

    def unmatch_line(self, work: Work) -> None:
        lines = work.session.exec(select(BankLine).where(col(BankLine.state).in_(("matched", "set_aside")),
                                                         col(BankLine.recovery_id).is_(None)).order_by(col(BankLine.id).desc()).limit(5)).all()
        if not lines:
            raise NotFound
        unmatching.unmatch_line(work, str(lines[0].id), "because")

    def set_line_aside(self, work: Work) -> None:
        reconciliation.set_line_aside(work, str(self._open_line(work).id), "because")

    def send_line_back(self, work: Work) -> None:
        reconciliation.send_line_back(work, str(self._open_line(work).id), "because", "102100099996")

    def _open_line(self, work: Work) -> BankLine:
        line = work.session.exec(select(BankLine).where(BankLine.state == "open", BankLine.amount_minor > 0,
                                                        BankLine.counterparty_account != "").order_by(col(BankLine.id).desc())).first()
        if line is None:
            raise NotFound
        return line

    def ask_bounds(self, work: Work) -> None:
        accounts = bounding_accounts(work.session)
        name, currency = self.random.choice(accounts)
        held = bounding.account_of(work.session, name, currency)
        bounding.ask_bounds(work, name, currency, held.lower, Money(abs(held.balance.minor) + self.random.randint(1, 9) * 10**12, currency),
                            "because")

    def grant_bounds(self, work: Work) -> None:
        bounding.grant_bounds(work, self.one(work, BoundRequest, "asked").reference)

    def refuse_bounds(self, work: Work) -> None:
        bounding.refuse_bounds(work, self.one(work, BoundRequest, "asked").reference, "because")

    def publish_notice(self, work: Work) -> None:
        claim = self.one(work, Claim, "approved")
        voucher = get(work.session, Voucher, get(work.session, Order, claim.order_id).voucher_id)
        publication.publish_notice(work, get(work.session, Programme, voucher.programme_id).reference)

    def republish_programme(self, work: Work) -> None:
        publish_programme(work, PROGRAMMES["plain"][0] + f"\n# of {self.house.number()}\n".encode())

    def advance_funds(self, work: Work) -> None:
        advancing.advance_funds(work, self._line(work, "shared", "city").reference, Money(self.random.randint(1, 5) * 100_00, "CNY"),
                                f"Letter {self.house.number()}")

    def settle_advance(self, work: Work) -> None:
        advancing.settle_advance(work, self._line(work, "shared", "city").reference, Money(100_00, "CNY"), f"Letter {self.house.number()}")

    def allow_over_issue(self, work: Work) -> None:
        funding.allow_over_issue(work, self._line(work, "plain", "city").reference, Money(500_00, "CNY"), f"Consent {self.house.number()}")

    def withdraw_over_issue(self, work: Work) -> None:
        funding.withdraw_over_issue(work, self._line(work, "plain", "city").reference, Money(100_00, "CNY"),
                                    f"Consent {self.house.number()}")

    def _line(self, work: Work, code: str, funder: str) -> Any:
        return work.session.exec(select(FundLine).join(Programme, col(Programme.id) == FundLine.programme_id).where(
            Programme.code == code, FundLine.funder == funder).order_by(col(FundLine.id).desc())).first()

    def _of_fund_line(self, work: Work) -> tuple[str, Money, str]:
        year = self.house.today.year
        own = get(work.session, Voucher, self.case).fund_line_id if self.case else (
            self._line(work, "over", "city").id if self.where == "over" else None)
        lines = [each for each in work.session.exec(select(FundLine).order_by(col(FundLine.id))) if own in (None, each.id)]
        line = self.random.choice([each for each in lines if each.year < year] or lines)
        return line.reference, Money(100_00, line.currency), f"Notice {self.house.number()}"

    def ask_award(self, work: Work) -> None:
        payout = self._newest(Payout, "settled")
        if payout is None or payout.claim_id is None:
            raise NotFound
        claim = get(work.session, Claim, payout.claim_id)
        order = get(work.session, Order, claim.order_id)
        voucher = get(work.session, Voucher, order.voucher_id)
        awards.ask_award(work, get(work.session, Organisation, order.provider_id).reference,
                         get(work.session, Programme, voucher.programme_id).reference, self.house.today.year, "services")

    def propose_listing(self, work: Work) -> None:
        held = work.session.exec(select(Listing).where(col(Listing.state).in_(("delisted", "refused")))).first()
        firm = get(work.session, Organisation, held.provider_id) if held else None
        providers.propose_listing(work, firm.reference if firm else self.house.references["new"], "We test buoys")

    # -- The clock, the bank, strangers: what is no step of a machine ------------------------------------------------------------------

    def spend_all(self) -> None:
        """Nothing of the programme's money is left."""
        self.take("issue_voucher")
        self.case = None

    def night(self) -> None:
        """An hour goes by, and the worker does all that is done each hour and each day."""
        self.house.clock.turn(hours=1)
        with self.house.work() as work:
            for task in _REGULAR:
                put(work, task, f"{task} {work.now.isoformat()}", {})
        self.do_jobs()
        self.check()

    def do_jobs(self) -> None:
        """What a worker does now; what was refused is tried again, and works out in the end."""
        failed = self._work_off()
        if failed:
            self.house.clock.turn(minutes=5)
            assert not self._work_off(), failed

    def _work_off(self) -> list[Any]:
        return [each for each in work_off(self.house.database, self.house.store, self.house.clock)
                if each.error and not any(words in each.error for words in _STANDS_STILL)]

    def days(self, number: int) -> None:
        year = self.house.today.year
        self.house.clock.turn(days=number)
        if self.house.today.year > year:
            self.new_money()
        self.night()

    def weeks(self) -> None:
        self.days(31)

    def a_month(self) -> None:
        self.days(31)

    def new_money(self) -> None:
        """Money is voted for another year."""
        with self.house.work("finance1") as work:
            for code, (_rules, funders, allotted) in PROGRAMMES.items():
                if code in ("over", "ending"):
                    continue
                programme = work.session.exec(select(Programme).where(Programme.code == code)).one()
                for funder in funders:
                    amount = Money.parse(allotted, "CNY")
                    line = funding.record_appropriation(work, programme.reference, self.house.today.year, amount,
                                                        f"Decision {self.house.number()}", funder)
                    funding.allot(work, line.reference, amount, f"Notice {self.house.number()}")

    def new_year(self) -> None:
        self.house.clock.turn(days=(self.house.today.replace(year=self.house.today.year + 1, month=1, day=5) - self.house.today).days)
        self.new_money()

    def _voucher(self) -> Any:
        with read(self.house.database) as session:
            return session.get_one(Voucher, self.case)

    def before_expiry(self) -> None:
        self.days(max((self._voucher().use_by - self.house.today).days - 50, 0))

    def after_expiry(self) -> None:
        self.days(max((self._voucher().use_by - self.house.today).days + 1, 0))

    def after_claims(self) -> None:
        self.days(max((self._voucher().claim_by - self.house.today).days + 1, 0))
        self.night()

    def run_out(self) -> None:
        """Whatever the case waits for first is over."""
        with read(self.house.database) as session:
            case = session.get_one(Voucher, self.case).reference
            due = session.exec(select(Deadline).where(Deadline.case_reference == case, Deadline.state == DeadlineState.RUNNING,
                                                      Deadline.then != "").order_by(col(Deadline.due_on))).first()
        if due is not None:
            self.days(max((due.due_on - self.house.today).days + 1, 0))

    def _waits(self, step: str) -> bool:
        """A step of the clock: let the time run out of something that stands where the step begins."""
        machine, row = STEPS[step]
        table, before = TABLES[machine.noun], self.heard[step]
        with read(self.house.database) as session:
            near = self.near(table)
            wanted = select(table).where(table.state.in_(tuple(map(str, row.source))))
            rows = session.exec((wanted if near is None else wanted.where(near)).order_by(table.id.desc()).limit(3)).all()
            subjects = [each.reference for each in rows]
            if table is Amendment or table is Voucher:
                subjects += session.exec(select(Order.reference).where(
                    col(Order.id).in_([each.order_id for each in rows]) if table is Amendment
                    else col(Order.voucher_id).in_([each.id for each in rows]))).all()
            due = session.exec(select(Deadline).where(col(Deadline.subject).in_(subjects), Deadline.state == DeadlineState.RUNNING,
                                                      Deadline.then != "").order_by(col(Deadline.due_on))).all()
        for deadline in due[:2]:
            self.days(max((deadline.due_on - self.house.today).days + 1, 0))
            if self.heard[step] > before:
                return True
        return False

    def _office(self) -> Account:
        with read(self.house.database) as session:
            here = office(session)
            held: Any = account_of(session, here.id, "CNY")
            return account(held, here)

    def receive(self, amount: Money, reference: str, payer: Account | None, name: str = "A firm", *, returned: bool = False) -> None:
        content = simulated.receipts(self._office(), Money(0, "CNY"), [simulated.Receipt(name, amount, reference, "money", payer)],
                                     self.house.today, sequence=self.house.number())
        self.tries("finance1", "import_statement", lambda work: reconciliation.import_statement(
            work, self.house.store, f"{self.house.number()}.xml", content.replace(b"RCDT", b"RRTN") if returned else content), None)

    def bank_pays(self, **trouble: Any) -> bool:
        with read(self.house.database) as session:
            near = self.near(Batch)
            wanted = select(Batch).where(Batch.state == "exported")
            batch = session.exec((wanted if near is None else wanted.where(near)).order_by(col(Batch.id).desc())).first()
            if batch is None:
                return False
            payouts = session.exec(select(Payout.reference).where(Payout.batch_id == batch.id)).all()
        chosen = {name: made(payouts[0]) for name, made in trouble.items()}
        content = bank_answer(self.house, batch.reference, sequence=self.house.number(), **chosen)
        return self.tries(self.random.choice(("finance1", "treasury1")), "import_statement", lambda work: reconciliation.import_statement(
            work, self.house.store, f"{self.house.number()}.xml", content), None)

    def bank_returns(self) -> bool:
        return self.bank_pays(returned=lambda payout: [payout])

    def bank_mangles(self) -> bool:
        return self.bank_pays(mangled=lambda payout: {payout: "cut"})

    def bank_keeps_something(self) -> None:
        payout = self._newest(Payout, "settled")
        self.receive(Money(payout.amount_minor - payout.amount_minor // 50, "CNY"), payout.reference, None, returned=True)
        with self.house.work() as work:  # the simulated bank knows no charges
            line = work.session.exec(select(BankLine).where(BankLine.state == "open").order_by(col(BankLine.id).desc())).all()[0]
            line.is_return = True
            work.session.add(line)

    def stranger_pays(self) -> None:
        self.receive(Money(self.random.randint(1, 999) * 100, "CNY"), "", Account(
            "Somebody else", "6222020000000000999", "CNY", "Another bank", "102100099996", "CN"), "Somebody else")

    def _newest(self, table: Any, *states: str) -> Any:
        with read(self.house.database) as session:
            near = self.near(table)
            wanted = select(table).where(table.state.in_(states))
            return session.exec((wanted if near is None else wanted.where(near)).order_by(table.id.desc())).first()

    def _payer(self) -> Account:
        with read(self.house.database) as session:
            firm = get(session, Organisation, session.get_one(Voucher, self.case).sme_id)
            held: Any = account_of(session, firm.id, "CNY")
            return account(held, firm)

    def pay_in(self, times: int = 1) -> bool:
        deposit = self._newest(Deposit, "expected")
        if deposit is None:
            return False
        self.receive(Money(deposit.amount_minor * times, "CNY"), deposit.reference, self._payer())
        return True

    def pay_in_wrong(self) -> bool:
        return self.pay_in(2)

    def pay_recovery(self) -> bool:
        held = self._newest(Recovery, "served", "appealed", "final", "instalments")
        if held is None:
            return False
        with read(self.house.database) as session:
            left = outstanding_of(session, held)
        self.receive(left, held.reference, None)
        return True

    def small_recovery(self) -> bool:
        """A final recovery of less than the next payout of the same firm."""
        return self.take("make_recovery_final")

    def approve_another(self) -> bool:
        """Another claim of the same firm is approved."""
        self.case = None
        return self.take("approve_claim", frozenset(("make_recovery_final",)))

    def verify_nothing(self) -> bool:
        return self._verify(0)

    def verify_half(self) -> bool:
        return self._verify(50)

    def _verify(self, percent: int) -> bool:
        return any(self.tries(person, "verify_claim", lambda work: self.verify_claim(work, percent), None)
                   for person in self.people(["verifier"]))

    def sign_or_not(self) -> None:
        """Before it is approved: the lot is drawn, what was found is decided, and the first of two signs."""
        if self._code() == "drawn":
            self.draw_sample()
        for _finding in range(3):
            found = self._newest(Finding, "open")
            if found is None or not self.attempt({"drawn": "record_site_check", "changed_account": "confirm_account"}.get(
                    found.check_name, "allow_finding")):
                break
        self.attempt("sign_claim")

    def _code(self) -> str:
        with read(self.house.database) as session:
            return get(session, Programme, session.get_one(Voucher, self.case).programme_id).code

    def propose_nothing(self) -> bool:
        return self._propose("propose_termination", net=Money(0, "CNY"), vat=Money(0, "CNY"))

    def propose_less(self) -> bool:
        return self._propose("propose_change", net=Money(self._newest(Order, "accepted", "registered").net_minor // 2, "CNY"))

    def _propose(self, step: str, **asked: Any) -> bool:
        _letter, act = BY_TABLE[step]
        order = self._newest(Order, "accepted", "registered", "started", "delivered")
        return order is not None and any(self.tries(person, step, lambda work: act.verb(work, order.reference, "because", **asked), None)
                                         for person in self.people(act.row.by))

    def replace(self) -> bool:
        return any(self.tries(person, "replace_order", self.replace_order, None) for person in self.people(["sme"]))

    def _of_office(self, person: str, step: str, verb: Callable[[Work], Any]) -> bool:
        return self.tries(person, step, verb, None)

    def _register(self, organisation: UUID, **about: Any) -> None:
        with read(self.house.database) as session:
            firm = session.get_one(Organisation, organisation)
        self.tries("administrator1", "register_account", lambda work: register_account(
            work, firm.reference, "CNY", f"6298{self.house.number():015d}", bank_code="999465000990", **about), None)

    def another_account(self) -> None:
        payout = self._newest(Payout, "returned")
        with read(self.house.database) as session:
            firms = list(session.exec(select(Voucher.sme_id).where(col(Voucher.id) == self.case))) if self.case else []
        for firm in [payout.payee_id] if payout else firms or self._firms():
            self._register(firm)

    def _firms(self) -> list[UUID]:
        with read(self.house.database) as session:
            return [fetch(session, Organisation, self.house.references[each.number]).id for each in FIRMS.values() if each.country == "CN"]

    def another_holder(self) -> None:
        for firm in self._firms():
            self._register(firm, holder="Somebody else")

    def provider_account(self) -> None:
        self._register(self._newest(ProviderAward, "proposed").provider_id)

    def tie_them(self) -> bool:
        """It comes out that the SME and the provider of the case are tied."""
        if self.case is None:  # an award has no voucher
            return False
        with read(self.house.database) as session:
            order = session.exec(select(Order).where(Order.voucher_id == self.case).order_by(col(Order.id).desc())).all()[0]
            sme = get(session, Organisation, session.get_one(Voucher, self.case).sme_id)
            provider = get(session, Organisation, order.provider_id)
        ends = [relating.End("org", each.reference, each.name) for each in (sme, provider)]
        tie = relating.NewTie(ends[0], "shareholder", ends[1], f"Register {self.house.number()}",
                              until_on=self.house.today + timedelta(days=40))
        return self.tries("auditor1", "enter_ties", lambda work: relating.enter_ties(work, [tie]), None)

    def check_again(self) -> None:
        self.days(1)

    def draw_sample(self) -> bool:
        with read(self.house.database) as session:
            programme = get(session, Programme, session.get_one(Voucher, self.case).programme_id).reference
        return self.tries("auditor1", "draw_sample", lambda work: sampling.draw_sample(
            work, programme, f"numbers of {self.house.number():08d}"), None)

    def more_money(self) -> None:
        code = self.where or "short"
        with read(self.house.database) as session:
            programme = session.exec(select(Programme).where(Programme.code == code)).one()
        def more(work: Work) -> None:
            line = funding.record_appropriation(work, programme.reference, self.house.today.year, Money(10_000_00, "CNY"),
                                                f"Decision {self.house.number()}", "city")
            funding.allot(work, line.reference, Money(10_000_00, "CNY"), f"Notice {self.house.number()}")
        self.tries("finance1", "allot", more, None)
        self.do_jobs()
        self.check()

    def work_off(self) -> None:
        self.do_jobs()
        self.check()

    def file_objection(self, *_work: Any) -> bool:
        claim = self._newest(Claim, "approved")
        return claim is not None and self._as_stranger("file_objection", lambda work: publication.file_objection(
            work, claim.reference, "Li Wei", "li@example.org", "It was never built"))

    def file_listing_objection(self, *_work: Any) -> bool:
        listing = self._newest(Listing, "in_notice")
        return listing is not None and self._as_stranger("file_listing_objection", lambda work: file_listing_objection(
            work, listing.reference, "Li Wei", "li@example.org", "It has no laboratory"))

    def _as_stranger(self, step: str, verb: Callable[[Work], Any]) -> bool:
        try:
            with begin(self.house.database, NOBODY, self.house.clock) as work:
                verb(work)
        except Refusal as refusal:
            self.trace.append(f"   a stranger: {step} refused: {refusal}")
            return False
        self.done[step] = self.done.get(step, 0) + 1
        self.trace.append(f"a stranger: {step}")
        self.check()
        return True


#: Why a step of the clock is refused for good: it is asked for anew when the voucher goes on.
_STANDS_STILL = ("asks to give this voucher back", "This voucher is frozen")
_GENERAL = ("plain", "wallet", "drawn", "shared", "staged")
_REGULAR = ("seal_books", "mark_missed_deadlines", "expire_vouchers", "warn_of_expiry", "ask_for_unclaimed", "ask_for_wallets",
            "ask_for_checks", "ask_for_samples")
_NEEDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "place_order": ("voucher", ("issued",)), "submit_claim": ("order", ("completed",)),
    "suspect_recovery": ("payout", ("settled", "offset")),
    "open_recovery": ("payout", ("settled", "offset")), "propose_change": ("order", ("placed", "accepted", "registered", "started")),
    "deliver_order": ("order", ("registered", "started")), "start_service": ("order", ("registered",)),
    "propose_termination": ("order", ("accepted", "registered", "started")), "file_appeal": ("claim", ("approved", "refused")),
}


def bounding_accounts(session: Session) -> list[tuple[str, str]]:
    """The accounts that may get other bounds."""
    return [(name, currency) for name, currency in session.connection().execute(
        select(accounts.c.name, accounts.c.currency).where(accounts.c.name.like("budget:%")).order_by(accounts.c.name))]
