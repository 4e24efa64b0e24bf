"""Read DICOM films and series."""
