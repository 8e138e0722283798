"""Tables: every figure is the row's, every form escapes, nothing that matters is left out."""

import csv
import io
import json
import re

import pytest

from emovox.evaluation.row import LeakSummary, Score
from emovox.report import FORMATS, as_csv, as_json, as_latex, as_markdown, as_text, tables_by_task
from emovox.report.figures import quantity

HOSTILE = "evil|method_&%\n\x1b[31m\u202e"


@pytest.fixture
def rows(make_row):
    return [
        make_row("ccser-rf", ua=0.689, seed=1, p_value=0.0004),
        make_row(
            "ccser-svc", ua=0.771, seed=2, is_best=True, p_value=None, normalisation="speaker"
        ),
    ]


def test_the_text_table_holds_the_rows_figures(rows):
    line = next(line for line in as_text(rows).splitlines() if line.startswith("ccser-rf"))
    assert line.split() == [
        "ccser-rf", "68.9", "[64.8,", "72.7]", "68.5", "±", "6.1", "70.6", "68.3", "123", "k",
        "247", "k", "0.012", "<", ".001", "sentence", "10/10",
    ]  # fmt: skip


def test_the_best_comes_first(rows):
    (table,) = tables_by_task(rows)
    assert [line.row.method for line in table.lines] == ["ccser-svc", "ccser-rf"]
    assert [line.cells["p"] for line in table.lines] == ["best", "< .001"]


@pytest.mark.parametrize("form", ["text", "markdown", "latex"])
def test_a_normalisation_that_sees_test_recordings_is_always_printed(rows, form):
    assert "normalised per speaker, uses unlabelled test recordings" in FORMATS[form](rows)


def test_statistics_from_the_training_part_are_said_once(rows, make_row):
    text = as_text([make_row()])
    assert "Features are normalised by statistics of the training part only." in text
    assert "uses unlabelled" not in text


def test_the_text_table_fits_its_width_and_is_aligned(rows):
    for width in (100, 118):
        lines = as_text(rows, width=width).splitlines()
        assert max(map(len, lines)) <= max(width, 117)
    ends = {line.index("±") for line in as_text(rows).splitlines() if line.startswith("ccser-")}
    assert len(ends) == 1


def test_multiply_adds_are_printed_where_there_is_room(rows):
    assert "mult-adds" not in as_text(rows, width=118)
    assert "mult-adds" in as_text(rows, width=140)
    assert "mult-adds" in as_markdown(rows)


def test_notes_say_protocol_size_chance_and_what_is_not_kept_apart(rows):
    (table,) = tables_by_task(rows)
    notes = " ".join(table.notes)
    assert "Protocol speaker: leave one speaker out" in notes
    assert f"n = {rows[1].n_test} test utterances of 10 speakers" in notes
    assert "7 classes" in notes
    assert "chance 14.3 %" in notes
    assert "Not kept apart: sentences; in the worst fold 10 of 10" in notes


def test_a_kind_of_leak_that_could_not_be_counted_is_said(make_row):
    (table,) = tables_by_task([make_row(leak=(LeakSummary("speaker", 0, 1, 0, 10, 0.0),))])
    assert "Could not be counted for this data: sentence, identical audio." in table.notes
    assert table.lines[0].cells["leak"] == "none"


def test_a_remark_names_its_methods_where_it_is_not_about_all(make_row):
    both = [make_row("a", notes=("it is so",)), make_row("b", ua=0.5, notes=("it is so", "not"))]
    (table,) = tables_by_task(both)
    assert table.notes[-2:] == ("It is so.", "b: not.")


def test_every_leak_stands_in_the_line(make_row):
    leak = (
        LeakSummary("speaker", 10, 10, 10, 10, 1.0),
        LeakSummary("sentence", 9, 10, 10, 10, 0.98),
        LeakSummary("identical_audio", 1, 54, 1, 10, 0.002),
    )
    row = make_row(leak=leak)
    for form in FORMATS.values():
        text = re.sub(r"\s+", " ", form([row]))
        if form is not as_json:
            assert "speaker 10/10, sentence 9/10, identical audio 1/54" in text
    assert json.loads(as_json([row]))[0]["leak"]["identical_audio"]["shared"] == 1


def test_a_scaler_that_saw_the_test_part_is_a_leak(make_row):
    (table,) = tables_by_task([make_row(normalisation="before-folds")])
    assert table.lines[0].cells["leak"] == "sentence 10/10, statistics"


def test_tasks_are_not_mixed_in_one_table(make_row):
    grouped = tables_by_task(
        [make_row(), make_row(test=("ravdess",)), make_row(label_set="AS"), make_row("ccser-rf")]
    )
    assert [len(table.lines) for table in grouped] == [2, 1, 1]
    assert grouped[1].title.startswith("emodb → ravdess")


def test_features_stand_in_the_line_where_they_differ(make_row):
    (table,) = tables_by_task([make_row(ua=0.8), make_row(ua=0.7, features="mfcc")])
    assert [line.details for line in table.lines] == [
        ("features chroma+contrast+mel+mfcc+tonnetz",),
        ("features mfcc",),
    ]


def test_an_unfinished_run_says_so(make_row):
    assert "unfinished: 3 of 10 folds" in as_text([make_row(n_folds_done=3)])


def test_csv_and_json_hold_every_digit(rows):
    read = list(csv.DictReader(io.StringIO(as_csv(rows))))
    whole = json.loads(as_json(rows))
    for row, line, document in zip(rows, read, whole, strict=True):
        for name in ("ua", "wa", "f1"):
            assert float(line[name]) == document[name] == getattr(row, name).value
            assert float(line[f"{name}_low"]) == getattr(row, name).low
            assert document[f"{name}_fold_sd"] == getattr(row, name).fold_sd
        assert document["confusion"] == [list(counts) for counts in row.confusion]
        assert list(document["recalls"].values()) == list(row.recalls)
        assert float(line["macs"]) * 2 == float(line["flops"])


def test_a_figure_that_is_not_known_is_neither_nan_nor_zero(make_row):
    row = make_row(
        parameters=None, flops=None, macs=None, features_s=None, p_value=None, ece=float("nan"),
        ua=0.5, wa=Score(float("nan")),
    )  # fmt: skip
    for name, form in FORMATS.items():
        assert "nan" not in form([row]).lower(), name
    assert json.loads(as_json([row]))[0]["ece"] is None


def test_a_regression_prints_the_concordance(make_row):
    none = Score(float("nan"))
    row = make_row(
        task="regression", dimension="arousal", emotions=(), recalls=(), confusion=(),
        ua=0.5, ccc=Score(0.64, 0.6, 0.68, 0.6, 0.1), f1=none, wa=none, reliability=(),
    )  # fmt: skip
    text = as_text([row])
    assert "arousal, CCC" in text
    assert "64.0 [60.0, 68.0]" in text
    assert "chance" not in text


def test_hostile_names_forge_nothing_in_any_form(make_row):
    row = make_row(HOSTILE, features="f\x00|g", test=("c\u202e",), train=("c\u202e",))
    for name, form in FORMATS.items():
        text = form([row])
        assert all(char.isprintable() or char == "\n" for char in text), name
    table_line = next(x for x in as_markdown([row]).splitlines() if "evil" in x)
    assert len(re.findall(r"(?<!\\)\|", table_line)) == 12
    latex_line = next(x for x in as_latex([row]).splitlines() if "evil" in x)
    assert latex_line.count(" & ") == 9
    assert r"method\_\&\%\textbackslash{}n" in latex_line


def test_csv_runs_nothing_in_a_spreadsheet(make_row):
    read = next(csv.DictReader(io.StringIO(as_csv([make_row("=1+1")]))))
    assert read["method"] == "'=1+1"


def test_latex_has_balanced_environments_and_booktabs_rules(rows):
    text = as_latex(rows)
    assert re.findall(r"\\begin\{(\w+\*?)\}", text) == ["table*", "tabular"]
    assert re.findall(r"\\end\{(\w+\*?)\}", text) == ["tabular", "table*"]
    assert [text.count(rule) for rule in (r"\toprule", r"\midrule", r"\bottomrule")] == [1, 1, 1]
    assert text.count("{") == text.count("}")
    assert "±" not in text


@pytest.mark.parametrize("form", ["text", "markdown", "latex"])
def test_an_empty_list_says_so(form):
    assert "There are no results" in FORMATS[form]([])


def test_an_empty_list_is_an_empty_list_for_machines():
    assert json.loads(as_json([])) == []
    assert list(csv.DictReader(io.StringIO(as_csv([])))) == []


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_rows_give_the_same_text(rows, form):
    assert FORMATS[form](rows) == FORMATS[form](list(rows))


@pytest.mark.parametrize(
    ("value", "written"),
    [(999, "999"), (999.6, "1.00 k"), (1000, "1.00 k"), (9_996, "10.0 k"), (2.3e9, "2.30 G")],
)
def test_quantities_keep_three_digits(value, written):
    assert quantity(value) == written
