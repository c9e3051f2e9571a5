"""SYSTEM$BOOTSTRAP_DATA_REQUEST: what clients read an account's edition from.

No page documents it; tools that manage accounts call it with 'ACCOUNT' and read `accountInfo.serviceLevelName`.
"""

from __future__ import annotations

import json

from sqlglot import exp

from ftspec.emulator import refusals
from ftspec.emulator.query.functions import function_name, text_literal

_NAME = "SYSTEM$BOOTSTRAP_DATA_REQUEST"
_DOCUMENT = {"accountInfo": {"serviceLevelName": "Enterprise"}}


def replace_account_document(expression: exp.Expr) -> None:
    """Write the document in place of the calls that ask for it; raises SnowflakeError 2 for any other document."""
    for call in tuple(expression.find_all(exp.Anonymous)):
        if function_name(call) != _NAME:
            continue
        wanted = call.expressions[0].name if len(call.expressions) == 1 else ""
        if wanted != "ACCOUNT":
            raise refusals.unsupported(call.sql(dialect="snowflake"))
        call.replace(text_literal(json.dumps(_DOCUMENT)))
