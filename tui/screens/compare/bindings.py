"""The keys of the main screen."""

from collections.abc import Mapping

from textual.binding import Binding, BindingType

from tui.screens.help import NO_KEY
from tui.widgets.prompt import Prompt
from tui.widgets.vote_bar import JudgeBar

ANSWERS: list[BindingType] = [
    Binding("escape", "stop", "Stop", id="stop", tooltip="Stop both, take back what waits"),
    Binding("f8", "stop_side('left')", "Stop the left answer", id="stop-left", show=False),
    Binding("f9", "stop_side('right')", "Stop the right answer", id="stop-right", show=False),
    Binding("f5", "restart", "Load again", id="restart", tooltip="Load what failed again", show=False),
    Binding("f2", "copy('left')", "Copy left", id="copy-left", tooltip="Copy the last left answer"),
    Binding("f3", "copy('right')", "Copy right", id="copy-right", tooltip="Copy the last right answer"),
    # With priority, since a text area has its own use for these two.
    Binding("f6", "copy_code('left')", "Copy the last left code", id="copy-left-code", priority=True, show=False),
    Binding("f7", "copy_code('right')", "Copy the last right code", id="copy-right-code", priority=True, show=False),
    Binding("f4", "toggle_thinking", "Thinking", id="thinking", tooltip="Unfold or fold all thinking"),
    Binding("ctrl+t", "switch_thinking('left')", "Left: think, or not", id="think-left", show=False),
    Binding("ctrl+g", "switch_thinking('right')", "Right: think, or not", id="think-right", show=False),
    Binding("ctrl+s", "save", "Save", id="save", tooltip="Save as Markdown and JSON"),
    Binding("ctrl+l", "look('left')", "To the left answer, and back", id="look-left", show=False),
    Binding("ctrl+r", "look('right')", "To the right answer, and back", id="look-right", show=False),
    Binding("ctrl+n", "menu", "Choose other models", id="menu", show=False),
]

COMPARING: list[BindingType] = [
    Binding("shift+f5,f17", "regenerate", "Both: answer again", id="regenerate-both", show=False),
    Binding("shift+f8,f20", "regenerate('left')", "Left: answer again", id="regenerate-left", show=False),
    Binding("shift+f9,f21", "regenerate('right')", "Right: answer again", id="regenerate-right", show=False),
    Binding("shift+f11,f23", "swap", "Swap sides", id="swap", show=False),
    Binding("tab", "target", "Ask both, the left or the right only", id="target", show=False),
    Binding("shift+f6,f18", "replace('left')", "Left: another model goes on", id="model-left", show=False),
    Binding("shift+f7,f19", "replace('right')", "Right: another model goes on", id="model-right", show=False),
    Binding("shift+f2,f14", "report('luck')", "Luck or model?", id="luck", show=False),
    # Shift+F3 would be free, too; but what terminals send for it is also the place of the cursor.
    Binding(
        "shift+f4,f16", "report('surprise')", "How surprised is each by the other's answer?", id="surprise", show=False
    ),
    Binding(
        f"{NO_KEY}-quants", "report('quants')", "How far are two quants of one model apart?", id="quants", show=False
    ),
    Binding("shift+f1,f13", "report('conditions')", "What each model really saw", id="conditions", show=False),
    # With priority, since a text area has its own use for it.
    Binding("ctrl+f", "next_difference", "Next fact on one side only", id="partings", priority=True, show=False),
    Binding("f12", "judge", "Say which answer is better", id="judge", show=False),
    Binding("shift+f12,f24", "toggle_blind", "Blind: hide names from the next question on", id="blind", show=False),
]

DEFAULT_KEYS: Mapping[str, str] = {
    binding.id: binding.key
    for binding in (*ANSWERS, *COMPARING, *Prompt.BINDINGS, *JudgeBar.BINDINGS)
    if isinstance(binding, Binding) and binding.id
}
"""The keys of all bindings on the main screen, by their ids."""
