"""Corpora of emotional speech: cards, readers, tables, checks."""

from .card import AlteredCopy, Card
from .content import Content, content_hash, measure
from .corpus import Corpus, CorpusIncomplete, Named
from .reading import read_corpus
from .table import read_table
from .utterance import Utterance
from .writing import write_table

__all__ = [
    "AlteredCopy",
    "Card",
    "Content",
    "Corpus",
    "CorpusIncomplete",
    "Named",
    "Utterance",
    "content_hash",
    "measure",
    "read_corpus",
    "read_table",
    "write_table",
]
