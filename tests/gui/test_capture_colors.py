import pytest
from PySide6.QtGui import QColor

from gui import tokens
from review import capture_style


@pytest.mark.parametrize(
    ("ours", "token"),
    [
        (capture_style.AI, tokens.AI_ON_IMAGE),
        (capture_style.CONFIRMED, tokens.CONFIRMED),
        (capture_style.REJECTED, tokens.REJECTED),
        (capture_style.UNSURE, tokens.UNSURE),
        (capture_style.MISSED, tokens.MISSED),
        (capture_style.TEXT, tokens.TEXT_1),
        (capture_style.QUIET, tokens.TEXT_2),
        (capture_style.BANNER, tokens.BANNER),
        (capture_style.BANNER_TEXT, tokens.BANNER_TEXT),
    ],
)
def test_that_a_capture_has_the_colours_of_the_window(ours, token):
    color = QColor(token)
    assert ours == (color.red(), color.green(), color.blue())
