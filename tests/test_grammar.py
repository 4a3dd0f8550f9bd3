"""What the expression language has, and what it refuses: at which column and with which suggestion."""

from __future__ import annotations

import pytest

from recruitcheck.rules import binding
from recruitcheck.rules.grammar import MAX_LENGTH, ExpressionError, parse
from tests.strategies import PARAMETERS, QUESTIONNAIRE


def scope(use: str = "check", country: str = "") -> binding.Scope:
    return binding.Scope(QUESTIONNAIRE, PARAMETERS, use=use, country=country, sample_section="talks")


REFUSED = [
    # (text, column from 1, part of the message, part of the suggestion)
    # names
    ("flagg", 1, "no field 'flagg'", "did you mean 'flag'?"),
    ("flag and  polcy", 11, "no field 'polcy'", "did you mean 'policy'?"),
    ("asof > founded", 1, "no field 'asof'", "did you mean 'as_of'?"),
    ("proof", 1, "no field 'proof'", "it is a column of fees"),
    ("every(fee, proof)", 1, "no table section 'fee'", "did you mean 'fees'?"),
    ("every(organisation, flag)", 1, "no table section 'organisation'", ""),
    ("count(fees) <= param.manny", 16, "no parameter 'manny'", "did you mean 'many'?"),
    ('told == "yess"', 9, "told has no choice 'yess'", "did you mean 'yes'?"),
    ('told in ("yes", "noo")', 17, "told has no choice 'noo'", "did you mean 'no'?"),
    ('"PAYY" in seen', 1, "seen has no choice 'PAYY'", "did you mean 'PAY'?"),
    ("evry(fees, proof)", 1, "'evry' is not known", "did you mean 'every'?"),
    ("len(fees) > 1", 1, "'len' is not known", ""),
    ("flag and fees.proof", 10, "attribute is not part of the language", ""),
    ("params.many > 1", 1, "attribute is not part of the language", ""),
    # syntax that Python has and the language has not
    ("1 < surplus < 3", 1, "not chained", "write a < b and b < c"),
    ('told not in ("yes",)', 1, "'not in' is not known", "write not (x in"),
    ("flag is told", 1, "'is' is not known", "write =="),
    ("surplus > -1", 11, "no sign before a number", "turn the comparison round"),
    ("surplus > +1", 11, "no sign before a number", ""),
    ("~flag", 1, "no sign", ""),
    ("surplus / 2 > 1", 1, "only + - * are known", "multiply the other side"),
    ("surplus // 2 > 1", 1, "only + - * are known", ""),
    ("surplus ** 2 > 1", 1, "only + - * are known", ""),
    ("surplus > 1.5", 11, "only whole numbers", "use a parameter"),
    ("surplus > 1e3", 11, "only whole numbers", ""),
    ("flag == True", 9, "true and false are not written", "stands bare"),
    ("flag == None", 9, "only whole numbers", ""),
    ('told == b"yes"', 9, "only whole numbers", ""),
    ('told == f"yes"', 9, "joinedstr is not part", ""),
    ("flag if flag else flag", 1, "ifexp is not part", ""),
    ("(flag := 1)", 2, "namedexpr is not part", ""),
    ("[flag]", 1, "list is not part", ""),
    ("lambda: flag", 1, "lambda is not part", ""),
    ("flag; flag", 5, "not an expression", ""),
    ("flag and", 9, "not an expression", ""),
    ("", 1, "not an expression", ""),
    ("surplus = 1", 9, "not an expression", ""),
    ("flag # and not policy", 6, "a remark is not part", ""),
    ("flag and  # why\n policy\n and calm", 34, "not an expression", ""),
    ("\n flag # why\n and policy", 8, "a remark is not part", ""),
    ('home == "#" and flag', 9, "'#' is not a country code", ""),
    ('told in ["yes"]', 1, "'in' has no list", 'write field in ("a", "b")'),
    ('told in ("yes")', 1, "'in' has no list", ""),
    ("told in ()", 9, "an empty list", ""),
    ("told in seen", 1, "'in' has no list", ""),
    ("any(fees)", 1, "any takes 2", "write any(section, condition)"),
    ("any(fees, proof, proof)", 1, "any takes 2", ""),
    ("count() > 1", 1, "count takes 1 to 2", "write count(section)"),
    ("sum(fees) > 1", 1, "sum takes 2 to 3", "write sum(section, field)"),
    ("any(fees, cond=proof)", 1, "any takes plain values", ""),
    ("any(*fees)", 1, "any takes plain values", ""),
    ('any("fees", proof)', 5, "any starts with the name of a section", ""),
    ("(flag)(fees)", 1, "'flag' is not known", ""),
    ('"a"(fees)', 1, "only the words of the language are called", ""),
    # types
    ("told", 1, "a choice is compared", 'write field == "yes"'),
    ("flag and seen", 10, "a choice is compared", ""),
    ("surplus", 1, "a number is neither true nor false", "compare it"),
    ("not fund", 5, "a money is neither true nor false", ""),
    ('"yes"', 1, "neither true nor false", ""),
    ("flag == policy", 1, "is not compared", "it stands bare"),
    ('flag == "yes"', 1, "is not compared", "it stands bare"),
    ('label == "x"', 1, "free text is not compared", ""),
    ("any(talks, worker == label)", 12, "free text is not compared", ""),
    ('seen == "PAY"', 1, "several choices is not compared", 'write "A" in field'),
    ('told < "yes"', 1, "has no order", "use == or !="),
    ('home > "MA"', 1, "has no order", ""),
    ('home == "ma"', 9, "'ma' is not a country code", ""),
    ('home == "M1"', 9, "'M1' is not a country code", ""),
    ('home == "MAR"', 9, "'MAR' is not a country code", ""),
    ('coin == "MA"', 9, "'MA' is not a currency code", ""),
    ("home == coin", 1, "a country is compared with a currency", ""),
    ("told == surplus", 1, "a choice is compared with a number", ""),
    ("told == kind", 1, "choices of 'answer' are compared with choices of 'org_kind'", ""),
    ("told in (yes, no)", 10, "a choice is written as quoted text", ""),
    ('surplus in ("1", "2")', 1, "'in' wants a choice, not a number", ""),
    ('"PAY" in told', 10, "several choices, not a choice", ""),
    ('"PAY" in label', 10, "several choices, not a text", ""),
    ('surplus == "1"', 12, "a number is compared with quoted text", ""),
    ('fund > "100 MAD"', 8, "a money is compared with quoted text", ""),
    ('"yes" == "yes"', 1, "two texts are compared", ""),
    ('founded > "31/01/2026"', 11, "'31/01/2026' is not a date", 'write "2026-01-31"'),
    ('founded > "2026-02-30"', 11, "'2026-02-30' is not a date", ""),
    ("founded > 2026", 1, "a date is compared with a number", ""),
    ("days_between(founded, surplus) > 1", 23, "a date is compared with a date", ""),
    ("founded + 1 > as_of", 1, "+ wants numbers, not a date", ""),
    ("surplus + flag > 1", 11, "+ wants numbers, not a truth", ""),
    # money and units
    ("fund > 100", 1, "a money is compared with a number", "use a parameter with unit 'minor currency units'"),
    ("fund > surplus", 1, "a money is compared with a number", ""),
    ("fund + 1 > fund", 1, "money + number", "use a parameter"),
    ("fund * debt > fund", 1, "multiplied by a number", ""),
    ("fund > param.many", 1, "a money is compared with a number", ""),
    ("ratio > param.within", 1, "'hours' is compared with 'days'", ""),
    ("ratio + days_between(founded, as_of) > 1", 1, "'hours' + 'days'", ""),
    ("workers > ratio", 1, "'workers' is compared with 'hours'", ""),
    ("share(fees, proof) > param.rest", 1, "'percent' is compared with 'hours'", ""),
    ("ratio * 2 > workers", 1, "'hours' is compared with 'workers'", ""),
    # unanswered, nesting, sections
    ('told == "unknown"', 9, "'unknown' reads as unanswered", "unknown is never good"),
    ('told != "unknown"', 9, "'unknown' reads as unanswered", ""),
    ('told in ("yes", "unknown")', 17, "'unknown' reads as unanswered", ""),
    ('"none_seen" in seen', 1, "'none_seen' reads as unanswered", ""),
    ("any(fees, any(talks, heard))", 11, "quantifiers do not nest", ""),
    ("every(fees, count(talks) > 1)", 13, "quantifiers do not nest", ""),
    ("sum(fees, payer) > 1", 11, "payer is not a number of fees", ""),
    ("sum(fees, surplus) > 1", 11, "surplus is not a number of fees", ""),
    ("sum(fees, hours + 1) > 1", 1, "sum takes a section and one of its fields", ""),
    ("any(fees, worker)", 11, "no field 'worker'", ""),
    # membership and presence
    ('not ("PAY" in seen)', 6, "does not stand under 'not'", "a tick that is missing proves nothing"),
    ('not any(fees, "PAY" in tags)', 15, "does not stand under 'not'", ""),
    ('not (not ("PAY" in seen))', 11, "does not stand under 'not'", ""),
    ("answered(label)", 1, "answered stands in 'evidence' only", ""),
    ("adequate(talks, paid)", 1, "adequate stands in 'evidence' only", ""),
    ("country == home", 1, "'country' is known only in an overlay", ""),
]


@pytest.mark.parametrize(("text", "column", "message", "hint"), REFUSED, ids=[row[0] or "nothing" for row in REFUSED])
def test_an_expression_is_refused_at_its_column(text: str, column: int, message: str, hint: str) -> None:
    """What was found, where, and what was meant."""
    with pytest.raises(ExpressionError) as told:
        binding.bind(text, scope())
    assert message in told.value.message
    assert hint in told.value.hint
    assert told.value.column == column
    assert str(told.value).startswith(f"column {column}: ")


ELSEWHERE = [
    # (use, text, column, part of the message)
    ("evidence", "not answered(label)", 5, "more answers can only help"),
    ("evidence", "not any(talks, answered(paid))", 16, "more answers can only help"),
    ("evidence", "count(talks, answered(paid)) < 3", 14, "more answers can only help"),
    ("evidence", "count(talks, answered(paid)) <= 3", 14, "more answers can only help"),
    ("evidence", "count(talks, answered(paid)) == 3", 14, "more answers can only help"),
    ("evidence", "count(talks, answered(paid)) != 3", 14, "more answers can only help"),
    ("evidence", "3 > count(talks, answered(paid))", 18, "more answers can only help"),
    ("evidence", "3 >= share(talks, answered(paid))", 19, "more answers can only help"),
    ("evidence", "3 < count(talks, answered(paid))", 18, "more answers can only help"),
    ("evidence", "9 - count(talks, answered(paid)) > 3", 18, "more answers can only help"),
    ("evidence", "sum(talks, mark, answered(paid)) > 3", 18, "more answers can only help"),
    ("evidence", "not adequate(talks, paid)", 5, "more answers can only help"),
    ("evidence", "adequate(fees, payer)", 1, "adequate reads the worker sample: talks"),
    ("evidence", "adequate(talks, flag)", 17, "flag is not a field of talks"),
    ("evidence", "adequate(talks, 1)", 1, "one of its fields"),
    ("evidence", "answered(1)", 10, "the name of a field"),
    ("evidence", "none and flag", 1, "no field 'none'"),
    ("check", "none", 1, "no field 'none'"),
    ("applies", "policy", 1, "'applies' reads only facts of organisation and audit, not practices"),
    ("applies", '"PAY" in seen', 10, "'applies' reads only facts"),
    ("applies", "count(talks) > 0", 1, "'applies' cannot rest on talks"),
    ("applies", "count(fees, proof) > 0", 1, "'applies' may only count(section) without a condition"),
    ("applies", "any(fees, proof)", 1, "'applies' may only count(section)"),
    ("applies", "sum(fees, hours) > 0", 1, "'applies' may only count(section)"),
    ("applies", "answered(label)", 1, "answered stands in 'evidence' only"),
]


@pytest.mark.parametrize(("use", "text", "column", "message"), ELSEWHERE, ids=[f"{r[0]}: {r[1]}" for r in ELSEWHERE])
def test_a_word_in_the_wrong_place_is_refused(use: str, text: str, column: int, message: str) -> None:
    """What may stand in a check may not stand everywhere, and the other way round."""
    with pytest.raises(ExpressionError) as told:
        binding.bind(text, scope(use))
    assert (told.value.column, message in told.value.message) == (column, True), str(told.value)


ACCEPTED = [
    ("check", "flag"),
    ("check", "not flag or (policy and calm)"),
    ("check", 'told == "yes"'),
    ("check", '"yes" != told'),
    ("check", 'told in ("yes",)'),
    ("check", 'any(talks, consent == paid and paid == "mute")'),
    ("check", '"PAY" in seen and any(fees, "CTR" in tags)'),
    ("check", 'home in ("MA", "FR") or coin == "EUR"'),
    ("check", "0 < surplus and surplus + 2 * workers - count(fees) >= 3"),
    ("check", "fund > 0 and 0 <= debt"),
    ("check", "fund - debt * 2 >= param.cap"),
    ("check", "sum(fees, amount) * 100 <= sum(fees, amount, proof) * count(talks, heard)"),
    ("check", 'founded < "2026-01-31" and as_of >= founded'),
    ("check", 'days_between(founded, as_of) <= param.within and days_between("2024-02-29", founded) > 365'),
    ("check", "share(fees, proof) >= 90 and share(talks, wait > ratio) < param.most"),
    ("check", "every(fees, paid_on <= due_on and amount <= param.cap and flag and as_of > paid_on)"),
    ("check", "sum(fees, hours, delta > 0) > ratio"),
    ("check", "\n  flag\n  and policy\n"),
    ("evidence", "none"),
    ("evidence", "answered(label) or adequate(talks, paid)"),
    ("evidence", 'share(talks, answered(paid)) >= 80 and "PAY" in seen'),
    ("evidence", "count(talks, answered(paid)) + count(fees) > 3"),
    ("evidence", "every(talks, answered(paid)) and sum(talks, wait, answered(paid)) > 3"),
    ("applies", "flag and calm"),
    ("applies", "workers > 0 and count(fees) > 0"),
    ("applies", 'kind == "agency" and as_of > founded and surplus > param.many'),
    ("overlay", 'home == country and every(fees, land != country) and country in ("MA", "TN")'),
]


@pytest.mark.parametrize(("use", "text"), ACCEPTED)
def test_an_expression_of_the_language_is_accepted(use: str, text: str) -> None:
    """Every word, operator and type has a place where it stands."""
    binding.bind(text, scope("check", "MA") if use == "overlay" else scope(use))


def test_columns_of_several_lines_count_from_the_start_of_the_text() -> None:
    """A line break is one character; the message can point into the file."""
    text = "flag and\n  every(fees,\n    prooof)"
    with pytest.raises(ExpressionError) as told:
        binding.bind(text, scope())
    assert told.value.column == text.index("prooof") + 1
    with pytest.raises(ExpressionError) as told:
        binding.bind("\n\n  flag and\n  and", scope())
    assert "not an expression" in told.value.message
    assert told.value.column == "\n\n  flag and\n  and".index("and", 10) + 1


@pytest.mark.parametrize("quoted", ["شركة", "عُقود العمل", "é́", "𝟙𝟚", "x"])
def test_letters_of_any_script_before_a_fault_do_not_move_its_column(quoted: str) -> None:
    """Columns are characters, not bytes."""
    text = f'told == "{quoted}" or flagg'
    with pytest.raises(ExpressionError) as told:
        binding.bind(text.replace("told", "home"), scope())
    assert told.value.column == 9
    text = f'(flagg or told == "{quoted}") and policy'
    with pytest.raises(ExpressionError) as told:
        binding.bind(f'label == "{quoted}" and flag', scope())
    assert told.value.column == 1
    node = parse(f'"{quoted}" == told and flagg')
    name = list(node.walk())[-1]
    assert f'"{quoted}" == told and flagg'[slice(*name.span)] == "flagg"
    with pytest.raises(ExpressionError) as told:
        parse(f'"{quoted}" == told and flagg !')
    assert told.value.column > len(f'"{quoted}" == told and')


def test_an_endless_or_bottomless_expression_is_refused_not_a_crash() -> None:
    """Too long, nested too deep, a number of two thousand digits, a null byte: a message each time."""
    deep = "not " * 60 + "flag"
    for text, message in (
        ("flag and " * 400 + "flag", f"longer than {MAX_LENGTH} characters"),
        (deep, "nested too deep"),
        ("(" * 300 + "flag" + ")" * 300, "not an expression"),
        ("flag\0", "not an expression"),
        ("flag and \ud800", "not an expression"),
    ):
        with pytest.raises(ExpressionError) as told:
            binding.bind(text, scope())
        assert message in told.value.message
    binding.bind("surplus < " + "9" * 1900, scope())


def test_spans_point_at_the_text_of_every_part() -> None:
    """What an explanation quotes is what was written."""
    text = 'not any(fees, payer == "yes" and amount > param.cap)'
    spans = {text[slice(*node.span)] for node in binding.bind(text, scope()).walk()}
    assert {"payer", '"yes"', "amount > param.cap", "param.cap", text, text[4:]} <= spans
