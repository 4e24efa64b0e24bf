import numpy as np
import pytest

from inference.film_gate import DISTANCES, KINDS, TURNS, GateVerdict, judge
from studies.model import Float32Array


def outputs(
    kind: str = "frontal chest",
    *,
    turn: int = 0,
    inverted: float = -4.0,
    cut_off: float = -4.0,
    distance: float = 0.4,
    box: tuple[float, float, float, float] = (0.1, 0.2, 0.8, 0.9),
    clearness: float = 8.0,
) -> dict[str, Float32Array]:
    """What a network sure of one kind gives."""
    kinds = np.zeros(len(KINDS), np.float32)
    kinds[KINDS.index(kind)] = clearness
    turns = np.zeros(len(TURNS), np.float32)
    turns[TURNS.index(turn)] = 8.0
    return {
        "kind": kinds,
        "rotation": turns,
        "inverted": np.array([inverted], np.float32),
        "cut_off": np.array([cut_off], np.float32),
        "lung_box": np.array(box, np.float32),
        "distance": np.full(len(DISTANCES), distance, np.float32),
    }


def reasons(wanted: str = "frontal chest", **of: object) -> tuple[str, ...]:
    return judge(outputs(**of), wanted).reasons  # type: ignore[arg-type]


def test_that_a_good_chest_film_is_accepted_with_its_lung_box() -> None:
    verdict = judge(outputs(), "frontal chest")
    assert verdict == GateVerdict(
        kind="frontal chest",
        # e^8 / (e^8 + 7)
        kind_probability=pytest.approx(2980.958 / 2987.958, abs=1e-6),  # type: ignore[arg-type]
        rotation=0,
        inverted=False,
        cut_off=False,
        lung_box=pytest.approx((0.1, 0.2, 0.8, 0.9)),  # type: ignore[arg-type]
        reasons=(),
        distance=pytest.approx(0.4),  # type: ignore[arg-type]
    )
    assert verdict.accepted


def test_that_the_distance_is_that_of_the_kind_that_was_asked_for() -> None:
    found = outputs("upper limb")
    found["distance"] = np.array([0.1, 0.7, 2.0], np.float32)
    assert judge(found, "limb").distance == pytest.approx(0.7)
    # Refused before anybody looked at the distance, or no kind asked for.
    assert judge(found, "brain MR").distance is None
    assert judge(found, "").distance is None


def test_that_a_leading_axis_of_one_film_is_allowed() -> None:
    batch = {name: values[None] for name, values in outputs().items()}
    assert judge(batch, "frontal chest") == judge(outputs(), "frontal chest")


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("lateral chest", "lateral view"),
        (
            "brain MR",
            "not a frontal chest radiograph: looks like a brain MR slice",
        ),
        ("CT slice", "not a frontal chest radiograph: looks like a CT slice"),
        ("photograph", "not a frontal chest radiograph: looks like a photograph"),
        (
            "other limb",
            "not a frontal chest radiograph: looks like a radiograph of the leg,"
            " foot or hip",
        ),
        ("other", "not a frontal chest radiograph: looks like another kind of image"),
    ],
)
def test_that_another_kind_is_refused_by_its_name(kind: str, reason: str) -> None:
    assert reasons(kind=kind) == (reason,)


def test_that_a_leg_is_outside_what_the_fracture_model_was_trained_on() -> None:
    assert reasons("limb", kind="upper limb") == ()
    assert reasons("limb", kind="other limb") == (
        "outside what it was trained on: looks like a radiograph of the leg,"
        " foot or hip",
    )


def test_that_a_brain_model_gets_brain_slices_only() -> None:
    assert reasons("brain MR", kind="brain MR") == ()
    assert reasons("brain MR", kind="frontal chest") == (
        "not a brain MR slice: looks like a frontal chest radiograph",
    )


def test_that_a_film_that_is_not_clearly_of_the_kind_is_refused() -> None:
    # The kind leads with e^1 against seven times 1: 2.718 / 9.718 = 0.28.
    assert reasons(clearness=1.0) == (
        "not clearly a frontal chest radiograph: probability 0.28, needed 0.50",
    )


def test_that_a_turned_film_is_refused_and_has_no_lung_box() -> None:
    verdict = judge(outputs(turn=90), "frontal chest")
    assert verdict.rotation == 90
    assert verdict.lung_box is None
    assert verdict.reasons == ("film is turned by 90 degrees",)


def test_that_a_limb_may_lie_any_way() -> None:
    assert judge(outputs("upper limb", turn=180), "limb").rotation == 0


def test_that_every_fault_of_the_film_is_said() -> None:
    assert reasons(inverted=3.0, cut_off=3.0) == (
        "film is inverted",
        "lungs are cut off",
    )


def test_that_a_slice_is_neither_inverted_nor_cut_off() -> None:
    assert reasons("brain MR", kind="brain MR", inverted=5.0, cut_off=5.0) == ()


def test_that_a_distant_film_has_its_score_withheld() -> None:
    assert reasons(distance=1.0) == ()
    assert reasons(distance=2.4) == (
        "unlike the training films. Distance 2.40, limit 1.00. Score withheld.",
    )


def test_that_the_distance_is_not_given_for_a_film_that_is_refused_already() -> None:
    assert reasons(inverted=3.0, distance=2.4) == ("film is inverted",)


def test_that_a_model_that_asks_for_nothing_gets_a_verdict_without_reasons() -> None:
    verdict = judge(outputs("photograph", distance=9.0), "")
    assert (verdict.kind, verdict.reasons) == ("photograph", ())


def test_that_a_lung_box_is_kept_within_the_film() -> None:
    verdict = judge(outputs(box=(-0.1, 0.0, 1.2, 0.9)), "frontal chest")
    assert verdict.lung_box == pytest.approx((0.0, 0.0, 1.0, 0.9))


def test_that_a_lung_box_without_area_is_none() -> None:
    assert judge(outputs(box=(0.5, 0.5, 0.5, 0.9)), "frontal chest").lung_box is None


def test_that_values_that_are_no_number_are_an_error_not_a_verdict() -> None:
    broken = outputs() | {"inverted": np.array([np.nan], np.float32)}
    with pytest.raises(ValueError, match="'inverted' is not 1 finite number"):
        judge(broken, "frontal chest")


def test_that_a_missing_output_is_an_error_not_a_verdict() -> None:
    without = {name: v for name, v in outputs().items() if name != "distance"}
    with pytest.raises(ValueError, match="no output 'distance'"):
        judge(without, "frontal chest")


def test_that_an_unknown_wish_is_an_error() -> None:
    with pytest.raises(ValueError, match="no gate for 'knee'"):
        judge(outputs(), "knee")
