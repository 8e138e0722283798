"""What benchmarks/network_speed.py compares with: librosa and torch doing the same.

    python network_peer.py SPECIFICATION RECORDING            one recognition, cold
    python network_peer.py SPECIFICATION RECORDING --warm N   seconds of each of N, one thread

The specification (JSON) names the front end and the network; the weights lie beside it as
safetensors. The modules of torch are emovox's own: the same network with the same weights.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import librosa
import numpy as np
import torch
from safetensors.torch import load_file


def levelled_cepstra(path: str) -> np.ndarray:
    """Light-SERNet's: librosa's spectrum and mel filters; logarithm, transform and level around."""
    samples, rate = librosa.load(path, sr=16_000)
    samples = np.clip(samples / max(float(np.percentile(np.abs(samples), 99.9)), 1e-9), -1, 1)
    samples = librosa.util.fix_length(samples, size=48_000)
    mel = librosa.feature.melspectrogram(
        y=samples, sr=rate, n_fft=1024, hop_length=256, n_mels=128, fmin=80, fmax=7600,
        center=False, htk=True, norm=None, power=1.0,
    )  # fmt: skip
    found = librosa.feature.mfcc(S=np.log(mel + 1e-6), n_mfcc=40, norm=None)
    return np.clip(found.T / np.sqrt(2 * 128), -10, 10)


def cepstra_at_22050(path: str) -> np.ndarray:
    """TIM-Net's: 39 cepstra of 96,000 samples."""
    samples, rate = librosa.load(path, sr=22_050)
    samples = librosa.util.pad_center(samples[:96_000], size=96_000)
    return librosa.feature.mfcc(y=samples, sr=rate, n_mfcc=39).T


def classic_frames(path: str) -> np.ndarray:
    """The LSTM's: chroma, mel and mfcc of every frame."""
    samples, rate = librosa.load(path, sr=16_000)
    magnitude = np.abs(librosa.stft(samples))
    parts = (
        librosa.feature.chroma_stft(S=magnitude, sr=rate),
        librosa.feature.melspectrogram(y=samples, sr=rate),
        librosa.feature.mfcc(y=samples, sr=rate, n_mfcc=40),
    )
    return np.concatenate(parts).T


def nearest_functionals(path: str, *, f0: str, dim: int) -> np.ndarray:
    """What librosa has nearest to the large sets of functionals: far fewer numbers, repeated."""
    samples, rate = librosa.load(path, sr=16_000)
    magnitude = np.abs(librosa.stft(samples, n_fft=512, hop_length=160))
    mel = librosa.feature.melspectrogram(S=magnitude**2, sr=rate, n_mels=40)
    mfcc = librosa.feature.mfcc(S=librosa.power_to_db(mel), n_mfcc=20)
    chroma = librosa.feature.chroma_stft(S=magnitude, sr=rate)
    if f0 == "pyin":
        pitch, _, _ = librosa.pyin(samples, fmin=60, fmax=600, sr=rate, hop_length=160)
    else:
        pitch = librosa.yin(samples, fmin=60, fmax=600, sr=rate, hop_length=160)
    pitch = np.nan_to_num(pitch)[None]
    rows = (mel, mfcc, librosa.feature.delta(mfcc), chroma, pitch)
    statistics: list[np.ndarray] = []
    for each in rows:
        statistics += [each.mean(axis=1), each.std(axis=1)]
        statistics += list(np.percentile(each, [5, 25, 50, 75, 95], axis=1))
    return np.resize(np.concatenate(statistics), (1, dim))


FRONT_ENDS: dict[str, Callable[..., np.ndarray]] = {
    "light-sernet": levelled_cepstra,
    "tim-net": cepstra_at_22050,
    "lstm": classic_frames,
    "functionals": nearest_functionals,
}


def network_of(specification: dict[str, Any], weights: Path) -> torch.nn.Module:
    """The network in torch, as it was trained."""
    place = specification["network"]
    dim, classes = specification["dim"], specification["classes"]
    if place == "linear":
        network: torch.nn.Module = torch.nn.Linear(dim, classes)
    else:
        module, _, name = place.partition(":")
        network = getattr(importlib.import_module(module), name)(
            dim, classes, **specification["options"]
        )
        if specification["standardised"]:
            from emovox.engine.standardised import Standardised

            network = Standardised(network, np.zeros(dim), np.ones(dim))
    network.load_state_dict(load_file(weights))
    return network.eval()


def recogniser(place: Path) -> Callable[[str], list[float]]:
    """Path of a recording -> probabilities."""
    specification = json.loads(place.read_text("utf-8"))
    network = network_of(specification, place.with_suffix(".safetensors"))
    front_end = FRONT_ENDS[specification["front_end"]]

    def predict(path: str) -> list[float]:
        frames = front_end(path, **specification["front_end_options"])
        inputs = torch.from_numpy(np.ascontiguousarray(frames, dtype=np.float32))[None]
        with torch.inference_mode():
            if specification["network"] == "linear":
                logits = network(inputs[:, 0])
            else:
                from emovox.engine.batch import Batch

                logits = network(Batch(inputs, torch.tensor([inputs.shape[1]])))["logits"]
        return torch.softmax(logits, dim=1)[0].tolist()

    return predict


def main() -> None:
    """Recognise, print the probabilities or the seconds."""
    place, recording = Path(sys.argv[1]), sys.argv[2]
    if "--warm" in sys.argv:
        torch.set_num_threads(1)
    predict = recogniser(place)
    found = predict(recording)
    if "--warm" not in sys.argv:
        print(json.dumps(found))
        return
    predict(recording)
    seconds = []
    for _ in range(int(sys.argv[sys.argv.index("--warm") + 1])):
        began = time.perf_counter()
        predict(recording)
        seconds.append(time.perf_counter() - began)
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
