"""Draw docs/images/augmentations.png: one synthetic clip after each augmentation.

    python scripts/augmentation_picture.py

Needs matplotlib (the extra `bench`).
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from emovox.audio import read
from emovox.audio.augment import (
    TELEPHONE,
    AppliedMixup,
    Augmentation,
    BandLimit,
    Chain,
    Clipping,
    Codec,
    Equalisation,
    Gain,
    Noise,
    Pitch,
    Reverberation,
    SpecAugment,
    Speed,
    Tempo,
    available_codecs,
    one_hot,
)
from emovox.demo.clips import clip_paths
from emovox.features.mel import mel_spectrogram
from emovox.features.spectrum import Signal, power_to_db
from emovox.randomness import generator

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
RATE = 16_000
SECONDS = 2.0
HOP = 160
FLOOR_DB = 75.0
TICKS_HZ = (0, 500, 1000, 2000, 4000, 8000)

SHOWN: dict[str, Augmentation] = {
    "white noise, 10 dB": Noise(snr_db=(10, 10)),
    "pink noise, 10 dB": Noise(snr_db=(10, 10), of="pink"),
    "babble, 10 dB": Noise(snr_db=(10, 10), of="babble"),
    "room, 0.8 s": Reverberation(rt60_s=(0.8, 0.8), direct_db=(-3, -3)),
    "gain, -12 dB": Gain(db=(-12, -12)),
    "clipping, 15 dB below peak": Clipping(below_peak_db=(15, 15)),
    "speed, 1.3": Speed(factor=(1.3, 1.3)),
    "tempo, 1.3": Tempo(factor=(1.3, 1.3)),
    "pitch, +4 semitones": Pitch(semitones=(4, 4)),
    "band limit, 3 kHz": BandLimit(high_hz=(3000, 3000)),
    "telephone band": TELEPHONE,
    "equalisation, ±15 dB": Equalisation(db=(-15, 15), points=4),
    "codec: mu-law": Codec(names=("mu-law",)),
    "codec: GSM": Codec(names=("gsm",)),
    "codec: Opus, lowest quality": Codec(names=("opus",), quality=(0, 0)),
    "codec: MP3, lowest quality": Codec(names=("mp3",), quality=(0, 0)),
    "chain: room, pink noise, GSM": Chain(
        [Reverberation(rt60_s=(0.4, 0.4)), Noise(snr_db=(15, 15), of="pink"), Codec(names=("gsm",))]
    ),
}


def main() -> int:
    if lacking := {"gsm", "mp3", "mu-law", "opus"} - set(available_codecs()):
        print(f"libsndfile of this computer lacks {', '.join(sorted(lacking))}", file=sys.stderr)
        return 3
    draw(IMAGES / "augmentations.png")
    return 0


def draw(path: Path) -> None:
    """Draw all spectrograms on one sheet, on one scale of decibels."""
    clip = read(clip_paths()[0], end=SECONDS).samples
    other = read(clip_paths()[3], end=SECONDS).samples
    plates = {"as recorded": log_mel(clip)}
    loudest = plates["as recorded"].max()
    for row, (title, augmentation) in enumerate(SHOWN.items()):
        changed = augmentation.draw(generator(1, 0, row))(clip, sample_rate=RATE)
        plates[title] = log_mel(changed)
    masks = SpecAugment(time_width=30, frequency_width=12).draw(generator(8, 0, 0))
    plates["SpecAugment"] = masks(plates["as recorded"])
    frames = np.stack([plates["as recorded"], log_mel(other)])
    pairs = AppliedMixup(partners=(1, 0), weights=(0.6, 0.4))
    mixed, _ = pairs(frames, one_hot(np.array([0, 1]), classes=2))
    plates["mixup, 60 % and 40 % of another"] = mixed[0]

    columns = 4
    rows = -(-len(plates) // columns)
    with mpl.rc_context({"font.size": 9, "font.family": "DejaVu Sans"}):
        sheet = Figure(figsize=(12, 1.95 * rows), dpi=110, layout="constrained")
        axes = sheet.subplots(rows, columns, sharex=True, sharey=True)
        for place, (axis, (title, plate)) in enumerate(
            zip(axes.flat, plates.items(), strict=False)
        ):
            image = axis.imshow(
                plate.T - loudest, origin="lower", aspect="auto", cmap="magma",
                interpolation="nearest", vmin=-FLOOR_DB, vmax=0,
                extent=(0, plate.shape[0] * HOP / RATE, 0, plate.shape[1]),
            )  # fmt: skip
            axis.set_title(title, fontsize=10, loc="left", weight="bold" if place == 0 else None)
            axis.set_xlim(0, SECONDS)
            axis.set_yticks([band_of(hz) for hz in TICKS_HZ], [f"{hz / 1000:g}" for hz in TICKS_HZ])
            axis.set_facecolor("#e6e6e6")
            axis.spines[:].set_visible(False)
        for axis in axes.flat[len(plates) :]:
            axis.set_visible(False)
        sheet.supylabel("frequency in kHz (mel scale)")
        sheet.supxlabel("time in s")
        bar = sheet.colorbar(image, ax=axes, shrink=0.4, pad=0.01)
        bar.set_label("dB relative to the loudest cell as recorded")
        buffer = io.BytesIO()
        sheet.savefig(buffer, format="png")
    path.parent.mkdir(parents=True, exist_ok=True)
    # Noise compresses badly; 256 colours show it as well.
    Image.open(buffer).convert("RGB").quantize(256).save(path, optimize=True)


def log_mel(samples: np.ndarray) -> np.ndarray:
    """Log-mel spectrogram, shape (frames, 80)."""
    power = mel_spectrogram(Signal(samples, RATE), n_fft=1024, hop_length=HOP, n_mels=80)
    return power_to_db(power, top_db=None)


def band_of(hz: float) -> float:
    """Where a frequency lies among the 80 bands (Slaney's mel scale)."""

    def mel(frequency: float) -> float:
        linear = frequency / (200 / 3)
        return (
            linear
            if frequency < 1000
            else 15 + 27 * float(np.log(frequency / 1000)) / float(np.log(6.4))
        )

    return 80 * mel(hz) / mel(RATE / 2)


if __name__ == "__main__":
    sys.exit(main())
