"""While a question of identity is asked, no command reaches what lies beneath it."""

from __future__ import annotations

from functools import partial

from gui.action_specs import SPECS
from gui.actions import ActionRegistry

LEFT = frozenset(
    {
        "open",
        "open-folder",
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


class IdentityHold:
    """Disables commands for a while, whoever enables them meanwhile.

    A film that was read lies beneath the question: a key must not decide on it, nor
    open a sheet that names its patient.
    """

    def __init__(self, commands: ActionRegistry) -> None:
        self._commands = commands
        self._wanted: dict[str, bool] | None = None
        for spec in SPECS:
            if spec.id not in LEFT:
                told = partial(self._on_enabled, spec.id)
                commands[spec.id].enabledChanged.connect(told)

    @property
    def is_on(self) -> bool:
        """Whether commands are held."""
        return self._wanted is not None

    def hold(self) -> None:
        """Disable them."""
        if self._wanted is not None:
            return
        held = [spec.id for spec in SPECS if spec.id not in LEFT]
        self._wanted = {one: self._commands[one].isEnabled() for one in held}
        self._commands.enable(held, on=False)

    def release(self) -> None:
        """Enable those that are enabled but for the question."""
        wanted, self._wanted = self._wanted, None
        for action_id, on in (wanted or {}).items():
            self._commands[action_id].setEnabled(on)

    def _on_enabled(self, action_id: str, on: bool) -> None:
        if self._wanted is not None and on:
            self._wanted[action_id] = True
            self._commands[action_id].setEnabled(False)
