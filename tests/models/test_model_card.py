"""The card of a model says what it is, what it must not be used for, and whose data it holds."""

from __future__ import annotations

import pytest
import yaml

from emovox import registry
from emovox.models.card import sharing, training_corpus, write_card
from models.networks import settings

CORPORA = [
    training_corpus(registry.get("corpus", name).card, n_utterances=100, n_speakers=8)
    for name in ("emodb", "crema-d")
]


def described(**changes) -> dict:
    return settings(
        training={"corpora": CORPORA, "counts": {"anger": 50}, "command": "make model"},
        method={"name": "svm-rbf", "title": "Support vector machine", "parameters": {"C": 10}},
        figures=[
            {"corpus": "emodb", "protocol": "speaker", "measure": "UA", "value": 0.8123,
             "interval": [0.75, 0.87], "n": 535}
        ],
        export={"computed_in": "double", "largest_difference": 1.2e-7, "rows_compared": 320},
        **changes,
    )  # fmt: skip


def test_the_head_of_a_card_is_yaml_in_the_fields_form():
    head = write_card(described()).split("---")[1]
    fields = yaml.safe_load(head)
    assert fields["library_name"] == "emovox"
    assert fields["pipeline_tag"] == "audio-classification"
    assert fields["datasets"] == ["emodb", "crema-d"]
    assert "de" in fields["language"]


def test_a_card_names_licences_attribution_figures_and_intervals():
    card = write_card(described())
    for corpus in CORPORA:
        assert corpus["licence"] in card
        assert corpus["citation"] in card
    assert "| emodb | speaker | UA | 0.812 | 0.750 to 0.870 | 535 |" in card
    assert "make model" in card


def test_a_card_says_what_the_model_is_not_for_and_what_the_law_forbids():
    card = write_card(described())
    assert "It says how a voice sounds" in card
    assert "Deciding anything about a person" in card
    assert "article 5(1)(f)" in card
    assert "at work and in education" in card
    assert "article 50(3)" in card


def test_a_card_without_figures_says_so():
    assert "No figure has been measured" in write_card(described() | {"figures": []})


def test_a_card_of_a_bare_model_is_written_too():
    card = write_card(settings())
    assert "Not recorded." in card
    assert yaml.safe_load(card.split("---")[1])["license_name"] == "unknown"


@pytest.mark.parametrize(
    ("verdicts", "expected", "word"),
    [
        ([True, True], True, "attribution"),
        ([True, False], False, "may not be shared"),
        ([True, None], None, "not settled"),
        ([None, False], False, "may not be shared"),
        ([], None, "not recorded"),
    ],
)
def test_the_strictest_corpus_decides_whether_a_model_may_be_shared(verdicts, expected, word):
    corpora = [
        {"name": f"c{i}", "models_may_be_shared": verdict} for i, verdict in enumerate(verdicts)
    ]
    verdict, sentence = sharing(corpora)
    assert verdict is expected
    assert word in sentence


def test_a_card_names_the_encoder_whose_weights_it_holds():
    encoder = {"name": "openai/whisper-base", "layers": [1, 2], "sha256": "ab" * 32}
    given = described()
    card = write_card(given | {"training": {**given["training"], "encoder": encoder}})
    assert "It may be shared, with the attribution below." not in card
    assert "Weights of the encoder openai/whisper-base (up to layer 2; SHA-256 abab" in card


def test_a_card_names_the_corpora_that_its_network_was_taught_with():
    other = training_corpus(registry.get("corpus", "ravdess").card, n_utterances=9, n_speakers=2)
    encoder = {"name": "mine", "layers": [0], "sha256": "cd" * 32, "taught_by": "whisper-base",
               "corpora": [*CORPORA, other]}  # fmt: skip
    given = described()
    card = write_card(given | {"training": {**given["training"], "encoder": encoder}})
    assert other["licence"] in card
    assert "terms of ravdess do not allow it" in card
    assert "learned from what whisper-base gives" in card
    assert card.count(CORPORA[0]["sharing_reason"]) == 1
