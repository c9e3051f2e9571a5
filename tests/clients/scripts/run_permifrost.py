"""Run permifrost on a spec, as its own command line; it finds no way to name a host, so its engine is given one."""

import json
import os
import sys
from functools import partial

import sqlalchemy

parameters = json.load(sys.stdin)
for name in ("user", "password", "account", "warehouse"):
    os.environ[f"PERMISSION_BOT_{name.upper()}"] = str(parameters[name])
os.environ.update(PERMISSION_BOT_DATABASE="FROST", PERMISSION_BOT_ROLE="SECURITYADMIN")
place = {name: parameters[name] for name in ("host", "port", "protocol")}
sqlalchemy.create_engine = partial(sqlalchemy.create_engine, connect_args=place)

from permifrost.cli import cli  # noqa: E402  # it takes the engine's maker when it is imported

cli(["run", *sys.argv[1:]])
