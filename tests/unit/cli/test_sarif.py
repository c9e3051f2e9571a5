"""SARIF of a validation: what code scanning and editors need of it, and where it goes."""

from __future__ import annotations

import json
import re
import shutil

import pytest
from support.workspace import REPOSITORY, Workspace

from ftspec.backends.files import read_rules

LEVELS = {"error", "warning", "note"}
CASES = sorted(
    path.parent
    for path in (REPOSITORY / "tests" / "diagnostics").glob("*/expected.txt")
    if not path.with_name("case.json").exists()
)


def write(folder, *arguments):
    ran = Workspace(folder).run("validate", "--format", "sarif", *arguments)
    log = json.loads(ran.out)
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    return ran.code, run


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_every_finding_has_a_rule_a_level_and_a_place_in_the_repository(folder):
    _, run = write(folder)
    rules = run["tool"]["driver"]["rules"]
    assert run["results"]
    for result in run["results"]:
        rule = rules[result["ruleIndex"]]
        assert rule["id"] == result["ruleId"]
        assert rule["shortDescription"]["text"] not in {"", rule["id"]}
        assert rule["help"]["text"].startswith(rule["shortDescription"]["text"])
        assert {result["level"], rule["defaultConfiguration"]["level"]} <= LEVELS
        assert result["message"]["text"]
        (location,) = result["locations"]
        artifact = location["physicalLocation"]["artifactLocation"]
        assert artifact["uri"].startswith(f"tests/diagnostics/{folder.name}/")
        assert artifact["uriBaseId"] in run["originalUriBaseIds"]
        region = location["physicalLocation"].get("region", {})
        assert all(number >= 1 for number in region.values())
        if "endLine" in region:
            assert (region["startLine"], region["startColumn"]) < (region["endLine"], region["endColumn"])


def test_a_place_is_that_of_the_human_form(tmp_path):
    shutil.copytree(REPOSITORY / "tests" / "diagnostics" / "FT012_out_of_range", tmp_path / "a b")
    (tmp_path / ".git").mkdir()
    code, run = write(tmp_path / "a b")
    assert code == 1
    assert run["results"][1] == {
        "ruleId": "FT012",
        "ruleIndex": 0,
        "level": "error",
        "message": {"text": "'max_epochs' is 11, wanted 1 to 10\nhint: for example max_epochs: 3"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "a%20b/models.yaml", "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": 13, "startColumn": 17, "endLine": 13, "endColumn": 19},
                }
            }
        ],
    }


def mark(folder, code):
    """Give the text that a region marks, for each finding of a code; None where it has no end."""
    marked = []
    for result in write(folder)[1]["results"]:
        place = result["locations"][0]["physicalLocation"]
        region = place["region"]
        if result["ruleId"] == code and "endColumn" not in region:
            marked.append(None)
        elif result["ruleId"] == code:
            lines = (folder / place["artifactLocation"]["uri"].rpartition("/")[2]).read_text().splitlines()
            lines = lines[region["startLine"] - 1 : region["endLine"]]
            lines[-1] = lines[-1][: region["endColumn"] - 1]
            lines[0] = lines[0][region["startColumn"] - 1 :]
            marked.append("\n".join(lines))
    return marked


@pytest.mark.parametrize(
    ("case", "marked"),
    [
        ("FT002_duplicate_key", ["schema"]),
        ("FT007_unknown_kind", ["FinetunedModel", "Warehouse"]),
        ("FT012_out_of_range", ["0", "11", '""', None, "1", "0"]),  # None: an empty list
        ("FT015_identifier", ["ML-${stage}", "SUPPORT.PUBLIC", "'ML TRAINER'", "1ML"]),
        ("FT256_broken_line", [None, None, None, None]),
    ],
)
def test_a_region_marks_the_value_or_the_key_at_fault(case, marked):
    assert mark(REPOSITORY / "tests" / "diagnostics" / case, case.partition("_")[0]) == marked


def test_a_folder_without_a_project_is_a_finding_of_the_file_that_is_missing(tmp_path):
    (tmp_path / ".git").mkdir()
    code, run = write(tmp_path)
    assert code == 1
    (result,) = run["results"]
    assert result["locations"] == [
        {"physicalLocation": {"artifactLocation": {"uri": "ftspec.yaml", "uriBaseId": "%SRCROOT%"}}}
    ]


def test_nothing_found_is_a_run_without_results():
    code, run = write(REPOSITORY / "examples" / "quickstart")
    assert (code, run["results"], run["tool"]["driver"]["rules"]) == (0, [], [])


def test_a_file_takes_the_log_and_people_read_the_rest(tmp_path):
    path = tmp_path / "log.sarif"
    folder = REPOSITORY / "tests" / "diagnostics" / "FT013_missing"
    ran = Workspace(folder).run("validate", "--format", "sarif", "--output", str(path))
    assert ran.code == 1
    assert "error FT013" in ran.err
    found = {result["ruleId"] for result in json.loads(path.read_text())["runs"][0]["results"]}
    assert found == set(re.findall(r"FT[0-9]{3}", ran.err))
    ran = Workspace(folder).run("validate", "--format", "sarif", "--output", str(tmp_path / "none" / "log.sarif"))
    assert ran.code == 1
    assert "FT413" in ran.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(["plan", "--format", "sarif"], "--format sarif goes with validate"), (["validate", "--output", "x"], "--output")],
)
def test_other_uses_are_refused(arguments, told):
    ran = Workspace(REPOSITORY / "examples" / "quickstart").run(*arguments)
    assert ran.code != 0
    assert told in ran.err


def test_every_row_of_the_page_of_diagnostics_is_read():
    text = (REPOSITORY / "docs" / "diagnostics.md").read_text()
    assert len(read_rules()) == len(re.findall(r"^\| FT", text, re.MULTILINE))
