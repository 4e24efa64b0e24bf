"""The film is sharp at any scale factor of the screen.

Qt reads the factor once, at start; so each runs in a process of its own.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import numpy as np
from datetime import datetime
from pathlib import Path
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget
from gui.image_view import ImageView
from studies.model import *

application = QApplication([])
# Lines of one pixel, black and white: any resampling would turn them grey.
stored = (np.indices((200, 150)).sum(axis=0) % 2 * 255).astype(np.uint8)
grayscale = GrayscaleParameters("MONOCHROME2", 8, 0, windows=(Window(128, 256),))
header = ImageHeader(Path("f"), 0, "1", "1", "1", "1", "DX", 200, 150, grayscale)
patient = Patient("1", "A", None, "")
window = QWidget()
window.resize(440, 360)
view = ImageView(window)
# Off the grid of device pixels for every factor tried.
view.setGeometry(7, 3, 401, 303)
window.show()
view.set_image(Image(header, stored), patient, Study("1", patient, "", None, "", ()))
view.one_to_one()
view.canvas.corners.setVisible(False)
picture = window.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
lines = np.frombuffer(picture.constBits(), np.uint8)
lines = lines.reshape(picture.height(), picture.bytesPerLine())[:, : picture.width()]
geometry = view.canvas.view
assert geometry.ratio == picture.devicePixelRatio()
x = round(7 * geometry.ratio) + geometry.x
y = round(3 * geometry.ratio) + geometry.y
part = lines[y + 4 : y + 196, x + 4 : x + 146]
print(geometry.ratio, sorted(set(part.ravel().tolist())), (part[0] != part[1]).all())
"""


@pytest.mark.parametrize("factor", ["1", "1.25", "1.5", "1.75", "2"])
def test_that_one_image_pixel_is_one_device_pixel(factor: str) -> None:
    environment = os.environ | {
        "QT_SCALE_FACTOR": factor,
        "QT_SCALE_FACTOR_ROUNDING_POLICY": "PassThrough",
        "QT_QPA_PLATFORM": "offscreen",
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split(" ", 1) == [f"{float(factor)}", "[0, 255] True\n"]
