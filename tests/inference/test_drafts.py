"""Drafts of manifests: what is made of labels alone."""

from inference.drafts import local_code


def test_that_a_short_label_is_its_code():
    assert local_code("Lung nodule") == {
        "scheme": "99LOCAL",
        "value": "LUNG-NODULE",
        "meaning": "Lung nodule",
    }
    assert local_code("Sixteen letters.")["value"] == "SIXTEEN-LETTERS-"


def test_that_long_labels_that_begin_alike_get_codes_of_their_own():
    labels = ("Left ventricular hypertrophy", "Left ventricular dilatation")
    first, second = (local_code(label)["value"] for label in labels)
    assert first.startswith("LEFT-VENTRI-")
    assert second.startswith("LEFT-VENTRI-")
    assert first != second
    assert max(len(first), len(second)) <= 16


def test_that_a_label_has_one_code_however_it_is_written():
    one, other = "left ventricular dilatation", "LEFT VENTRICULAR DILATATION"
    assert local_code(one)["value"] == local_code(other)["value"]
