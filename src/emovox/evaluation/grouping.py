"""Dividing speakers or sentences into groups of equal size, without a seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Member:
    """What is put into a group: a speaker or a sentence.

    Parameters
    ----------
    name : str
    size : int
        Its utterances.
    stratum : str
        What is balanced over the groups, such as the gender.
    """

    name: str
    size: int
    stratum: str = ""


def balanced_groups(members: list[Member], n_groups: int) -> dict[str, int]:
    """Group of each member, balanced by stratum and size.

    The members of the largest stratum are dealt first; inside a stratum the largest first, equal
    ones in the order of their names. Each goes to the group that holds the fewest utterances of
    its stratum, then the fewest of all, then the fewest members, then to the first.

    Parameters
    ----------
    members : list of Member
    n_groups : int

    Returns
    -------
    dict, name -> group from 0

    Examples
    --------
    >>> members = [Member(name, 10, name[0]) for name in ("f1", "f2", "m1", "m2")]
    >>> balanced_groups(members, 2)
    {'f1': 0, 'f2': 1, 'm1': 0, 'm2': 1}
    """
    strata: dict[str, list[Member]] = {}
    for member in sorted(members, key=lambda one: (-one.size, one.name)):
        strata.setdefault(member.stratum, []).append(member)
    of_all = [0] * n_groups
    count = [0] * n_groups
    groups: dict[str, int] = {}
    for _, stratum in sorted(strata.items(), key=lambda item: (-_size(item[1]), item[0])):
        of_stratum = [0] * n_groups
        for member in stratum:
            group = min(
                range(n_groups), key=lambda one: (of_stratum[one], of_all[one], count[one], one)
            )
            of_stratum[group] += member.size
            of_all[group] += member.size
            count[group] += 1
            groups[member.name] = group
    return groups


def _size(members: list[Member]) -> int:
    return sum(member.size for member in members)


def members_of(names: list[str], strata: Mapping[str, str] | None = None) -> list[Member]:
    """Members with their sizes, from the name that each utterance has."""
    sizes: dict[str, int] = {}
    for name in names:
        sizes[name] = sizes.get(name, 0) + 1
    return [Member(name, size, (strata or {}).get(name, "")) for name, size in sizes.items()]
