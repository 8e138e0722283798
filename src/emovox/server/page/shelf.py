"""What the page knows of the corpora at hand: read by a process of its own, then kept."""

from __future__ import annotations

import asyncio
import io
import json
import os
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import State

from ...corpora.naming import AUDIO_ENDINGS
from ...errors import ModelError
from ...models.strict_json import parse
from .. import frames
from ..at_hand import AtHand
from ..jobs import Jobs
from ..problems import Problem

MODULE = "emovox.server.page.corpora_listing"
LISTING_S = 120.0
"""Longest time that reading corpora may take."""
MAX_LISTING_BYTES = 128 * 2**20
KEPT_BYTES = 48 * 2**20
"""Of listings with each recording; the one that was opened last is kept in any case."""
FRESH_S = 2.0
"""So long a corpus is taken to be as it was without another look."""


@dataclass(frozen=True)
class Listing:
    """Everything that is known of a corpus.

    Parameters
    ----------
    counts : mapping
        Or ``error``.
    columns : bytes
        The parallel lists as a JSON object.
    lines : bytes
        A JSON object for each recording, which begins with its ``id``.
    """

    counts: Mapping[str, Any]
    columns: bytes
    lines: bytes

    @property
    def n_bytes(self) -> int:
        """Memory that it takes."""
        return len(self.columns) + len(self.lines)

    def find(self, identity: str) -> dict[str, Any] | None:
        """What is known of one recording by its id."""
        head = json.dumps({"id": identity})[:-1].encode()
        for mark in (b",", b"}"):
            place = self.lines.find(b"\n" + head + mark)
            if place >= 0:
                return parse(self.lines[place : self.lines.find(b"\n", place + 1)], name="listing")
        return None


class Shelf:
    """Listings of corpora, made where needed; to be used within one event loop.

    Parameters
    ----------
    jobs : Jobs
        What starts the process that reads.
    """

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._turn = asyncio.Lock()
        self._counts: dict[str, tuple[str, Mapping[str, Any]]] = {}
        self._listings: OrderedDict[str, tuple[str, Listing]] = OrderedDict()
        self._seen: dict[str, tuple[float, str]] = {}

    async def counts(self, corpora: Iterable[AtHand]) -> dict[str, Mapping[str, Any]]:
        """Counts of each corpus by name, or ``error``, a problem.

        Raises
        ------
        Problem
            If the process that reads them fails as a whole.
        """
        async with self._turn:
            marks = {one.name: (one, await self._mark(one)) for one in corpora}
            new = [
                one
                for one, mark in marks.values()
                if self._counts.get(one.name, ("", {}))[0] != mark
            ]
            if new:
                found = await self._read(new, whole=False)
                for one, listing in zip(new, found, strict=True):
                    self._counts[one.name] = (marks[one.name][1], listing.counts)
            return {name: self._counts[name][1] for name in marks}

    async def listing(self, corpus: AtHand) -> Listing:
        """Everything about one corpus.

        Raises
        ------
        Problem
            As `counts`.
        """
        async with self._turn:
            mark = await self._mark(corpus)
            known = self._listings.get(corpus.name)
            if known is None or known[0] != mark:
                (listing,) = await self._read([corpus], whole=True)
                self._listings[corpus.name] = (mark, listing)
                self._counts[corpus.name] = (mark, listing.counts)
            self._listings.move_to_end(corpus.name)
            self._forget()
            return self._listings[corpus.name][1]

    async def find(self, corpus: AtHand, identity: str) -> dict[str, Any]:
        """What is known of one recording; its ``path`` is for this server only.

        Raises
        ------
        Problem
            ``not-found`` (404) for an id that the corpus does not list.
        """
        try:
            found = (await self.listing(corpus)).find(identity)
        except ModelError:
            found = None
        if found is None:
            raise Problem(404, "not-found", f"{corpus.name} lists no such recording")
        return found

    async def _read(self, corpora: list[AtHand], *, whole: bool) -> list[Listing]:
        """Have corpora read by a process that ends with that, and takes its memory along."""
        asked = [
            {
                "place": str(one.place),
                "root": str(one.root),
                "name": one.name if one.is_corpus else None,
            }
            for one in corpora
        ]
        output = await self._jobs.ask(
            [],
            module=MODULE,
            given=json.dumps({"corpora": asked, "whole": whole}).encode(),
            deadline_s=LISTING_S,
            keep_bytes=MAX_LISTING_BYTES,
        )
        stream = io.BytesIO(output)
        return [_listing(frames.read(stream)) for _ in corpora]

    async def _mark(self, corpus: AtHand) -> str:
        """What changes when the corpus does; looked at again after `FRESH_S`."""
        now = time.monotonic()
        seen = self._seen.get(corpus.name)
        if seen is None or now - seen[0] > FRESH_S:
            seen = (now, await asyncio.to_thread(mark_of, corpus))
            self._seen[corpus.name] = seen
        return seen[1]

    def _forget(self) -> None:
        """Drop the listings that were used the longest ago."""
        while len(self._listings) > 1 and self._n_bytes() > KEPT_BYTES:
            self._listings.popitem(last=False)

    def _n_bytes(self) -> int:
        return sum(listing.n_bytes for _, listing in self._listings.values())


def shelf_of(state: State) -> Shelf:
    """Shelf of an application, made when it is first asked for."""
    if not hasattr(state, "shelf"):
        state.shelf = Shelf(state.jobs)
    shelf: Shelf = state.shelf
    return shelf


def mark_of(corpus: AtHand) -> str:
    """Text that changes when files come, go or, unless they are recordings, change.

    Reading names is quick, and a recording that is replaced in its place changes no label.
    """
    if not corpus.place.is_dir():
        return f"{corpus.place} {_status(corpus.place)}"
    marks = [str(corpus.place)]
    folders = [str(corpus.place)]
    while folders:
        folder = folders.pop()
        marks.append(f"{folder} {_status(folder)}")
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    elif os.path.splitext(entry.name)[1].lower() not in AUDIO_ENDINGS:
                        marks.append(f"{entry.path} {_status(entry.path)}")
        except OSError:
            continue
    return str(hash(tuple(sorted(marks))))


def _status(path: str | os.PathLike[str]) -> str:
    try:
        status = os.stat(path)
    except OSError:
        return "gone"
    return f"{status.st_mtime_ns} {status.st_size}"


def _listing(frame: frames.Frame | None) -> Listing:
    if frame is None:
        raise Problem(500, "internal", "the corpora could not be listed; the answer was cut short")
    counts, blob = frame
    n_columns = counts.pop("columns", 0)
    return Listing(counts, blob[:n_columns], blob[n_columns:])
