"""Recognise recordings from Python.

    python examples/recognise.py [FILE...]

Without files, the demo clips (synthetic speech) are taken.
"""

from __future__ import annotations

import sys

import emovox
from emovox.demo.clips import clip_paths


def main(paths: list[str]) -> None:
    """Print the two highest scores of each recording, or why there are none."""
    recogniser = emovox.load()
    for result in recogniser.predict_many(paths or clip_paths()):
        if result.error is not None:
            print(f"{result.path}: {result.error.sentence}")
            continue
        top = [f"{emotion} {score:.2f}" for emotion, score in list(result.values.items())[:2]]
        warnings = [warning.code for warning in result.warnings]
        print(f"{result.path}: {', '.join(top) or 'no speech'} {warnings or ''}")


if __name__ == "__main__":
    main(sys.argv[1:])
