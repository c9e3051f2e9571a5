"""Options and fixtures that all tests share."""

from __future__ import annotations

import pytest


def pytest_addoption(parser):
    parser.addoption("--update-golden", action="store_true", help="rewrite the expected files; read them in the diff")


@pytest.fixture
def update_golden(request):
    return request.config.getoption("--update-golden")
