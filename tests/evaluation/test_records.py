"""Records survive a kill, and damage does not go unnoticed."""

import gzip
import json
import subprocess
import sys

import pytest

from emovox.errors import OutputError, ProtocolError
from emovox.evaluation.records import Records, RecordsCut, read_records, record_key


def record(name, **settings):
    settings = {"method": "m", **settings}
    fold = {"name": name}
    return {
        "format": 1, "key": record_key(settings, fold), "settings": settings, "fold": fold,
        "test": {"utterance": ["é/1"]},
    }  # fmt: skip


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "sub" / "records.jsonl"
    records = Records(file)
    for name in ("1", "2", "3"):
        records.add(record(name))
    return file


def test_what_was_added_is_read_again_in_order(path):
    assert [one["fold"]["name"] for one in read_records(path)] == ["1", "2", "3"]
    assert record("2")["key"] in Records(path)
    assert record("4")["key"] not in Records(path)


def test_a_torn_last_line_is_cut_off_wherever_it_was_torn(path):
    whole = path.read_bytes()
    start_of_last = whole[:-1].rfind(b"\n") + 1
    for size in range(start_of_last + 1, len(whole) - 1, 7):
        path.write_bytes(whole[:size])
        with pytest.warns(RecordsCut, match="cut short"):
            records = Records(path)
        assert len(records) == 2
        records.add(record("3"))
        assert path.read_bytes() == whole


def test_a_last_line_that_lacks_only_its_end_is_kept(path):
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    records = Records(path)
    assert len(records) == 3
    records.add(record("4"))
    assert len(read_records(path)) == 4


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda line: b"{}", "is no record"),
        (lambda line: b"\xff\xfe", "is no record"),
        (lambda line: line[: len(line) // 2], "is no record"),
        (lambda line: line.replace(b'"method":"m"', b'"method":"n"'), "does not belong"),
        (lambda line: line.replace(b'"format":1', b'"format":2'), "has format 2"),
    ],
)
def test_damage_elsewhere_is_an_error_that_names_the_line(path, spoil, sentence):
    lines = path.read_bytes().splitlines()
    lines[1] = spoil(lines[1])
    path.write_bytes(b"\n".join(lines) + b"\n")
    with pytest.raises(ProtocolError, match=f"line 2.*{sentence}") as error:
        Records(path)
    assert error.value.code == "records-damaged"


def test_damaged_or_missing_records_are_one_sentence(path, tmp_path):
    packed = tmp_path / "records.jsonl.gz"
    whole = bytearray(gzip.compress(path.read_bytes()))
    for damage in (slice(20, 60), slice(0, 2), slice(len(whole) // 2, None)):
        broken = whole.copy()
        broken[damage] = b"" if damage.stop is None else b"\xff" * (damage.stop - damage.start)
        packed.write_bytes(broken)
        with pytest.raises(ProtocolError, match="cannot be read") as error:
            read_records(packed)
        assert error.value.code == "records-damaged"
    with pytest.raises(ProtocolError, match=r"cannot be read: No such file or directory$"):
        read_records(tmp_path / "nowhere.jsonl")


def test_gzipped_records_are_read_and_not_added_to(path, tmp_path):
    packed = tmp_path / "records.jsonl.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert read_records(packed) == read_records(path)
    with pytest.raises(OutputError, match="unpack them"):
        Records(packed)
    packed.write_bytes(packed.read_bytes()[:-20])
    with pytest.raises(ProtocolError, match="cannot be read"):
        read_records(packed)


def test_a_key_that_comes_twice_counts_once(path):
    path.write_bytes(path.read_bytes() * 2)
    assert len(read_records(path)) == 3


def test_the_key_does_not_depend_on_the_order_of_settings_and_sees_every_change():
    first = record_key({"a": 1, "b": [1, 2]}, {"name": "1"})
    assert first == record_key({"b": [1, 2], "a": 1}, {"name": "1"})
    assert len({first, record_key({"a": 1, "b": [2, 1]}, {"name": "1"}),
                record_key({"a": 1, "b": [1, 2]}, {"name": "2"})}) == 3  # fmt: skip


def test_records_hold_no_nan(tmp_path):
    with pytest.raises(ValueError, match="JSON compliant"):
        Records(tmp_path / "r.jsonl").add({**record("1"), "ua": float("nan")})


def test_a_folder_in_the_way_is_one_sentence(tmp_path):
    with pytest.raises((OutputError, ProtocolError)):
        Records(tmp_path).add(record("1"))


def test_records_without_a_file_stay_in_memory():
    records = Records()
    records.add(record("1"))
    assert json.dumps(list(records))
    assert len(records) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such lock")
def test_a_file_that_another_process_writes_is_left_to_it(tmp_path):
    path = tmp_path / "r.jsonl"
    code = (
        "import json, sys; from emovox.evaluation.records import Records\n"
        "records = Records(sys.argv[1]); records.add(json.loads(sys.argv[2]))\n"
        "print('written', flush=True); sys.stdin.read()"
    )
    words = [sys.executable, "-c", code, str(path), json.dumps(record("1"))]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(OutputError, match="another process adds records"):
            Records(path)
        assert read_records(path) == [record("1")]
        other.communicate()
    Records(path).add(record("2"))
    assert len(read_records(path)) == 2


def test_a_file_that_is_removed_meanwhile_is_made_anew(tmp_path):
    records = Records(tmp_path / "r.jsonl")
    records.add(record("1"))
    (tmp_path / "r.jsonl").unlink()
    records.add(record("2"))
    assert read_records(tmp_path / "r.jsonl") == [record("2")]
