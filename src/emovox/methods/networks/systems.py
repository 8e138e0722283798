"""The networks of the registry: how each is made and trained. Importing this needs no torch."""

from __future__ import annotations

from dataclasses import replace

from ..contract import Needs
from .method import NetworkMethod

TIM_NET_RECIPE = {
    "epochs": 500,
    "batch_size": 64,
    "optimiser": "adam",
    "learning_rate": 1e-3,
    "betas": (0.93, 0.98),
    "eps": 1e-8,
    "label_smoothing": 0.1,
    # The published run takes the epoch of the best accuracy, the first of equals.
    "criterion": "wa",
    "ties": "first",
}

TIM_NET = NetworkMethod(
    name="tim-net",
    title="TIM-Net: temporal-aware bi-directional multi-scale network",
    source="Ye, Wen, Wei, Xu, Liu, Shan, ICASSP 2023, arXiv 2211.08233",
    needs=Needs(
        "tim-net-emodb",
        form="frames",
        by_corpus={
            "casia": "tim-net-casia",
            "iemocap": "tim-net-iemocap",
            "ravdess": "tim-net-ravdess",
            "savee": "tim-net-savee",
        },
    ),
    network="tim_net:TimNet",
    options={"n_blocks": 8, "direction": "both", "fusion": "learned", "dropout": 0.1},
    training=TIM_NET_RECIPE,
    frames=188,
    nominal_frames=188,
    duration_s=96_000 / 22_050,
    counts_statistics=True,
    note=(
        "Published figures chose the epoch on the test fold of random folds that share speakers; "
        "watch=test epoch=best repeats that on purpose, watch=speakers chooses it on held-out "
        "training speakers. The published network for IEMOCAP has n_blocks=10."
    ),
)

TIM_NET_FORWARD = replace(
    TIM_NET,
    name="tim-net-forward",
    title="TIM-Net without its backward stream (ablation)",
    options={**TIM_NET.options, "direction": "forward"},
)
TIM_NET_LAST_LEVEL = replace(
    TIM_NET,
    name="tim-net-last-level",
    title="TIM-Net from its last level alone (ablation)",
    options={**TIM_NET.options, "fusion": "last"},
)
TIM_NET_MEAN_LEVELS = replace(
    TIM_NET,
    name="tim-net-mean-levels",
    title="TIM-Net from the mean of its levels (ablation)",
    options={**TIM_NET.options, "fusion": "mean"},
)

LIGHT_SERNET = NetworkMethod(
    name="light-sernet",
    title="LIGHT-SERNET: lightweight fully convolutional network",
    source="Aftab, Morsali, Ghaemmaghami, Champagne, ICASSP 2022, arXiv 2110.03435",
    needs=Needs("light-sernet", form="frames"),
    network="light_sernet:LightSernet",
    options={"dropout": 0.3},
    training={
        "epochs": 300,
        "batch_size": 32,
        "optimiser": "adam",
        "learning_rate": 1e-4,
        "eps": 1e-7,
        "schedule": "light-sernet",
        # 1e-6 times the sum of squares, whose gradient is 2e-6 times the weight.
        "weight_decay": 2e-6,
        "decayed": tuple(f"body.{place}.convolution.weight" for place in range(5)),
        "criterion": "wa",
        "ties": "last",
    },
    frames=184,
    nominal_frames=184,
    duration_s=3.0,
    counts_statistics=True,
    note=(
        "light-sernet-focal is the published alternative, light-sernet-7s takes the longer input. "
        "Published figures chose the epoch on the test part of random folds that share speakers; "
        "watch=test epoch=best repeats that on purpose."
    ),
)

LIGHT_SERNET_FOCAL = replace(
    LIGHT_SERNET,
    name="light-sernet-focal",
    title="LIGHT-SERNET with the focal loss",
    training={**LIGHT_SERNET.training, "loss": "focal"},
)
LIGHT_SERNET_7S = replace(
    LIGHT_SERNET,
    name="light-sernet-7s",
    title="LIGHT-SERNET on 7 s",
    needs=Needs("light-sernet-7s", form="frames"),
    frames=434,
    nominal_frames=434,
    duration_s=7.0,
)

LSTM = NetworkMethod(
    name="lstm",
    title="LSTM of ccser, each utterance a sequence of its own",
    source="Cross-Corpus-SER (ccser), 2023, after x4nth055/emotion-recognition-using-speech",
    needs=Needs("chroma+mel+mfcc", form="frames"),
    network="lstm:Lstm",
    options={"hidden": 128, "dropout": 0.3},
    training={"epochs": 200, "batch_size": 64, "optimiser": "adam", "learning_rate": 1e-3},
    nominal_frames=94,
    duration_s=3.0,
    standardise=True,
    note=(
        "The published system feeds all utterances as one sequence, whose time is their order in "
        "the list; here time is time, padded frames are masked, and the answer is that of the "
        "last valid frame."
    ),
)

REPLKNET = NetworkMethod(
    name="replknet",
    title="RepLKNet-S: very large kernels on log-mel spectrograms, emovox variant",
    source="Ding, Zhang, Zhou, Han, Ding, Sun, CVPR 2022, arXiv 2203.06717 (images; no SER figure)",
    needs=Needs("replknet", form="frames"),
    network="replknet_variants:variant_of",
    options={
        "variant": "S",
        "kernels": None,
        "layers": None,
        "channels": None,
        "small_kernel": None,
        "drop_path": 0.1,
    },
    training={
        "epochs": 100,
        "batch_size": 32,
        "optimiser": "adamw",
        "learning_rate": 1e-3,
        "weight_decay": 0.05,
        "schedule": "cosine",
        "warm_up_epochs": 5.0,
        "clip_norm": 1.0,
        "ema": 0.99,
        "label_smoothing": 0.1,
        "mixup": 0.2,
        "masks": (30, 12),
        "watch": "speakers",
        "epoch": "best",
        "patience": 20,
    },
    nominal_frames=300,
    duration_s=3.0,
    windows={"frames": 300, "hop": 150, "pad": "tile"},
    note="Everything about sound is inferred: the source is about images. Windows of 3 s.",
)

LIGHT = NetworkMethod(
    name="light",
    title="dense network on paralinguistic functionals, taught with virtual speakers",
    source="emovox",
    needs=Needs("paralinguistic", augment="speakers:6"),
    network="dense:Dense",
    options={"hidden": 192, "clip": 4.0, "input_dropout": 0.3, "dropout": 0.5},
    training={
        "epochs": 8,
        "batch_size": 64,
        "optimiser": "adamw",
        "learning_rate": 1e-3,
        "weight_decay": 1e-2,
        "schedule": "cosine",
        "warm_up_epochs": 2.0,
        "label_smoothing": 0.1,
        "mixup": 0.2,
        "balance": "class_weight",
    },
    frames=1,
    nominal_frames=1,
    duration_s=3.0,
    standardise=True,
    note=(
        "An epoch holds every recording and its copies. The cost is that of the network; its "
        "functionals cost more."
    ),
)

ENCODER = NetworkMethod(
    name="encoder",
    title="frozen speech encoder, learned weights of its layers, a small head",
    source="Yang et al., SUPERB, Interspeech 2021, arXiv 2105.01051 (the head is ours)",
    needs=Needs("whisper-logmel", form="frames"),
    network="encoder:TunedEncoder",
    options={
        "encoder": "whisper-base",
        "layers": "1-4",
        "trained": "none",
        "head": "pooled",
        "pooling": "mean-sd",
        "hidden": None,
        "dropout": 0.2,
        "encoder_rate": 0.02,
        "block_rate": 0.9,
        "lora_rank": 8,
        "lora_alpha": 16.0,
        "lora_on": "attention",
        "first_weights": "pretrained",
    },
    training={
        "epochs": 12,
        "batch_size": 16,
        "optimiser": "adamw",
        "learning_rate": 1e-3,
        "weight_decay": 1e-2,
        "schedule": "cosine",
        "warm_up_epochs": 1.0,
        "clip_norm": 1.0,
        "label_smoothing": 0.1,
        "balance": "class_weight",
    },
    nominal_frames=300,
    duration_s=3.0,
    windows={"frames": 3000, "hop": 3000, "pad": "none"},
    extra="ssl",
    note=(
        "encoder=NAME takes any encoder of docs/encoders.md; one that hears samples needs "
        "--features waveform-standardised (or waveform, as its folder says). Whisper hears the "
        "clip alone, not padded to 30 s."
    ),
)
ENCODER_TUNED = replace(
    ENCODER,
    name="encoder-tuned",
    title="speech encoder whose top blocks are trained",
    source="emovox; after SpeechBrain's recipes of two learning rates",
    options={**ENCODER.options, "layers": "3", "trained": 2},
)
ENCODER_LORA = replace(
    ENCODER,
    name="encoder-lora",
    title="speech encoder with low-rank additions to its blocks",
    source="Hu et al., ICLR 2022, arXiv 2106.09685; Feng, Narayanan, PEFT-SER, ACII 2023",
    options={**ENCODER.options, "layers": "3", "trained": "lora"},
)
