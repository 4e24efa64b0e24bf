"""What a reader measures, marks and arranges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from review.errors import ReviewRefusedError
from review.image_lookup import image_of
from review.journal import Action, JournalEntry
from review.mark_checks import check_points, check_values, on_its_image
from review.mark_records import as_stored, measurement_to_json
from review.measurement import (
    KeyImage,
    MeasuredValue,
    Measurement,
    ScreenLayout,
    ViewState,
)
from review.session_core import SessionCore
from review.timeline import LAYOUT_UID, Change
from studies.model import ImageHeader

Points = tuple[tuple[float, float], ...]


class MarkVerbs(SessionCore):
    """Measurements, key images, layout and views; see `review.session`.

    A verb that would change nothing writes nothing and returns None.
    """

    @property
    def measurements(self) -> tuple[Measurement, ...]:
        """The measurements, in the order in which they were made."""
        return self._ledger.timeline.measurements

    @property
    def key_images(self) -> tuple[KeyImage, ...]:
        """The key images, in the order in which they were first marked."""
        return self._ledger.timeline.key_images

    @property
    def layout(self) -> ScreenLayout | None:
        """The layout; None if the reader never changed it."""
        return self._ledger.timeline.layout

    @property
    def views(self) -> Mapping[str, Mapping[str, Any]]:
        """The state of each image or series by its key, where it was changed."""
        return {view.key: view.state for view in self._ledger.timeline.views}

    def measurement(self, uid: str) -> Measurement:
        """Return one measurement.

        Raises
        ------
        ReviewRefusedError
            If there is none of that UID.
        """
        for item in self.measurements:
            if item.uid == uid:
                return item
        raise ReviewRefusedError(f"there is no measurement {uid}")

    def measure(self, measurement: Measurement) -> Change:
        """Keep a measurement; its uid, tracking UID, reader and time are given here.

        Parameters
        ----------
        measurement
            On an image of the study; or on a plane reformatted from a volume,
            then with `rows` and `columns`.

        Raises
        ------
        ReviewRefusedError
            If its image is not known, it has too few or too many points, a
            number is not finite, or a point lies further from the image than
            the image is large.
        ReviewNotSavedError
            If it stands in memory only.
        """
        kept = on_its_image(measurement, self.study.images)
        check_points(kept, kept.points)
        check_values(kept.values)
        kept = replace(
            kept,
            tracking_uid=self._new_uid(),
            reader=self.reader,
            at=self._clock(),
            label=kept.label.strip(),
        )

        def build() -> JournalEntry:
            uid = f"measure/{self._ledger.timeline.made[Action.MEASURE] + 1}"
            record = measurement_to_json(replace(kept, uid=uid))
            return self._entry(Action.MEASURE, uid, {"after": record})

        return self._commit(build)

    def move_measurement(
        self, uid: str, points: Points, values: tuple[MeasuredValue, ...]
    ) -> Change | None:
        """Move a measurement; the new figures are of whoever moves it.

        One entry a call: the caller calls once a drag.
        """
        before = self.measurement(uid)
        check_points(before, points)
        check_values(values)
        if (points, values) == (before.points, before.values):
            return None
        after = replace(
            before, points=points, values=values, reader=self.reader, at=self._clock()
        )
        return self._change(Action.MEASURE_MOVE, after, uid)

    def label_measurement(self, uid: str, label: str) -> Change | None:
        """Name a measurement; "" takes the name away."""
        before = self.measurement(uid)
        after = replace(before, label=label.strip())
        if after == before:
            return None
        return self._change(Action.MEASURE_LABEL, after, uid)

    def remove_measurement(self, uid: str) -> Change:
        """Remove a measurement; undo brings it back."""
        self.measurement(uid)
        return self._change(Action.MEASURE_REMOVE, None, uid)

    def set_key_image(
        self, header: ImageHeader, on: bool, comment: str = ""
    ) -> Change | None:
        """Mark an image of the study as key, with a remark, or unmark it.

        Raises
        ------
        ReviewRefusedError
            If the image is not one of the study: a plane reformatted from a
            volume is no object that could be referred to.
        """
        place = (header.sop_instance_uid, header.frame)
        if on and image_of(self.study.images, *place) is None:
            raise ReviewRefusedError("only an image of this study can be a key image")
        uid = f"key/{place[0]}/{place[1]}"
        before = next((item for item in self.key_images if item.uid == uid), None)
        if not on:
            return self._change(Action.KEY_IMAGE, None, uid) if before else None
        if before is not None and before.comment == comment.strip():
            return None
        after = KeyImage(uid, *place, self.reader, self._clock(), comment.strip())
        return self._change(Action.KEY_IMAGE, after, uid)

    def arrange(self, layout: ScreenLayout) -> Change | None:
        """Record how the study is laid out; nothing if it already is.

        Raises
        ------
        ReviewRefusedError
            If a pane is no JSON object.
        """
        after = ScreenLayout(layout.name, tuple(map(_stored, layout.panes)))
        if after == self.layout:
            return None
        return self._change(Action.LAYOUT, after, LAYOUT_UID)

    def set_view(self, key: str, state: Mapping[str, Any] | None) -> Change | None:
        """Record how an image or series is shown; None for "as it comes".

        Parameters
        ----------
        key
            Names the image or series; the caller's own.

        Raises
        ------
        ReviewRefusedError
            If the state is no JSON object.
        """
        after = None if state is None else ViewState(key, _stored(state))
        before = self.views.get(key)
        if before == (None if after is None else after.state):
            return None
        return self._change(Action.VIEW, after, key)


def _stored(state: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return as_stored(state)
    except (TypeError, ValueError) as error:
        raise ReviewRefusedError(f"this cannot be kept: {error}") from error
