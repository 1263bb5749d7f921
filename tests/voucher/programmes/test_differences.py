"""What a new version of terms changes."""

from tests.voucher.programmes.builders import shipped, terms
from voucher.programmes.differences import rule_changes, value_changes


def test_the_same_terms_do_not_differ() -> None:
    assert value_changes(shipped("weihai"), shipped("weihai")) == ()
    assert rule_changes(shipped("weihai"), shipped("weihai")) == ()


def test_a_raised_cap_is_shown_as_value_and_in_words() -> None:
    new = terms(instead={"amount: 5000.00": "amount: 6000.00"})
    (value,) = value_changes(terms(), new)
    assert (value.where, value.before, value.after) == ("caps[a cap].amount", "5000.00", "6000.00")
    (rule,) = rule_changes(terms(), new)
    assert rule.before is not None
    assert rule.after is not None
    assert rule.heading.en == "Limits"
    assert rule.before.text.en.endswith("at most 5,000 EUR.")
    assert rule.after.text.en.endswith("at most 6,000 EUR.")


def test_a_new_rule_and_one_that_is_gone_stand_alone() -> None:
    more = terms(more="minimum: 100.00\n")
    (value,) = value_changes(terms(), more)
    assert (value.where, value.before, value.after) == ("minimum", None, "100.00")
    assert [(rule.before, rule.after is None) for rule in rule_changes(terms(), more)] == [(None, False)]
    assert [(rule.before is None, rule.after) for rule in rule_changes(more, terms())] == [(False, None)]


def test_an_entry_that_moves_in_a_list_keeps_its_name() -> None:
    paper = "  - {kind: invoice, name: {zh: 发票, en: invoice}}\n"
    new = terms(instead={paper: "  - {kind: report, name: {zh: 报告, en: report}}\n" + paper})
    changed = {each.where for each in value_changes(terms(), new)}
    assert changed == {f"evidence[report].{key}" for key in ("kind", "name.zh", "name.en", "original")}
