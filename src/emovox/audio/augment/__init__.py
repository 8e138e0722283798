"""Augmentation of waveforms and of frames: dice are drawn first, then applied."""

from .applied import Applied, Augmentation
from .bands import TELEPHONE, BandLimit, Equalisation
from .chain import AppliedChain, Chain
from .codec import Codec, available_codecs
from .copies import CHAINS, Copy, copies
from .loudness import Clipping, Gain
from .masks import AppliedMasks, SpecAugment
from .mixing import AppliedMixup, Mixup, one_hot
from .noise import Noise
from .reverberation import Reverberation
from .sources import Arrays, Clips, Source
from .speed import Pitch, Speed, Tempo

__all__ = [
    "CHAINS",
    "TELEPHONE",
    "Applied",
    "AppliedChain",
    "AppliedMasks",
    "AppliedMixup",
    "Arrays",
    "Augmentation",
    "BandLimit",
    "Chain",
    "Clipping",
    "Clips",
    "Codec",
    "Copy",
    "Equalisation",
    "Gain",
    "Mixup",
    "Noise",
    "Pitch",
    "Reverberation",
    "Source",
    "SpecAugment",
    "Speed",
    "Tempo",
    "available_codecs",
    "copies",
    "one_hot",
]
