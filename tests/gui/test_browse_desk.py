"""What stands around the film: the strip says what the reader did."""

from __future__ import annotations

from PySide6.QtCore import Qt


def stars(stage) -> list[int]:
    strip = stage.station.browse.strip
    return [entry.stars for entry in strip.model().entries if entry.uid]


def test_that_the_strip_counts_the_key_images_of_a_series(reading):
    assert stars(reading) == [0]
    reading.press(Qt.Key.Key_B)
    assert stars(reading) == [1]
    reading.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert stars(reading) == [0]


def test_that_key_images_are_counted_again_when_a_study_is_opened_again(reading):
    reading.press(Qt.Key.Key_B)
    study = reading.station.case.study
    reading.station.browse.leave()
    reading.station.browse.enter(study)
    reading.station.hanging.hang_anew()
    assert stars(reading) == [1]
