import hashlib
import json
import pickle
import struct

import pytest

from inference.errors import ModelUnavailableError
from inference.weights import check_header, read_verified


def packed(header, data=b"", length=None):
    """Bytes of a safetensors file with this header."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def tensor(begin, end, shape, dtype="F32"):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def test_that_tensors_that_tile_the_data_are_sound():
    header = {
        "__metadata__": {"format": "pt"},
        "b": tensor(8, 14, [3], "F16"),
        "a": tensor(0, 8, [2, 1]),
        "scalar": tensor(14, 18, []),
    }
    check_header("m", "w", packed(header, bytes(18)))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "shorter than its header"),
        (packed({}, length=2**63), "header claims 9223372036854775808 bytes; allowed"),
        (packed({}, length=100), "header claims 100 bytes, the file has 2"),
        (packed(b"{nonsense"), "not JSON"),
        (packed(b"[" * 200_000), "not JSON"),
        (packed(b"[1]"), "not a table"),
        (packed({"a": 3}), "'a' is not described rightly"),
        (packed({"a": tensor(0, 4, [1], "OBJECT")}, bytes(4)), "not described rightly"),
        (packed({"a": tensor(0, 4, [2])}, bytes(4)), "'a' has the wrong length"),
        (packed({"a": tensor(0, 8, [-1, -2])}, bytes(8)), "'a' has the wrong length"),
        (packed({"a": tensor(4, 8, [1])}, bytes(8)), "overlap or leave a gap"),
        (
            packed({"a": tensor(0, 8, [2]), "b": tensor(4, 8, [1])}, bytes(8)),
            "overlap or leave a gap",
        ),
        (packed({"a": tensor(0, 4, [1])}, bytes(9)), "missing or left over"),
        (packed({"a": tensor(0, 4, [1])}, bytes(2)), "missing or left over"),
        (b"PK\x03\x04" + bytes(20), "zip or pickle file under another name"),
        (pickle.dumps({"state": 1}), "zip or pickle file under another name"),
    ],
)
def test_that_a_header_that_lies_is_refused(data, reason):
    with pytest.raises(ModelUnavailableError, match=reason):
        check_header("m", "w.safetensors", data)


def test_that_a_pickle_under_another_name_is_refused_though_its_sum_fits(tmp_path):
    class Marker:
        def __reduce__(self):
            return (exec, ("raise SystemExit('the pickle ran')",))

    path = tmp_path / "weights.safetensors"
    path.write_bytes(pickle.dumps(Marker()))
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(ModelUnavailableError, match="zip or pickle"):
        read_verified("m", path, sha256)


def test_that_the_sum_may_be_written_in_capitals(tmp_path):
    path = tmp_path / "weights.safetensors"
    path.write_bytes(packed({}))
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest().upper()
    assert read_verified("m", path, sha256) == path.read_bytes()


def test_that_a_folder_in_the_weights_place_is_told(tmp_path):
    (tmp_path / "weights.safetensors").mkdir()
    with pytest.raises(ModelUnavailableError, match="is no regular file"):
        read_verified("m", tmp_path / "weights.safetensors", "0" * 64)


def test_that_a_header_that_begins_as_a_pickle_does_is_read():
    # 128 bytes of header: the file's first byte is 0x80, a pickle's first byte.
    text = b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
    check_header("m", "w", (128).to_bytes(8, "little") + text.ljust(128) + bytes(4))
