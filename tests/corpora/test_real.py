"""The real corpora hold what was published, and their known defects are found."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from pathlib import Path

import pytest

from emovox import registry
from emovox.corpora import content_hash, read_corpus
from emovox.corpora.check import check
from emovox.labels import LABEL_SETS, relabel

pytestmark = pytest.mark.corpora

WHOLE = ["emodb", "ravdess", "emovo", "urdu", "crema-d", "emotale"]
SPEAKERS = {"emodb": 10, "ravdess": 24, "emovo": 6, "urdu": 29, "crema-d": 91, "emotale": 18}


@pytest.fixture
def folder(corpora_root, name) -> Path:
    if not (corpora_root / name).is_dir():
        pytest.skip(f"EMOVOX_CORPORA does not hold {name}")
    return corpora_root / name


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.filterwarnings("error")
def test_counts_are_those_published(name, folder):
    utterances = read_corpus(name, folder)
    card = registry.get("corpus", name).card
    assert len(utterances) == card.n_utterances
    assert Counter(one.emotion for one in utterances) == dict(card.emotions)
    found = Counter(one.speaker for one in utterances)
    assert len(found) == SPEAKERS[name]
    if card.speakers:
        assert found == dict(card.speakers)
    assert all(one.gender for one in utterances)


@pytest.mark.parametrize("name", ["emodb", "ravdess", "emovo", "urdu", "crema-d"])
def test_names_tell_what_the_list_beside_the_recordings_says(name, folder):
    manifest = folder / "manifest.csv"
    if not manifest.is_file():
        pytest.skip(f"{name} has no manifest.csv")
    said = {one.path: one for one in read_corpus(name, folder)}
    with manifest.open(newline="") as handle:
        for row in csv.DictReader(handle):
            one = said[folder / row["path"]]
            assert one.emotion == row["emotion"].replace("joy", "happiness")
            assert one.speaker == row["speaker"]


@pytest.mark.parametrize(
    ("name", "set_", "count"),
    [
        ("emodb", "AS", 189),
        ("emodb", "HNS", 212),
        ("emodb", "ANS", 268),
        ("emodb", "AHS", 260),
        ("emodb", "AHNS", 339),
        ("ravdess", "AS", 384),
        ("ravdess", "HNS", 480),
    ],
)
def test_label_sets_have_the_published_sizes(name, folder, set_, count):
    chosen = LABEL_SETS[set_]
    utterances = read_corpus(name, folder)
    assert sum(
        relabel(one.emotion, name=set_, chosen=chosen) is not None for one in utterances
    ) == (count)


IDENTICAL = {
    "emodb": (),
    "ravdess": (("Actor_07/03-01-03-01-02-01-07", "Actor_07/03-01-03-01-02-02-07"),),
    "emovo": (),
    "urdu": (),
    "crema-d": (
        ("AudioWAV/1006_TIE_HAP_XX", "AudioWAV/1006_TIE_NEU_XX"),
        ("AudioWAV/1013_WSI_DIS_XX", "AudioWAV/1013_WSI_SAD_XX"),
        ("AudioWAV/1017_IWW_ANG_XX", "AudioWAV/1017_IWW_FEA_XX"),
    ),
}


@pytest.mark.parametrize("name", sorted(IDENTICAL))
def test_check_finds_the_known_defects_and_no_others(name, folder):
    report = check(registry.get("corpus", name), folder)
    groups = tuple(tuple(f"{name}/{one}" for one in group) for group in IDENTICAL[name])
    assert report.identical == groups
    assert report.conflicting == (groups if name == "crema-d" else ())
    silent = ("crema-d/AudioWAV/1076_MTI_SAD_XX",) if name == "crema-d" else ()
    assert report.silent == silent
    assert bool(report.altered) == (name == "crema-d")
    assert report.missing_names == ()
    assert not report.unreadable
    assert not report.empty
    assert not report.cut_short
    assert not report.two_genders
    assert not report.foreign


@pytest.mark.parametrize("name", ["emodb"])
def test_lossless_copies_have_the_hash_of_their_source(name, folder):
    manifest = folder / "manifest.csv"
    if not manifest.is_file():
        pytest.skip(f"{name} has no manifest.csv")
    with manifest.open(newline="") as handle:
        for row in list(csv.DictReader(handle))[::20]:
            assert content_hash(folder / row["path"]) == row["source_md5"]


@pytest.mark.parametrize("name", ["urdu"])
def test_most_urdu_speakers_have_one_emotion_only(name, folder):
    emotions: dict[str | None, set[str | None]] = {}
    for one in read_corpus(name, folder):
        emotions.setdefault(one.speaker, set()).add(one.emotion)
    assert sum(len(said) == 1 for said in emotions.values()) == 26


@pytest.mark.parametrize("name", ["crema-d"])
def test_crema_d_votes_are_those_of_its_tables(name, folder):
    acted = read_corpus(name, folder)
    perceived = read_corpus(name, folder, label="perceived")
    assert all(one.votes for one in acted)
    letters = {"A": "anger", "D": "disgust", "F": "fear", "H": "happiness", "N": "neutral",
               "S": "sadness"}  # fmt: skip
    with gzip.open(folder / "processedResults" / "summaryTable.csv.gz", "rt") as handle:
        votes = {row["FileName"]: row["VoiceVote"] for row in csv.DictReader(handle)}
    same = 0
    for one in perceived:
        vote = votes[one.id.rpartition("/")[2]]
        assert one.emotion == letters.get(vote)
    same = sum(a.emotion == b.emotion for a, b in zip(acted, perceived, strict=True))
    assert same < 0.5 * len(acted)
    with (folder / "VideoDemographics.csv").open(newline="") as handle:
        sexes = {row["ActorID"]: row["Sex"].lower() for row in csv.DictReader(handle)}
    assert {one.speaker: one.gender for one in acted} == sexes


@pytest.mark.parametrize("name", ["emotale"])
def test_emotale_has_dimensions_and_agreeing_raters_as_counted(name, folder):
    utterances = read_corpus(name, folder)
    assert all(set(one.dimensions) == {"arousal", "valence", "dominance"} for one in utterances)
    assert all(sum(one.votes.values()) == 3 for one in utterances)
    agreeing = sum(one.votes.get(one.emotion or "", 0) for one in utterances)
    assert agreeing == 639 + 706 + 507
