"""Models through the driver: versions, aliases, copies, tags, and what training left behind."""

from __future__ import annotations

import csv
import hashlib
import json
import time

import pytest

CREATE = "SELECT SNOWFLAKE.CORTEX.FINETUNE('CREATE', %s, 'llama3.1-8b', %s, %s)"
DESCRIBE = "SELECT SNOWFLAKE.CORTEX.FINETUNE('DESCRIBE', %s)"


def train(session, name, answer):
    query = f"SELECT 'Are you open?' AS prompt, '{answer}' AS completion"
    job = session.one(CREATE, (name, query, query))
    end = time.monotonic() + 20
    while time.monotonic() < end:
        described = json.loads(session.one(DESCRIBE, (job,)))
        if described["status"] == "SUCCESS":
            return described
        assert described["status"] in {"PENDING", "IN_PROGRESS"}, described
        time.sleep(0.05)
    raise AssertionError("the job does not end")


@pytest.fixture(scope="module")
def sources(attachment, session_type):
    """Give a schema with two trained models, from which every test copies its own."""
    from snowflake.connector import connect  # noqa: PLC0415  # only the wire tests need the driver

    with connect(**attachment.parameters()) as connection:
        session = session_type(connection)
        session.run("CREATE DATABASE SOURCES")
        session.run("CREATE SCHEMA SOURCES.S")
        train(session, "a", "Yes, we are")
        train(session, "b", "No, we are not")
    return "SOURCES.S"


@pytest.fixture
def model(admin, sources):
    admin.run(f"CREATE MODEL M FROM MODEL {sources}.A")
    return admin


def ask(session, name="m"):
    return session.one(f"SELECT AI_COMPLETE('{name}', 'Are you open?')")


def versions(session, name="M"):
    return {row["name"]: row for row in session.dicts(f"SHOW VERSIONS IN MODEL {name}")}


def shown(session, name="M"):
    (row,) = session.dicts(f"SHOW MODELS LIKE '{name}'")
    return row


def test_a_model_is_copied_with_what_it_learnt(model, sources):
    assert ask(model) == "Yes, we are"
    assert shown(model)["model_type"] == "CORTEX_FINETUNED"
    assert list(versions(model)) == ["V1"]
    assert model.refusal(f"CREATE MODEL M FROM MODEL {sources}.B")[:2] == (2002, "42710")
    model.run(f"CREATE MODEL IF NOT EXISTS M FROM MODEL {sources}.B")
    assert ask(model) == "Yes, we are"
    model.run(f"CREATE OR REPLACE MODEL M WITH VERSION GOOD FROM MODEL {sources}.B VERSION V1")
    assert ask(model) == "No, we are not"
    assert list(versions(model)) == ["GOOD"]


def test_versions_come_and_go_and_the_default_one_answers(model, sources):
    model.run(f"ALTER MODEL M ADD VERSION V2 FROM MODEL {sources}.B VERSION LAST")
    assert ask(model) == "Yes, we are"
    model.run("ALTER MODEL M SET DEFAULT_VERSION = 'V2'")
    assert ask(model) == "No, we are not"
    assert model.refusal("ALTER MODEL M DROP VERSION V2")[0] == 1008
    assert model.refusal("ALTER MODEL M DROP VERSION V3")[:2] == (2003, "02000")
    assert model.refusal(f"ALTER MODEL M ADD VERSION V2 FROM MODEL {sources}.B")[0] == 2002
    model.run("ALTER MODEL M SET COMMENT = 'ours' DEFAULT_VERSION = V1")
    assert (ask(model), shown(model)["comment"]) == ("Yes, we are", "ours")
    model.run("ALTER MODEL M DROP VERSION V2")
    assert list(versions(model)) == ["V1"]


def test_aliases_name_versions(model, sources):
    model.run(f"ALTER MODEL M ADD VERSION V2 FROM MODEL {sources}.B")
    model.run("ALTER MODEL M VERSION LAST SET ALIAS = candidate")
    row = shown(model)
    assert json.loads(row["aliases"]) == {"DEFAULT": "V1", "FIRST": "V1", "LAST": "V2", "CANDIDATE": "V2"}
    assert (json.loads(row["versions"]), row["default_version_name"]) == (["V1", "V2"], "V1")
    assert json.loads(versions(model)["V2"]["aliases"]) == ["LAST", "CANDIDATE"]
    model.run("ALTER MODEL M VERSION V1 SET ALIAS = 'candidate'")
    assert json.loads(shown(model)["aliases"])["CANDIDATE"] == "V1"
    model.run("ALTER MODEL M VERSION V1 SET ALIAS = live")
    assert "CANDIDATE" not in json.loads(shown(model)["aliases"])
    model.run("ALTER MODEL M SET DEFAULT_VERSION = LAST")
    assert ask(model) == "No, we are not"
    model.run("ALTER MODEL M VERSION live UNSET ALIAS")
    assert set(json.loads(shown(model)["aliases"])) == {"DEFAULT", "FIRST", "LAST"}
    assert model.refusal("ALTER MODEL M VERSION V1 SET ALIAS = FIRST")[0] == 1008
    assert model.refusal("ALTER MODEL M VERSION V1 SET ALIAS = V2")[0] == 2002


def test_versions_have_comments_and_metadata(model):
    comment = 'it\'s \\ the "first" ß'
    quoted = comment.replace("\\", "\\\\").replace("'", "''")
    model.run(f"""ALTER MODEL M MODIFY VERSION DEFAULT SET COMMENT = '{quoted}' METADATA = '{{"loss": 1}}'""")
    version = versions(model)["V1"]
    assert model.columns[:10] == [
        "created_on", "name", "aliases", "database_name", "schema_name", "model_name", "is_default_version",
        "functions", "metadata", "user_data",
    ]  # fmt: skip
    assert (version["comment"], json.loads(version["metadata"])) == (comment, {"loss": 1})
    assert model.refusal("ALTER MODEL M MODIFY VERSION V1 SET METADATA = '[1]'")[0] == 100069
    rows = model.dicts("SELECT * FROM INFORMATION_SCHEMA.MODEL_VERSIONS WHERE MODEL_NAME = 'M'")
    assert model.columns == [
        "DATABASE_NAME", "SCHEMA_NAME", "MODEL_NAME", "MODEL_VERSION_NAME", "VERSION_ALIASES", "COMMENT", "OWNER",
        "CREATED", "LAST_ALTERED", "FUNCTIONS", "MODEL_TYPE", "PYTHON_VERSION", "LANGUAGE", "DEPENDENCIES",
        "METADATA", "USERDATA",
    ]  # fmt: skip
    (row,) = rows
    assert (row["MODEL_VERSION_NAME"], row["COMMENT"], row["MODEL_TYPE"]) == ("V1", comment, "CORTEX_FINETUNED")
    assert json.loads(row["VERSION_ALIASES"]) == ["DEFAULT", "FIRST", "LAST"]


def test_copying_takes_ownership_and_create_model(place, model):
    other = place.role("OTHER")
    place.open_to(other)
    model.run(f"GRANT USAGE ON MODEL M TO ROLE {other.name}")
    assert other.refusal("CREATE MODEL N FROM MODEL M")[:2] == (3001, "42501")
    model.run(f"GRANT CREATE MODEL ON SCHEMA {place.database}.S TO ROLE {other.name}")
    assert other.refusal("CREATE MODEL N FROM MODEL M")[:2] == (3001, "42501")
    assert other.refusal("ALTER MODEL M VERSION V1 SET ALIAS = mine")[:2] == (3001, "42501")
    assert other.run("SELECT MODEL_NAME FROM INFORMATION_SCHEMA.MODEL_VERSIONS") == [("M",)]
    model.run(f"REVOKE USAGE ON MODEL M FROM ROLE {other.name}")
    assert other.run("SELECT MODEL_NAME FROM INFORMATION_SCHEMA.MODEL_VERSIONS") == []


def test_a_copy_outlives_its_source(model):
    model.run("CREATE MODEL N FROM MODEL M")
    model.run("DROP MODEL M")
    assert ask(model, "n") == "Yes, we are"


@pytest.mark.parametrize(
    ("statement", "errno"),
    [
        ("CREATE OR REPLACE MODEL IF NOT EXISTS N FROM MODEL M", 1414),
        ("CREATE MODEL N FROM @stage", 2),
        ("CREATE MODEL N", 1003),
        ("CREATE MODEL N FROM MODEL NO_SUCH", 2003),
        ("CREATE MODEL N WITH VERSION LAST FROM MODEL M", 1008),
        ("ALTER MODEL M ADD VERSION V2 FROM '@stage'", 2),
        ("ALTER MODEL M SET FUNCTIONS = 1", 1003),
        ("ALTER MODEL M SET DEFAULT_VERSION = V9", 2003),
        ("ALTER MODEL M REFRESH", 2),
        ("ALTER MODEL NO_SUCH DROP VERSION V1", 2003),
    ],
)
def test_what_makes_no_sense_is_refused(model, statement, errno):
    assert model.refusal(statement)[0] == errno


def test_tags_are_set_read_and_unset(place, model):
    model.run("CREATE TAG STAGE ALLOWED_VALUES 'dev', 'prod' COMMENT = 'where it runs'")
    model.run("CREATE TAG IF NOT EXISTS TEAM")
    (row, _) = model.dicts("SHOW TAGS IN SCHEMA")
    assert model.columns == (
        "created_on name database_name schema_name owner comment allowed_values owner_role_type".split()
    )
    assert (row["name"], row["comment"], json.loads(row["allowed_values"])) == (
        "STAGE", "where it runs", ["dev", "prod"],
    )  # fmt: skip
    model.run("ALTER MODEL M SET TAG STAGE = 'dev', TEAM = 'support'")
    assert model.one("SELECT SYSTEM$GET_TAG('stage', 'm', 'MODEL')") == "dev"
    assert model.one(f"SELECT SYSTEM$GET_TAG('{place.database}.S.TEAM', '{place.database}.S.M', 'MODULE')") == "support"
    assert model.refusal("ALTER MODEL M SET TAG STAGE = 'test'")[0] == 1008
    model.run("ALTER MODEL M UNSET TAG STAGE")
    assert model.one("SELECT SYSTEM$GET_TAG('stage', 'm', 'MODEL')") is None
    model.run("ALTER MODEL M RENAME TO N")
    assert model.one("SELECT SYSTEM$GET_TAG('team', 'n', 'MODEL')") == "support"
    model.run("DROP TAG TEAM")
    assert model.refusal("SELECT SYSTEM$GET_TAG('team', 'n', 'MODEL')")[0] == 2003
    model.run("DROP TAG IF EXISTS TEAM")


def test_tags_are_inherited_from_schema_and_database(place, model):
    model.run("CREATE TAG TEAM")
    model.run(f"ALTER DATABASE {place.database} SET TAG TEAM = 'all'")
    model.run("CREATE TABLE T (A INT)")
    model.run("CREATE VIEW V AS SELECT A FROM T")
    assert model.one("SELECT SYSTEM$GET_TAG('team', 'm', 'MODEL')") == "all"
    model.run(f"ALTER SCHEMA {place.database}.S SET TAG TEAM = 'some'")
    model.run("ALTER VIEW V SET TAG TEAM = 'view'")
    assert model.one("SELECT SYSTEM$GET_TAG('team', 't', 'TABLE')") == "some"
    assert model.one("SELECT SYSTEM$GET_TAG('team', 'v', 'TABLE')") == "view"
    rows = model.dicts("SELECT * FROM TABLE(INFORMATION_SCHEMA.TAG_REFERENCES('v', 'TABLE'))")
    assert [(row["TAG_NAME"], row["TAG_VALUE"], row["LEVEL"], row["OBJECT_NAME"]) for row in rows] == [
        ("TEAM", "view", "TABLE", "V")
    ]
    query = f"SELECT TAG_VALUE, LEVEL FROM TABLE({place.database}.INFORMATION_SCHEMA.TAG_REFERENCES('m', 'MODULE')) R"
    assert model.run(query) == [("some", "SCHEMA")]


def test_tagging_takes_ownership_or_apply_tag(place, model):
    model.run("CREATE TAG TEAM")
    other = place.role("OTHER")
    place.open_to(other)
    model.run(f"GRANT USAGE ON MODEL M TO ROLE {other.name}")
    assert other.refusal("CREATE TAG MINE")[:2] == (3001, "42501")
    assert other.refusal("ALTER MODEL M SET TAG TEAM = 'x'")[0] == 2003
    model.run(f"GRANT APPLY TAG ON ACCOUNT TO ROLE {other.name}")
    model.run(f"GRANT CREATE TAG ON SCHEMA {place.database}.S TO ROLE {other.name}")
    other.run("CREATE TAG MINE")
    other.run("ALTER MODEL M SET TAG MINE = 'x'")
    assert other.one("SELECT SYSTEM$GET_TAG('mine', 'm', 'MODEL')") == "x"


@pytest.mark.parametrize(
    ("query", "errno"),
    [
        ("SELECT SYSTEM$GET_TAG('no_such', 'm', 'MODEL')", 2003),
        ("SELECT SYSTEM$GET_TAG('no_such', 'm', 'WAREHOUSE')", 2),
        ("SELECT SYSTEM$GET_TAG('team')", 938),
        ("SELECT * FROM TABLE(INFORMATION_SCHEMA.TAG_REFERENCES('nothing', 'TABLE'))", 2003),
        ("SELECT * FROM TABLE(INFORMATION_SCHEMA.TAG_REFERENCES('m', 'COLUMN'))", 2),
    ],
)
def test_tags_that_cannot_be_read_are_refused(model, query, errno):
    assert model.refusal(query)[0] == errno


def test_the_results_of_a_training_are_listed_and_fetched(place, model, tmp_path):
    url = f"snow://model/{place.database}.S.M/versions/V1/"
    (listed,) = model.dicts(f"LIST '{url}'")
    assert model.columns == ["name", "size", "md5", "last_modified"]
    assert listed["name"] == "versions/V1/training_results.csv"
    assert model.dicts(f"LS 'snow://model/m/versions/default/{listed['name'][12:]}'") == [listed]
    assert model.run(f"LIST '{url}weights/'") == []
    (fetched,) = model.dicts(f"GET '{url}training_results.csv' 'file://{tmp_path}/'")
    assert (fetched["file"], fetched["status"]) == ("training_results.csv", "DOWNLOADED")
    content = (tmp_path / "training_results.csv").read_bytes()
    assert (len(content), hashlib.md5(content).hexdigest()) == (listed["size"], listed["md5"])
    rows = list(csv.DictReader(content.decode().splitlines()))
    assert list(rows[0]) == ["step", "epoch", "training_loss", "validation_loss"]
    assert [(row["step"], row["epoch"]) for row in rows] == [("1", "1"), ("2", "2"), ("3", "3")]
    assert all(float(row["validation_loss"]) > 0 for row in rows)
    (tmp_path / "training_results.csv").unlink()
    model.run(f"GET '{url}' file://{tmp_path}/ PARALLEL = 4")
    assert (tmp_path / "training_results.csv").read_bytes() == content


def test_the_results_of_a_training_take_ownership(place, model, tmp_path):
    other = place.role("OTHER")
    place.open_to(other)
    model.run(f"GRANT USAGE ON MODEL M TO ROLE {other.name}")
    model.run(f"GRANT READ ON MODEL M TO ROLE {other.name}")
    for statement in ("LIST '{}'", f"GET '{{}}' file://{tmp_path}/"):
        assert other.refusal(statement.format("snow://model/M/versions/V1/"))[:2] == (3001, "42501")
        assert model.refusal(statement.format("snow://model/M/versions/V9/"))[0] == 2003
        assert model.refusal(statement.format("snow://model/NO_SUCH/versions/V1/"))[0] == 2003
        assert model.refusal(statement.format("snow://dataset/M/versions/V1/"))[0] == 2
    assert model.refusal(f"GET 'snow://model/M/versions/V1/weights' file://{tmp_path}/")[0] == 2003
