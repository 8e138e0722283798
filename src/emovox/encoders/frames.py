"""Which frames of a padded batch there are, and long utterances piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

States = tuple[list[Tensor], Tensor]
"""Hidden states, each of shape (utterances, frames, dim), and the frames of each utterance."""


def frame_mask(frames: Tensor, lengths: Tensor) -> Tensor:
    """Where there is a frame.

    Parameters
    ----------
    frames : float tensor, shape (utterances, time, dim)
    lengths : int64 tensor, shape (utterances,)

    Returns
    -------
    bool tensor, shape (utterances, time)
    """
    there = mask_of(frames, lengths)
    if there is not None:
        return there
    # True everywhere, said by a comparison, which a model folder may hold (a range it may not).
    first = frames[:, :, 0]
    return first == first


def mask_of(values: Tensor, lengths: Tensor) -> Tensor | None:
    """Bool tensor, shape (utterances, time): where there is a frame; None if everywhere."""
    there = torch.arange(values.shape[1], device=values.device)[None] < lengths[:, None]
    return None if bool(there.all()) else there


def in_pieces(
    at_once: Callable[[Tensor, Tensor], States],
    inputs: Tensor,
    lengths: Tensor,
    *,
    longest: int,
    shortest: int,
) -> States:
    """Hidden states of long utterances, piece by piece; a rest too short for a frame is left out.

    Parameters
    ----------
    at_once : callable
        (inputs, lengths) -> hidden states, and frames of each utterance.
    inputs : float tensor, shape (utterances, time, dim)
    lengths : int64 tensor, shape (utterances,)
    longest, shortest : int
        Inputs of a piece.
    """
    per_row: list[list[Tensor]] = []
    for row, length in zip(inputs, lengths.tolist(), strict=True):
        parts = []
        for start in range(0, length, longest):
            n = min(longest, length - start)
            if start and n < shortest:
                continue
            part = row[None, start : start + n]
            states, _ = at_once(part, torch.full((1,), n, device=inputs.device))
            parts.append(torch.stack(states)[:, 0])
        per_row.append(list(torch.cat(parts, dim=1)))
    return stacked(per_row)


def stacked(per_row: Sequence[Sequence[Tensor]]) -> States:
    """Hidden states of each utterance as batches, zero after the end of each."""
    first = per_row[0][0]
    lengths = torch.tensor([len(states[0]) for states in per_row], device=first.device)
    together = [
        nn.utils.rnn.pad_sequence([states[k] for states in per_row], batch_first=True)
        for k in range(len(per_row[0]))
    ]
    return together, lengths
