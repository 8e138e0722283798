"""What the test run leaves out, and says that it does, where networks cannot be trained."""

from __future__ import annotations

from importlib.util import find_spec

HAS_TORCH = find_spec("torch") is not None and find_spec("safetensors") is not None

# These cannot even be imported without torch; other tests of networks skip with a reason.
collect_ignore_glob = (
    []
    if HAS_TORCH
    else [
        "src/emovox/engine/*.py",
        "src/emovox/methods/networks/*.py",
        "tests/engine/*.py",
        "tests/faults/test_training_faults.py",
    ]
)


def pytest_terminal_summary(terminalreporter) -> None:
    """Say at the end that networks were not tested."""
    if not HAS_TORCH:
        terminalreporter.write_line(
            "torch or safetensors is not installed: networks were not tested "
            '(pip install "emovox[train]")'
        )
