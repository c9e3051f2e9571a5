"""Stages through the real driver: PUT, LIST, GET, REMOVE, and COPY INTO a table."""

from __future__ import annotations

import gzip

import pytest

CSV = "FILE_FORMAT = (TYPE = CSV SKIP_HEADER = 1 FIELD_OPTIONALLY_ENCLOSED_BY = '\"')"
JSON = "FILE_FORMAT = (TYPE = JSON)"


@pytest.fixture
def put(admin, tmp_path):
    """Write a file and put it into the test's stage."""
    admin.run("CREATE STAGE ST")

    def write(name, text, where="@ST", options=""):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return admin.run(f"PUT 'file://{path}' {where} {options}")

    return write


def test_a_file_goes_in_and_comes_out_again(admin, put, tmp_path):
    [row] = put("faq.csv", "id,name\n1,x\n", "@ST/in")
    assert (*row[:2], *row[4:]) == ("faq.csv", "faq.csv.gz", "NONE", "GZIP", "UPLOADED", "")
    [(name, size, md5, _)] = admin.run("LIST @ST")
    assert (name, size > 0, len(md5)) == ("st/in/faq.csv.gz", True, 32)
    out = tmp_path / "out"
    out.mkdir()
    admin.run(f"GET @ST/in file://{out}/")
    assert gzip.decompress((out / "faq.csv.gz").read_bytes()) == b"id,name\n1,x\n"
    assert admin.run("REMOVE @ST PATTERN = '.*[.]gz'") == [("st/in/faq.csv.gz", "removed")]
    assert admin.run("LS @ST") == []


def test_every_user_and_every_table_has_a_stage(admin, put):
    admin.run("CREATE TABLE T (A INT)")
    put("one.txt", "1", "@~/mine", "AUTO_COMPRESS = FALSE OVERWRITE = TRUE")
    put("two.txt", "2", "@%T", "AUTO_COMPRESS = FALSE PARALLEL = 2")
    assert [row[0] for row in admin.run("LIST @~/mine")] == ["mine/one.txt"]
    assert [row[0] for row in admin.run("LIST @%T")] == ["two.txt"]
    admin.run("RM @~/mine")
    assert admin.run("LIST @~/mine") == []


def test_names_of_files_may_look_like_comments(admin, tmp_path):
    admin.run("CREATE STAGE ST")
    (tmp_path / "a--b.txt").write_text("x", encoding="utf-8")
    assert [row[0] for row in admin.run(f"PUT file://{tmp_path}/*--b.txt @ST")] == ["a--b.txt"]


def test_csv_is_loaded_once(admin, put):
    admin.run("CREATE TABLE T (ID INT, NAME VARCHAR, AT DATE)")
    put("faq.csv", 'id,name,at\n1,"a, ""b""",2026-01-02\n2,"",\n3,,\n')
    [row] = admin.run(f"COPY INTO T FROM @ST {CSV}")
    assert admin.columns == [
        "file", "status", "rows_parsed", "rows_loaded", "error_limit", "errors_seen", "first_error",
        "first_error_line", "first_error_character", "first_error_column_name",
    ]  # fmt: skip
    assert row == ("st/faq.csv.gz", "LOADED", 3, 3, 1, 0, None, None, None, None)
    rows = admin.run("SELECT ID, NAME, AT::VARCHAR FROM T ORDER BY ID")
    assert rows == [(1, 'a, "b"', "2026-01-02"), (2, "", None), (3, None, None)]
    assert admin.run(f"COPY INTO T FROM @ST {CSV}") == [("Copy executed with 0 files processed.",)]
    assert len(admin.run(f"COPY INTO T FROM @ST {CSV} FORCE = TRUE")) == 1
    admin.run("TRUNCATE TABLE T")
    assert len(admin.run(f"COPY INTO T FROM @ST FILES = ('faq.csv.gz') {CSV} PURGE = TRUE")) == 1
    assert admin.run("LIST @ST") == []


def test_nothing_stands_for_null_where_that_is_asked_for(admin, put):
    admin.run("CREATE TABLE T (A VARCHAR, B VARCHAR)")
    put("rows.csv", '"a ""q"" é","line\nbreak \\ back"\n"",""\n"\\N",x\n,\\N\n')
    quoted = "FIELD_OPTIONALLY_ENCLOSED_BY = '\"' NULL_IF = () EMPTY_FIELD_AS_NULL = FALSE"
    admin.run(f"COPY INTO T FROM @ST FILE_FORMAT = (TYPE = CSV {quoted})")
    assert admin.run("SELECT * FROM T") == [
        ('a "q" é', "line\nbreak \\ back"),
        ("", ""),
        ("\\N", "x"),
        ("", "\\N"),
    ]


def test_columns_are_matched_by_their_names(admin, put):
    admin.run("CREATE TABLE T (ID INT, NAME VARCHAR)")
    put("faq.csv", "name,other,id\nx,y,1\n")
    form = "FILE_FORMAT = (TYPE = CSV PARSE_HEADER = TRUE)"
    admin.run(f"COPY INTO T FROM @ST {form} MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE")
    assert admin.run("SELECT * FROM T") == [(1, "x")]


def test_a_value_that_does_not_fit_ends_the_load_or_is_left_out(admin, put):
    admin.run("CREATE TABLE T (ID INT, NAME VARCHAR)")
    put("a.csv", "id,name\n1,x\nfoo,y\n3,z,w\n")
    put("b.csv", "id,name\n4,v\n")
    errno, sqlstate, message = admin.refusal(f"COPY INTO T FROM @ST {CSV}")
    assert (errno, sqlstate) == (100038, "22018")
    assert message.startswith("Numeric value 'foo' is not recognized\n  File 'st/a.csv.gz', line 3, character 1\n")
    assert admin.one("SELECT COUNT(*) FROM T") == 0
    rows = admin.run(f"COPY INTO T FROM @ST {CSV} ON_ERROR = SKIP_FILE")
    assert [row[:4] for row in rows] == [("st/a.csv.gz", "LOAD_FAILED", 3, 0), ("st/b.csv.gz", "LOADED", 1, 1)]
    [row] = admin.run(f"COPY INTO T FROM @ST {CSV} ON_ERROR = CONTINUE")
    error = "Numeric value 'foo' is not recognized"
    assert row == ("st/a.csv.gz", "PARTIALLY_LOADED", 3, 1, 3, 2, error, 3, 1, '"T"["ID":1]')
    assert admin.run("SELECT ID FROM T ORDER BY ID") == [(1,), (4,)]


def test_a_wrong_number_of_columns_is_told(admin, put):
    admin.run("CREATE TABLE T (ID INT, NAME VARCHAR)")
    put("a.csv", "1,x,y\n")
    errno, _, message = admin.refusal("COPY INTO T FROM @ST")
    assert errno == 100080
    assert message.startswith("Number of columns in file (3) does not match that of the corresponding table (2)")


def test_documents_are_loaded_whole_by_name_and_transformed(admin, put):
    put("y.json", '{"prompt": "p1", "completion": "c1", "n": 1}\n{"prompt": "p2"}\n')
    admin.run("CREATE TABLE V (DOC VARIANT)")
    admin.run(f"COPY INTO V FROM @ST {JSON}")
    assert admin.run("SELECT DOC:prompt::VARCHAR FROM V ORDER BY 1") == [("p1",), ("p2",)]
    admin.run("CREATE TABLE P (PROMPT VARCHAR, COMPLETION VARCHAR, N INT)")
    assert admin.refusal(f"COPY INTO P FROM @ST {JSON}")[0] == 2019
    admin.run(f"COPY INTO P FROM @ST {JSON} MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE")
    admin.run("CREATE FILE FORMAT FF TYPE = JSON")
    query = "SELECT $1:prompt::VARCHAR, UPPER($1:completion) FROM @ST/y (FILE_FORMAT => FF)"
    admin.run(f"COPY INTO P (PROMPT, COMPLETION) FROM ({query}) FORCE = TRUE")
    expected = [("p1", "C1", None), ("p1", "c1", 1), ("p2", None, None), ("p2", None, None)]
    assert admin.run("SELECT * FROM P ORDER BY 1, 2") == expected


def test_an_outer_array_is_stripped_and_broken_json_is_refused(admin, put):
    put("z.json", '[{"n": 1}, {"n": "x"}]')
    admin.run("CREATE TABLE P (N INT)")
    load = "COPY INTO P FROM @ST FILE_FORMAT = (TYPE = JSON STRIP_OUTER_ARRAY = TRUE)"
    [row] = admin.run(f"{load} MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE ON_ERROR = CONTINUE")
    assert row[1:6] == ("PARTIALLY_LOADED", 2, 1, 2, 1)
    put("z.json", '{"n": oops}')
    assert admin.refusal(f"{load} MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE")[0] == 100069


@pytest.mark.parametrize(
    ("statement", "errno"),
    [
        ("LIST @NOT_THERE", 2003),
        ("LIST @ST/../x", 2),
        ("COPY INTO T FROM @ST VALIDATION_MODE = RETURN_ERRORS", 2),
        ("COPY INTO T FROM @ST ON_ERROR = 'SKIP_FILE_10'", 2),
        ("COPY INTO T FROM @ST FILES = ('gone.csv')", 100016),
        ("COPY INTO T FROM @ST FILE_FORMAT = (TYPE = PARQUET)", 2),
        ("COPY INTO T FROM @ST FILE_FORMAT = (TYPE = CSV NONSENSE = 1)", 1006),
        ("COPY INTO T FROM @ST FILE_FORMAT = (TYPE = CSV TRIM_SPACE = TRUE)", 2),
        ("COPY INTO T FROM (SELECT $1 FROM @ST WHERE $1 = 1)", 2),
        ("COPY INTO @ST FROM T", 2),
        ("PUT '/tmp/x' @ST", 2),
        ("PUT file:///tmp/x @ST NONSENSE = 1", 1006),
        ("CREATE STAGE ST", 2002),
        ("CREATE STAGE S2 URL = 's3://bucket'", 2),
    ],
)
def test_what_is_not_there_or_not_followed_is_refused(admin, statement, errno):
    admin.run("CREATE STAGE ST")
    admin.run("CREATE TABLE T (A INT)")
    assert admin.refusal(statement)[0] == errno


def test_a_stage_is_read_and_written_with_its_privileges(place, put):
    reader = place.role("READER")
    place.open_to(reader)
    put("a.csv", "1\n")
    assert reader.refusal("LIST @ST")[0] == 2003
    place.admin.run(f"GRANT READ ON STAGE ST TO ROLE {reader.name}")
    assert len(reader.run("LIST @ST")) == 1
    assert reader.refusal("REMOVE @ST")[0] == 3001
    place.admin.run("CREATE TABLE T (A INT)")
    place.admin.run(f"GRANT SELECT ON TABLE T TO ROLE {reader.name}")
    assert reader.refusal("COPY INTO T FROM @ST")[0] == 3001
    assert reader.refusal("LIST @%T")[0] == 3001
    place.admin.run(f"GRANT INSERT ON TABLE T TO ROLE {reader.name}")
    assert reader.run("COPY INTO T FROM @ST")[0][1] == "LOADED"


def test_a_temporary_stage_ends_with_its_session(place, connect, session_type):
    other = session_type(connect(database=place.database, schema="S"))
    other.run("CREATE TEMPORARY STAGE SHORT")
    assert [row[1] for row in place.admin.run("SHOW STAGES")] == ["SHORT"]
    other.connection.close()
    assert place.admin.run("SHOW STAGES") == []


def test_stages_are_shown(admin):
    admin.run("CREATE STAGE ST COMMENT = 'files'")
    [row] = admin.dicts("SHOW STAGES LIKE 's%'")
    assert (row["name"], row["schema_name"], row["type"], row["comment"]) == ("ST", "S", "INTERNAL", "files")
    admin.run("DROP STAGE ST")
    assert admin.run("SHOW STAGES") == []


def test_a_failed_load_leaves_nothing_in_an_open_transaction(admin, put):
    admin.run("CREATE TABLE T (ID INT)")
    put("a.csv", "1\n2\n")
    put("b.csv", "foo\n")
    admin.run("BEGIN")
    admin.run("INSERT INTO T VALUES (7)")
    assert admin.refusal("COPY INTO T FROM @ST")[0] == 100038
    admin.run("COMMIT")
    assert admin.run("SELECT ID FROM T") == [(7,)]
    admin.run("COPY INTO T FROM @ST FILES = ('a.csv.gz')")
    assert admin.run("SELECT ID FROM T ORDER BY ID") == [(1,), (2,), (7,)]
