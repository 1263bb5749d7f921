"""Programmes that together have every model of money and every rule on which a step hangs."""

from collections.abc import Mapping

from tests.workflows.scopes import weihai_with
from tests.workflows.test_funders import FUNDERS
from voucher.programmes.library import example

_CLAWBACK = "\nclawback: {look_back: 5 years, interest: 3.65 %, ban: 3 years}\n"
_INSTALMENTS = ("\ninstalments:\n  - {code: first, name: {zh: 首付款, en: first}, share: 80 %, after: {zh: 开工, en: the beginning}}\n"
                "  - {code: last, name: {zh: 尾款, en: last}, share: 20 %, after: {zh: 验收, en: acceptance}}\n")


def _rules(code: str, *edits: tuple[str, str], more: str = "") -> bytes:
    text = example("weihai").decode().replace("code: weihai", f"code: {code}")
    for before, after in edits:
        assert before in text, before
        text = text.replace(before, after)
    return f"{text}{_CLAWBACK}{more}".encode()


_EURO = example("ireland").replace(b"code: ireland", b"code: euro").replace(b"registration: no", b"registration: yes")
_CAPS = """caps:
  - {name: {zh: "\u5e74\u5ea6", en: of a year}, amount: 8000.00, subject: company, period: calendar_year}
  - {name: {zh: "\u53cc\u65b9", en: of two}, amount: 5000.00, subject: pair, period: rolling, length: 4 months}
  - {name: {zh: "\u673a\u6784", en: of a provider}, amount: 12000.00, subject: provider, period: lifetime}
  - {name: {zh: "\u6301\u6709", en: at a time}, amount: 9000.00, period: held}
"""
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
    "euro": (_EURO + _CLAWBACK.encode(), ("city",), "400000.00"),
    "tight": (weihai_with(_CAPS, "tight") + _CLAWBACK.encode(), ("city",), "4000000.00"),
    "over": (_rules("over"), ("city",), "1000.00"),
    "ending": (_rules("ending", more="own_share: [{vat: sme, vat_first: yes, proof: [own_payment]}]\n"), ("city",), "20000.00"),
}
"""By its code: the rules of a programme, who pays for it, and what each of them allots for a year."""
