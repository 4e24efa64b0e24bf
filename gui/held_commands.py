"""While a page covers the film, no command reaches what lies beneath it."""

from __future__ import annotations

from functools import partial

from gui.action_specs import SPECS
from gui.actions import ActionRegistry

UNHARMFUL = frozenset(
    {
        "next-region",
        "back",
        "full-screen",
        "text-larger",
        "text-smaller",
        "reader",
        "menu",
        "keys",
        "quit",
    }
)
"""Commands that show nothing of a study and change none."""


class HeldCommands:
    """Disables commands for a while, whoever enables them meanwhile.

    Parameters
    ----------
    left
        Commands that stay as they are.
    """

    def __init__(self, commands: ActionRegistry, left: frozenset[str]) -> None:
        self._commands = commands
        self._held = [spec.id for spec in SPECS if spec.id not in left]
        self._wanted: dict[str, bool] | None = None
        for action_id in self._held:
            told = partial(self._on_enabled, action_id)
            commands[action_id].enabledChanged.connect(told)

    @property
    def is_on(self) -> bool:
        """Whether commands are held."""
        return self._wanted is not None

    def hold(self) -> None:
        """Disable them."""
        if self._wanted is not None:
            return
        self._wanted = {one: self._commands[one].isEnabled() for one in self._held}
        self._commands.enable(self._held, on=False)

    def release(self) -> None:
        """Enable those that are enabled but for the page."""
        wanted, self._wanted = self._wanted, None
        for action_id, on in (wanted or {}).items():
            self._commands[action_id].setEnabled(on)

    def _on_enabled(self, action_id: str, on: bool) -> None:
        if self._wanted is not None and on:
            self._wanted[action_id] = True
            self._commands[action_id].setEnabled(False)
