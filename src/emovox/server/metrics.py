"""What the server counts, in the text form that Prometheus reads."""

from __future__ import annotations

import bisect
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

if TYPE_CHECKING:
    from .pool import Pool

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

Sample = tuple[dict[str, str], float]


class Metrics:
    """Counters of one server; to be used within one event loop.

    Attributes
    ----------
    streams : int
        Open at this moment.
    """

    def __init__(self) -> None:
        self.streams = 0
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._seconds: dict[str, list[int]] = {}
        self._sums: dict[str, float] = {}
        self._bytes: Counter[str] = Counter()
        self._n_streams = 0

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request that has been answered."""
        self._requests[route, method, status] += 1
        counts = self._seconds.setdefault(route, [0] * (len(BUCKETS_S) + 1))
        counts[bisect.bisect_left(BUCKETS_S, seconds)] += 1
        self._sums[route] = self._sums.get(route, 0.0) + seconds

    def received(self, n_bytes: int) -> None:
        """Count bytes of bodies."""
        self._bytes["received"] += n_bytes

    def sent(self, n_bytes: int) -> None:
        """Count bytes of answers."""
        self._bytes["sent"] += n_bytes

    @contextmanager
    def stream(self) -> Iterator[None]:
        """Count a stream while it is open."""
        self.streams += 1
        self._n_streams += 1
        try:
            yield
        finally:
            self.streams -= 1

    def text(self, pool: Pool) -> str:
        """Everything, as Prometheus reads it."""
        memory = [({"process": "server"}, memory_bytes(os.getpid()))]
        memory.append(({"process": "workers"}, sum(map(memory_bytes, pool.pids))))
        blocks = (
            _block("requests_total", "counter", "Requests answered.", self._request_samples()),
            self._histogram(),
            _block("bytes_total", "counter", "Bytes of bodies.", self._byte_samples()),
            _gauge("queue_length", "Requests that wait for a worker.", pool.queued),
            _gauge("workers_ready", "Workers that are there.", pool.ready),
            _gauge("workers_busy", "Workers at work.", pool.busy),
            _block("worker_restarts_total", "counter", "Workers replaced.", [({}, pool.restarts)]),
            _gauge("streams_open", "Streams open.", self.streams),
            _block("streams_total", "counter", "Streams begun.", [({}, self._n_streams)]),
            _block("memory_bytes", "gauge", "Resident memory, pages that are shared too.", memory),
        )
        return "".join(blocks)

    def _request_samples(self) -> Iterator[Sample]:
        for (route, method, status), count in sorted(self._requests.items()):
            yield {"route": route, "method": method, "status": str(status)}, count

    def _byte_samples(self) -> Iterator[Sample]:
        for direction in ("received", "sent"):
            yield {"direction": direction}, self._bytes[direction]

    def _histogram(self) -> str:
        """Seconds of requests, by route."""
        name, lines = "emovox_request_seconds", []
        for route, counts in sorted(self._seconds.items()):
            below = 0
            for edge, count in zip((*BUCKETS_S, "+Inf"), counts, strict=True):
                below += count
                lines.append(_line(f"{name}_bucket", {"route": route, "le": str(edge)}, below))
            lines.append(_line(f"{name}_sum", {"route": route}, self._sums[route]))
            lines.append(_line(f"{name}_count", {"route": route}, below))
        return _head(name, "histogram", "Time from a request's head to its answer's end.") + (
            "".join(lines)
        )


def memory_bytes(pid: int) -> int:
    """Resident memory of a process; 0 where the system does not tell."""
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as handle:
            return int(handle.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


async def metrics(request: Request) -> Response:
    """GET /metrics."""
    state = request.app.state
    return Response(
        state.metrics.text(state.pool), media_type="text/plain; version=0.0.4; charset=utf-8"
    )


def routes() -> list[BaseRoute]:
    """Address of the metrics."""
    return [Route("/metrics", metrics, methods=["GET"])]


def _gauge(name: str, about: str, value: float) -> str:
    return _block(name, "gauge", about, [({}, value)])


def _block(name: str, kind: str, about: str, samples: Iterable[Sample]) -> str:
    full = f"emovox_{name}"
    return _head(full, kind, about) + "".join(
        _line(full, labels, value) for labels, value in samples
    )


def _head(name: str, kind: str, about: str) -> str:
    return f"# HELP {name} {about}\n# TYPE {name} {kind}\n"


def _line(name: str, labels: dict[str, str], value: float) -> str:
    said = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
    return f"{name}{{{said}}} {value:.10g}\n" if said else f"{name} {value:.10g}\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
