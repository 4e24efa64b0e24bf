"""Small pictures of series, made off the main thread and remembered."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import cv2
import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from gui import messages
from gui.errands import Errands, Stopped
from studies.grayscale import to_display
from studies.model import Image, ImageHeader, Series
from studies.reader import read_image

Read = Callable[[ImageHeader], Image]
_Key = tuple[str, str, int, int]

_REMEMBERED = 512
_WIDEST_ASPECT = 8.0


def representative(series: Series) -> ImageHeader:
    """Return the image that stands for a series: its middle one.

    Raises
    ------
    ValueError
        If the series holds no image.
    """
    if not series.images:
        raise ValueError("the series holds no image")
    return series.images[len(series.images) // 2]


def thumbnail(image: Image, size: int) -> QImage:
    """Return an image as a small picture, `size` pixels on its longer side.

    Each pixel is the mean of the display values it covers, so that fine lines
    grow pale but do not break. Pixels that are not square are shown as they lie
    in the patient.
    """
    colour = image.stored.ndim == 3
    shown = image.stored if colour else to_display(image) * np.float32(255.0)
    rows, columns = _small_shape(image.header, size)
    small = cv2.resize(
        np.ascontiguousarray(shown), (columns, rows), interpolation=cv2.INTER_AREA
    )
    pixels = np.ascontiguousarray(np.rint(small).astype(np.uint8))
    form = QImage.Format.Format_RGB888 if colour else QImage.Format.Format_Grayscale8
    # A copy, for a QImage over a buffer does not keep the buffer alive.
    return QImage(pixels.data, columns, rows, pixels.strides[0], form).copy()


def _small_shape(header: ImageHeader, size: int) -> tuple[int, int]:
    """Return (rows, columns) of the small picture."""
    row_mm, column_mm = header.spacing_mm or (1.0, 1.0)
    ratio = row_mm / column_mm
    aspect = ratio if 1 / _WIDEST_ASPECT <= ratio <= _WIDEST_ASPECT else 1.0
    height, width = header.rows * aspect, float(header.columns)
    scale = size / max(height, width)
    return max(round(height * scale), 1), max(round(width * scale), 1)


class ThumbnailMaker(QObject):
    """Makes the pictures of series one after the other; for the main thread.

    Parameters
    ----------
    read
        Reads an image's pixels; called in the maker's thread.

    Signals
    -------
    made(str, QImage)
        Series Instance UID and its picture.
    failed(str, str)
        Series Instance UID and why it has none, without a patient's name.
    """

    made = Signal(str, object)
    failed = Signal(str, str)

    def __init__(self, read: Read = read_image, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._read = read
        self._errands = Errands("thumbnails", self)
        self._known: OrderedDict[_Key, QImage] = OrderedDict()

    def want(self, series: Series, size: int) -> None:
        """Make a series' picture, `size` pixels on its longer side, or remember it."""
        header = representative(series)
        uid, key = series.series_instance_uid, _key(header, size)
        known = self._known.get(key)
        if known is not None:
            self._known.move_to_end(key)
            self.made.emit(uid, known)
            return

        def work(_: Stopped) -> object:
            return thumbnail(self._read(header), size)

        def answer(picture: object) -> None:
            assert isinstance(picture, QImage)
            self._keep(key, picture)
            self.made.emit(uid, picture)

        self._errands.ask(uid, work, answer, lambda error: self._tell(uid, error))

    def forget_questions(self) -> None:
        """Drop what is not made yet: other studies are on screen."""
        self._errands.drop_matching("")

    def stop(self) -> None:
        """End the thread."""
        self._errands.close()

    def _keep(self, key: _Key, picture: QImage) -> None:
        self._known[key] = picture
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    def _tell(self, uid: str, error: object) -> None:
        assert isinstance(error, BaseException)
        self.failed.emit(uid, messages.message_for(error).what)


def _key(header: ImageHeader, size: int) -> _Key:
    """Name a picture; files of two patients may claim one SOP Instance UID."""
    return str(header.path), header.sop_instance_uid, header.frame, size
