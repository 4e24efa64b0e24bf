"""The workstation: the only layer that knows Qt."""
