"""The command ``overread``."""
