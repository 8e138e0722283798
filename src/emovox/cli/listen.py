"""`emovox listen`: what a voice sounds like while it speaks."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Annotated

import typer

from ..errors import UsageError
from ..inference import Stream, load
from ..visible import visible
from .live_sources import Source, microphone, microphones, played
from .live_views import View, level_db, summary, view

WHAT_THIS_IS = "how a voice sounds to a model of acted speech, not what a person feels"


def command(
    model: Annotated[
        str | None, typer.Option(help="A model's name or folder; the default is shipped.")
    ] = None,
    device: Annotated[
        str | None, typer.Option(help="The microphone's number, or a part of its name.")
    ] = None,
    list_devices: Annotated[
        bool, typer.Option("--list-devices", help="List the microphones.")
    ] = False,
    file: Annotated[
        str | None, typer.Option(help="Play this recording in real time instead.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    duration: Annotated[
        float | None, typer.Option(help="Stop after so many seconds; Ctrl-C stops at once.")
    ] = None,
    speed: Annotated[float, typer.Option(hidden=True)] = 1.0,
) -> int:
    """Listen to a microphone: emotions on a moving timeline."""
    if list_devices:
        _list(as_json)
        return 0
    if file is not None and device is not None:
        raise UsageError("usage", "--file and --device exclude each other; give one of them")
    if duration is not None and not duration > 0:
        raise UsageError("usage", f"--duration {duration:g}: give a number of seconds above 0")
    if not speed > 0:
        raise UsageError("usage", f"--speed {speed:g}: give a number above 0")
    source = microphone(device) if file is None else played(file, speed=speed)
    with source as sound:
        recogniser = load(model)
        shown = view(recogniser.labels, as_json=as_json, out=sys.stdout)
        stream = Stream(recogniser, sample_rate=sound.sample_rate, name=sound.name)
        print(f"{visible(sound.name)}: {WHAT_THIS_IS}; Ctrl-C ends", file=sys.stderr, flush=True)
        emotions: Counter[str | None] = Counter()
        try:
            _listen(sound, stream, shown, emotions, duration)
        finally:
            said = summary(stream.rolling.duration_s, emotions)
            print(said, file=sys.stderr if as_json else sys.stdout, flush=True)
    return 0


def _listen(
    sound: Source,
    stream: Stream,
    shown: View,
    emotions: Counter[str | None],
    duration: float | None,
) -> None:
    """Show what is heard until it ends, or long enough."""
    limit = None if duration is None else 2 * round(duration * sound.sample_rate)
    for pcm in _at_most(sound.pieces, limit):
        for result in stream.feed(pcm, newest_only=True):
            emotions[result.emotion] += 1
            shown.answer(result)
        shown.sound(level_db(pcm), stream.rolling.duration_s)


def _at_most(pieces: Iterator[bytes], n_bytes: int | None) -> Iterator[bytes]:
    """Pieces until there are so many bytes."""
    left = n_bytes
    for piece in pieces:
        yield piece[:left]
        if left is not None:
            left -= len(piece)
            if left <= 0:
                return


def _list(as_json: bool) -> None:
    """Print the microphones."""
    found = microphones()
    if as_json:
        for each in found:
            print(json.dumps(each, ensure_ascii=False))
        return
    for each in found:
        mark = "*" if each["default"] else " "
        print(f"{mark} {each['index']:3d}  {each['sample_rate']:6d} Hz  {visible(each['name'])}")
    if not found:
        print("the system has no microphone", file=sys.stderr)
