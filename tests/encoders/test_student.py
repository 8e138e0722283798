"""A student has the face of an encoder: alone as in a batch, cut short, written and read."""

from __future__ import annotations

import json

import numpy as np
import onnxruntime
import pytest
import torch
from safetensors.torch import save_file

from emovox.encoders.feature import EncoderFeature
from emovox.encoders.finding import find
from emovox.encoders.speech import input_feature, load, untrained
from emovox.encoders.student import Shape, Student, even_taps
from emovox.encoders.tuning import choose
from emovox.engine.encoded import encoder_to_onnx
from emovox.engine.seeds import seeded
from emovox.errors import ModelError, UsageError

SHAPE = Shape(layers=(1, 3), taps=(1, 3), dim=24, width=16, kernel=5)


def made() -> Student:
    with seeded(3):
        student = Student(SHAPE)
        for one in student.parameters():
            one.data.add_(0.1 * torch.randn_like(one))
        student.mean.copy_(torch.randn(80))
        student.inverse.copy_(1.0 + torch.rand(80))
    return student.eval()


def heard(n: int, length: int) -> torch.Tensor:
    return torch.randn((n, length, 80), generator=torch.Generator().manual_seed(1))


def write(folder, network: Student, **other) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    configuration = {**network.shape.configuration(), **other}
    (folder / "config.json").write_text(json.dumps(configuration))
    save_file(network.state_dict(), folder / "model.safetensors")


def test_a_clip_gives_the_same_alone_and_beside_longer_ones():
    student, inputs = made(), heard(3, 91)
    lengths = torch.tensor([91, 40, 3])
    garbage = inputs.clone()
    for row, length in enumerate(lengths.tolist()):
        garbage[row, length:] = 1e3
    with torch.inference_mode():
        together, frames = student(garbage, lengths)
        assert frames.tolist() == [46, 20, 2]
        for row, length in enumerate(lengths.tolist()):
            alone, _ = student(inputs[row : row + 1, :length], lengths[row : row + 1])
            for state, wanted in zip(together, alone, strict=True):
                assert torch.allclose(state[row, : frames[row]], wanted[0], atol=1e-5)
                assert not state[row, frames[row] :].any()


def test_every_frame_knows_the_whole_clip_and_its_place():
    student, inputs = made(), heard(1, 400)
    other = inputs.clone()
    other[:, 390:] += 3.0
    there = torch.tensor([400])
    with torch.inference_mode():
        first, changed = (student(one, there)[0][-1][0, 20] for one in (inputs, other))
        still = student(torch.zeros_like(inputs), there)[0][-1][0]
    assert not torch.allclose(first, changed, atol=1e-6)
    assert not torch.allclose(still[100], still[101], atol=1e-6)


def test_without_what_lies_above_it_a_layer_stays_the_same():
    student, inputs = made(), heard(2, 60)
    lengths = torch.tensor([60, 60])
    short = student.truncated(0)
    assert short.n_layers == 0
    assert len(short.blocks) == 1
    with torch.inference_mode():
        assert torch.equal(short(inputs, lengths)[0][0], student(inputs, lengths)[0][0])


def test_over_30_s_it_hears_pieces():
    student, inputs = made(), heard(1, 3100)
    with torch.inference_mode():
        states, frames = student(inputs, torch.tensor([3100]))
        last, _ = student(inputs[:, 3000:], torch.tensor([100]))
    assert frames.tolist() == [1550]
    assert torch.allclose(states[1][0, 1500:], last[1][0], atol=1e-5)


def test_it_is_read_as_it_was_written(tmp_path):
    student, inputs = made(), heard(1, 50)
    write(tmp_path, student)
    found = find(str(tmp_path))
    assert (found.n_layers, found.dim, input_feature(found)) == (1, 24, "whisper-logmel")
    read = load(found)
    with torch.inference_mode():
        for one, other in zip(
            read(inputs, torch.tensor([50]))[0], student(inputs, torch.tensor([50]))[0], strict=True
        ):
            assert torch.equal(one, other)
    feature = EncoderFeature(f"{tmp_path}@all")
    assert len(feature.names) == 2 * 2 * 24
    noise = np.random.default_rng(0).standard_normal(16_000).astype("float32")
    assert feature.frames(noise).shape == (50, 48)


def test_as_onnx_it_gives_the_same():
    student = made()
    session = onnxruntime.InferenceSession(
        encoder_to_onnx(student, (0, 1), dim=80, is_vector=False),
        providers=["CPUExecutionProvider"],
    )
    for n, length in ((1, 30), (2, 251)):
        inputs = heard(n, length)
        with torch.inference_mode():
            wanted = torch.cat(student(inputs, torch.full((n,), length))[0], dim=2).numpy()
        given = session.run(None, {session.get_inputs()[0].name: inputs.numpy()})[0]
        assert np.abs(given - wanted).max() < 1e-4


@pytest.mark.parametrize(
    "wrong",
    [
        {"student": None},
        {"student": {"layers": [1], "taps": [1], "dim": 24, "colour": "red"}},
        {"student": {"layers": [3, 1], "taps": [1, 3], "dim": 24}},
        {"student": {"layers": [1, 3], "taps": [1, 3], "dim": 10**9}},
        {"student": {"layers": [1, 3], "taps": [1, 3], "dim": 24, "width": 16, "kernel": 4}},
        {"hidden_size": 48},
    ],
)
def test_a_configuration_that_cannot_be_is_refused(tmp_path, wrong):
    write(tmp_path, made(), **wrong)
    with pytest.raises(ModelError) as caught:
        load(find(str(tmp_path)))
    assert caught.value.code == "model-invalid"


def test_weights_of_another_size_are_refused(tmp_path):
    write(tmp_path, made(), student={**SHAPE.configuration()["student"], "width": 18})
    with pytest.raises(ModelError, match="size mismatch"):
        load(find(str(tmp_path)))


def test_it_can_be_tuned_but_takes_no_low_rank_additions():
    student = untrained(SHAPE.configuration())
    choose(student, 2)
    trained = {name.split(".")[1] for name, one in student.named_parameters() if one.requires_grad}
    assert trained == {"1", "2"}
    with pytest.raises(UsageError, match="low-rank"):
        choose(student, "lora")


def test_layers_are_read_off_evenly_and_the_last_at_the_end():
    assert [even_taps(n, 6)[-1] for n in (1, 2, 3, 4, 6)] == [6] * 5
    with pytest.raises(UsageError, match="rising"):
        Shape(layers=(1, 2, 3), taps=even_taps(3, 2), dim=8)
