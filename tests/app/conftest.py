"""The fixtures of the screens, for the tests of the app."""

from tests.screens.conftest import archive, host, make_duo

__all__ = ["archive", "host", "make_duo"]
