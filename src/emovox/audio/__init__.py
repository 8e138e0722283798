"""Recordings to samples: decoding, level, speech detection, segments."""

from .decode import InputWarning, OpenRecording, Recording, read

__all__ = ["InputWarning", "OpenRecording", "Recording", "read"]
