"""`emovox methods`: networks beside classic methods, and what they cost."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec

import pytest

from emovox import registry
from emovox.cli.main import status

NETWORKS = [
    name
    for name in registry.names("method")
    if registry.METHODS.get(name, "").startswith("emovox.methods.networks.")
]
SHEETS = {
    "light-sernet": (7, 463_431),
    "lstm": (3, 323_203),
    "replknet": (7, 2_043_103),
    "tim-net": (7, 106_992),
}
COUNTS = ("parameters", "trainable", "macs_per_second", "flops_per_second")


@pytest.fixture(autouse=True)
def _encoder(tmp_path, monkeypatch):
    """A small encoder of random weights under the name that the methods have for theirs."""
    if find_spec("transformers") is None:
        return
    from encoders.tiny import CONFIGURATIONS, tiny_of, write_of

    configuration = {**CONFIGURATIONS["whisper"], "encoder_layers": 4}
    write_of(tmp_path / "whisper-base", configuration, tiny_of(configuration))
    monkeypatch.setenv("EMOVOX_ENCODERS", str(tmp_path))


def test_where_the_encoder_is_not_the_method_is_shown_without_its_cost(
    capsys, monkeypatch, tmp_path
):
    pytest.importorskip("transformers")
    monkeypatch.setenv("EMOVOX_ENCODERS", str(tmp_path / "none"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    found = shown(capsys, "encoder", "--classes", "7")
    assert all(found[count] is None for count in COUNTS)
    assert "not on this machine" in found["cost_note"]


def shown(capsys, *arguments):
    assert status(["methods", "show", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_networks_stand_in_the_list_beside_classic_methods(capsys):
    assert status(["methods", "list", "--json"]) == 0
    listed = {one["name"]: one for one in json.loads(capsys.readouterr().out)}
    assert list(listed) == registry.names("method")
    assert {name for name, one in listed.items() if one["kind"] == "network"} == set(NETWORKS)
    assert listed["tim-net"]["needs"]["form"] == "frames"
    assert listed["tim-net"]["needs"]["by_corpus"]["ravdess"] == "tim-net-ravdess"


def test_listing_and_showing_do_not_import_torch():
    code = (
        "import sys; from emovox.cli.main import status; status(['methods', 'list']); "
        "status(['methods', 'show', 'tim-net']); sys.exit('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_is_shown_without_its_cost_unless_asked(name, capsys):
    found = shown(capsys, name)
    assert found["name"] == name
    assert found["source"]
    assert all(found[count] is None for count in COUNTS)
    assert "--classes" in found["cost_note"]


@pytest.mark.parametrize("name", NETWORKS)
def test_the_cost_of_a_network_is_told_for_a_number_of_classes(name, capsys):
    for package in registry.get("method", name).packages:
        pytest.importorskip(package)
    classes, parameters = SHEETS.get(name, (7, None))
    found = shown(capsys, name, "--classes", str(classes))
    assert parameters in (None, found["parameters"])
    assert 0 < found["trainable"] <= found["parameters"]
    assert found["flops_per_second"] == 2 * found["macs_per_second"] > 0
    assert found["macs"] == pytest.approx(found["macs_per_second"] * found["duration_s"], rel=1e-3)
    assert status(["methods", "show", name, "--classes", str(classes)]) == 0
    assert f"{found['parameters']:,} parameters" in capsys.readouterr().out


def test_more_classes_cost_more(capsys):
    pytest.importorskip("torch")
    seven, three = (shown(capsys, "lstm", "--classes", n)["parameters"] for n in ("7", "3"))
    assert seven > three


def test_the_cost_of_a_classic_method_depends_on_the_data_and_is_null(capsys):
    found = shown(capsys, "ccser-svc", "--classes", "7")
    assert all(found[count] is None for count in COUNTS)
    assert "depend on the training data" in found["cost_note"]


def test_one_class_is_refused(capsys):
    assert status(["methods", "show", "lstm", "--classes", "1"]) == 2
    assert "--classes is 1" in capsys.readouterr().err


def test_without_torch_one_sentence_tells_what_to_install(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "torch", None)
    assert status(["methods", "show", "lstm"]) == 0
    capsys.readouterr()
    assert status(["methods", "show", "lstm", "--classes", "3"]) != 0
    said = capsys.readouterr().err
    assert 'the cost of lstm needs torch; pip install "emovox[train]"' in said
    assert "Traceback" not in said
