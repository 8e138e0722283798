"""The five features of the ccser sheet are those of librosa 0.11.

Equal means: the largest difference is at most 1e-3 of the feature's largest absolute value in the
clip, for the vector (the mean over frames) and for every frame.
"""

from __future__ import annotations

import csv
import os
import warnings
from pathlib import Path

import numpy as np
import pytest

from emovox.audio import read
from emovox.features.cepstrum import mfcc
from emovox.features.chroma import chromagram, estimate_tuning
from emovox.features.contrast import spectral_contrast
from emovox.features.harmonic import harmonic
from emovox.features.mel import mel_spectrogram
from emovox.features.spectrum import Signal
from emovox.features.tonnetz import tonnetz

TOLERANCE = 1e-3
NEAR_TIES = Path(__file__).with_name("tuning_near_ties.csv")


def ours(samples, sample_rate, *, tuning=None, harmonic_tuning=None):
    signal = Signal(samples, sample_rate)
    return {
        "mfcc": mfcc(signal),
        "chroma": chromagram(signal, tuning=tuning),
        "mel": mel_spectrogram(signal),
        "contrast": spectral_contrast(signal),
        "tonnetz": tonnetz(signal, tuning=harmonic_tuning),
    }


def theirs(librosa, samples, sample_rate, *, tuning=None, harmonic_tuning=None):
    with warnings.catch_warnings():
        # It warns of clips shorter than a frame.
        warnings.simplefilter("ignore", UserWarning)
        magnitude = np.abs(librosa.stft(samples))
        still = librosa.effects.harmonic(samples)
        found = {
            "mfcc": librosa.feature.mfcc(y=samples, sr=sample_rate, n_mfcc=40),
            "chroma": librosa.feature.chroma_stft(S=magnitude, sr=sample_rate, tuning=tuning),
            "mel": librosa.feature.melspectrogram(y=samples, sr=sample_rate),
            "contrast": librosa.feature.spectral_contrast(S=magnitude, sr=sample_rate),
            "tonnetz": librosa.feature.tonnetz(y=still, sr=sample_rate, tuning=harmonic_tuning),
        }
    return {name: frames.T for name, frames in found.items()}


def largest_difference(found, expected):
    return float(np.abs(found - expected).max() / max(np.abs(expected).max(), 1e-12))


def assert_equal(found, expected):
    for name, frames in expected.items():
        assert found[name].shape == frames.shape, name
        assert largest_difference(found[name], frames) <= TOLERANCE, name
        vector = largest_difference(found[name].mean(axis=0), frames.mean(axis=0))
        assert vector <= TOLERANCE, name


@pytest.fixture(scope="module")
def librosa():
    return pytest.importorskip("librosa", reason="librosa is the reference")


@pytest.mark.parametrize("sample_rate", [16000, 22050, 44100, 48000])
def test_five_features_equal_librosa_at_every_rate(librosa, speech_like, sample_rate):
    samples = speech_like(1.2, sample_rate, seed=sample_rate)
    assert_equal(ours(samples, sample_rate), theirs(librosa, samples, sample_rate))


@pytest.mark.parametrize("pitch_hz", [95.0, 180.0, 260.0])
def test_five_features_equal_librosa_for_every_pitch(librosa, speech_like, pitch_hz):
    samples = speech_like(1.0, 16000, seed=7, pitch_hz=pitch_hz)
    assert_equal(ours(samples, 16000), theirs(librosa, samples, 16000))


@pytest.mark.parametrize("n_samples", [400, 1600, 2047, 2048, 2561, 5000])
def test_five_features_equal_librosa_on_short_clips(librosa, speech_like, n_samples):
    samples = speech_like(1.0, 16000, seed=3)[2000 : 2000 + n_samples]
    assert_equal(ours(samples, 16000), theirs(librosa, samples, 16000))


def test_five_features_equal_librosa_on_loud_and_on_faint_clips(librosa, speech_like):
    samples = speech_like(0.8, 16000, seed=5)
    for gain in (1e-4, 1.9):
        scaled = (gain * samples).astype(np.float32)
        assert_equal(ours(scaled, 16000), theirs(librosa, scaled, 16000))


def test_harmonic_part_and_tunings_equal_librosa(librosa, speech_like):
    samples = speech_like(1.5, 16000, seed=11)
    expected = librosa.effects.harmonic(samples)
    still = harmonic(Signal(samples, 16000))
    assert largest_difference(still.samples, expected) <= 1e-5
    assert estimate_tuning(Signal(samples, 16000)) == librosa.estimate_tuning(y=samples, sr=16000)
    third = librosa.estimate_tuning(y=expected, sr=16000, bins_per_octave=36)
    assert estimate_tuning(still, bins_per_octave=36) == third


def test_another_tuning_gives_other_chroma(speech_like):
    signal = Signal(speech_like(0.5, 16000), 16000)
    assert not np.allclose(chromagram(signal, tuning=0.0), chromagram(signal, tuning=0.3))


def near_ties():
    """Clips of EmoDB whose tuning rounding decides (scripts/list_tuning_near_ties.py)."""
    with open(NEAR_TIES, encoding="utf-8", newline="") as handle:
        return {row["utterance"] for row in csv.DictReader(handle)}


def compare(librosa, path, sample_rate):
    """Compare one recording; both tunings are given where it is a listed near-tie."""
    samples = read(path, sample_rate=sample_rate).samples
    given = {}
    if path.stem in near_ties():
        signal = Signal(samples, sample_rate)
        given["tuning"] = estimate_tuning(signal)
        given["harmonic_tuning"] = estimate_tuning(harmonic(signal), bins_per_octave=36)
    expected = theirs(librosa, samples, sample_rate, **given)
    assert_equal(ours(samples, sample_rate, **given), expected)


def recordings(corpus):
    """Every recording of a corpus of EMOVOX_CORPORA, in order."""
    root = os.environ.get("EMOVOX_CORPORA")
    inside = Path(root, corpus).rglob("*.*") if root else ()
    found = sorted(path for path in inside if path.suffix in {".flac", ".opus", ".wav"})
    if not found:
        pytest.skip(f"EMOVOX_CORPORA holds no {corpus}")
    return found


@pytest.mark.corpora
@pytest.mark.parametrize(
    ("corpus", "every", "sample_rate"),
    [
        ("emodb", 10, 16000),
        ("emodb", 60, 22050),
        ("emodb", 60, 48000),
        ("emovo", 30, 16000),
        ("emovo", 90, 48000),
        ("ravdess", 75, 16000),
        ("crema-d", 750, 16000),
    ],
)
def test_five_features_equal_librosa_on_speech(librosa, corpus, every, sample_rate):
    for path in recordings(corpus)[::every]:
        compare(librosa, path, sample_rate)


@pytest.mark.corpora
def test_five_features_equal_librosa_on_near_ties_at_a_given_tuning(librosa):
    listed = [path for path in recordings("emodb") if path.stem in near_ties()]
    assert len(listed) == len(near_ties())
    for path in listed:
        compare(librosa, path, 16000)


def test_near_ties_are_few():
    assert 0 < len(near_ties()) < 0.1 * 535
