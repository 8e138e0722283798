"""Where `emovox listen` hears: a microphone, or a recording that is played in real time."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from ..audio import OpenRecording
from ..errors import InputError, MissingExtra, UsageError, need
from ..inference.stream import as_pcm

PIECE_S = 0.05
"""Sound is handed on in pieces of about this length, or as many at once as have come."""
HELD_S = 10.0
"""Sound of a microphone that waits at most; what comes later is lost."""
PATIENCE_S = 5.0
"""A microphone that gives nothing for so long has gone."""

PORTAUDIO = (
    "the microphone needs the PortAudio library; install libportaudio2 (Debian, Ubuntu: "
    "`sudo apt install libportaudio2`), or play a recording with --file"
)


class Source:
    """Sound that is coming in.

    Parameters
    ----------
    name : str
    sample_rate : int, Hz
    pieces : iterator of bytes
        16-bit little-endian mono samples; each as much as has come since the last.
    """

    def __init__(self, name: str, sample_rate: int, pieces: Iterator[bytes]) -> None:
        self.name = name
        self.sample_rate = sample_rate
        self.pieces = pieces


def microphone(device: str | None) -> AbstractContextManager[Source]:
    """Microphone that is open while its context lasts.

    Parameters
    ----------
    device : str, optional
        Its number or a part of its name; None for the system's own choice.

    Raises
    ------
    MissingExtra
        Without sounddevice, or without the PortAudio library below it.
    UsageError
        ``name-unknown``, listing the microphones.
    InputError
        ``read-failed`` where it cannot be opened, or gives nothing.
    """
    return _open_microphone(sounddevice(), device)


@contextmanager
def _open_microphone(sound: Any, device: str | None) -> Iterator[Source]:
    chosen = _chosen(sound, device)
    name = str(chosen["name"])
    sample_rate = round(chosen["default_samplerate"])
    heard: queue.Queue[bytes] = queue.Queue(maxsize=round(HELD_S / PIECE_S))

    def take(data: Any, frames: int, when: Any, status: Any) -> None:
        try:
            heard.put_nowait(bytes(data))
        except queue.Full:
            return  # nobody has listened for seconds: better lost than later and later

    try:
        with sound.RawInputStream(
            samplerate=sample_rate, blocksize=round(PIECE_S * sample_rate),
            device=chosen["index"], channels=1, dtype="int16", callback=take,
        ):  # fmt: skip
            yield Source(name, sample_rate, _waiting(heard, name))
    except sound.PortAudioError as error:
        raise InputError("read-failed", f"cannot be opened: {error}", name=name) from error


def microphones() -> list[dict[str, Any]]:
    """What can be listened to: index, name, sample_rate, and whether it is the default.

    Raises
    ------
    MissingExtra
    """
    sound = sounddevice()
    default = _default(sound)
    return [
        {
            "index": each["index"],
            "name": str(each["name"]),
            "sample_rate": round(each["default_samplerate"]),
            "default": each["index"] == default,
        }
        for each in sound.query_devices()
        if each["max_input_channels"] > 0
    ]


def sounddevice() -> Any:
    """Package that reaches microphones, or one sentence on what to install."""
    try:
        return need("sounddevice", extra="mic", for_what="the microphone")
    except OSError as error:  # its own way to say that PortAudio is missing
        raise MissingExtra("extra-missing", PORTAUDIO) from error


@contextmanager
def played(path: str, *, speed: float = 1.0) -> Iterator[Source]:
    """Recording that is heard as if it were spoken now.

    Parameters
    ----------
    path : str
    speed : float
        How much faster than real time.

    Raises
    ------
    InputError
        If it cannot be used.
    """
    with OpenRecording(path) as recording:
        yield Source(path, recording.sample_rate, _paced(recording, speed))


def _paced(recording: OpenRecording, speed: float) -> Iterator[bytes]:
    """All that is due by now, again and again until the end."""
    began, handed, held = time.monotonic(), 0, b""
    piece = 2 * round(PIECE_S * recording.sample_rate)
    for block in recording.blocks():
        held += as_pcm(block)
        while len(held) >= piece:
            due = int((time.monotonic() - began) * speed * recording.sample_rate) * 2 - handed
            if due < piece:
                time.sleep((piece - due) / 2 / recording.sample_rate / speed)
                continue
            taken, held = held[:due], held[due:]
            handed += len(taken)
            yield taken
    if held:
        yield held


def _waiting(heard: queue.Queue[bytes], name: str) -> Iterator[bytes]:
    """What has come since the last time, for ever."""
    while True:
        try:
            pieces = [heard.get(timeout=PATIENCE_S)]
        except queue.Empty:
            sentence = f"gave no sound for {PATIENCE_S:g} s; see `emovox listen --list-devices`"
            raise InputError("read-failed", sentence, name=name) from None
        while not heard.empty():
            pieces.append(heard.get_nowait())
        yield b"".join(pieces)


def _chosen(sound: Any, device: str | None) -> dict[str, Any]:
    """Description of a microphone by number or name."""
    known = [each for each in sound.query_devices() if each["max_input_channels"] > 0]
    if not known:
        raise InputError(
            "read-failed", "the system has no microphone; play a recording with --file"
        )
    if device is None:
        default = _default(sound)
        return next((dict(each) for each in known if each["index"] == default), dict(known[0]))
    for each in known:
        if device == str(each["index"]) or device.lower() in str(each["name"]).lower():
            return dict(each)
    names = ", ".join(f"{each['index']} {each['name']}" for each in known)
    raise UsageError("name-unknown", f"there is no microphone {device!r}; known: {names}")


def _default(sound: Any) -> int:
    """Number of the system's microphone; -1 where it has none."""
    return int(sound.default.device[0])
