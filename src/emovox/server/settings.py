"""What a server was started with: where it listens, whom it lets in, how much it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

MEBIBYTE = 2**20


@dataclass(frozen=True)
class Limits:
    """Bounds of what a client may ask for, each enforced before anything is allocated.

    Parameters
    ----------
    body_bytes : int
        Largest request body, of all its files together.
    duration_s : float
        Longest recording of a request.
    head_bytes, head_s
        Size of a request's head, and the time in which it must have come.
    body_idle_s, body_s
        Longest silence within a body, and the time in which it must have come whole.
    connections, connections_per_address : int
        Open at once; loopback is exempt from the latter.
    queue : int
        Requests that wait for a worker; more are refused at once.
    answer_s : float
        Longest time that one recording may take a worker.
    json_bytes : int
    parts : int
        Files of one request.
    frame_bytes : int
        Largest frame of a WebSocket.
    stream_waiting_s, stream_s, stream_idle_s
        Of a stream: sound that may wait for an answer, its longest duration, its longest silence
        on the wire.
    finish_s : float
        How long a server that was told to stop goes on with what it holds.
    """

    body_bytes: int = 50 * MEBIBYTE
    duration_s: float = 600.0
    head_bytes: int = 16 * 1024
    head_s: float = 10.0
    body_idle_s: float = 15.0
    body_s: float = 120.0
    connections: int = 64
    connections_per_address: int = 8
    queue: int = 16
    answer_s: float = 90.0
    json_bytes: int = 64 * 1024
    parts: int = 1000
    frame_bytes: int = 64 * 1024
    stream_waiting_s: float = 8.0
    stream_s: float = 30 * 60.0
    stream_idle_s: float = 20.0
    finish_s: float = 10.0


@dataclass(frozen=True)
class Settings:
    """Everything that a server is told at its start.

    Parameters
    ----------
    model : str, optional
        Name or folder of the model that answers when a request names none.
    host, port
        Where it listens; port 0 takes a free one.
    token : str, optional
        What a client must know; None lets in whoever reaches the address.
    allow_hosts, allow_origins : frozenset of str
        Names by which it may be called beside localhost, and foreign origins that may ask.
    workers : int
        Processes that decode and recognise.
    corpora : mapping of str to path
        Name -> folder or table, of the page.
    records, models : path
        Folders in which the page keeps its runs and the models that it trains.
    limits : Limits
    """

    model: str | None = None
    host: str = "127.0.0.1"
    port: int = 8321
    token: str | None = None
    allow_hosts: frozenset[str] = frozenset()
    allow_origins: frozenset[str] = frozenset()
    workers: int = 2
    corpora: Mapping[str, Path] = field(default_factory=dict)
    records: Path = Path("emovox-runs")
    models: Path = Path("emovox-models")
    limits: Limits = field(default_factory=Limits)
