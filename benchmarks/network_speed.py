"""Recognition of one 3 s recording by the shipped model and by networks, against librosa + torch.

Cold: whole processes, emovox and its peer in turn, each started anew; wall time and peak memory.
Warm: one process each, on one core, decoding included. The networks are trained for one epoch on
made voices: their weights do not matter for the time. The peer (recognising/network_peer.py) has
librosa's features of the same settings and the same network with the same weights in torch. For
the functionals of the shipped model and of `light`, which librosa does not have, it computes what
librosa has nearest: mel bands, cepstra, deltas, chroma and pyin's F0 (once more with the quicker
yin), and statistics of them.

    python benchmarks/network_speed.py [--repetitions 7] [--out results/network-speed.json]

Needs the extras `train` and `dev`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cold_predict import speech_like

NETWORKS = ("light", "tim-net", "light-sernet", "lstm")
DEFAULT = "default"
SECONDS = 3.0
EMOTIONS = ("anger", "boredom", "disgust", "fear", "happiness", "neutral", "sadness")
WITH_FUNCTIONALS = (DEFAULT, "light")
PEER = Path(__file__).with_name("recognising") / "network_peer.py"
WARM = """
import json, sys, time, emovox
recogniser = emovox.load(sys.argv[1])
seconds = []
for turn in range(int(sys.argv[3]) + 2):
    began = time.perf_counter()
    recogniser.predict(sys.argv[2])
    seconds.append(time.perf_counter() - began)
print(json.dumps(seconds[2:]))
"""
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMBA")}


class Run(NamedTuple):
    """One process: seconds on the clock, and the largest memory it held."""

    seconds: float
    peak_mb: float
    output: str


def main() -> None:
    """Prepare, time, print, store."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--warm", type=int, default=20, help="recognitions of a warm process")
    parser.add_argument("--only", action="append", choices=(DEFAULT, *NETWORKS))
    parser.add_argument("--prepare", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    chosen = arguments.only or [DEFAULT, *NETWORKS]
    if arguments.prepare:
        for name in chosen:
            prepare(name, arguments.prepare)
        return
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        # Torch stays in a process of its own: this one must be small, as its children's peak
        # memory begins with what it holds when it starts them.
        command = [sys.executable, __file__, "--prepare", str(folder)]
        for name in chosen:
            subprocess.run([*command, "--only", name], check=True)
        recording = str(speech_like(folder / "a.wav"))
        rows = [measured(name, folder, recording, arguments) for name in chosen]
    import emovox

    report = {
        "command": "python benchmarks/network_speed.py --out results/network-speed.json",
        "repetitions": arguments.repetitions,
        "recognitions of a warm process": arguments.warm,
        "recording": "3 s, 16 kHz, WAV",
        "load of the machine": round(os.getloadavg()[0], 2),
        "emovox": emovox.__version__,
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "tables": {
            "cold, whole process": [row["cold"] for row in rows],
            "warm, one core": [row["warm"] for row in rows],
        },
        "notes": [
            "Median [smallest, largest]; the ratio is that of the pairs. Peer: librosa and torch, "
            "the same network with the same weights. librosa has no such functionals as the "
            f"{' and the '.join(WITH_FUNCTIONALS)} model take: there it computes mel bands, "
            "cepstra, deltas, chroma, pyin's F0 (or yin's) and statistics of them, far fewer "
            "numbers. Times real time: seconds of sound in a second of one core."
        ],
    }
    text = json.dumps(report, indent=1)
    print(text)
    if arguments.out:
        arguments.out.write_text(text + "\n", encoding="utf-8")


def measured(name: str, folder: Path, recording: str, arguments: Any) -> dict[str, Any]:
    """Both measurements of one model."""
    model = DEFAULT if name == DEFAULT else str(folder / name)
    ours = [sys.executable, "-m", "emovox", "predict", "--json", recording, "--model", model]
    peers = [name, f"{name}-yin"] if name in WITH_FUNCTIONALS else [name]
    theirs = {
        peer: [sys.executable, str(PEER), str(folder / f"{peer}.json"), recording] for peer in peers
    }
    for command in (ours, *theirs.values()):
        process(command)  # byte code and numba's cache exist from now on
    runs = [
        (process(ours), *(process(command) for command in theirs.values()))
        for _ in range(arguments.repetitions)
    ]
    cold: dict[str, Any] = {
        "model": name,
        "emovox s": spread([run[0].seconds for run in runs], "{:.3f}"),
        "peer s": spread([run[1].seconds for run in runs], "{:.2f}"),
        "ratio": spread([run[1].seconds / run[0].seconds for run in runs], "{:.1f}"),
        "emovox MB": spread([run[0].peak_mb for run in runs], "{:.0f}"),
        "peer MB": spread([run[1].peak_mb for run in runs], "{:.0f}"),
    }
    warm: dict[str, Any] = {"model": name}
    speeds = {"emovox": warm_speeds([sys.executable, "-c", WARM, model, recording], arguments)}
    speeds["peer"] = warm_speeds([*theirs[name], "--warm"], arguments)
    if len(peers) > 1:
        cold["peer with yin s"] = spread([run[2].seconds for run in runs], "{:.2f}")
        cold["ratio with yin"] = spread([r[2].seconds / r[0].seconds for r in runs], "{:.1f}")
        speeds["peer with yin"] = warm_speeds([*theirs[peers[1]], "--warm"], arguments)
    for who, times in speeds.items():
        warm[f"{who}, times real time"] = spread([SECONDS / t for t in times], "{:.0f}")
        warm[f"{who} ms"] = round(1000 * statistics.median(times), 2)
    warm["ratio"] = round(
        statistics.median(speeds["peer"]) / statistics.median(speeds["emovox"]), 1
    )
    if name != DEFAULT and name not in WITH_FUNCTIONALS:
        cold["largest difference"] = differing(runs[0][0].output, runs[0][1].output)
    return {"cold": cold, "warm": warm}


def process(command: list[str], *, core: int | None = None) -> Run:
    """Run to its end one process, which may keep its byte code as an installed package has it."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    limited: Callable[[], None] | None = None
    if core is not None:
        kept |= ONE_THREAD
        limited = lambda: os.sched_setaffinity(0, {core})  # noqa: E731 -- runs in the child
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        began = time.perf_counter()
        child = subprocess.Popen(
            command, stdout=output, stderr=errors, env=kept, preexec_fn=limited
        )
        _, status, used = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if child.returncode:
            raise SystemExit(f"{command}: {errors.read().decode()}")
        unit = 1 if sys.platform == "darwin" else 1024
        return Run(seconds, used.ru_maxrss * unit / 1e6, output.read().decode())


def warm_speeds(command: list[str], arguments: Any) -> list[float]:
    """Seconds of each recognition of a warm process on the last core."""
    core = max(os.sched_getaffinity(0))
    return list(json.loads(process([*command, str(arguments.warm)], core=core).output))


def spread(values: list[float], form: str) -> str:
    """Median [smallest, largest]."""
    shown = [form.format(each) for each in (statistics.median(values), min(values), max(values))]
    return f"{shown[0]} [{shown[1]}, {shown[2]}]"


def differing(ours: str, theirs: str) -> float:
    """Largest difference of a probability: that both do the same."""
    result = json.loads(ours)
    scores = (result[0] if isinstance(result, list) else result)["scores"]
    found = np.array([scores[emotion] for emotion in sorted(scores)])
    return float(f"{np.abs(found - json.loads(theirs)).max():.2g}")


def prepare(name: str, folder: Path) -> None:
    """Train, export, and write what the peer reads."""
    import torch
    from safetensors.torch import save_file

    if name == DEFAULT:
        specification, tensors = default_peer()
    else:
        specification, tensors = trained(name, folder)
    for suffix, f0 in (("", "pyin"), ("-yin", "yin")):
        options = {"f0": f0, "dim": specification["dim"]} if name in WITH_FUNCTIONALS else {}
        path = folder / f"{name}{suffix}.json"
        path.write_text(json.dumps({**specification, "front_end_options": options}))
        kept: dict[str, torch.Tensor] = {key: one.contiguous() for key, one in tensors.items()}
        save_file(kept, path.with_suffix(".safetensors"))


def trained(name: str, folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """A network after one epoch on made voices; its folder is written, its weights returned."""
    from emovox import registry
    from emovox.features import FrontEnd

    method = registry.get("method", name)
    front_end = FrontEnd(method.needs.feature, form=method.needs.form)
    rate = 22_050 if name == "tim-net" else 16_000
    labels = np.repeat(EMOTIONS, 4)
    rows = [front_end.vector(voice(seed, rate)) for seed in range(len(labels))]
    if method.needs.form == "functionals":
        rows = np.stack(rows)
    estimator = method(epochs=1, watch=None).fit(rows, labels)
    estimator.export(
        folder / name, rows=rows, front_end=front_end.settings(), feature_names=front_end.names,
        name=name,
    )  # fmt: skip
    network = estimator.network_
    inner = getattr(network, "network", network)
    kind = type(inner)
    return {
        "network": f"{kind.__module__}:{kind.__name__}",
        "options": method.options,
        "standardised": inner is not network,
        "front_end": "functionals" if name in WITH_FUNCTIONALS else name,
        "dim": int(estimator.input_["dim"]),
        "classes": len(EMOTIONS),
    }, network.state_dict()


def default_peer() -> tuple[dict[str, Any], dict[str, Any]]:
    """The shipped model in torch: its weights where it is linear, else a network of its sizes."""
    import torch

    import emovox

    model = emovox.load().model
    dim, classes = model.dim, len(model.labels)
    found: dict[str, Any] = {"front_end": "functionals", "dim": dim, "classes": classes}
    origin = model.runtime.run(np.zeros((1, dim)))[0]
    ends = np.concatenate([model.runtime.run(part) for part in np.array_split(np.eye(dim), 16)])
    probe = np.random.default_rng(0).standard_normal((4, dim))
    weights = (ends - origin).T
    if np.allclose(probe @ weights.T + origin, model.runtime.run(probe), rtol=1e-3, atol=1e-3):
        tensors = {"weight": torch.tensor(weights).float(), "bias": torch.tensor(origin).float()}
        return {**found, "network": "linear"}, tensors
    from emovox import registry

    method = registry.get("method", model.settings["method"]["name"])
    network = method.build(dim=dim, n_classes=classes)
    kind = type(network)
    return {
        **found, "network": f"{kind.__module__}:{kind.__name__}", "options": method.options,
        "standardised": False,
    }, network.state_dict()  # fmt: skip


def voice(seed: int, rate: int) -> np.ndarray:
    """Three seconds of a buzz with the rise and fall of syllables, at a pitch of its own."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(SECONDS * rate)) / rate
    pitch = rng.uniform(90, 260) * t + 3 * np.sin(2 * np.pi * rng.uniform(0.4, 1) * t)
    buzz = sum(np.sin(2 * np.pi * k * pitch) / k for k in range(1, 20))
    syllables = np.maximum(np.sin(2 * np.pi * rng.uniform(2, 4) * t), 0)
    return (0.15 * buzz * syllables + 1e-3 * rng.standard_normal(t.size)).astype(np.float32)


if __name__ == "__main__":
    main()
