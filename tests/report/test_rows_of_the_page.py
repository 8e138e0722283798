"""Rows of a run as the page shows them."""

from __future__ import annotations

from emovox.server.page.run_summaries import _numbered, _short

from .conftest import row


def test_seeds_count_an_utterance_once_and_their_folds_as_they_are() -> None:
    (document,) = _numbered([row("ridge", seeds=(0, 1, 2), n_test=300, n_folds=6, n_folds_done=4)])
    assert (document["n"], document["n_utterances"]) == (300, 100)
    assert (_short(document)["n_folds"], _short(document)["n_folds_done"]) == (6, 4)
