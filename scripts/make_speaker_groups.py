"""Write the committed speaker groups and utterance lists from the whole published corpora.

    EMOVOX_CORPORA=FOLDER python scripts/make_speaker_groups.py

The groups follow from `emovox.evaluation.grouping.balanced_groups` alone: running this again
writes the same files.
"""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

from emovox import registry
from emovox.atomic import write_text
from emovox.evaluation.grouping import Member, balanced_groups
from emovox.evaluation.speaker_groups import N_GROUPS

TARGET = Path(__file__).resolve().parents[1] / "src" / "emovox" / "evaluation"
GROUPED = ("crema-d", "ravdess", "urdu")
LISTED = ("crema-d", "urdu")


def main() -> None:
    """Write ``groups/*.csv`` and ``lists/*.csv``."""
    root = Path(os.environ["EMOVOX_CORPORA"])
    for name in GROUPED:
        utterances = registry.get("corpus", name).read(root / name)
        sizes: dict[str, int] = {}
        genders: dict[str, str] = {}
        for one in utterances:
            sizes[one.speaker] = sizes.get(one.speaker, 0) + 1
            genders[one.speaker] = one.gender or ""
        members = [Member(speaker, size, genders[speaker]) for speaker, size in sizes.items()]
        groups = balanced_groups(members, N_GROUPS)
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(["speaker", "gender", "utterances", "group"])
        for speaker in sorted(groups):
            rows.writerow([speaker, genders[speaker], sizes[speaker], groups[speaker] + 1])
        write_text(TARGET / "groups" / f"{name}.csv", text.getvalue())
        if name in LISTED:
            stems = sorted(one.id.rpartition("/")[2] for one in utterances)
            write_text(TARGET / "lists" / f"{name}.csv", "\n".join(["utterance", *stems, ""]))


if __name__ == "__main__":
    main()
