"""Hidden states are those of transformers, alone and in batches, whole and cut short."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
import transformers

from emovox.encoders.finding import find
from emovox.encoders.speech import FAMILIES, WHISPER_FRAMES, load, untrained
from emovox.errors import ModelError

from .tiny import CONFIGURATIONS, EXACT, inputs, tiny, write

TOTALS = [
    ("wav2vec2", {}, 94_371_712),
    ("hubert", {}, 94_371_712),
    ("wavlm", {}, 94_381_936),
    ("data2vec-audio", {"feat_extract_norm": "layer", "conv_pos_kernel_size": 19}, 93_164_288),
]
LARGE = {
    "hidden_size": 1024, "num_hidden_layers": 24, "num_attention_heads": 16,
    "intermediate_size": 4096, "feat_extract_norm": "layer", "do_stable_layer_norm": True,
}  # fmt: skip
TOTALS += [
    ("wav2vec2", {**LARGE, "conv_bias": True}, 315_438_720),
    ("hubert", {**LARGE, "conv_bias": True}, 315_438_720),
    ("wavlm", {**LARGE, "conv_bias": False}, 315_453_120),
    (
        "data2vec-audio",
        {**LARGE, "do_stable_layer_norm": False, "conv_pos_kernel_size": 19},
        313_276_416,
    ),
]
WHISPER = [
    (384, 4, 6, 80, 8_208_384),
    (512, 6, 8, 80, 20_590_592),
    (768, 12, 12, 80, 88_154_112),
    (1024, 24, 16, 80, 307_216_384),
    (1280, 32, 20, 128, 636_968_960),
]
TOTALS += [
    (
        "whisper",
        {
            "d_model": dim, "encoder_layers": layers, "encoder_attention_heads": heads,
            "encoder_ffn_dim": 4 * dim, "num_mel_bins": bands,
        },
        total,
    )
    for dim, layers, heads, bands, total in WHISPER
]  # fmt: skip


@pytest.fixture(params=sorted(CONFIGURATIONS))
def name(request):
    return request.param


@pytest.mark.parametrize(("kind", "settings", "total"), TOTALS)
def test_the_published_sizes_have_their_numbers_of_parameters(kind, settings, total):
    with torch.device("meta"):
        encoder = untrained({"model_type": kind, **settings})
    assert sum(one.numel() for one in encoder.parameters()) == total


def transformers_states(encoder, heard):
    """What transformers itself gives for clips of one length."""
    if not encoder.is_whisper:
        found = encoder.model(heard[:, :, 0], output_hidden_states=True)
        states = list(found.hidden_states)
        # transformers 5 leaves out the final normalisation here, 4 did not.
        states[-1] = found.last_hidden_state
        return states
    # Its forward insists on 30 s; its parts do not.
    model = encoder.model
    hidden = torch.nn.functional.gelu(model.conv1(heard.transpose(1, 2)))
    hidden = torch.nn.functional.gelu(model.conv2(hidden)).transpose(1, 2)
    states = [hidden + model.embed_positions.weight[: hidden.shape[1]]]
    for block in model.layers:
        states.append(block(states[-1], None))
    states[-1] = model.layer_norm(states[-1])
    return states


@torch.no_grad()
def test_hidden_states_are_those_of_transformers(name):
    encoder = tiny(name)
    heard = inputs(encoder, 2)
    states, lengths = encoder(heard, torch.full((2,), heard.shape[1]))
    wanted = transformers_states(encoder, heard)
    assert len(states) == len(wanted) == encoder.n_layers + 1 == 4
    for ours, theirs in zip(states, wanted, strict=True):
        assert ours.shape == (2, int(lengths[0]), encoder.dim)
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)
        assert ours.std() > 0.05


@torch.no_grad()
def test_whisper_padded_to_30_s_is_that_of_transformers():
    encoder = tiny("whisper")
    heard = inputs(encoder, 1, seconds=30)
    states, _ = encoder(heard, torch.tensor([WHISPER_FRAMES]))
    wanted = encoder.model(heard.transpose(1, 2), output_hidden_states=True).hidden_states
    for ours, theirs in zip(states, wanted, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_a_clip_gives_the_same_alone_and_beside_a_longer_one(name):
    encoder = tiny(name)
    heard = inputs(encoder, 2)
    short = heard.shape[1] * 2 // 3
    heard[0, short:] = 0
    together, lengths = encoder(heard, torch.tensor([short, heard.shape[1]]))
    alone, n_alone = encoder(heard[:1, :short], torch.tensor([short]))
    assert lengths[0] == n_alone[0] < lengths[1]
    for state, wanted in zip(together, alone, strict=True):
        torch.testing.assert_close(state[:1, : lengths[0]], wanted, atol=1e-5, rtol=1e-5)
        assert not state[0, lengths[0] :].any()


@torch.no_grad()
def test_what_lies_behind_the_end_of_a_clip_changes_nothing(name):
    encoder = tiny(name)
    heard = inputs(encoder, 2)
    lengths = torch.tensor([heard.shape[1] // 2, heard.shape[1]])
    clean, _ = encoder(heard, lengths)
    heard[0, lengths[0] :] = 1e3
    garbage, _ = encoder(heard, lengths)
    for one, other in zip(clean, garbage, strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-5)


@torch.no_grad()
@pytest.mark.parametrize("kind", sorted(set(CONFIGURATIONS) - set(EXACT)))
def test_padding_would_change_the_families_that_hear_each_length_by_itself(kind):
    encoder = tiny(kind)
    assert not encoder.exact_in_batch
    heard = inputs(encoder, 2)
    short = heard.shape[1] // 2
    heard[0, short:] = 0
    lengths = torch.tensor([short, heard.shape[1]])
    padded, frames = encoder._at_once(heard, lengths)
    alone, _ = encoder(heard[:1, :short], lengths[:1])
    assert (padded[-1][0, : frames[0]] - alone[-1][0]).abs().max() > 1e-3


@pytest.mark.parametrize("kind", EXACT)
def test_the_others_are_heard_in_one_batch(kind):
    assert tiny(kind).exact_in_batch


@torch.no_grad()
def test_an_encoder_cut_short_gives_the_same_up_to_there(name):
    encoder = tiny(name)
    heard = inputs(encoder, 1)
    lengths = torch.tensor([heard.shape[1]])
    whole, _ = encoder(heard, lengths)
    for top in range(3):
        cut = encoder.truncated(top)
        states, _ = cut(heard, lengths)
        assert cut.n_layers == top
        assert encoder.n_layers == 3
        for ours, wanted in zip(states, whole, strict=False):
            torch.testing.assert_close(ours, wanted)


@torch.no_grad()
def test_the_shortest_clip_makes_one_frame_and_no_nan(name):
    encoder = tiny(name)
    heard = inputs(encoder, 1)[:, : 2 if encoder.is_whisper else 400]
    states, lengths = encoder(heard, torch.tensor([heard.shape[1]]))
    assert lengths.tolist() == [1]
    assert all(torch.isfinite(state).all() for state in states)


@torch.no_grad()
def test_over_30_s_the_pieces_are_heard_one_after_another():
    encoder = tiny("whisper")
    heard = inputs(encoder, 2, seconds=45)
    states, lengths = encoder(heard, torch.tensor([4500, 4000]))
    assert lengths.tolist() == [2250, 2000]
    first, _ = encoder(heard[1:, :3000], torch.tensor([3000]))
    second, _ = encoder(heard[1:, 3000:4000], torch.tensor([1000]))
    torch.testing.assert_close(states[2][1, :1500], first[2][0], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(states[2][1, 1500:2000], second[2][0], atol=1e-5, rtol=1e-5)


@torch.no_grad()
@pytest.mark.parametrize("prefix", ["", "whole."])
def test_a_folder_gives_the_encoder_that_was_written(name, prefix, tmp_path):
    if prefix and name == "whisper":
        prefix = "model.encoder."
    encoder = write(tmp_path, name, prefix=prefix)
    read = load(find(str(tmp_path)))
    heard = inputs(encoder, 1)
    lengths = torch.tensor([heard.shape[1]])
    for ours, wanted in zip(read(heard, lengths)[0], encoder(heard, lengths)[0], strict=True):
        torch.testing.assert_close(ours, wanted)


@torch.no_grad()
def test_what_transformers_saves_of_a_whole_whisper_is_read(tmp_path):
    settings = {**CONFIGURATIONS["whisper"], "decoder_layers": 1, "decoder_attention_heads": 4,
                "decoder_ffn_dim": 32}  # fmt: skip
    whole = transformers.WhisperModel(transformers.WhisperConfig(**settings))
    whole.save_pretrained(tmp_path)
    read = load(find(str(tmp_path)))
    for name, value in whole.encoder.state_dict().items():
        torch.testing.assert_close(read.model.state_dict()[name], value)


def test_weights_in_16_bits_are_computed_with_in_32(tmp_path):
    encoder = write(tmp_path, "whisper", encoder=tiny("whisper").half())
    read = load(find(str(tmp_path)))
    assert {one.dtype for one in read.parameters()} == {torch.float32}
    np.testing.assert_array_equal(
        read.model.conv1.weight.detach().numpy(),
        encoder.model.conv1.weight.detach().float().numpy(),
    )


def test_an_old_name_of_the_normalised_convolution_is_understood(tmp_path):
    encoder = tiny("wav2vec2-group")
    today = ".parametrizations.weight.original"
    old = {
        key.replace(today + "0", ".weight_g").replace(today + "1", ".weight_v"): value
        for key, value in encoder.model.state_dict().items()
    }
    assert any(key.endswith("weight_g") for key in old)
    write(tmp_path, "wav2vec2-group")
    from safetensors.torch import save_file

    save_file(old, tmp_path / "model.safetensors")
    read = load(find(str(tmp_path)))
    for key, value in read.model.state_dict().items():
        torch.testing.assert_close(value, encoder.model.state_dict()[key])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"model_type": "bert"}, "kind 'bert'"),
        ({"d_model": 64}, "has the shape"),
        ({"encoder_layers": 5}, "there is no tensor layers.3"),
    ],
)
def test_a_folder_that_does_not_fit_its_configuration_is_refused(tmp_path, change, said):
    write(tmp_path, "whisper")
    settings = {**CONFIGURATIONS["whisper"], **change}
    (tmp_path / "config.json").write_text(json.dumps(settings))
    with pytest.raises(ModelError, match=said):
        load(find(str(tmp_path)))


def test_damaged_weights_are_refused(tmp_path):
    write(tmp_path, "whisper")
    data = (tmp_path / "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(data[:1000])
    with pytest.raises(ModelError, match="cannot be read"):
        load(find(str(tmp_path)))


def test_every_family_is_tested():
    assert set(FAMILIES) == {one["model_type"] for one in CONFIGURATIONS.values()}
