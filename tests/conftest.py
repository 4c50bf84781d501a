"""What all tests stand on: an environment without anybody's preferences, and properties tried with the same examples.

Before a release, look further: `pytest --hypothesis-profile=further` tries thousands of new ones.
"""

import os

import pytest
from hypothesis import HealthCheck, settings

PREFERENCES = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "TEXTUAL", "HF_", "DUOCHAT_")
"""How the names of variables begin by which a user tells programs how to look, and where to find things."""

for name in [name for name in os.environ if name.startswith(PREFERENCES)]:
    del os.environ[name]

# The hub of the tests is on this very machine: no proxy leads there.
for name in ("NO_PROXY", "no_proxy"):
    os.environ[name] = ",".join(filter(None, [os.environ.get(name), "127.0.0.1", "localhost"]))

# A fixture that is made once for all examples of a property is meant so: each example takes a file of its own.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])

settings.register_profile("same", UNHURRIED, max_examples=60, derandomize=True)
settings.register_profile("further", UNHURRIED, max_examples=5000)
settings.load_profile("same")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that needs the starter pair, which the fixture `starter` brings, or the network, as `real`."""
    for item in items:
        if {"starter", "collection"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.real)
