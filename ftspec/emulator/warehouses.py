"""Whether a statement has a warehouse to run on."""

from __future__ import annotations

from ftspec.emulator import refusals
from ftspec.emulator.names import warehouse_key
from ftspec.emulator.turn import Turn


def require_warehouse(turn: Turn) -> None:
    """Demand a current warehouse that the role may use.

    Raises SnowflakeError 606.
    """
    name = turn.session.warehouse
    if name is None or turn.catalog.find(warehouse_key(name)) is None:
        raise refusals.no_warehouse()
    if not turn.authority.allows(warehouse_key(name), ("USAGE", "OPERATE")):
        raise refusals.no_warehouse()
