"""Differences between rows: every test reaches the reader, each judged among its own kind."""

import csv
import io
import json
import re
from dataclasses import replace

import pytest

from emovox.evaluation.row import FoldScore, GroupScore
from emovox.evaluation.statistics import Ranking
from emovox.report import FORMATS, as_csv, as_json, as_markdown, as_text, bench_page, tables_by_task
from emovox.report.differences import names_within
from emovox.report.rank_diagram import Ranked, rank_diagram, ties

FOLDS = tuple(FoldScore(f"s{number}", 50, 0.7, 0.7, 0.7) for number in range(10))
RANKING = Ranking((1.2, 2.0, 2.8), 12.8, 0.0017, 1.06, 0.05, 10)


@pytest.fixture
def three(make_row):
    return [
        make_row("ridge", ua=0.8, is_best=True, p_value=None, ranking=RANKING, mean_rank=1.2,
                 by_fold=FOLDS),
        make_row("ccser-svc", ua=0.75, p_value=0.04, p_mcnemar=0.004, p_wilcoxon=0.21,
                 ranking=RANKING, mean_rank=2.0, by_fold=FOLDS),
        make_row("ccser-tree", ua=0.4, p_value=0.01, p_mcnemar=0.0002, p_wilcoxon=0.002,
                 ranking=RANKING, mean_rank=2.8, by_fold=FOLDS),
    ]  # fmt: skip


def text_of(rows):
    return re.sub(r"\s+", " ", as_text(rows))


def test_every_test_has_a_column_for_machines(three):
    read = list(csv.DictReader(io.StringIO(as_csv(three))))
    whole = json.loads(as_json(three))
    for row, line, document in zip(three, read, whole, strict=True):
        for name in ("p_value", "p_mcnemar", "p_wilcoxon", "mean_rank"):
            assert document[name] == getattr(row, name)
            assert line[name] == ("" if document[name] is None else repr(document[name]))
        assert document["ranking"]["critical_distance"] == 1.06


def test_tests_that_disagree_are_said_and_those_that_agree_are_not(three):
    said = (
        "The tests against ridge disagree at .05 (bootstrap over speakers, McNemar, Wilcoxon over "
        "folds): ccser-svc .040, .004, .21."
    )
    assert said in text_of(three)
    agreed = [three[0], replace(three[1], p_wilcoxon=0.03), three[2]]
    assert "disagree" not in text_of(agreed)


def test_a_test_that_cannot_reach_the_level_does_not_disagree(three):
    # Four folds: Wilcoxon's smallest p is 2 of 16 signs.
    few = [
        replace(row, by_fold=FOLDS[:4], p_mcnemar=row.p_mcnemar and 0.01, ranking=None)
        for row in three
    ]
    assert "disagree" not in text_of(few)
    assert "So few folds (4) cannot bring" in bench_page(few)


def test_the_ranking_is_one_sentence(three):
    said = (
        "Friedman over 10 folds: chi2(2) = 12.8, p = .002; mean ranks differ by more than 1.1 "
        "(Nemenyi, .05): ridge above ccser-tree."
    )
    for form in ("text", "markdown", "latex"):
        written = re.sub(r"\s+", " ", FORMATS[form](three))
        assert "Friedman over 10 folds" in written
    assert said in text_of(three)


def test_ranks_that_do_not_differ_name_no_pair(three):
    flat = replace(RANKING, statistic=1.0, p_value=0.61)
    said = text_of([replace(row, ranking=flat) for row in three])
    assert "chi2(2) = 1.0, p = .61; no difference of ranks is shown." in said
    assert "above ccser" not in said


def test_each_normalisation_is_judged_by_itself(three, make_row):
    helped = [
        make_row("ridge", ua=0.9, normalisation="speaker", is_best=True, p_value=None),
        make_row("lda", ua=0.85, normalisation="speaker", p_value=0.3, p_mcnemar=0.2),
    ]
    (table,) = tables_by_task([*three, *helped])
    assert [line.cells["p"] for line in table.lines] == ["best", ".30", "best", ".040", ".010"]
    said = " ".join(table.notes)
    assert "judged only against the best line of its own normalisation" in said
    assert "Friedman over 10 folds, lines normalised by the training part" in said
    page = bench_page([*three, *helped])
    assert "Against ridge (normalised per speaker); p Holm-corrected" in page
    assert "Against ridge (normalised by the training part); p Holm-corrected" in page


def test_the_page_holds_every_test_and_the_diagram(three):
    page = bench_page(three)
    table = page.partition("Each against the best")[2].partition("</details>")[0]
    cells = re.findall(r"<t[dh][^>]*>([^<]*)</t[dh]>", table.partition("<tbody>")[2])
    assert [cell.replace("\N{MINUS SIGN}", "-") for cell in cells] == [
        "ccser-svc", "-5.0", ".040", ".004", ".21", "ccser-tree", "-40.0", ".010", "&lt; .001",
        ".002",
    ]  # fmt: skip
    assert "critical distance 1.06" in page
    assert "ccser-svc: mean rank 2.00" in page


def test_one_row_alone_is_compared_with_nothing(make_row):
    page = bench_page([make_row(is_best=True, p_value=None)])
    assert "Each against the best" not in page
    assert "Mean ranks" not in page


@pytest.mark.parametrize(
    ("mean_ranks", "expected"),
    [
        ([1.0, 2.0, 3.0], [(0, 1), (1, 2)]),
        ([1.0, 1.2, 1.4], [(0, 2)]),
        ([1.0, 3.0], []),
        ([1.0, 1.5, 3.2, 3.3, 3.4], [(0, 1), (2, 4)]),
    ],
)
def test_ties_are_the_longest_runs(mean_ranks, expected):
    assert ties(mean_ranks, 1.0) == expected


def test_the_diagram_puts_ranks_where_they_lie():
    methods = [Ranked("a<b", 1.0), Ranked("c", 2.0), Ranked("d", 3.0)]
    drawing = rank_diagram(methods, critical_distance=1.5, title="t")
    assert re.findall(r'<circle cx="([^"]+)"', drawing) == ["0%", "50%", "100%"]
    assert drawing.count('class="tie"') == 2
    assert "a&lt;b" in drawing
    # A distance longer than the axis has no ruler.
    assert 'class="whisker"' in drawing
    assert 'class="whisker"' not in rank_diagram(methods, critical_distance=2.5, title="t")


def test_label_sets_of_one_method_stand_in_one_table(make_row):
    seeds = {"seeds": (0, 1), "n_folds": 2, "n_folds_done": 2, "is_best": True, "p_value": None}
    sets = {"AS": ("anger", "sadness"), "HNS": ("happiness", "neutral", "sadness")}
    rows = [
        make_row(
            "ccser-rf", emotions=emotions, label_set=name, n_test=200, ua=0.6,
            by_seed=(GroupScore("0", 100, 0.58, 0.6), GroupScore("1", 100, 0.62, 0.6)), **seeds,
        )
        for name, emotions in sets.items()
    ]  # fmt: skip
    (table,) = tables_by_task(rows)
    assert table.title == "emodb, protocol speaker, ccser-rf, 2 label sets"
    assert table.headings["folds"] == "over seeds"
    cells = [
        [line.cells[key] for key in ("method", "seeds", "n", "chance")] for line in table.lines
    ]
    assert cells == [["AS", "58.0 to 62.0", "100", "50.0"], ["HNS", "58.0 to 62.0", "100", "33.3"]]
    assert "Label sets: AS: anger, sadness; HNS: happiness, neutral, sadness." in table.notes
    assert "Each label set was run with 2 seeds (0, 1); n counts one of them." in table.notes
    assert "**" not in as_markdown(rows)
    assert len(tables_by_task([*rows, make_row("ridge", emotions=sets["AS"], label_set="AS")])) == 2
    assert "| label set |" in as_markdown(rows)
    assert "ccser-rf, chroma+contrast+mel+mfcc+tonnetz, HNS" in bench_page(rows)


def test_joined_seeds_are_counted_once_and_their_range_is_said(make_row):
    joined = make_row(
        seeds=(0, 1, 2), n_folds=30, n_folds_done=30, n_test=300,
        by_seed=tuple(GroupScore(str(k), 100, 0.7 + k / 100, 0.7) for k in range(3)),
    )  # fmt: skip
    (table,) = tables_by_task([joined, make_row("other", ua=0.2)])
    assert table.title.endswith("n = 100")
    assert "; 10 folds." in table.notes[0]
    assert [line.details for line in table.lines] == [("3 seeds, UA 70.0 to 72.0",), ("seed 0",)]
    assert json.loads(as_json([joined]))[0]["seeds"] == [0, 1, 2]


def test_rows_are_named_by_what_tells_them_apart(make_row):
    one, other = make_row("a"), make_row("b", features="mfcc")
    assert names_within([one, other]) == ["a", "b"]
    assert names_within([other, replace(other, features="mel")]) == ["mfcc", "mel"]
    several = [one, other, replace(other, features="mel")]
    assert names_within(several) == ["a", "b, mfcc", "b, mel"]
    assert names_within([one, replace(one, seeds=(1,))]) == ["a, seed 0", "a, seed 1"]
