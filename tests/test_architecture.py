"""The laws of docs/architecture.md hold, and each would notice if it were broken."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import architecture_laws as laws
from repository_words import CORPORA_BESIDE, HOSTS, forbidden_words, texts
from source_tree import Tree

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src"

# Law, the file that breaks it, its content, a word of the complaint.
FAULTS = [
    (laws.imports_that_flow_uphill, "audio/x.py", "from ..cli import main", "emovox.cli"),
    (
        laws.imports_that_flow_uphill,
        "corpora/x.py",
        "def f():\n    from emovox import features",
        "",
    ),
    (laws.imports_that_flow_uphill, "labels.py", "from .audio import y", "emovox.audio.y"),
    (laws.imports_that_flow_uphill, "models/x.py", "import emovox.report", "emovox.report"),
    (laws.imports_that_flow_uphill, "cli/x.py", "from .. import load", "imports emovox"),
    (laws.imports_that_flow_uphill, "gadgets/x.py", "", "no height"),
    (laws.circles, "audio/x.py", "from .y import b", "emovox.audio.y"),
    (laws.circles, "corpora/x.py", "def f():\n    from ..audio import back", "audio"),
    (laws.heavy_imports_of_the_light_core, "inference/x.py", "import torch", "torch"),
    (laws.heavy_imports_of_the_light_core, "inference/x.py", "def f():\n    import scipy.fft", ""),
    (
        laws.heavy_imports_of_the_light_core,
        "audio/y.py",
        "from ..errors import need\ndef f():\n    need('sklearn.svm', extra='a', for_what='b')",
        "needs sklearn",
    ),
    (laws.optional_packages_outside_need, "evaluation/x.py", "import scipy.stats", "scipy"),
    (laws.optional_packages_outside_need, "report/x.py", "def f():\n    import pandas", "pandas"),
    (laws.optional_packages_outside_need, "features/x.py", "import soundfile", "soundfile"),
    (laws.optional_packages_outside_need, "methods/networks/method.py", "import torch", "torch"),
    (laws.optional_packages_outside_need, "methods/classic/x.py", "import torch", "torch"),
    (
        laws.optional_packages_outside_need,
        "report/x.py",
        "from ..errors import need\ndef f():\n    need('rich', extra='a', for_what='b')",
        "report needs rich",
    ),
    (
        laws.optional_packages_outside_need,
        "evaluation/x.py",
        "from ..errors import need\nsvm = need('sklearn', extra='a', for_what='b')",
        "while importing",
    ),
    (laws.global_state, "audio/x.py", "_CACHE = {}\ndef f(k):\n    _CACHE[k] = 1", "_CACHE"),
    (laws.global_state, "audio/x.py", "SEEN: list = []\ndef f(k):\n    SEEN.append(k)", "SEEN"),
    (laws.global_state, "audio/x.py", "N = 0\ndef f():\n    global N\n    N = 1", "global N"),
    (laws.global_state, "audio/x.py", "import functools\n@functools.cache\ndef f(k): ...", "cache"),
    (
        laws.global_state,
        "audio/x.py",
        "from functools import lru_cache\n@lru_cache(maxsize=None)\ndef f(k): ...",
        "cache",
    ),
    (laws.global_state, "audio/x.py", "import numpy as np\nnp.random.seed(1)", "numpy.random.seed"),
    (laws.global_state, "audio/x.py", "from numpy.random import normal\nnormal()", "normal"),
    (laws.global_state, "audio/x.py", "import random\nrandom.shuffle([])", "random.shuffle"),
    (laws.global_state, "audio/x.py", "from random import random\nrandom()", "random.random"),
    (laws.writing_past_atomic, "report/x.py", "open('a', 'w')", "open"),
    (laws.writing_past_atomic, "report/x.py", "from pathlib import Path\nPath('a').open('ab')", ""),
    (laws.writing_past_atomic, "report/x.py", "def f(p):\n    p.write_text('a')", "write_text"),
    (
        laws.writing_past_atomic,
        "features/x.py",
        "import numpy as np\nnp.save('a', 1)",
        "numpy.save",
    ),
    (laws.writing_past_atomic, "report/x.py", "import gzip\ngzip.open('a', mode='wb')", "gzip"),
    (laws.writing_past_atomic, "report/x.py", "import os\nos.replace('a', 'b')", "os.replace"),
    (laws.unsafe_reading, "models/x.py", "import pickle", "pickle"),
    (laws.unsafe_reading, "models/x.py", "eval('1')", "eval"),
    (laws.unsafe_reading, "models/x.py", "import yaml\nyaml.load('a')", "yaml.load"),
    (laws.unsafe_reading, "models/x.py", "import torch\ntorch.load('a')", "weights_only"),
    (laws.unsafe_reading, "models/x.py", "import numpy\nnumpy.load('a', allow_pickle=True)", ""),
    (laws.unsafe_reading, "models/x.py", "from joblib import load\nload('a')", "joblib.load"),
    (laws.unbounded_readers, "cli/x.py", "import soundfile as sf\nsf.read('a')", "soundfile.read"),
    (laws.unbounded_readers, "cli/x.py", "from json import loads\nloads('1')", "json.loads"),
    (laws.unbounded_readers, "corpora/x.py", "import zipfile", "zipfile"),
    (laws.unbounded_readers, "corpora/x.py", "from urllib.request import urlopen", "urllib"),
    (laws.careless_code, "audio/x.py", "print('a')", "print"),
    (laws.careless_code, "audio/x.py", "try:\n    pass\nexcept:\n    pass", "bare except"),
    (laws.careless_code, "audio/x.py", "def f(x):\n    assert x", "assert"),
    (laws.careless_code, "audio/x.py", "a = 1\n" * 801, "split it"),
    (laws.logic_in_init, "audio/__init__.py", "def f():\n    return 1", "logic"),
    (laws.logic_in_init, "audio/__init__.py", "x = sorted([1])", "logic"),
    (laws.logic_in_init, "audio/__init__.py", "for i in (1,):\n    pass", "logic"),
    (laws.functions_named_like_rooms, "cli/x.py", "def report():\n    pass", "report"),
    (laws.functions_named_like_rooms, "labels.py", "class audio:\n    pass", "audio"),
]

SOUND = {
    "__init__.py": "from .errors import need\n_LAZY = {'a': 'b'}\ndef __getattr__(name): ...",
    "errors.py": "def need(module, *, extra, for_what): ...",
    "atomic.py": "def replacing(path):\n    open(path, 'xb')",
    "labels.py": "import numpy as np\nNAMES = {}\ndef f(random):\n"
    "    np.random.default_rng(1)\n    random.shuffle(1)",
    "audio/__init__.py": "'Sound.'\nfrom .x import a\n__all__ = ['a']",
    "audio/x.py": "import soundfile\nfrom functools import lru_cache\na = 1\n"
    "@lru_cache(maxsize=8)\ndef f(k):\n    NAMES = {}\n    NAMES[k] = 1",
    "audio/y.py": "from .x import a\nb = 1",
    "audio/back.py": "def f():\n    from ..corpora import z",
    "corpora/__init__.py": "",
    "corpora/z.py": "",
    "features/__init__.py": "",
    "inference/__init__.py": "from ..audio import y",
    "report/__init__.py": "",
    "report/z.py": "from ..atomic import replacing\nimport numpy as np\n"
    "with replacing('a') as handle:\n    np.save(handle, 1)\n"
    "import io\ndata = io.BytesIO()\nnp.savez(data, a=1)",
    "methods/classic/svm.py": "from sklearn.svm import SVC",
    "cli/__init__.py": "",
    "cli/main.py": "import typer\nfrom .. import __version__\nprint('a')",
}


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    """A small package that keeps every law."""
    for name, text in SOUND.items():
        path = tmp_path / "emovox" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


@pytest.fixture(scope="module")
def tree() -> Tree:
    return Tree(SOURCE)


@pytest.mark.parametrize("law", laws.LAWS, ids=lambda law: law.__name__)
def test_law_holds(law, tree: Tree) -> None:
    assert law(tree) == []


@pytest.mark.parametrize("law", laws.LAWS, ids=lambda law: law.__name__)
def test_law_lets_sound_code_pass(law, sound: Path) -> None:
    assert law(Tree(sound)) == []


@pytest.mark.parametrize(("law", "name", "text", "complaint"), FAULTS)
def test_law_catches_a_planted_fault(
    law, name: str, text: str, complaint: str, sound: Path
) -> None:
    path = sound / "emovox" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SOUND.get(name, "") + "\n" + text)
    if law is laws.circles and name == "audio/x.py":
        path.write_text(text + "\na = 1")
    found = law(Tree(sound))
    assert found
    assert any(complaint in each for each in found)


def test_every_law_has_a_planted_fault() -> None:
    assert {law for law, *_ in FAULTS} == set(laws.LAWS)


def test_allow_lists_name_only_modules_that_exist(tree: Tree) -> None:
    named = set(laws.WRITERS) | {name for names in laws.READERS.values() for name in names}
    assert named <= set(tree.modules)


def test_test_and_script_files_have_at_most_800_lines() -> None:
    files = [*ROOT.glob("tests/**/*.py"), *ROOT.glob("scripts/*.py"), *ROOT.glob("benchmarks/*.py")]
    assert files
    long = [path.name for path in files if path.read_text("utf-8").count("\n") > 800]
    assert long == []


@pytest.mark.skipif(
    shutil.which("git") is None or not (ROOT / ".git").exists(), reason="not a git checkout"
)
def test_repository_names_no_registry_and_no_path_of_one_machine() -> None:
    assert [word for name, text in texts(ROOT) for word in forbidden_words(name, text)] == []


@pytest.mark.parametrize(
    "line",
    [
        f"https://{HOSTS[0]}/simple",
        "see /" + "home/anna/corpora",
        "(/" + "work/main/src)",
        f"root = '{CORPORA_BESIDE}/corpora'",
    ],
)
def test_forbidden_words_are_noticed(line: str) -> None:
    assert forbidden_words("docs/x.md", line)


@pytest.mark.parametrize("line", ["the /work of others", "a/home/b", "https://example.org/home/x"])
def test_harmless_words_pass(line: str) -> None:
    assert forbidden_words("docs/x.md", line) == []


BLOCKER = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {heavy!r}:
            raise ImportError(f"{{name}} is not for the light core")

sys.meta_path.insert(0, Refuse())
{code}
loaded = {heavy!r} & {{name.partition(".")[0] for name in sys.modules}}
assert not loaded, loaded
"""

HEAVY = {*laws.NEVER_IN_THE_LIGHT_CORE, "joblib", "skl2onnx", "onnx", "yaml", "threadpoolctl"}

LIGHT_RUNS = {
    "import emovox": "import emovox; emovox.load; emovox.predict; emovox.read_corpus",
    "emovox --help": "from emovox.cli.main import status; assert status(['--help']) == 0",
    "emovox predict": (
        "from emovox.cli.main import status\n"
        "from emovox.demo.clips import clip_paths\n"
        "assert status(['predict', '--json', str(clip_paths()[0])]) == 0"
    ),
    "load().predict()": (
        "import emovox\n"
        "from emovox.demo.clips import clip_paths\n"
        "assert abs(sum(emovox.load().predict(clip_paths()[0]).scores.values()) - 1) < 1e-6"
    ),
    "emovox doctor": "from emovox.cli.main import status; assert status(['doctor', '--json']) == 0",
}


@pytest.mark.parametrize("name", LIGHT_RUNS)
def test_light_core_runs_where_heavy_packages_cannot_be_imported(name: str) -> None:
    run = _run_blocked(LIGHT_RUNS[name])
    assert run.returncode == 0, run.stderr


def test_blocker_refuses_a_heavy_package() -> None:
    run = _run_blocked("import scipy")
    assert "not for the light core" in run.stderr


def _run_blocked(code: str) -> subprocess.CompletedProcess[str]:
    whole = textwrap.dedent(BLOCKER).format(heavy=HEAVY, code=code)
    return subprocess.run(
        [sys.executable, "-c", whole], capture_output=True, text=True, check=False, timeout=60,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )  # fmt: skip
