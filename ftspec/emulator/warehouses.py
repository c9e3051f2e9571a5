"""Whether a statement has a warehouse to run on."""

from __future__ import annotations

from collections.abc import Mapping

from ftspec.emulator import refusals
from ftspec.emulator.names import warehouse_key
from ftspec.emulator.turn import Turn

# How SHOW WAREHOUSES writes each size that CREATE WAREHOUSE takes (sql-reference/sql/create-warehouse).
WAREHOUSE_SIZES: Mapping[str, str] = {
    "XSMALL": "X-Small", "X-SMALL": "X-Small", "SMALL": "Small", "MEDIUM": "Medium", "LARGE": "Large",
    "XLARGE": "X-Large", "X-LARGE": "X-Large", "XXLARGE": "2X-Large", "X2LARGE": "2X-Large", "2X-LARGE": "2X-Large",
    "XXXLARGE": "3X-Large", "X3LARGE": "3X-Large", "3X-LARGE": "3X-Large", "X4LARGE": "4X-Large",
    "4X-LARGE": "4X-Large", "X5LARGE": "5X-Large", "5X-LARGE": "5X-Large", "X6LARGE": "6X-Large",
    "6X-LARGE": "6X-Large",
}  # fmt: skip


def require_warehouse(turn: Turn) -> None:
    """Demand a current warehouse that the role may use.

    Raises SnowflakeError 606.
    """
    name = turn.session.warehouse
    if name is None or turn.catalog.find(warehouse_key(name)) is None:
        raise refusals.no_warehouse()
    if not turn.authority.allows(warehouse_key(name), ("USAGE", "OPERATE")):
        raise refusals.no_warehouse()
