"""Fill the tables of docs/ and of the READMEs from the registry and from results/.

    python scripts/make_docs.py [--check]

A table stands between `<!-- NAME:begin -->` and `<!-- NAME:end -->`; what is around them is
written by hand. With --check nothing is written, and files that would change are listed.
"""

from __future__ import annotations

import argparse
import importlib
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from docs_adapting import adapting
from docs_codes import CODE_MEANINGS, WARNING_MEANINGS
from docs_figures import figures, readme_figures
from docs_out_of_domain import out_of_domain
from emovox import registry
from emovox.atomic import write_text
from emovox.cli.main import COMMANDS
from emovox.errors import CODES
from emovox.labels import ALIASES, EMOTIONS, LABEL_SETS

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"(<!-- (?P<name>[a-z-]+):begin -->\n).*?(<!-- (?P=name):end -->)", re.DOTALL)

FEATURES = {
    "chroma": "energy of the twelve pitch classes, tuning estimated",
    "contrast": "peak minus valley in seven octave bands",
    "fbank": "filter banks after Kaldi's way, mean and standard deviation",
    "kurpukdee-fbank": "log filter banks with deltas, statistics over time",
    "kurpukdee-mfcc": "MFCC with deltas, statistics over time",
    "kurpukdee-plp": "perceptual linear prediction with deltas, statistics over time",
    "kurpukdee-prosody": "F0, energy and voicing, statistics over time",
    "light-sernet": "cepstra of 3 s, levelled and clipped, as Light-SERNet takes them; frames only",
    "light-sernet-7s": "the same of 7 s; frames only",
    "logmel": "mel spectrum in decibels, mean and standard deviation",
    "mel": "mel power spectrum",
    "mfcc": "mel-frequency cepstral coefficients",
    "paralinguistic": "the largest set: spectrum, cepstrum, prosody and voice quality under many "
    "functionals",
    "modulation": "how the level of each band rises and falls, by rate",
    "paralinguistic-narrow": "`paralinguistic` up to 5 kHz, for recordings without higher sound",
    "waveform": "samples as they are, for encoders that begin with them; frames only",
    "waveform-standardised": "samples at mean 0 and variance 1, for the same; frames only",
    "whisper-logmel": "log-mel spectrogram as Whisper takes it, 100 frames a second; frames only",
    "whisper-logmel-128": "the same with 128 bands, of large-v3; frames only",
    "replknet": "log-mel spectrogram standardised by itself, for RepLKNet; frames only",
    "spectral": "shape of the spectrum, bands and cepstra under many functionals",
    "prosody": "F0, voicing, energy and rate, statistics over time",
    **{
        f"tim-net-{corpus}": "cepstra of a fixed length at 22,050 Hz, as TIM-Net takes them for "
        f"{title}; frames only"
        for corpus, title in {
            "casia": "CASIA",
            "emodb": "EmoDB and EMOVO",
            "iemocap": "IEMOCAP",
            "ravdess": "RAVDESS",
            "savee": "SAVEE",
        }.items()
    },
    "tonnetz": "tonal centroids of the harmonic part",
    "voice-quality": "jitter, shimmer, harmonics-to-noise ratio, slope, flux, formants",
}
"""What features are that share a module with others, in a few words."""

LANGUAGES = {
    "da": "Danish", "de": "German", "en": "English", "en-CA": "English", "en-GB": "English",
    "en-US": "English", "fa": "Persian", "it": "Italian", "ur": "Urdu", "zh-CN": "Chinese",
}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing")
    check = parser.parse_args().check
    stale = [path for path in pages() if filled(path.read_text("utf-8")) != path.read_text("utf-8")]
    for path in stale:
        print(f"{'out of date' if check else 'written'}: {path.relative_to(ROOT)}")
        if not check:
            write_text(path, filled(path.read_text("utf-8")))
    return 1 if check and stale else 0


def pages() -> list[Path]:
    """Files that may hold blocks."""
    return [*sorted(ROOT.glob("README*.md")), *sorted((ROOT / "docs").glob("*.md"))]


def filled(text: str) -> str:
    """Fill every block of a page anew."""

    def block(match: re.Match[str]) -> str:
        return match[1] + BLOCKS[match["name"]]().rstrip("\n") + "\n" + match[3]

    return BLOCK.sub(block, text)


def corpora() -> str:
    rows = []
    for name in sorted(registry.CORPORA):
        card = registry.get("corpus", name).card
        shared = {True: "yes", False: "no", None: "nobody has said"}[card.models_may_be_shared]
        languages = dict.fromkeys(LANGUAGES.get(each, each) for each in card.languages)
        rows.append(
            [f"`{name}`", card.title, ", ".join(languages), card.n_speakers, card.n_utterances,
             len(card.emotions) or "", card.licence, shared]
        )  # fmt: skip
    return table(
        ["name", "corpus", "language", "speakers", "recordings", "emotions", "licence",
         "may a model be given away?"],
        rows,
    )  # fmt: skip


def corpus_notes() -> str:
    parts = []
    for name in sorted(registry.CORPORA):
        card = registry.get("corpus", name).card
        lines = [
            f"### {card.title}",
            "",
            f"- Name of a recording: `{card.example}`; {card.naming}. Source: {card.rule_source}.",
            f"- Speaker: {card.speaker_rule}.",
            f"- Fair comparison: {card.protocol}.",
            f"- Licence: {card.licence}. Where that is said: {card.licence_source}. "
            f"{card.sharing_reason}",
        ]
        if card.emotions:
            counts = ", ".join(f"{emotion} {n}" for emotion, n in card.emotions.items())
            lines.append(f"- Published counts: {counts}.")
        lines += [f"- Defect: {defect}" for defect in card.known_defects]
        lines += [f"- Altered copy in circulation: {copy.what}" for copy in card.altered_copies]
        lines.append(f"- Cite: {card.citation}. From: {card.url}")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def features() -> str:
    left_out = {"name", "version", "sample_rate", "parts"}
    empty = ([], ())
    rows = []
    for name in sorted(registry.FEATURES):
        feature = registry.get("feature", name)
        chosen = ", ".join(
            f"{key}={brief(value)}"
            for key, value in feature.settings().items()
            if key not in left_out and value not in empty
        )
        dimensions = len(feature.names) or ""
        rows.append(
            [f"`{name}`", described(name), dimensions, len(feature.frame_names), feature.version,
             chosen]
        )  # fmt: skip
    return table(["name", "what", "dimensions", "of a frame", "version", "settings"], rows)


def described(name: str) -> str:
    """Say what a feature is: `FEATURES`, else the first line of its module."""
    if name in FEATURES:
        return FEATURES[name]
    module = importlib.import_module(registry.FEATURES[name].partition(":")[0])
    return (module.__doc__ or "").partition("\n")[0].rstrip(".")


def methods() -> str:
    groups: dict[str, list[Any]] = {}
    for name in sorted(registry.METHODS):
        method = registry.get("method", name)
        groups.setdefault(method.source, []).append(method)
    parts = []
    for source, members in groups.items():
        rows = [
            [f"`{method.name}`", method.title, f"`{method.needs.feature}`",
             ", ".join(method.tasks), method.grid_size or ""]
            for method in members
        ]  # fmt: skip
        notes: dict[str, list[str]] = {}
        for method in members:
            if method.note:
                notes.setdefault(method.note, []).append(f"`{method.name}`")
        columns = ["name", "what", "feature it was made for", "tasks", "candidates of its grid"]
        lines = [f"## {source}", "", table(columns, rows), ""]
        lines += [f"- {', '.join(names)}: {note}" for note, names in notes.items()]
        parts.append("\n".join(lines).rstrip())
    return "\n\n".join(parts)


def protocols() -> str:
    rows = []
    for name in sorted(registry.PROTOCOLS):
        protocol = registry.get("protocol", name)
        apart = ", ".join(sorted(protocol.separates)) or "nothing"
        rows.append([f"`{name}`", protocol.describes, apart])
    return table(["name", "folds", "keeps apart"], rows)


def codes() -> str:
    rows = [[f"`{code}`", CODE_MEANINGS[code], status] for code, status in CODES.items()]
    return table(["code", "meaning", "exit status"], rows)


def warning_codes() -> str:
    return table(
        ["code", "meaning"], [[f"`{code}`", said] for code, said in WARNING_MEANINGS.items()]
    )


def emotions() -> str:
    rows = []
    for emotion in EMOTIONS:
        words = [word for word, meant in ALIASES.items() if meant == emotion and word != emotion]
        rows.append([emotion, ", ".join(words)])
    return table(["emotion", "also understood"], rows)


def label_sets() -> str:
    return table(
        ["label set", "emotions"],
        [[f"`{name}`", ", ".join(emotions)] for name, emotions in LABEL_SETS.items()],
    )


def commands() -> str:
    return table(
        ["command", "what it does"], [[f"`emovox {name}`", line] for name, line in COMMANDS.items()]
    )


def brief(value: Any) -> str:
    """Write a setting in a table's cell."""
    if isinstance(value, list | tuple):
        shown = [brief(each) for each in value]
        return "/".join(shown) if len(shown) <= 6 else f"{len(shown)} of them"
    if isinstance(value, dict):
        return f"{len(value)} of them"
    return f"{value:g}" if isinstance(value, float) else str(value)


def table(heading: list[str], rows: Iterable[list[Any]]) -> str:
    """Write a Markdown table."""
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join(
        "| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines
    )


BLOCKS: dict[str, Callable[[], str]] = {
    "codes": codes,
    "commands": commands,
    "corpora": corpora,
    "corpus-notes": corpus_notes,
    "emotions": emotions,
    "features": features,
    "adapting": lambda: adapting(ROOT / "results"),
    "figures": lambda: figures(ROOT / "results"),
    "label-sets": label_sets,
    "methods": methods,
    "out-of-domain": lambda: out_of_domain(ROOT / "results"),
    "protocols": protocols,
    "readme-figures": lambda: readme_figures(ROOT / "results", language="en"),
    "readme-figures-zh": lambda: readme_figures(ROOT / "results", language="zh"),
    "warning-codes": warning_codes,
}

if __name__ == "__main__":
    sys.exit(main())
