"""Performers of control-plane statements: they check, write the catalog, and answer; data SQL is elsewhere."""
