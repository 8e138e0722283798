"""Run a benchmark and end it as `kill -9` does after so many folds.

python killed_run.py RECORDS FOLDS
"""

import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from evaluation.stand_ins import experiment, run


def main() -> None:
    """Run until the kill."""
    path, n_folds = sys.argv[1], int(sys.argv[2])

    def progress(title, done, total):
        if title == "folds" and done >= n_folds:
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))

    run([experiment(), experiment("ccser-tree")], path, progress=progress)


if __name__ == "__main__":
    main()
