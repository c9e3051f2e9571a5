"""Misbehaviour on request: faults that are injected between a client and the embedded Snowflake, for tests."""
