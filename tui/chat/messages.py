"""The messages that a side is sent: its system text, its own history, and the question."""

from tui.chat.conversation import Conversation, Message, Role, Setup, Side, history_for


def messages_for(side: Side, setup: Setup, past: Conversation, text: str) -> tuple[Message, ...]:
    """Return what `side` is to answer when `text` is asked under `setup` after the exchanges of `past`."""
    head = (Message(Role.SYSTEM, setup.system),) if setup.system else ()
    return (*head, *history_for(side, past), Message(Role.USER, text))
