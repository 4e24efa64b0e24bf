"""A file read once, from one descriptor: what was checked is what is used."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from inference.errors import ModelUnavailableError

# Windows knows neither; there links need rights that a download does not have.
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
)


def read_once(model_id: str, path: Path, limit: int) -> bytes:
    """Return a regular file's bytes; follow no link, wait for no pipe.

    Parameters
    ----------
    limit
        Bytes; a larger file is not read.

    Raises
    ------
    ModelUnavailableError
        If it is missing, a link, no regular file, too large, or unreadable.
    """
    try:
        # Not O_NOFOLLOW alone: Windows lacks it.
        if path.is_symlink():
            raise _link(model_id, path)
        descriptor = os.open(path, _FLAGS)
    except FileNotFoundError:
        raise ModelUnavailableError(model_id, f"{path.name} is missing") from None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _link(model_id, path) from None
        raise _unreadable(model_id, path, error) from error
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise ModelUnavailableError(model_id, f"{path.name} is no regular file")
        if found.st_size > limit:
            raise _too_large(model_id, path, limit)
        with os.fdopen(descriptor, "rb", closefd=False) as stream:
            data = stream.read(found.st_size + 1)
    except OSError as error:
        raise _unreadable(model_id, path, error) from error
    finally:
        os.close(descriptor)
    if len(data) != found.st_size:
        raise ModelUnavailableError(model_id, f"{path.name} changed while it was read")
    return data


def _too_large(model_id: str, path: Path, limit: int) -> ModelUnavailableError:
    return ModelUnavailableError(model_id, f"{path.name} is larger than {limit} bytes")


def _link(model_id: str, path: Path) -> ModelUnavailableError:
    return ModelUnavailableError(
        model_id, f"{path.name} is a link; a model's files lie in its own folder"
    )


def _unreadable(model_id: str, path: Path, error: OSError) -> ModelUnavailableError:
    return ModelUnavailableError(
        model_id, f"{path.name} cannot be read ({error.strerror})"
    )
