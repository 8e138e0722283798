"""One vocabulary of emotions, whatever the spelling."""

from __future__ import annotations

import pytest

from emovox.errors import CorpusError, UsageError
from emovox.labels import ALIASES, EMOTIONS, LABEL_SETS, canonical, label_set, relabel


def test_every_alias_and_label_set_leads_to_the_vocabulary():
    assert set(ALIASES.values()) <= set(EMOTIONS)
    assert {emotion for emotions in LABEL_SETS.values() for emotion in emotions} <= set(EMOTIONS)
    assert all(alias == alias.strip().lower() for alias in ALIASES)


@pytest.mark.parametrize(
    ("label", "emotion"),
    [(" Angry ", "anger"), ("ps", "surprise"), ("\u5feb\u4e50", "happiness"), ("xxx", None)],
)
def test_spellings_of_three_kinds_are_known(label, emotion):
    assert canonical(label) == emotion


def test_ones_own_aliases_win():
    assert canonical("Joy", aliases={"joy": "excitement"}) == "excitement"


def test_an_unknown_label_is_named_with_its_place_the_known_ones_and_a_way_out():
    with pytest.raises(CorpusError) as caught:
        canonical("hapy", where="table.csv line 7")
    said = str(caught.value)
    assert said.startswith("table.csv line 7: unknown emotion 'hapy'; known: anger, boredom")
    assert said.endswith("--alias hapy=happiness")
    assert caught.value.code == "labels-unknown"


def test_label_sets_of_the_sheet_choose_and_order_their_emotions():
    assert label_set("AHNPS") == ("anger", "happiness", "neutral", "surprise", "sadness")
    assert label_set("ASO") == ("anger", "sadness", "other")
    assert label_set("own", own=["sadness", "anger", "sadness"]) == ("anger", "sadness")
    assert label_set("angry, sad") == ("anger", "sadness")
    with pytest.raises(UsageError, match="known: own, AS"):
        label_set("AX")


def test_what_a_set_does_not_choose_is_left_out_or_is_other():
    assert relabel("fear", name="AS", chosen=label_set("AS")) is None
    assert relabel("fear", name="ASO", chosen=label_set("ASO")) == "other"
    assert relabel(None, name="ASO", chosen=label_set("ASO")) is None


def test_iemocap4_merges_excitement_into_happiness():
    chosen = label_set("iemocap4")
    assert relabel("excitement", name="iemocap4", chosen=chosen) == "happiness"
    assert relabel("excitement", name="AHNS", chosen=chosen) is None
