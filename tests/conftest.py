"""How properties are tested: with the same examples in every run, however slow the machine is.

Before a release, look further: `pytest --hypothesis-profile=further` tries thousands of new ones.
"""

from hypothesis import HealthCheck, settings

# A fixture that is made once for all examples of a property is meant so: each example takes a file of its own.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])

settings.register_profile("same", UNHURRIED, max_examples=60, derandomize=True)
settings.register_profile("further", UNHURRIED, max_examples=5000)
settings.load_profile("same")
