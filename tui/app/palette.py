"""The command palette: every action that can have a key on the present screen, and the themes."""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.types import IgnoreReturnCallbackType

from tui.app import themes
from tui.screens.help import NO_KEY, key_name

_KEYS_ONLY = frozenset({"palette", "send", "new-line"})
"""What makes no sense from a list, by its binding's id."""


class _Command(NamedTuple):
    name: str
    help: str
    run: IgnoreReturnCallbackType


class Commands(Provider):
    """The actions of the screen below, by name, with their keys."""

    async def discover(self) -> Hits:
        """Everything, while nothing is typed."""
        for each in self._commands():
            yield DiscoveryHit(each.name, each.run, help=each.help)

    async def search(self, query: str) -> Hits:
        """Yield what matches `query`."""
        matcher = self.matcher(query)
        for each in self._commands():
            score = matcher.match(each.name)
            if score > 0:
                yield Hit(score, matcher.highlight(each.name), each.run, help=each.help)

    def _commands(self) -> Iterator[_Command]:
        seen = set(_KEYS_ONLY)
        bindings = self.screen.active_bindings.values()
        for active in sorted(bindings, key=lambda each: each.binding.key.startswith(NO_KEY)):
            binding = active.binding
            if active.enabled and binding.id and binding.id not in seen and not binding.id.startswith("reply."):
                seen.add(binding.id)
                run = partial(self.app.run_action, binding.action, active.node)
                yield _Command(binding.tooltip or binding.description, key_name(binding.key), run)
        own = {theme.name for theme in themes.OWN}
        for theme in sorted(self.app.available_themes, key=lambda name: (name not in own, name)):
            yield _Command(f"Theme: {theme}", "colors", partial(setattr, self.app, "theme", theme))
