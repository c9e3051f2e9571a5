from __future__ import annotations

import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st

from ftspec.model.address import SchemaName
from ftspec.resources.query import check_ending, read_condition, read_query, trace_tables

HOME = SchemaName("ML", "SUPPORT")
GOOD = "SELECT question AS prompt, answer AS completion FROM t"


def read(text):
    return read_query(text, HOME, "spec/query")


def tokens(text):
    training, found = read(text)
    assert found == ()
    return training.tokens


def traced(text):
    return [str(name) for name in trace_tables(sqlglot.parse_one(text, read="snowflake"), HOME)]


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        "SELECT prompt, completion FROM t",
        "SELECT prompt, completion, id FROM t",
        'SELECT "PROMPT", t."COMPLETION" FROM t',
        'SELECT a AS "PROMPT", b completion FROM t',
        "SELECT * FROM t",
        "SELECT t.* FROM t",
        "SELECT * EXCLUDE (id) FROM t",
        "(SELECT prompt, completion FROM t)",
        "WITH a AS (SELECT * FROM t) SELECT prompt, completion FROM a",
        "SELECT prompt, completion FROM t UNION ALL SELECT q, a FROM u",
        "SELECT 'x;' AS prompt, '--' AS completion FROM t",
        "SELECT $$a;b$$ AS prompt, completion FROM t -- first line\nWHERE x",
        "SELECT prompt, completion FROM t /* last words */",
        "SELECT x:p::STRING AS prompt, y[0].c AS completion FROM t QUALIFY ROW_NUMBER() OVER (ORDER BY z) = 1",
    ],
)
def test_queries_that_a_job_can_run(text):
    training, found = read(text)
    assert found == ()
    assert training.text == text
    assert check_ending(text, "spec/query") == ()


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("", "FT101", "0 statements"),
        ("   \n", "FT101", "0 statements"),
        ("-- nothing", "FT101", "0 statements"),
        ("SELECT 'open", "FT101", "not valid SQL"),
        ("SELECT prompt, completion FROM t WHERE (", "FT101", "not valid SQL"),
        ("SELECT prompt, completion FROM t WHERE x /* open", "FT101", "not valid SQL"),
        ("SELEC prompt, completion FROM t", "FT101", "not"),
        ("DELETE FROM t", "FT101", "not a single SELECT but DELETE"),
        ("INSERT INTO t SELECT 1", "FT101", "not a single SELECT but INSERT"),
        ("CREATE TABLE x AS SELECT 1 AS prompt, 2 AS completion", "FT101", "not a single SELECT but CREATE"),
        ("SHOW TABLES", "FT101", "not a single SELECT but SHOW"),
        ("SELECT 1 AS prompt, 2 AS completion INTO x FROM t", "FT101", "not a single SELECT but SELECT … INTO"),
        (f"{GOOD};", "FT102", "semicolon"),
        (f"{GOOD}; ", "FT102", "semicolon"),
        (f"{GOOD}; DROP TABLE t", "FT102", "semicolon"),
        (f"{GOOD}; -- done", "FT102", "semicolon"),
        ("SELECT prompt FROM t", "FT104", "gives PROMPT, but no COMPLETION"),
        ("SELECT a, b + 1 FROM t", "FT104", "gives A, an expression without a name, but no PROMPT and COMPLETION"),
        ('SELECT a AS "prompt", completion FROM t', "FT104", "gives prompt, COMPLETION, but no PROMPT"),
        ("SELECT q FROM t UNION ALL SELECT prompt FROM u", "FT104", "gives Q"),
        ("WITH a AS (SELECT prompt, completion FROM t) SELECT 1 AS x FROM a", "FT104", "gives X"),
    ],
)
def test_faults_of_a_query(text, code, words):
    training, (fault,) = read(text)
    assert fault.code == code
    assert words in fault.message
    assert fault.path == "spec/query"
    assert "\n" not in fault.message
    assert not fault.message.endswith(".")
    assert "\x1b" not in fault.message
    assert (training is None) == (code != "FT104")


def test_a_missing_column_says_how_to_name_it():
    (fault,) = read("SELECT a, completion FROM t")[1]
    assert fault.hint == "name it with an alias: … AS prompt"
    (fault,) = read('SELECT a AS "Prompt", completion FROM t')[1]
    assert "without quotes" in fault.hint


@pytest.mark.parametrize("comment", ["-- x", "--", "// x", "--x /* y */", "/* y */ -- x", "-- it's"])
def test_a_line_comment_at_the_end_is_refused(comment):
    for text in (f"{GOOD} {comment}", f"{GOOD}\n{comment}"):
        (fault,) = check_ending(text, "spec/query")
        assert fault.code == "FT103"
        assert fault.path == "spec/query"


@pytest.mark.parametrize(
    "ending", ["", "\n", "/* x */", "/* -- */", "WHERE a = '-- x'", "-- x\nWHERE a", "WHERE a - -1"]
)
def test_other_endings_are_taken(ending):
    assert check_ending(f"{GOOD} {ending}", "p") == ()


@pytest.mark.parametrize(
    "text",
    [
        "select question as prompt, answer as completion from t",
        "SELECT  question\n\tAS prompt,answer AS completion\nFROM   t",
        "SELECT question /* q */ AS prompt, -- p\n answer AS completion // a\n FROM t",
        "/* head */ SELECT question AS Prompt, Answer AS COMPLETION FROM T",
        f"  {GOOD}\n",
    ],
)
def test_white_space_comments_and_case_do_not_matter(text):
    assert tokens(text) == tokens(GOOD)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("WHERE a = 'x'", "WHERE a = 'X'"),
        ("WHERE a = 'x  y'", "WHERE a = 'x y'"),
        ("WHERE a = 'x'", 'WHERE a = "x"'),
        ('WHERE "a" = 1', 'WHERE "A" = 1'),
        ('WHERE "A" = 1', "WHERE a = 1"),
        ("WHERE a = 1", "WHERE a = 1.0"),
        ("WHERE a = '1'", "WHERE a = 1"),
        ("WHERE a = '-- x'", "WHERE a = ''"),
        ("WHERE a < b", "WHERE a <= b"),
        ("WHERE a = 'it''s'", "WHERE a = 'its'"),
        ("WHERE a = '\\\\n'", "WHERE a = '\\n'"),
        ("WHERE a || b", "WHERE a | b"),
    ],
)
def test_what_a_query_says_matters(one, other):
    assert tokens(f"{GOOD} {one}") != tokens(f"{GOOD} {other}")


gaps = st.sampled_from([" ", "\n", "\t ", " /* x */ ", " -- x\n", "\n\n"])


@given(st.lists(gaps, min_size=10, max_size=10), st.lists(st.booleans(), min_size=10, max_size=10))
def test_any_way_to_lay_out_a_query_is_the_same_query(between, lowered):
    parts = ["SELECT", "question", "AS", "prompt", ",", "answer", "AS", "completion", "FROM", "t"]
    written = [part.lower() if low else part.upper() for part, low in zip(parts, lowered, strict=True)]
    text = "".join(part + gap for part, gap in zip(written, between, strict=True))
    assert tokens(text + " LIMIT 1") == tokens(f"{GOOD} LIMIT 1")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("SELECT * FROM t", ["ML.SUPPORT.T"]),
        ("SELECT * FROM raw.t", ["ML.RAW.T"]),
        ('SELECT * FROM db.raw."t.1"', ['DB.RAW."t.1"']),
        ("SELECT * FROM db..t", ["DB.PUBLIC.T"]),
        ("SELECT * FROM b JOIN a USING (id), c LEFT JOIN d ON TRUE", [f"ML.SUPPORT.{name}" for name in "ABCD"]),
        ("SELECT * FROM t UNION SELECT * FROM u", ["ML.SUPPORT.T", "ML.SUPPORT.U"]),
        ("SELECT * FROM (SELECT * FROM t) WHERE x IN (SELECT y FROM u)", ["ML.SUPPORT.T", "ML.SUPPORT.U"]),
        ("SELECT (SELECT MAX(x) FROM u) FROM t AS v", ["ML.SUPPORT.T", "ML.SUPPORT.U"]),
        ("SELECT * FROM t, LATERAL FLATTEN(input => t.x) f, TABLE(GENERATOR(ROWCOUNT => 1))", ["ML.SUPPORT.T"]),
        ("SELECT * FROM VALUES (1), (2)", []),
        ("SELECT * FROM T JOIN t ON TRUE", ["ML.SUPPORT.T"]),
        ('SELECT * FROM T JOIN "t" ON TRUE', ["ML.SUPPORT.T", 'ML.SUPPORT."t"']),
    ],
)
def test_the_tables_that_a_query_names(text, names):
    assert traced(text) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("WITH a AS (SELECT * FROM t) SELECT * FROM a", ["T"]),
        ("WITH a AS (SELECT * FROM t), b AS (SELECT * FROM a) SELECT * FROM B JOIN A USING (x)", ["T"]),
        ("WITH b AS (SELECT * FROM a), a AS (SELECT * FROM t) SELECT * FROM b", ["A", "T"]),
        ("WITH a AS (SELECT * FROM t) SELECT * FROM (SELECT * FROM (SELECT * FROM a))", ["T"]),
        ("WITH a AS (SELECT * FROM t) SELECT * FROM a UNION SELECT * FROM a", ["T"]),
        ("SELECT * FROM a WHERE x IN (WITH a AS (SELECT * FROM t) SELECT x FROM a)", ["A", "T"]),
        ("SELECT * FROM (WITH a AS (SELECT * FROM t) SELECT * FROM a) JOIN a USING (x)", ["A", "T"]),
        ("WITH a AS (SELECT * FROM t) SELECT * FROM support.a", ["A", "T"]),
        ('WITH a AS (SELECT * FROM t) SELECT * FROM "a"', ["T", '"a"']),
        ('WITH "a" AS (SELECT * FROM t) SELECT * FROM a', ["A", "T"]),
        ("WITH RECURSIVE a AS (SELECT * FROM t UNION ALL SELECT a.* FROM a) SELECT * FROM a", ["T"]),
        ("WITH a AS (WITH t AS (SELECT * FROM u) SELECT * FROM t) SELECT * FROM a JOIN t USING (x)", ["T", "U"]),
    ],
)
def test_a_common_table_expression_is_no_table_where_it_is_in_sight(text, names):
    assert traced(text) == [f"ML.SUPPORT.{name}" for name in names]


@pytest.mark.parametrize("text", ["reviewed", "a = 1 AND b IN (SELECT x FROM u)", "note <> 'a;b'", "a -- first\nOR b"])
def test_conditions(text):
    found, faults = read_condition(text, "spec/where")
    assert faults == ()
    assert found


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "a = ",
        "a = 1)",
        "a = 1) OR (1 = 1",
        "a; DROP TABLE t",
        "a = 1 ORDER BY b",
        "a = 1 LIMIT 1",
        "a GROUP BY b",
        "a UNION SELECT 1",
        "a QUALIFY TRUE",
        "'open",
        "a /* open",
    ],
)
def test_what_is_not_one_condition(text):
    found, (fault,) = read_condition(text, "spec/where")
    assert found is None
    assert (fault.code, fault.path) == ("FT101", "spec/where")
    assert "\n" not in fault.message
