"""Protocols, leaks, metrics, statistics, records and the runner that ties them."""

from .audit import audit
from .comparison import compare
from .experiment import Experiment
from .fold import Fold, select
from .leaks import leaks
from .ranking import rank
from .records import Records, read_records
from .runner import bench
from .summary import Row, summarise

__all__ = [
    "Experiment", "Fold", "Records", "Row", "audit", "bench", "compare", "leaks", "rank",
    "read_records", "select", "summarise",
]  # fmt: skip
