"""What is written reads back equal."""

from __future__ import annotations

import csv
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from emovox.corpora import Utterance, read_table, write_table
from emovox.errors import CorpusError, OutputError, UsageError
from emovox.labels import EMOTIONS

TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\t'=+-@,;|\"{}"),
    min_size=1,
    max_size=12,
).map(str.strip).filter(bool)  # fmt: skip
PART = TEXT.map(lambda text: text.replace("/", "_").replace("\\", "_")).filter(
    lambda part: part not in (".", "..")
)
MAYBE = st.none() | TEXT
SHARE = st.floats(0, 1)


def utterances(seconds: st.SearchStrategy[float]) -> st.SearchStrategy[list[Utterance]]:
    spans = st.tuples(st.none() | seconds, st.none() | seconds).map(
        lambda span: span if None in span or span[0] < span[1] else (span[0], None)
    )
    one = st.builds(
        lambda id_, corpus, path, span, rest: Utterance(
            id=f"{corpus}/{id_}",
            corpus=corpus,
            path=Path(*path),
            start=span[0],
            end=span[1],
            **rest,
        ),
        PART,
        PART,
        st.lists(PART, min_size=1, max_size=3),
        spans,
        st.fixed_dictionaries(
            {
                "speaker": MAYBE,
                "emotion": st.none() | st.sampled_from(EMOTIONS),
                "label": MAYBE,
                "sentence": MAYBE,
                "transcript": MAYBE,
                "gender": st.sampled_from([None, "female", "male"]),
                "language": st.sampled_from([None, "de", "en-US", "zh-CN"]),
                "session": MAYBE,
                "take": MAYBE,
                "intensity": MAYBE,
                "dimensions": st.dictionaries(
                    st.sampled_from(["arousal", "valence", "dominance"]), SHARE
                ),
                "votes": st.dictionaries(st.sampled_from(EMOTIONS), st.floats(0, 1e6)),
            }
        ),
    )
    return st.lists(one, max_size=5, unique_by=lambda one: one.id)


@pytest.mark.parametrize("format_", ["csv", "jsonl"])
@settings(max_examples=50, deadline=None)
@given(written=utterances(st.floats(0.001, 1e5)))
def test_what_is_written_reads_back_equal(format_, written):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "recordings"
        written = [replace(one, path=root / one.path) for one in written]
        table = Path(folder) / f"meta.{format_}"
        write_table(written, table, format_, root=root)
        assert read_table(table, root, missing="keep") == written


@settings(max_examples=30, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(written=utterances(st.integers(1, 10**7).map(lambda milliseconds: milliseconds / 1000)))
def test_audformat_reads_back_equal_to_the_nanosecond(written):
    # The format joins what is said of one segment, so each segment stands once; it has no name
    # for a segment that begins at zero and a whole file at once.
    seen = {(one.path, one.start, one.end): one for one in written}
    cut = {one.path for one in seen.values() if one.start or one.end}
    written = [one for one in seen.values() if one.start or one.end or one.path not in cut]
    written = [one if one.start or not one.end else replace(one, start=0.0) for one in written]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        written = [replace(one, path=root / one.path) for one in written]
        write_table(written, root, "audformat")
        read = read_table(root, missing="keep")
    assert [replace(one, start=one.start or None) for one in read] == [
        replace(one, start=one.start or None) for one in written
    ]


def utterance(root: Path, **facts) -> Utterance:
    return Utterance(id="my/a", corpus="my", path=root / "a.wav", **facts)


def test_formulas_get_a_quote_in_csv(tmp_path):
    table = tmp_path / "meta.csv"
    write_table([utterance(tmp_path, transcript="=cmd|x", label="@sum", take="'-1")], table)
    with table.open(newline="") as handle:
        (row,) = csv.DictReader(handle)
    assert row["transcript"] == "'=cmd|x"
    assert row["label"] == "'@sum"
    assert read_table(table, missing="keep")[0].transcript == "=cmd|x"
    assert read_table(table, missing="keep")[0].take == "'-1"


def test_paths_outside_the_root_are_written_whole(tmp_path):
    table = tmp_path / "tables" / "meta.csv"
    table.parent.mkdir()
    write_table([utterance(tmp_path)], table)
    with pytest.raises(CorpusError, match="leads out"):
        read_table(table, missing="keep")
    (one,) = read_table(table, allow_outside=True, missing="keep")
    assert one.path == tmp_path / "a.wav"


def test_a_table_that_cannot_be_written_leaves_the_old_one(tmp_path):
    table = tmp_path / "meta.csv"
    table.write_text("old")
    with pytest.raises(OutputError, match="not valid text"):
        write_table([replace(utterance(tmp_path), path=tmp_path / "a\udcff.wav")], table)
    with pytest.raises(UsageError, match="format is 'xml'"):
        write_table([utterance(tmp_path)], table, "xml")
    with pytest.raises(OutputError):
        write_table([utterance(tmp_path)], tmp_path / "nowhere" / "meta.csv")
    assert table.read_text() == "old"


def test_segments_of_audformat_take_what_is_said_of_their_file(tmp_path):
    (tmp_path / "db.yaml").write_text(
        "name: mine\nsource: here\nusage: research\nschemes:\n"
        "  speaker: {dtype: str, labels: {s1: {gender: female, language: deu}}}\n"
        "  emotion: {dtype: str, labels: [anger, joy]}\n"
        "tables:\n"
        "  files: {type: filewise, columns: {speaker: {scheme_id: speaker}, transcription: {}}}\n"
        "  rated: {type: segmented, columns: {gold: {scheme_id: emotion}}}\n"
    )
    (tmp_path / "db.files.csv").write_text("file,speaker,transcription\nwav/a.wav,s1,Nein.\n")
    (tmp_path / "db.rated.csv").write_text(
        "file,start,end,gold\n"
        "wav/a.wav,0 days 00:00:00,0 days 00:00:01.500000,anger\n"
        "wav/a.wav,0 days 00:01:00,NaT,joy\n"
    )
    first, second = read_table(tmp_path, missing="keep")
    assert (first.start, first.end, first.emotion) == (0.0, 1.5, "anger")
    assert (second.start, second.end, second.emotion) == (60.0, None, "happiness")
    assert {one.speaker for one in (first, second)} == {"s1"}
    assert first.gender == "female"
    assert first.transcript == "Nein."
    assert first.id.startswith(f"{tmp_path.name}/wav/a#")


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("tables: [", "is no YAML"),
        ("name: x", "has no tables"),
        ("tables: {files: {type: other}}", "allowed: filewise, segmented"),
        ("tables: {files: {type: filewise}}", "no such table"),
        ("a: !!python/object/apply:os.getcwd []", "is no YAML"),
    ],
)
def test_damaged_headers_are_errors(header, said, tmp_path):
    (tmp_path / "db.yaml").write_text(header)
    with pytest.raises(CorpusError, match=said):
        read_table(tmp_path)


def test_pickled_tables_are_never_opened(tmp_path):
    (tmp_path / "db.yaml").write_text("tables: {files: {type: filewise}}")
    (tmp_path / "db.files.pkl").write_bytes(b"x")
    with pytest.raises(CorpusError, match="is a pickle"):
        read_table(tmp_path)


@pytest.mark.filterwarnings("ignore:The inplace keyword")
def test_the_audformat_library_reads_what_we_write_and_we_what_it_writes(tmp_path):
    audformat = pytest.importorskip("audformat")
    written = [
        Utterance(
            id=f"my/{name}",
            corpus="my",
            path=tmp_path / f"{name}.wav",
            start=start,
            end=end,
            speaker="s1",
            emotion=emotion,
            label=emotion,
            language="de",
            dimensions={"arousal": 0.25},
            votes={"anger": 2.0},
        )
        for name, start, end, emotion in (
            ("a", 0.25, 1.5, "anger"),
            ("b", 1.0, None, "fear"),
        )
    ]
    write_table(written, tmp_path, "audformat")
    database = audformat.Database.load(str(tmp_path))
    frame = database["segments"].get()
    assert list(frame["emotion"]) == ["anger", "fear"]
    assert list(frame["arousal"]) == [0.25, 0.25]
    assert [one.total_seconds() for one in frame.index.get_level_values("start")] == [0.25, 1.0]
    database.save(str(tmp_path / "again"), storage_format="csv")
    assert read_table(tmp_path / "again", tmp_path, missing="keep") == written
