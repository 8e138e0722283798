"""The documentation is whole: tables are up to date, links lead somewhere, both READMEs agree."""

from __future__ import annotations

import importlib
import importlib.util
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from emovox.cli.main import status

ROOT = Path(__file__).resolve().parents[1]
README, CHINESE = ROOT / "README.md", ROOT / "README.zh-CN.md"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "src/emovox/demo/README.md"])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture
def make_docs(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    yield importlib.import_module("make_docs")
    for name in ("make_docs", "docs_codes", "docs_figures"):
        sys.modules.pop(name, None)


def shape(path: Path) -> dict[str, object]:
    """What two translations must share: heading levels, code, links, figures, tables, lists."""
    text = path.read_text("utf-8")
    prose = FENCE.sub("", text)
    other = {"README.md", "README.zh-CN.md"}
    return {
        "headings": [len(marks) for marks in re.findall(r"^(#+) ", prose, re.MULTILINE)],
        "code": FENCE.findall(text),
        "inline code": sorted(set(re.findall(r"`[^`]+`", prose))),
        "links": sorted(link for link in LINK.findall(prose) if link not in other),
        "tables": [row.count("|") for row in prose.splitlines() if row.startswith("|")],
        "lists": len(re.findall(r"^- ", prose, re.MULTILINE)),
        "numbers": sorted(re.findall(r"\d+\.\d+", prose)),
    }


@pytest.mark.parametrize("part", shape(README))
def test_both_readmes_have_the_same(part: str) -> None:
    assert shape(README)[part] == shape(CHINESE)[part]


@pytest.mark.slow
def test_tables_are_what_make_docs_would_write(make_docs) -> None:
    stale = [
        path.name
        for path in make_docs.pages()
        if make_docs.filled(path.read_text("utf-8")) != path.read_text("utf-8")
    ]
    assert stale == [], "run make docs"


def test_make_docs_notices_a_stale_table(make_docs) -> None:
    text = "<!-- codes:begin -->\nold\n<!-- codes:end -->\n"
    assert "model-tampered" in make_docs.filled(text)


def test_every_error_code_has_a_meaning_and_every_meaning_a_code(make_docs) -> None:
    assert list(make_docs.CODE_MEANINGS) == list(make_docs.CODES)


def test_every_warning_of_the_source_is_documented(make_docs) -> None:
    source = "\n".join(path.read_text("utf-8") for path in (ROOT / "src").rglob("*.py"))
    said = set(re.findall(r'(?:InputWarning|\.warn)\(\s*f?"([a-z]+-[a-z-]+|[a-z]+)[":]', source))
    assert said
    assert said == set(make_docs.WARNING_MEANINGS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_to_files_that_exist(page: Path) -> None:
    links = LINK.findall(FENCE.sub("", page.read_text("utf-8")))
    local = [link.partition("#")[0] for link in links if "://" not in link]
    missing = [link for link in local if link and not (page.parent / link).exists()]
    assert missing == []


def test_results_shown_in_the_documentation_follow_the_schema() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((ROOT / "docs/result-schema.json").read_text("utf-8"))
    text = (ROOT / "docs/result-json.md").read_text("utf-8")
    lines = [line for language, code in FENCE.findall(text) if language == "json"
             for line in code.splitlines()]  # fmt: skip
    assert len(lines) >= 3
    for line in lines:
        jsonschema.validate(json.loads(line), schema)


def test_fields_of_a_result_are_all_explained() -> None:
    schema = json.loads((ROOT / "docs/result-schema.json").read_text("utf-8"))
    fields = {field for form in schema["oneOf"] for field in form["properties"]}
    text = (ROOT / "docs/result-json.md").read_text("utf-8")
    rows = " ".join(re.findall(r"^\| (`[^|]*) \|", text, re.MULTILINE))
    assert set(re.findall(r"`(\w+)`", rows)) == fields


@pytest.mark.parametrize(
    "name",
    ["README.md", "docs/result-json.md", "docs/result-schema.json", "docs/service.md",
     "docs/streaming.md"],
)  # fmt: skip
def test_whoever_meets_results_meets_what_they_are_not(name: str) -> None:
    text = " ".join((ROOT / name).read_text("utf-8").split())
    for said in (
        "what a person feels",
        "AI Act, article 5",
        "article 50",
        "medical or safety reasons",
    ):
        assert said in text


def commands(path: Path) -> list[str]:
    """Command lines of emovox in the page's shell blocks."""
    blocks = [code for language, code in FENCE.findall(path.read_text("utf-8")) if language == "sh"]
    return [line for block in blocks for line in block.splitlines() if line.startswith("emovox ")]


@pytest.mark.parametrize("line", commands(README))
def test_command_of_the_readme_has_flags_that_exist(
    line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = shlex.split(line.partition(">")[0])[1:]
    depth = 2 if words[0] in ("corpora", "features", "methods", "models") else 1
    assert status([*words[:depth], "--help"]) == 0
    known = capsys.readouterr().out
    assert [word for word in words if word.startswith("--") and word not in known] == []


def template(name: str, folder: Path) -> object:
    """Import a template of CONTRIBUTING as a module."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    code = re.search(rf"<!-- template: {name} -->\n```python\n(.*?)^```", text, re.M | re.S)[1]
    path = folder / f"template_{name}.py"
    path.write_text(code)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_template_of_a_corpus_reads_its_tree(tmp_path: Path) -> None:
    corpus = template("corpus", tmp_path).CORPUS
    root = tmp_path / "example"
    for stem in ("f01_happy_s3", "f01_sad_s3", "m02_happy_s3", "m02_sad_s1"):
        (root / f"{stem}.wav").parent.mkdir(exist_ok=True)
        (root / f"{stem}.wav").touch()
    (root / "notes.txt").touch()
    utterances = corpus.read(root)
    assert len(utterances) == corpus.card.n_utterances
    assert {each.speaker for each in utterances} == {"f01", "m02"}
    assert {each.emotion for each in utterances} == set(corpus.card.emotions)
    assert corpus.id_of(corpus.card.example) == utterances[0].id


def test_template_of_a_method_learns_and_searches_its_grid(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    method = template("method", tmp_path).EXAMPLE
    rng = np.random.default_rng(3)
    y = np.array(["anger", "sadness"])[np.arange(48) % 2]
    X = (rng.normal(size=(48, 6)) + 3.0 * (y == "anger")[:, None]).astype(np.float32)
    speakers = np.array([f"s{index // 12}" for index in range(48)])
    estimator = method(search="exhaustive").fit(X, y, groups=speakers)
    assert np.mean(estimator.predict(X) == y) > 0.9
    np.testing.assert_allclose(estimator.predict_proba(X).sum(axis=1), 1)
    assert method.grid_size == 2


def test_templates_pass_the_formatter_and_linter(tmp_path: Path) -> None:
    template("corpus", tmp_path), template("method", tmp_path)
    (tmp_path / "ruff.toml").write_text(f'extend = "{ROOT / "pyproject.toml"}"\n')
    for command in (["format", "--check"], ["check"]):
        run = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--config", tmp_path / "ruff.toml", tmp_path],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert run.returncode == 0, run.stdout
