"""Downloads, when the user asks: HTTPS only, bounded, resumed, hashed before use."""

from __future__ import annotations

import hashlib
import http.client
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

from inference.errors import ModelUnavailableError

Opener: TypeAlias = Callable[[urllib.request.Request], Any]
"""Opens a request: `urllib.request.OpenerDirector.open` or a stand-in."""

TIMEOUT_S = 60.0
_BLOCK = 256 * 1024


def fetch(
    name: str,
    url: str,
    target: Path,
    limit_bytes: int,
    *,
    opener: Opener | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> str:
    """Download a file; return its SHA-256.

    Goes on from ``target``'s neighbour ``.part`` if an earlier try was cut off.
    `target` appears only when the file is complete.

    Parameters
    ----------
    progress
        Called with the bytes that are there so far.

    Raises
    ------
    ModelUnavailableError
        If the address is not HTTPS, the server refuses or ends early (what came
        stays for the next try), or the file is larger than allowed (nothing
        stays).
    """
    if not url.lower().startswith("https://"):
        raise ModelUnavailableError(name, "only HTTPS addresses are fetched")
    part = target.with_name(f"{target.name}.part")
    target.parent.mkdir(parents=True, exist_ok=True)
    begun = part.stat().st_size if part.is_file() else 0
    request = urllib.request.Request(url, headers={"User-Agent": "overread"})
    if begun:
        request.add_header("Range", f"bytes={begun}-")
    try:
        with (opener or https_opener())(request) as response:
            begun = begun if response.status == 206 else 0
            _receive(name, response, part, begun, limit_bytes, progress)
    except urllib.error.HTTPError as error:
        _drop_unless_resumable(part, error.code)
        raise ModelUnavailableError(name, f"the server answers {error.code}") from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise ModelUnavailableError(
            name, f"the download ended early ({reason}); run it again to go on"
        ) from error
    part.replace(target)
    return hashlib.sha256(target.read_bytes()).hexdigest()


def https_opener() -> Opener:
    """Return an opener that follows redirections to HTTPS only."""
    opener = urllib.request.build_opener(_HttpsRedirect())

    def open_it(request: urllib.request.Request) -> Any:
        return opener.open(request, timeout=TIMEOUT_S)

    return open_it


class _HttpsRedirect(urllib.request.HTTPRedirectHandler):
    """Refuses to be led from HTTPS to anything else."""

    def redirect_request(
        self, req: Any, fp: Any, code: Any, msg: Any, headers: Any, newurl: Any
    ) -> Any:
        """Follow to HTTPS; anything else is an error of the server's."""
        if not str(newurl).lower().startswith("https://"):
            raise urllib.error.URLError("led to an address that is not HTTPS")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _receive(
    name: str,
    response: Any,
    part: Path,
    begun: int,
    limit: int,
    progress: Callable[[int], None],
) -> None:
    announced = response.headers.get("Content-Length")
    expected = begun + int(announced) if announced and announced.isdigit() else None
    if expected is not None and expected > limit:
        part.unlink(missing_ok=True)
        raise _too_large(name, limit)
    there = begun
    with part.open("ab" if begun else "wb") as out:
        while block := response.read(_BLOCK):
            there += len(block)
            if there > limit:
                break
            out.write(block)
            progress(there)
    if there > limit:
        part.unlink(missing_ok=True)
        raise _too_large(name, limit)
    if expected is not None and there != expected:
        raise OSError(f"{there} of {expected} bytes came")


def _too_large(name: str, limit: int) -> ModelUnavailableError:
    return ModelUnavailableError(name, f"the file is larger than {limit} bytes")


def _drop_unless_resumable(part: Path, code: int) -> None:
    """Begin anew after 416: the part does not belong to the file."""
    if code == 416:
        part.unlink(missing_ok=True)
