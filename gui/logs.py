"""Where the program writes what it did: never a patient's name.

One rotating file under the user's log folder. Log calls name no patient; a
filter replaces the open patients' names all the same, should a library do it.
"""

from __future__ import annotations

import logging
import logging.handlers
from pathlib import Path

_MINIMUM = 3
"""Shorter pieces of a name are too common to be replaced."""


class PatientFilter(logging.Filter):
    """Replaces names and IDs of the open patients in every record."""

    def __init__(self) -> None:
        super().__init__()
        self._words: tuple[str, ...] = ()

    def protect(self, texts: list[str]) -> None:
        """Set the texts that must not be written; their words count singly."""
        words = {
            word
            for text in texts
            for word in (text, *text.replace("^", " ").replace(",", " ").split())
            if len(word) >= _MINIMUM
        }
        self._words = tuple(sorted(words, key=len, reverse=True))

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record; none is left out."""
        text = record.getMessage()
        if record.exc_info and record.exc_info[0] is not None:
            # Messages of foreign errors may quote a header: only the kind is kept.
            text = f"{text} [{record.exc_info[0].__name__}]"
            record.exc_info = None
            record.exc_text = None
        for word in self._words:
            text = text.replace(word, "[patient]")
        record.msg, record.args = text, ()
        return True


patient_filter = PatientFilter()
"""The one filter of the program's log file."""


def default_folder() -> Path:
    """Return the log folder of this user."""
    import platformdirs

    return Path(platformdirs.user_log_dir("overread", appauthor=False))


def set_up(folder: Path) -> Path | None:
    """Log to ``overread.log`` in a folder; None where it cannot be written."""
    path = folder / "overread.log"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            path, maxBytes=1_000_000, backupCount=3, encoding="utf-8", delay=False
        )
    except OSError:
        return None
    handler.addFilter(patient_filter)
    handler.setFormatter(
        logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s")
    )
    root = logging.getLogger()
    for old in tuple(root.handlers):
        if isinstance(old, logging.handlers.RotatingFileHandler):
            root.removeHandler(old)
            old.close()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    # pydicom quotes header values in its warnings.
    logging.getLogger("pydicom").setLevel(logging.ERROR)
    return path
