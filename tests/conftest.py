"""Options and fixtures that all tests share."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

# Both drivers would ask the metadata services of clouds where they run; tests talk to this machine only.
os.environ["SNOWFLAKE_DISABLE_PLATFORM_DETECTION"] = "true"

# A busy machine is no fault of the code: only what is wrong fails, not what is slow. `make test` draws the same
# examples each time, so that a change is judged by what it changed; FTSPEC_HYPOTHESIS=explore draws new ones.
settings.register_profile("repeat", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("explore", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile(os.environ.get("FTSPEC_HYPOTHESIS", "repeat"))


def pytest_addoption(parser):
    parser.addoption("--update-golden", action="store_true", help="rewrite the expected files; read them in the diff")
    parser.addoption("--live", metavar="CONNECTION_NAME", help="run tests/contract on this connection's real account")
    parser.addoption(
        "--live-training", action="store_true", help="with --live: also start training jobs, which are paid"
    )


@pytest.fixture
def update_golden(request):
    return request.config.getoption("--update-golden")
