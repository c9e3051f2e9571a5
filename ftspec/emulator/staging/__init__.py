"""Stages: places for files, and loading tables from them."""
