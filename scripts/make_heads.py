"""Make the heads that lie in the wheel: what `emovox models fetch` puts on an encoder's weights.

    EMOVOX_CORPORA=... EMOVOX_ENCODERS=... python scripts/make_heads.py

1. Linear discriminants of five layers of the frozen encoder, trained on EmoDB and CREMA-D, are
   measured with speakers kept apart and on corpora that they have never heard; the records go to
   results/head-whisper-base.jsonl.gz.
2. They are fitted on all recordings of both, written as a model folder, and parted from the weights
   of the encoder, which never lie in this repository.
"""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path

from safetensors.numpy import load_file

from emovox.atomic import write_bytes, write_text
from emovox.cli.progress import counter
from emovox.corpora import read_corpus
from emovox.encoders.finding import find
from emovox.evaluation.runner import bench
from emovox.evaluation.summary import summarise
from emovox.features import FrontEnd
from emovox.features.cache import default_cache
from emovox.methods.teaching import Task, teach
from emovox.models.borrowed import separate, values_sha256
from emovox.models.fetching import DESCRIPTION_FILE, HEAD_FILE, HEADS, WEIGHTS
from emovox.models.settings import CARD_FILE, NETWORK_FILE, SETTINGS_FILE
from make_model import CORPORA, LABELS, UNHEARD, experiment, figure, here

ROOT = Path(__file__).resolve().parents[1]
NAME = "whisper-base"
REPOSITORY, REVISION = "openai/whisper-base", "main"
FEATURE, LEVEL_DB, METHOD = f"{NAME}@1-5", -26.0, "encoder-lda"
RECORDS = ROOT / "runs" / f"head-{NAME}.jsonl"
KEPT = ROOT / "results" / f"head-{NAME}.jsonl.gz"
NOT_RECORDED = "It is not recorded here."
"""What the usual card says of an encoder's licence."""
NOTICE = """
## Notice of the encoder

The weights of Whisper in this folder are under the MIT licence:

    Copyright (c) 2022 OpenAI

    Permission is hereby granted, free of charge, to any person obtaining a copy of this
    software and associated documentation files (the "Software"), to deal in the Software
    without restriction, including without limitation the rights to use, copy, modify,
    merge, publish, distribute, sublicense, and/or sell copies of the Software, and to
    permit persons to whom the Software is furnished to do so, subject to the following
    conditions:

    The above copyright notice and this permission notice shall be included in all copies or
    substantial portions of the Software.

    THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED,
    INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR
    PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE
    LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT
    OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR
    OTHER DEALINGS IN THE SOFTWARE.
"""


def main() -> None:
    """Measure, fit, part, write."""
    asked = [
        experiment(METHOD, test, feature=FEATURE, level_db=LEVEL_DB)
        for test in ((), *((name,) for name in here(UNHEARD)))
    ]
    RECORDS.parent.mkdir(parents=True, exist_ok=True)
    rows = summarise(bench(asked, RECORDS, cache=default_cache(), progress=counter("folds")))
    for row in rows:
        print(f"{'+'.join(row.test_corpora)}: UA {100 * row.ua.value:.1f}, {row.protocol}")
    taught = teach(
        METHOD,
        [item for name in CORPORA for item in read_corpus(name)],
        task=Task(label_set=LABELS),
        front_end=FrontEnd(FEATURE, level_db=LEVEL_DB),
        settings={"random_state": 0},
        cache=default_cache(),
    )
    trial = ROOT / "runs" / f"head-{NAME}"
    shutil.rmtree(trial, ignore_errors=True)
    taught.export(
        trial,
        command=f"emovox models fetch {NAME}",
        name=NAME,
        figures=[figure(row) for row in rows],
    )
    tensors = load_file(find(REPOSITORY).folder / WEIGHTS)
    tensors = {name: values.astype("float32") for name, values in tensors.items()}
    network, borrowed = separate((trial / NETWORK_FILE).read_bytes(), tensors, prefix="encoder/")
    settings = json.loads((trial / SETTINGS_FILE).read_text())
    for name in ("files", "format"):
        del settings[name]
    told = {
        "repository": REPOSITORY,
        "revision": REVISION,
        "sha256": values_sha256([(one, tensors[one.tensor]) for one in borrowed]),
        "borrowed": [one.as_json() for one in borrowed],
        "settings": settings,
    }
    folder = HEADS / NAME
    folder.mkdir(parents=True, exist_ok=True)
    write_bytes(folder / HEAD_FILE, network)
    write_text(folder / DESCRIPTION_FILE, json.dumps(told, ensure_ascii=False) + "\n")
    card = (trial / CARD_FILE).read_text().replace(NOT_RECORDED, "Both stand at the end.")
    write_text(folder / CARD_FILE, card + NOTICE)
    write_bytes(KEPT, gzip.compress(RECORDS.read_bytes(), 9, mtime=0))
    print(f"{folder}: {sum(path.stat().st_size for path in folder.iterdir())} bytes")


if __name__ == "__main__":
    main()
