"""Tables, drawings and self-contained pages, made from results and nothing else."""

from .benchmark import bench_page
from .prediction import predict_page
from .tables import tables_by_task
from .writing import FORMATS, as_csv, as_json, as_latex, as_markdown, as_text

__all__ = [
    "FORMATS", "as_csv", "as_json", "as_latex", "as_markdown", "as_text", "bench_page",
    "predict_page", "tables_by_task",
]  # fmt: skip
