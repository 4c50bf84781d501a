"""The oldest turns to leave out where a conversation does not fit its context."""

from collections.abc import Sequence

from tui.chat.conversation import Message, Role


def without_oldest(messages: Sequence[Message]) -> tuple[Message, ...] | None:
    """`messages` less the oldest question and its answer, or None when only the last question is left.

    System messages stay: they are the conditions of the whole conversation.
    """
    questions = [index for index, message in enumerate(messages) if message.role is Role.USER]
    if len(questions) < 2:
        return None
    first, second = questions[:2]
    return (*messages[:first], *messages[second:])


def reserve(context: int, max_tokens: int) -> int:
    """How many tokens of `context` are kept free for the answer: its limit, but at most a quarter of the context."""
    return min(max_tokens, context // 4)
