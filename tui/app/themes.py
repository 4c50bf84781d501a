"""A dark and a light theme, each with one accent for the left side and one for the right.

Amber and blue stay apart for every common kind of color blindness, and their brightness differs too.
"""

from textual.theme import Theme

DARK = Theme(
    name="duochat-dark",
    primary="#6cb6f0",
    secondary="#e5a550",
    accent="#6cb6f0",
    warning="#e5c07b",
    error="#f07f7f",
    success="#7fc796",
    foreground="#dadde3",
    background="#111418",
    surface="#181c22",
    panel="#22272f",
    dark=True,
    variables={
        "left": "#e5a550",
        "right": "#6cb6f0",
        "quiet": "#939ba8",
        "line": "#39414d",
        "border": "#6b7686",
        "border-blurred": "#39414d",
        "scrollbar": "#39414d",
        "scrollbar-hover": "#4c5664",
        "scrollbar-active": "#6b7686",
        "scrollbar-background": "#111418",
        "scrollbar-background-hover": "#111418",
        "scrollbar-background-active": "#111418",
        "scrollbar-corner-color": "#111418",
        "block-cursor-background": "#2c3846",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "bold",
        "footer-background": "#111418",
        "footer-key-foreground": "#b9c0cb",
        "footer-description-foreground": "#939ba8",
        "input-cursor-background": "#dadde3",
        "input-selection-background": "#6cb6f0 35%",
    },
)

LIGHT = Theme(
    name="duochat-light",
    primary="#1c5f9e",
    secondary="#8f5200",
    accent="#1c5f9e",
    warning="#7a5b00",
    error="#b3261e",
    success="#1f6f43",
    foreground="#22262c",
    background="#fbfaf8",
    surface="#f2f0ec",
    panel="#e8e5df",
    dark=False,
    variables={
        "left": "#8f5200",
        "right": "#1c5f9e",
        "quiet": "#5b626d",
        "line": "#c9c5bd",
        "border": "#8a8f98",
        "border-blurred": "#c9c5bd",
        "scrollbar": "#c9c5bd",
        "scrollbar-hover": "#aaa69e",
        "scrollbar-active": "#8a8f98",
        "scrollbar-background": "#fbfaf8",
        "scrollbar-background-hover": "#fbfaf8",
        "scrollbar-background-active": "#fbfaf8",
        "scrollbar-corner-color": "#fbfaf8",
        "block-cursor-background": "#dbe6f1",
        "block-cursor-foreground": "#10141a",
        "block-cursor-text-style": "bold",
        "footer-background": "#fbfaf8",
        "footer-key-foreground": "#3d434c",
        "footer-description-foreground": "#5b626d",
        "input-cursor-background": "#22262c",
        "input-selection-background": "#1c5f9e 25%",
    },
)

OWN = (DARK, LIGHT)


def defaults(*, dark: bool) -> dict[str, str]:
    """Return what a theme that is not duochat's own shows duochat's own colors as."""
    variables = (DARK if dark else LIGHT).variables
    return {name: variables[name] for name in ("left", "right", "quiet", "line")}
