"""The recurrent network of ccser, with each utterance as a sequence of its own."""

from __future__ import annotations

from torch import Tensor, nn

from emovox.engine.batch import Batch


class Lstm(nn.Module):
    """Two LSTM layers and three dense layers on the last valid step.

    Parameters
    ----------
    dim : int
        Dimensions of a frame; 180 for chroma, mel and MFCC.
    n_classes : int
    hidden : int
        Units of each hidden layer.
    dropout : float
        Share of the values that are silenced in training behind each of the hidden layers.

    Notes
    -----
    The layers and their sizes are those of ccser. What is a sequence is not: there the whole
    partition of a corpus is *one* sequence, whose steps are the utterances' averages, so that
    what is said of one file depends on the files before it. Here an utterance is a sequence of
    frames, and the answer is read after its last valid step. The network runs forward in time
    only, so what stands behind that step, padding, cannot change the answer.

    The hidden dense layers have no activation, as published; the three dense layers are one
    affine map in use, and differ from it only in how they train.

    Like Keras, this network has one bias a gate: torch adds two, of which the second
    (``bias_hh``) is fixed at zero here, is not trained and is not to be counted. Keras'
    first values, too: Glorot uniform kernels, orthogonal recurrent kernels, biases zero but one
    in the forget gates.

    Source: ccser (cxxu, 2023), after x4nth055's emotion-recognition-using-speech (2019).

    Examples
    --------
    >>> import torch
    >>> from emovox.engine.batch import Batch
    >>> network = Lstm(180, 3).eval()
    >>> sum(one.numel() for one in network.parameters() if one.requires_grad)
    323203
    >>> batch = Batch(torch.zeros(2, 50, 180), torch.tensor([50, 20]))
    >>> network(batch)["logits"].shape
    torch.Size([2, 3])
    """

    def __init__(
        self, dim: int = 180, n_classes: int = 3, hidden: int = 128, dropout: float = 0.3
    ) -> None:
        super().__init__()
        self.first = keras_lstm(dim, hidden)
        self.second = keras_lstm(hidden, hidden)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Sequential(
            nn.Dropout(dropout),
            keras_dense(hidden, hidden),
            nn.Dropout(dropout),
            keras_dense(hidden, hidden),
            nn.Dropout(dropout),
            keras_dense(hidden, n_classes),
        )

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """Logits of a batch.

        Parameters
        ----------
        batch : Batch
            ``inputs`` of shape (B, T, dim); each of ``lengths`` between 1 and T.

        Returns
        -------
        dict
            "logits" of shape (B, classes).
        """
        steps, _ = self.first(batch.inputs)
        steps, _ = self.second(self.dropout(steps))
        return {"logits": self.head(last_valid(steps, batch.lengths))}


def last_valid(steps: Tensor, lengths: Tensor) -> Tensor:
    """Step ``lengths - 1`` of each sequence: (B, T, H) and (B,) -> (B, H)."""
    places = (lengths - 1)[:, None, None].expand(-1, 1, steps.shape[2])
    return steps.gather(1, places)[:, 0]


def keras_lstm(dim: int, hidden: int) -> nn.LSTM:
    """LSTM layer with one bias a gate, which starts as in Keras."""
    layer = nn.LSTM(dim, hidden, batch_first=True)
    weights = dict(layer.named_parameters())
    nn.init.xavier_uniform_(weights["weight_ih_l0"])
    nn.init.orthogonal_(weights["weight_hh_l0"])
    nn.init.zeros_(weights["bias_hh_l0"]).requires_grad_(False)
    # The gates lie one behind the other: input, forget, cell, output.
    nn.init.zeros_(weights["bias_ih_l0"])
    nn.init.ones_(weights["bias_ih_l0"][hidden : 2 * hidden])
    return layer


def keras_dense(dim: int, width: int) -> nn.Linear:
    """Dense layer that starts as in Keras: Glorot uniform, biases zero."""
    layer = nn.Linear(dim, width)
    nn.init.xavier_uniform_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer
