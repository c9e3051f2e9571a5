"""Every JSON file beside this one is rows as Snowflake gives them, and the value that is read from them.

`reader` says which of Snowflake's answers the rows are; values that are None or empty are left out of `value`.
"""

from __future__ import annotations

import json
from dataclasses import asdict, is_dataclass
from pathlib import Path

import pytest
from support.profile_rows import profile_row

from ftspec.model.address import SchemaName
from ftspec.resources.base import Refusal, Scope
from ftspec.resources.fine_tuned_model import FineTunedModelKind
from ftspec.resources.finetune import list_jobs, parse_job, parse_jobs, show_models
from ftspec.resources.grant import Grantee
from ftspec.resources.profile import parse_profile
from ftspec.resources.shown_grants import parse_future, parse_holdings, parse_inherited

HERE = Path(__file__).parent
CASES = sorted(path.relative_to(HERE).as_posix() for path in HERE.glob("*/*.json"))
SCOPE = Scope("bot", "dev", SchemaName("ML", "SUPPORT"))


def read_models(answer):
    """Read SHOW MODELS as a project that declares nothing does: it sees what bears its own marker."""
    seen = {list_jobs(): ({"FINETUNE": "[]"},), show_models("ML", "SUPPORT"): answer}
    found = FineTunedModelKind().observe((), SCOPE, seen)
    return {address.name: {**asdict(model), "figures": None} for address, model in found.items()}


READERS = {
    "FINETUNE('SHOW')": parse_jobs,
    "FINETUNE('DESCRIBE')": parse_job,
    "profile": parse_profile,
    "SHOW FUTURE GRANTS": lambda answer: parse_future(answer, Grantee("APP")),
    "SHOW GRANTS TO ROLE": parse_holdings,
    "SHOW GRANTS TO ROLE, roles": parse_inherited,
    "SHOW MODELS": read_models,
}


def plain(value):
    if is_dataclass(value):
        return plain(asdict(value))
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items() if entry not in (None, "", (), {})}
    if isinstance(value, frozenset):
        return [plain(entry) for entry in sorted(value)]
    return [plain(entry) for entry in value] if isinstance(value, tuple) else value


@pytest.mark.parametrize("name", CASES)
def test_what_is_read(name, update_golden):
    path = HERE / name
    case = json.loads(path.read_text(encoding="utf-8"))
    answer = Refusal(**case["refused"]) if "refused" in case else tuple(case["rows"])
    if case["reader"] == "profile" and "rows" in case:
        answer = tuple(profile_row(row, ()) for row in answer)
    found = json.loads(json.dumps(plain(READERS[case["reader"]](answer))))
    if update_golden:
        path.write_text(json.dumps({**case, "value": found}, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        case["value"] = found
    assert found == case["value"]


def test_every_reader_has_a_case():
    assert {json.loads((HERE / name).read_text(encoding="utf-8"))["reader"] for name in CASES} == set(READERS)
