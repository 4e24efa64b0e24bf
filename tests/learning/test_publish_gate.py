from pathlib import Path

from learning.publish_gate import code_files, kept, made_of


def test_that_figures_are_kept_while_they_are_made_of_the_same(tmp_path: Path) -> None:
    assert kept(tmp_path, "a", lambda: {"refused": 0.1}) == {"refused": 0.1}
    assert kept(tmp_path, "a", lambda: {"refused": 0.2}) == {"refused": 0.1}


def test_that_figures_made_of_something_else_are_measured_again(tmp_path: Path) -> None:
    kept(tmp_path, "a", lambda: {"refused": 0.1})
    assert kept(tmp_path, "b", lambda: {"refused": 0.2}) == {"refused": 0.2}


def test_that_figures_without_a_fingerprint_are_measured_again(tmp_path: Path) -> None:
    (tmp_path / "figures.json").write_text(
        '{"sha256": "a", "figures": {"refused": 0.1}}', encoding="utf-8"
    )
    assert kept(tmp_path, "a", lambda: {"refused": 0.2}) == {"refused": 0.2}


def test_that_the_fingerprint_is_of_weights_and_films(tmp_path: Path) -> None:
    weights, films = tmp_path / "weights.safetensors", tmp_path / "films.npz"
    weights.write_bytes(b"1")
    films.write_bytes(b"1")
    found = {made_of(weights, films)}
    films.write_bytes(b"2")
    found.add(made_of(weights, films))
    weights.write_bytes(b"2")
    found.add(made_of(weights, films))
    assert len(found) == 3


def test_that_the_rules_and_the_measurements_belong_to_the_fingerprint() -> None:
    names = {file.name for file in code_files()}
    assert {"film_gate.py", "gate_measures.py", "gate_figures.py"} <= names
    assert all(file.is_file() for file in code_files())
