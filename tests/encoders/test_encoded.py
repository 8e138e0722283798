"""What was fitted on hidden states becomes a model folder that hears recordings without torch."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import soundfile

from emovox import registry
from emovox.corpora import Utterance
from emovox.encoders.finding import find
from emovox.errors import ModelError
from emovox.evaluation.experiment import Experiment
from emovox.evaluation.runner import bench
from emovox.features import FrontEnd, feature
from emovox.inference import load
from emovox.methods.encoded import Encoded
from emovox.methods.teaching import teach

from .tiny import CONFIGURATIONS, slow_but_few, tiny_of, write, write_of

EMOTIONS = ("anger", "fear", "neutral")


@pytest.fixture
def recordings(tmp_path):
    """Eighteen short clips of three kinds of noise by three speakers."""
    rng = np.random.default_rng(0)
    found = []
    for place in range(18):
        kind = place % 3
        samples = rng.standard_normal(12_000 + 500 * place)
        samples = np.convolve(samples, np.ones(1 + 3 * kind) / (1 + 3 * kind), mode="same")
        samples *= np.clip(np.sin(np.arange(len(samples)) / 1500), 0, 1)  # like syllables
        path = tmp_path / f"{place}.wav"
        soundfile.write(path, 0.1 * samples, 16_000)
        found.append(
            Utterance(f"made/{place}", "made", path, speaker=str(place // 6),
                      emotion=EMOTIONS[kind])
        )  # fmt: skip
    return found


@pytest.mark.parametrize(
    "name",
    slow_but_few(["hubert-layer", "wav2vec2-group", "wavlm-layer", "whisper"], quick=("whisper",)),
)
@pytest.mark.parametrize("method", ["ridge", "encoder-lda"])
def test_it_gives_the_scores_of_the_fitted_method(tmp_path, recordings, name, method):
    write(tmp_path / "encoder", name)
    taught = teach(
        method,
        recordings,
        front_end=FrontEnd(f"{tmp_path}/encoder@1-2", level_db=-26.0),
        settings={"width": 64} if method == "encoder-lda" else {"search": None},
    )
    folder = taught.export(tmp_path / "model")
    assert "Weights of the encoder encoder (up to layer 2;" in (folder / "README.md").read_text()
    model = load(folder)
    wanted = taught.estimator.predict_proba(taught.vectors)
    for item, row in zip(recordings[:4], wanted, strict=False):
        scores = model.predict(item.path).scores
        np.testing.assert_allclose([scores[label] for label in EMOTIONS], row, atol=1e-4)


def test_a_network_on_frames_of_an_encoder_is_written_with_it(tmp_path, recordings):
    write(tmp_path / "encoder")
    taught = teach(
        "lstm",
        recordings,
        front_end=FrontEnd(f"{tmp_path}/encoder@2"),
        settings={"epochs": 1, "hidden": 8},
    )
    model = load(taught.export(tmp_path / "model"))
    wanted = taught.estimator.predict_proba(taught.vectors[:3])
    for item, row in zip(recordings, wanted, strict=False):
        scores = model.predict(item.path).scores
        np.testing.assert_allclose([scores[label] for label in EMOTIONS], row, atol=1e-4)


def test_predicting_needs_neither_torch_nor_the_encoder(tmp_path, recordings):
    write(tmp_path / "encoder")
    front_end = FrontEnd(f"{tmp_path}/encoder@1")
    taught = teach("ridge", recordings, front_end=front_end, settings={"search": None})
    taught.export(tmp_path / "model")
    for path in (tmp_path / "encoder").iterdir():
        path.unlink()
    code = (
        "import sys\n"
        "from emovox.inference import load\n"
        "print(load(sys.argv[1]).predict(sys.argv[2]).emotion)\n"
        "assert not {'torch', 'transformers', 'sklearn'} & set(sys.modules)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "model"), str(recordings[0].path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() in EMOTIONS


def test_over_30_s_the_scores_are_the_mean_of_pieces(tmp_path, recordings):
    write(tmp_path / "encoder")
    front_end = FrontEnd(f"{tmp_path}/encoder@1")
    taught = teach("ridge", recordings, front_end=front_end, settings={"search": None})
    model = load(taught.export(tmp_path / "model")).model
    rng = np.random.default_rng(1)
    frames = rng.standard_normal((6000, 80)).astype(np.float32)
    halves = model.scores([frames[:3000], frames[3000:]])
    np.testing.assert_allclose(model.scores([frames])[0], halves.mean(axis=0), atol=1e-6)


@pytest.mark.parametrize(
    ("name", "said"), [("@1:padded", "padded to 30 s"), ("@1", "a regression")]
)
def test_what_cannot_be_written_is_refused(tmp_path, name, said):
    write(tmp_path)
    regression = registry.get("method", "ccser-svc")(task="regression")
    classifier = registry.get("method", "ridge")()
    with pytest.raises(ModelError, match=said):
        Encoded(
            classifier if "padded" in name else regression,
            feature(f"{tmp_path}{name}"),
            form="functionals",
        )


def test_a_network_of_a_fixed_length_is_refused(tmp_path, recordings):
    write(tmp_path)
    network = registry.get("method", "tim-net")()
    network.input_ = {"window": None, "frames": 188}
    with pytest.raises(ModelError, match="fixed number of frames"):
        Encoded(network, feature(f"{tmp_path}@1"), form="frames")


def test_the_record_of_a_network_holds_the_hash_of_its_encoder(tmp_path, recordings, monkeypatch):
    monkeypatch.setenv("EMOVOX_CACHE", str(tmp_path / "cache"))
    write(tmp_path / "encoder")
    table = tmp_path / "made.csv"
    lines = [f"{one.path.name},{one.emotion},{one.speaker}" for one in recordings]
    table.write_text("\n".join(["path,emotion,speaker", *lines]))
    asked = Experiment(
        "encoder", (str(table),),
        parameters={"encoder": f"{tmp_path}/encoder", "layers": "1", "epochs": 1},
    )  # fmt: skip
    (first, *_) = bench([asked])
    assert first["settings"]["sources"] == {"encoder": find(f"{tmp_path}/encoder").sha256()}
    smaller = CONFIGURATIONS["whisper"] | {"encoder_layers": 2}
    write_of(tmp_path / "encoder", smaller, tiny_of(smaller))
    (other, *_) = bench([asked])
    assert other["key"] != first["key"]
