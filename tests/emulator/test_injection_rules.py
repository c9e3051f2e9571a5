"""Which fault applies to which request, as values."""

from __future__ import annotations

import pytest

from ftspec.emulator.injection.rules import RuleError, choose_faults, read_rule

QUERY, LOGIN, RENEWAL = "/queries/v1/query-request", "/session/v1/login-request", "/session/token-request"


def rules(*bodies):
    return tuple(read_rule(body, number) for number, body in enumerate(bodies, 1))


def play(book, *requests):
    """Send requests by, and give the numbers of the rules that applied to each, and the rules at the end."""
    seen = []
    for path, sql in requests:
        book, chosen = choose_faults(book, path, sql)
        seen.append([rule.number for rule in chosen])
    return seen, book


def test_a_rule_applies_once_unless_it_says_otherwise():
    book = rules({"fault": "drop"}, {"fault": "delay", "milliseconds": 5, "times": None})
    seen, after = play(book, (QUERY, "SELECT 1"), (QUERY, "SELECT 2"), (QUERY, "SELECT 3"))
    assert seen == [[1], [2], [2]]
    assert [(rule.times, rule.applied) for rule in after] == [(0, 1), (None, 2)]


def test_a_match_is_searched_in_the_statement():
    book = rules({"fault": "answer", "match": r"(?i)^grant\s+usage", "times": 2})
    seen, after = play(book, (QUERY, "SHOW GRANTS"), (QUERY, "GRANT  USAGE ON …"), (QUERY, "grant usage"), (QUERY, ""))
    assert seen == [[], [1], [1], []]
    assert after[0].is_spent


def test_a_rule_lets_as_many_requests_pass_as_it_skips():
    book = rules({"fault": "drop", "match": "SELECT", "skip": 2, "times": 2})
    seen, after = play(
        book, *[(QUERY, sql) for sql in ("SELECT 1", "SHOW", "SELECT 2", "SELECT 3", "SELECT 4", "SELECT 5")]
    )
    assert seen == [[], [], [], [1], [1], []]
    assert (after[0].skip, after[0].applied, after[0].is_spent) == (0, 2, True)


def test_what_takes_the_place_of_the_answer_ends_the_look():
    book = rules({"fault": "delay", "milliseconds": 1}, {"fault": "answer"}, {"fault": "drop"}, {"fault": "pause"})
    seen, _ = play(book, (QUERY, "A"), (QUERY, "B"), (QUERY, "C"), (QUERY, "D"))
    assert seen == [[1, 2], [3], [4], []]


def test_logins_and_requests_are_told_apart():
    book = rules(
        {"fault": "answer", "on": "logins"}, {"fault": "answer", "on": "requests", "times": None}, {"fault": "drop"}
    )
    seen, _ = play(book, (QUERY, "A"), (LOGIN, ""), (LOGIN, ""), (RENEWAL, ""))
    assert seen == [[2], [1], [2], [2]]


def test_a_rule_without_a_match_fits_statements_of_any_text_and_no_other_request():
    assert play(rules({"fault": "drop", "times": None}), (QUERY, ""), (LOGIN, ""))[0] == [[1], []]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "'fault' must be one of delay, pause, drop, answer, garble, expire_token, end_session, not None"),
        ({"fault": "explode"}, "'fault' must be one of .* not 'explode'"),
        ({"fault": "drop", "wen": "after"}, "unknown key 'wen'"),
        ({"fault": "drop", "when": "during"}, "'when' must be one of before, after, not 'during'"),
        ({"fault": "garble", "when": "before"}, "'when' of 'garble' is always 'after'"),
        ({"fault": "drop", "on": "all"}, "'on' must be one of statements, logins, requests"),
        ({"fault": "drop", "match": "("}, "'match' is no regular expression"),
        ({"fault": "drop", "match": "x", "on": "logins"}, "'match' is for statements"),
        ({"fault": "drop", "times": 0}, "'times' must be a whole number from 1"),
        ({"fault": "drop", "times": True}, "'times' must be a whole number"),
        ({"fault": "delay"}, "'milliseconds' must be a whole number from 1 to 3600000, not None"),
        ({"fault": "answer", "status": 200}, "'status' must be a whole number from 400 to 599, not 200"),
        ({"fault": "drop", "status": 503}, "'status' means nothing for 'drop'"),
    ],
)
def test_what_is_not_understood_is_refused(body, message):
    with pytest.raises(RuleError, match=message):
        read_rule(body, 1)


def test_garble_comes_after_and_answer_is_503_by_itself():
    garble, answer, busy = rules({"fault": "garble"}, {"fault": "answer"}, {"fault": "answer", "status": 429})
    assert (garble.when, answer.status, busy.status) == ("after", 503, 429)
