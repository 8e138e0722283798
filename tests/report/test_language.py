"""Drawings in Chinese: every sentence is translated, and none is left in English."""

import ast
import html
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import emovox.report
from emovox import registry
from emovox.evaluation.leaks import EPOCH_ON_TEST
from emovox.evaluation.normalisation import NORMALISATIONS
from emovox.evaluation.summary import _confounding
from emovox.labels import EMOTIONS, canonical
from emovox.report import chinese
from emovox.report.across import cross_corpus_plates
from emovox.report.bars import Bar, bar_chart
from emovox.report.confusion import confusion_matrix
from emovox.report.difference_plates import against_the_best, rank_plates
from emovox.report.heatmap import Cell, heat_map
from emovox.report.matrix import share_matrix
from emovox.report.probability_bars import count_bars, probability_bars
from emovox.report.rank_diagram import Ranked, rank_diagram
from emovox.report.spectrogram import spectrogram
from emovox.report.strip import dot_strip
from emovox.report.tables import tables_by_task
from emovox.report.timeline import Stretch, timeline
from emovox.report.waveform import time_axis, waveform
from emovox.report.wording import remark
from emovox.server.page.run_summaries import _notes as run_notes

from .conftest import row
from .test_differences import FOLDS, RANKING

SOUND = np.sin(np.arange(16_000) * 0.3).astype(np.float32)
SILENCE = np.zeros(16_000, np.float32)
BARS = [Bar("1", 0.5, 9, group="female"), Bar("anger", 0.8, 9, group="male")]
CELLS = {("a", "b"): Cell(0.3, 10, 4, interval=(0.2, 0.4), within=True)}


def rows():
    """Rows of two normalisations, with few folds and with many."""
    ranked = {"ranking": RANKING, "by_fold": FOLDS}
    return [
        row("ridge", ua=0.8, is_best=True, p_value=None, mean_rank=1.2, **ranked),
        row("lda", ua=0.7, p_value=0.04, p_mcnemar=0.004, p_wilcoxon=0.2, mean_rank=2.0, **ranked),
        row("ridge", ua=0.8, normalisation="speaker", is_best=True, p_value=None),
        row("lda", ua=0.7, normalisation="speaker", p_value=0.3, p_wilcoxon=0.2),
    ]


def across():
    """Rows of three pairs of corpora, with remarks on some."""
    lonely = "26 of 29 speakers occur with one emotion only: speaker and emotion are confounded"
    unusable = "2 recordings could not be used and are in neither part (such as 3: 7)"
    return [
        row("ridge", train=("1",), test=("2",), normalisation="corpus", notes=(lonely,)),
        row("ridge", train=("2",), test=("1",), normalisation="corpus", leak=()),
        row("ridge", train=("1",), test=("1",), normalisation="corpus", notes=(unusable,)),
    ]


def noted(ranked, *, language="en"):
    """Titles and notes of tables, and the notes of their page."""
    tables = tables_by_task(ranked, language=language)
    return "\n".join(
        [*(each for table in tables for each in (table.title, *table.notes)),
         *run_notes(ranked, language)]
    )  # fmt: skip


DRAWINGS = {
    "waveform": lambda **k: waveform(SOUND, sample_rate=16_000, title="", **k),
    "silence": lambda **k: waveform(SILENCE, sample_rate=16_000, title="", **k),
    "spectrogram": lambda **k: spectrogram(SOUND, sample_rate=16_000, title="", **k),
    "linear spectrogram": lambda **k: spectrogram(
        SOUND, sample_rate=16_000, title="", scale="linear", **k
    ),
    "axis": lambda **k: time_axis(30.0, **k),
    "long axis": lambda **k: time_axis(300.0, **k),
    "timeline": lambda **k: timeline(
        [Stretch(0, 1, {"anger": 0.7, "fear": 0.3}), Stretch(1, 2, None)],
        length_s=2.0,
        title="",
        **k,
    ),
    "scores": lambda **k: probability_bars({"anger": 0.7, "fear": 0.3}, title="", **k),
    "counts": lambda **k: count_bars({"anger": 1200, "fear": 0}, title="", **k),
    "confusion": lambda **k: confusion_matrix([[3, 1], [0, 4]], ["anger", "fear"], title="", **k),
    "shares": lambda **k: share_matrix(
        [[0.3, float("nan")]], rows=["1"], columns=["anger", "fear"], title="", **k
    ),
    "heat map": lambda **k: heat_map(CELLS, train=["a"], test=["b", "c"], title="", **k),
    "bars": lambda **k: bar_chart(BARS, title="", chance=0.25, mean=0.6, **k),
    "strip": lambda **k: dot_strip(BARS[:1] * 2, title="", chance=0.25, mean=0.6, **k),
    "ranks": lambda **k: rank_diagram(
        [Ranked("x", 1.2), Ranked("y", 1.8)], critical_distance=1.0, title="", **k
    ),
    "tests": lambda **k: against_the_best(rows(), **k),
    "mean ranks": lambda **k: rank_plates(rows(), **k),
    "heat maps": lambda **k: cross_corpus_plates(across(), **k),
    "notes": lambda **k: noted(rows(), **k),
    "notes across": lambda **k: noted(across(), **k),
    "notes of an epoch of the test part": lambda **k: noted(
        [*rows(), row("ridge", epoch_on_test=True, notes=(EPOCH_ON_TEST,))], **k
    ),
    "tests of an epoch of the test part": lambda **k: against_the_best(
        [replace(one, epoch_on_test=True) for one in rows()] + rows(), **k
    ),
    "notes of a regression": lambda **k: noted(
        [row(task="regression", dimension="arousal", emotions=("anger",), by_speaker=())], **k
    ),
    "notes of label sets": lambda **k: noted(
        [
            row(label_set=name, emotions=emotions, seeds=(0, 1), normalisation=how)
            for name, emotions, how in (
                ("AS", ("anger", "sadness"), "training"),
                ("HS", ("happiness", "sadness"), "before-folds"),
            )
        ],
        **k,
    ),
}
KEPT = {"Bootstrap", "CCC", "Friedman", "Holm", "McNemar", "Nemenyi", "Wilcoxon", "dBFS", "kHz"}
NAMES = {"ridge", "lda", "ccser", "svc", "emodb", "chroma", "contrast", "mel", "mfcc", "tonnetz"}
KEPT |= NAMES | {"chi"}


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_in_chinese_says_nothing_in_english(name):
    made = DRAWINGS[name](language="zh")
    said = re.sub(r"<[^>]*>", " ", made) + " ".join(re.findall(r'aria-label="([^"]*)"', made))
    said = said.replace("协议 speaker", "").replace("标签集 own", "")
    english = set(re.findall(r"[A-Za-z]{3,}", html.unescape(said))) - KEPT
    assert english == set()
    assert re.search(r"[\u4e00-\u9fff]", said)


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_is_english_unless_asked(name):
    assert DRAWINGS[name]() == DRAWINGS[name](language="en")
    assert not re.search(r"[\u4e00-\u9fff]", DRAWINGS[name]())


def _said() -> dict[str, str]:
    """Sentence of each `say("...")` in the report's modules -> module."""
    found = {}
    for path in sorted(Path(emovox.report.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_say = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "say"
            for each in ast.walk(node.args[0]) if is_say and node.args else ():
                if isinstance(each, ast.Constant) and isinstance(each.value, str):
                    found[each.value] = path.name
    return found


def test_every_sentence_has_a_translation_with_the_same_braces():
    assert len(_said()) > 30
    for sentence, module in _said().items():
        translated = chinese.SENTENCES.get(sentence)
        assert translated is not None, (module, sentence)
        braces = [sorted(re.findall(r"{\w+}", text)) for text in (sentence, translated)]
        assert braces[0] == braces[1], sentence


def test_every_emotion_has_a_chinese_name_that_tables_may_use():
    for name in EMOTIONS:
        assert canonical(chinese.EMOTIONS[name]) == name


def test_every_protocol_and_remark_of_the_evaluation_is_known_in_chinese():
    assert set(registry.names("protocol")) == set(chinese.PROTOCOLS)
    assert {said for said in NORMALISATIONS.values() if said} <= set(chinese.REMARKS)
    assert EPOCH_ON_TEST in chinese.REMARKS
    results = SimpleNamespace(speakers=["1", "2", "2"], truth=np.array([0, 1, 1]))
    for said in (*filter(None, NORMALISATIONS.values()), *_confounding(results)):
        assert re.search(r"[\u4e00-\u9fff]", remark(said, "zh")), said
    assert remark("a sentence of a newer release", "zh") == "a sentence of a newer release"


def test_a_note_on_some_tasks_names_them_and_one_on_all_does_not():
    notes = run_notes(across(), "en")
    assert len(notes) == len(set(notes))
    (told,) = (note for note in notes if "confounded" in note)
    assert told.startswith("1 → 2: 26 of 29 speakers")
    assert any(note.startswith("All but 2 → 1: Not kept apart") for note in notes)
    assert any(note.startswith("Protocol speaker") for note in notes)
