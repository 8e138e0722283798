"""The pages: whole by themselves, safe with any name, true to their rows, the same every time."""

import re
from html.parser import HTMLParser
from types import SimpleNamespace
from xml.etree.ElementTree import XML

import numpy as np
import pytest

from emovox.audio import InputWarning, Recording
from emovox.errors import InputError
from emovox.evaluation.row import LeakSummary
from emovox.inference.result import Result
from emovox.report import bench_page, predict_page
from emovox.report.benchmark import speaker_genders

EVIL = "evil\n<script>alert(1)</script>\"'>&\u202egnp\x1b[2J\udcff.wav"
VOID = {"meta", "br", "img", "input", "hr", "link"}


class Checker(HTMLParser):
    """Balanced tags, and what the page would load."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attributes:
            if name in ("src", "href", "xlink:href", "action", "data", "srcset", "poster"):
                self.loads.append(value)
            assert not name.startswith("on"), (tag, name)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def check(markup: str) -> Checker:
    markup.encode("utf-8")
    checker = Checker()
    checker.feed(markup)
    checker.close()
    assert checker.open == []
    assert not {"script", "iframe", "object", "embed", "link", "form"} & set(checker.tags)
    assert all(load.startswith(("#", "data:image/png;base64,")) for load in checker.loads)
    assert not re.search(r"url\(|@import|javascript:", markup)
    addresses = set(re.findall(r"https?://[^\s\"'<]+", markup))
    assert addresses <= {"http://www.w3.org/2000/svg"}  # the name of SVG, which loads nothing
    assert all(char.isprintable() or char == "\n" for char in markup)
    for drawing in re.findall(r"<svg xmlns.*?</svg></div>", markup, flags=re.S):
        XML(f"<div>{drawing}")
    return checker


def result(path="a.wav", start=0.0, end=2.5, scores=None, **changes):
    scores = {"anger": 0.7, "neutral": 0.3} if scores is None else scores
    values = {
        "path": path, "start": start, "end": end, "emotion": next(iter(scores), None),
        "scores": scores or None, "model": "small", "sha256": "ab" * 32,
    }  # fmt: skip
    return Result(**{**values, **changes})


def recording(samples):
    return Recording(samples, 16_000, 16_000, samples.size / 16_000)


def words(markup: str) -> str:
    return " ".join(" ".join(check(markup).text).split())


# --- a benchmark ---------------------------------------------------------------------------------


def test_the_page_holds_the_rows_figures_and_the_command(make_row):
    row = make_row(ua=0.7123, is_best=True, p_value=None)
    page = bench_page([row], command="emovox bench ccser-svc --corpora emodb")
    said = words(page)
    for figure in ("71.2", "[67.1, 75.0]", "70.8 ± 6.1", "123 k", "247 k", "best"):
        assert figure in said
    assert "ECE 8.3 %" in said
    assert "emovox bench ccser-svc --corpora emodb" in said
    for count in np.array(row.confusion).ravel():
        assert count == 0 or f">{count}</text>" in page


def test_a_leak_stands_on_the_page_in_words(make_row):
    leak = (LeakSummary("speaker", 10, 10, 10, 10, 1.0),)
    said = words(bench_page([make_row(leak=leak, protocol="shuffled")]))
    assert "Not kept apart: speakers; in the worst fold 10 of 10" in said
    assert "speaker 10/10" in said


def test_a_normalisation_that_sees_test_recordings_stands_on_the_page(make_row):
    said = words(bench_page([make_row(normalisation="speaker")]))
    assert "normalised per speaker, uses unlabelled test recordings" in said


def test_several_pairs_of_corpora_give_a_heat_map(make_row):
    def pair(train, test):
        return make_row(train=(train,), test=(test,), protocol="cross-corpus", label_set="AS")

    both = [pair("emodb", "ravdess"), pair("ravdess", "emodb")]
    assert "Across corpora" in words(bench_page(both))
    assert "Across corpora" not in words(bench_page([make_row(), make_row("ccser-rf")]))


def test_speakers_are_told_apart_by_gender_where_records_know_it(make_row):
    test = {"speaker": ["03", "04"], "gender": ["male", "female"]}
    records = [{"test": {**test, "utterance": ["emodb/a", "emodb/b"]}, "versions": {}}]
    assert speaker_genders(records) == {"emodb/03": "male", "emodb/04": "female"}
    page = bench_page([make_row()], records=records)
    assert page.count('class="bar male"') == 1
    assert page.count('class="bar female"') == 1


def test_speakers_of_two_corpora_with_the_same_name_are_two_people(make_row):
    test = {"utterance": ["ravdess/a"], "speaker": ["03"], "gender": ["male"]}
    page = bench_page([make_row()], records=[{"test": test}])
    assert 'class="bar male"' not in page


def test_many_speakers_become_dots(make_row):
    page = bench_page([make_row(speakers=91)])
    assert page.count("<circle") >= 91
    assert "91 speakers, lowest" in page


def test_versions_and_settings_stand_on_the_page(make_row):
    records = [{"test": {}, "versions": {"numpy": "2.4.6"}}, {"versions": {"numpy": "2.4.6"}}]
    said = words(bench_page([make_row()], records=records))
    assert "numpy 2.4.6" in said
    assert '"C": 10.0' in said


def test_no_rows_say_so():
    assert "There are no results" in words(bench_page([]))


def test_twenty_methods_stay_under_two_megabytes(make_row):
    rows = [make_row(f"method-{k}", ua=0.5 + k / 100, seed=k, speakers=91) for k in range(20)]
    page = bench_page(rows)
    check(page)
    assert len(page.encode()) < 2_000_000


def test_hostile_names_run_nothing_and_load_nothing(make_row):
    row = make_row(EVIL, emotions=("anger", EVIL), features=EVIL, train=(EVIL,), test=("b",))
    page = bench_page([row], command=EVIL, title=EVIL, records=[{"versions": {EVIL: EVIL}}])
    said = words(page)
    assert "evil\\n<script>alert(1)</script>" in said
    assert "\\u202egnp" in said


def test_a_regression_has_a_page_too(make_row):
    from emovox.evaluation.row import Score

    none = Score(float("nan"))
    row = make_row(
        task="regression", dimension="arousal", emotions=(), recalls=(), confusion=(),
        ccc=Score(0.64, 0.6, 0.68), ua=0.5, f1=none, wa=none, reliability=(),
    )  # fmt: skip
    assert "64.0 [60.0, 68.0]" in words(bench_page([row]))


def test_the_same_rows_give_the_same_page(make_row):
    assert bench_page([make_row()]) == bench_page([make_row()])


# --- recordings ----------------------------------------------------------------------------------


def test_each_recording_shows_its_scores_and_its_sound(make_sound):
    samples = make_sound(2.5)
    page = predict_page([result()], recordings={"a.wav": recording(samples)})
    said = words(page)
    assert "anger 70.0 %" in said
    assert "recognised by the model small" in said
    assert page.count("data:image/png;base64,") == 1
    assert page.count('class="wave"') == 1


def test_the_notice_stands_on_every_page():
    for page in (predict_page([]), predict_page([result()])):
        said = words(page)
        assert "do not say what a person feels" in said
        assert "prohibited to infer people's emotions at work and in education" in said
        assert "must be told (article 50)" in said


def test_no_recordings_say_so():
    assert "No recording was given" in words(predict_page([]))


def test_segments_become_one_recording_with_a_timeline(make_sound):
    pieces = [
        result(start=0.0, end=1.0, scores={"anger": 0.8, "neutral": 0.2}),
        result(start=1.0, end=4.0, scores={"neutral": 1.0, "anger": 0.0}),
    ]
    page = predict_page(pieces, recordings={"a.wav": recording(make_sound(4.0))})
    said = words(page)
    assert page.count("<article") == 1
    assert "neutral 80.0 %, mean of its segments by duration" in said
    assert "0.00 s to 1.00 s: anger 80.0 %" in page


def test_the_same_recording_given_twice_stands_twice():
    assert predict_page([result(), result()]).count("<article") == 2


def test_warnings_and_errors_are_said_in_words():
    short = result("s.wav", warnings=(InputWarning("short", {"seconds": 0.4}),))
    failed = Result("t.txt", error=InputError("not-audio", "is not a recording", name="t.txt"))
    silent = result("q.wav", scores={}, warnings=(InputWarning("no-speech"),))
    said = words(predict_page([short, failed, silent]))
    assert "only 0.4 s long: the scores are uncertain" in said
    assert "Could not be used: is not a recording" in said
    assert "no speech was found" in said


def test_the_models_card_figures_are_printed():
    model = SimpleNamespace(
        name="small",
        sha256="ab" * 32,
        settings={
            "labels": ["anger", "neutral"],
            "front_end": {"feature": "mfcc"},
            "training": {"corpora": ["emodb", "crema-d"], "licence": "ODbL-1.0"},
            "figures": [{"corpus": "emodb", "n": 454, "ua": 0.79, "interval": [0.74, 0.83]}],
        },
    )
    said = words(predict_page([result()], SimpleNamespace(model=model)))
    for figure in ("emodb, crema-d", "ODbL-1.0", "454", "79.0", "[74.0, 83.0]"):
        assert figure in said


def test_sound_that_is_not_at_hand_is_read_from_its_path(tmp_path, make_sound):
    soundfile = pytest.importorskip("soundfile")
    path = tmp_path / "voice.wav"
    soundfile.write(path, make_sound(1.5) * 0.3, 16_000)
    page = predict_page([result(str(path), end=1.5), result(str(tmp_path / "gone.wav"))])
    assert page.count('class="wave"') == 1
    assert "Its sound is not at hand" in words(page)
    assert str(tmp_path) not in page


def test_hostile_file_names_stay_text(make_sound):
    scores = {EVIL: 0.9, "neutral": 0.1}
    page = predict_page(
        [result(EVIL, scores=scores), Result(EVIL, error=InputError("not-audio", EVIL))],
        recordings={EVIL: recording(make_sound(0.5))},
        command=EVIL,
    )
    said = words(page)
    assert "<script>alert(1)</script>" in said
    assert "\\u202egnp\\x1b[2J\\xff.wav" in said


def test_many_recordings_are_listed_but_not_all_drawn():
    page = predict_page([result(f"{k}.wav", start=0.0) for k in range(200)])
    check(page)
    assert page.count("<article") == 60
    assert page.count('<th scope="row">') >= 200
    assert len(page) < 2_000_000


def test_the_same_results_give_the_same_page(make_sound):
    sounds = {"a.wav": recording(make_sound(1.0))}
    assert predict_page([result()], recordings=sounds) == predict_page(
        [result()], recordings=sounds
    )
