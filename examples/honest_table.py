"""Compare the same method with speakers apart and with random folds.

    EMOVOX_CORPORA=FOLDER python examples/honest_table.py [METHOD]

The second figure is higher because the model has heard the test speakers before.
"""

from __future__ import annotations

import sys

from emovox.evaluation import Experiment, bench, summarise
from emovox.report import as_markdown


def main(method: str = "ccser-svc") -> None:
    """Print one table a protocol, each with what its train and test parts share."""
    experiments = [
        Experiment(method=method, corpora=("emodb",), protocol=protocol)
        for protocol in ("speaker", "shuffled-kfold")
    ]
    print(as_markdown(summarise(bench(experiments))))


if __name__ == "__main__":
    main(*sys.argv[1:])
