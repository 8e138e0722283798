"""`emovox features`: which features there are, and their values for recordings."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from .. import registry
from ..atomic import check_folder, write_bytes
from ..corpora import Utterance
from ..corpora.naming import parts_of
from ..errors import InputError, UsageError
from ..features import Extraction, FrontEnd, extract_many, feature
from ..features.cache import default_cache
from ..visible import table_cell, visible
from .extraction_options import Jobs, KeepFeatures, LevelDb, Trim
from .progress import counter
from .recordings import recordings_in

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="List features, or extract them to a file.",
)

FORMATS = (".csv", ".jsonl", ".npz")


@app.command("list")
def list_features(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """List the features with their dimensions: of a recording, else of each frame."""
    found = [registry.get("feature", name) for name in registry.names("feature")]
    if as_json:
        described = [
            {
                **each.settings(),
                "dimensions": len(each.names),
                "names": list(each.names),
                "frame_dimensions": len(each.frame_names),
                "frame_names": list(each.frame_names),
            }
            for each in found
        ]
        print(json.dumps(described, ensure_ascii=False, allow_nan=False))
        return
    width = max(len(each.name) for each in found)
    for each in found:
        names = each.names or each.frame_names
        ends = f"{names[0]} ... {names[-1]}{'' if each.names else ' (frames only)'}"
        print(f"{each.name:{width}}  {len(names):>5}  {ends}")


@app.command("extract")
def extract(
    paths: Annotated[list[str], typer.Argument(help="Recordings and folders of them.")],
    out: Annotated[Path, typer.Option(help="File to write: .csv, .jsonl or .npz.")],
    features: Annotated[
        str, typer.Option(help="A name of `features list`, or several joined by +.")
    ] = "chroma+mel+mfcc",
    level_db: LevelDb = None,
    trim: Trim = False,
    cache: KeepFeatures = True,
    jobs: Jobs = 1,
) -> int:
    """Extract features of recordings, one row a recording."""
    ending = out.suffix.lower()
    if ending not in FORMATS:
        raise UsageError("usage", f"--out {out} has no known ending; allowed: {', '.join(FORMATS)}")
    check_folder(out)
    front_end = FrontEnd(feature=features, level_db=level_db, trim=trim)
    names = _distinct_names(features)
    recordings = _recordings(paths)
    extraction = extract_many(
        front_end,
        [Utterance(id="/".join(parts_of(path)), corpus="", path=Path(path)) for path in recordings],
        cache=default_cache() if cache else None,
        jobs=jobs,
        progress=counter("features"),
    )
    form = {".csv": _csv, ".jsonl": _jsonl, ".npz": _npz}[ending]
    write_bytes(out, form(recordings, names, extraction))
    for _, error in extraction.failures:
        print(f"emovox: {visible(str(error))}", file=sys.stderr)
    done = len(recordings) - len(extraction.failures)
    print(f"{done} of {len(recordings)} recordings, {len(names)} dimensions: {visible(str(out))}")
    return 1 if extraction.failures else 0


def _distinct_names(features: str) -> tuple[str, ...]:
    """Names of the dimensions; a table needs some, and cannot have two columns of one name."""
    names = feature(features).names
    if not names:
        raise UsageError(
            "usage",
            f"--features {features} has frames only, and a table has one row a recording; "
            "choose features without '(frames only)' in `emovox features list`",
        )
    if len(set(names)) < len(names):
        raise UsageError(
            "usage", f"--features {features} gives dimensions twice; leave out the smaller set"
        )
    return names


def _recordings(paths: Sequence[str]) -> list[str]:
    """Names of recordings, in order; folders are walked.

    Raises
    ------
    UsageError
        If there is none.
    """
    found = [name for path in paths for name in recordings_in(path)]
    if not found:
        raise UsageError("usage", f"there is no recording in {', '.join(paths)}")
    return found


def _csv(recordings: Sequence[str], names: Sequence[str], extraction: Extraction) -> bytes:
    """Path and values, nine digits each, so that single precision comes back exactly."""
    failed = _failed(extraction)
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["path", *names])
    for index, (path, vector) in enumerate(zip(recordings, extraction.vectors, strict=True)):
        if index not in failed:
            table.writerow([table_cell(path), *(f"{value:.9g}" for value in vector.tolist())])
    return text.getvalue().encode("utf-8")


def _jsonl(recordings: Sequence[str], names: Sequence[str], extraction: Extraction) -> bytes:
    """One object a recording, in order; one that failed has an `error`."""
    failed = _failed(extraction)
    lines = []
    for index, (path, vector) in enumerate(zip(recordings, extraction.vectors, strict=True)):
        line: dict[str, Any] = {"path": path, "ok": index not in failed}
        if index in failed:
            error = failed[index]
            line["error"] = {"code": error.code, "message": error.sentence}
        else:
            values = (float(f"{value:.9g}") for value in vector.tolist())
            line["features"] = dict(zip(names, values, strict=True))
        lines.append(json.dumps(line, ensure_ascii=True, allow_nan=False))
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def _npz(recordings: Sequence[str], names: Sequence[str], extraction: Extraction) -> bytes:
    """Arrays `path` (n,), `names` (dim,) and `vectors` (n, dim) of what did not fail."""
    failed = _failed(extraction)
    kept = [index for index in range(len(recordings)) if index not in failed]
    data = io.BytesIO()
    np.savez_compressed(
        data,
        path=np.array([visible(recordings[index]) for index in kept], dtype=np.str_),
        names=np.array(names, dtype=np.str_),
        vectors=extraction.vectors[kept],
    )
    return data.getvalue()


def _failed(extraction: Extraction) -> dict[int, InputError]:
    return dict(extraction.failures)
