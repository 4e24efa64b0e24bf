"""While a question of identity is asked, no command reaches what lies beneath it."""

from __future__ import annotations

from gui.actions import ActionRegistry
from gui.held_commands import UNHARMFUL, HeldCommands

LEFT = UNHARMFUL | {"open", "open-folder"}
"""Commands that show nothing of a study and change none."""


class IdentityHold(HeldCommands):
    """Holds commands during the question.

    A film that was read lies beneath the question: a key must not decide on it, nor
    open a sheet that names its patient.
    """

    def __init__(self, commands: ActionRegistry) -> None:
        super().__init__(commands, LEFT)
