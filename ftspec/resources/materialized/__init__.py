"""Datasets that stand in Snowflake: as a view, or as content-addressed tables with a view on the newest."""
