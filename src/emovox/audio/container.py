"""Naming the format of a file by its first bytes, so that no decoder sees anything else."""

from __future__ import annotations

DECODABLE: frozenset[str] = frozenset(
    {"WAV", "RF64", "W64", "AIFF", "CAF", "AU", "FLAC", "Ogg", "MP3"}
)
"""Formats that libsndfile decodes for us."""

ENDINGS: dict[str, frozenset[str]] = {
    "WAV": frozenset({".wav", ".wave", ".bwf"}),
    "RF64": frozenset({".wav", ".rf64", ".bwf"}),
    "W64": frozenset({".w64"}),
    "AIFF": frozenset({".aif", ".aiff", ".aifc"}),
    "CAF": frozenset({".caf"}),
    "AU": frozenset({".au", ".snd"}),
    "FLAC": frozenset({".flac"}),
    "Ogg": frozenset({".ogg", ".oga", ".opus", ".spx"}),
    "MP3": frozenset({".mp3"}),
}
"""Format -> the endings that people give it."""

_W64 = bytes.fromhex("726966662e91cf11a5d628db04c10000")
_MATROSKA = bytes.fromhex("1a45dfa3")
_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"version https://git-lfs", "a git-lfs pointer; run `git lfs pull`"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"BM", "an image"),
    (b"\x1f\x8b", "gzip"),
    (b"PK\x03\x04", "a zip archive"),
    (b"%PDF", "a PDF document"),
)


def container(head: bytes) -> str | None:
    """Name of the audio format that `head` begins, or None.

    Parameters
    ----------
    head : bytes
        The first 4,096 bytes of the file, or all of it.

    Examples
    --------
    >>> container(b"fLaC" + bytes(40)), container(b"hello")
    ('FLAC', None)
    """
    kind = head[:4]
    if kind in (b"RIFF", b"RIFX") and head[8:12] == b"WAVE":
        return "WAV"
    if kind == b"RF64" and head[8:12] == b"WAVE":
        return "RF64"
    if head[:16] == _W64:
        return "W64"
    if kind == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return "AIFF"
    named = {b"caff": "CAF", b".snd": "AU", b"fLaC": "FLAC", b"OggS": "Ogg", _MATROSKA: "Matroska"}
    if kind in named:
        return named[kind]
    if head[4:8] == b"ftyp":
        return "MP4"
    if head[:5] == b"#!AMR":
        return "AMR"
    return _mpeg(head)


def _mpeg(head: bytes) -> str | None:
    """MP3 or ADTS by the frame header; an ID3 tag stands before MP3, sometimes before FLAC."""
    if head[:3] == b"ID3":
        size = 0
        for byte in head[6:10]:
            size = size << 7 | byte & 0x7F
        return "FLAC" if head[10 + size : 14 + size] == b"fLaC" else "MP3"
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    layer, version = head[1] >> 1 & 3, head[1] >> 3 & 3
    if layer == 0 and version in (2, 3):
        return "ADTS"
    rate_is_valid, bitrate_is_valid = head[2] >> 2 & 3 != 3, head[2] >> 4 != 15
    return "MP3" if layer and version != 1 and rate_is_valid and bitrate_is_valid else None


def looks_like(head: bytes) -> str:
    """In words, what a file that is no recording seems to be.

    Examples
    --------
    >>> looks_like(b"<!DOCTYPE html><html>"), looks_like(b"one,two")
    ('HTML', 'text')
    """
    for magic, name in _OTHERS:
        if head.startswith(magic):
            return name
    start = head[:512].lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml")):
        return "HTML"
    printable = sum(byte >= 0x20 or byte in b"\t\r\n" for byte in head[:512])
    return "text" if head and printable == len(head[:512]) else "unknown data"
