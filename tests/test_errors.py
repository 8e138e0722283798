"""Errors keep their codes, travel between processes, and say how to get what is missing."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import pytest

from emovox.errors import CODES, EmovoxError, InputError, MissingExtra, need


def test_every_code_has_an_exit_status_of_the_contract():
    assert set(CODES.values()) == {1, 2, 3}


def test_a_code_that_is_not_listed_is_refused():
    with pytest.raises(KeyError, match="no-such-code"):
        EmovoxError("no-such-code", "a sentence")


def test_an_error_comes_back_from_another_process_as_it_was():
    error = InputError("too-short", "lasts 0.05 s", name="a.wav")
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as others:
        again = others.submit(InputError, error.code, error.sentence, name=error.name).result()
    assert (type(again), str(again)) == (InputError, "a.wav: lasts 0.05 s")
    assert (again.code, again.sentence, again.name) == (error.code, error.sentence, error.name)


def test_a_missing_package_is_named_with_its_install_line():
    with pytest.raises(
        MissingExtra, match=r'the test needs no_such_package; pip install "emovox\['
    ):
        need("no_such_package.part", extra="bench", for_what="the test")
