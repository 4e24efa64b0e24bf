"""Handlers for the export process that do what the reader's name says."""

import os
import time

from review.export import ExportReport
from review.export_files import Folder


def obey(request, arrays, report):
    folder = Folder(request.folder, request.export_id, request.at)
    folder.check()
    if request.reader == "raise":
        raise ZeroDivisionError("CANARY value")
    if request.reader == "die":
        os._exit(3)
    if request.reader != "ok":
        folder.stage(b"half an export")
    while request.reader == "reports for ever":
        report(0.5, "Writing DICOM SR")
        time.sleep(0.005)
    if request.reader == "hangs":
        report(0.5, "Writing DICOM SR")
        time.sleep(60)
    return ExportReport(()), {}
