"""Networks as a user would bring them."""

import time
from typing import ClassVar

import torch
from torch import nn


class Dropping(nn.Module):
    """Two convolutions with dropout and batch norm: random numbers and buffers, the two things a resume forgets."""

    def __init__(self, classes: int, pause: float) -> None:
        super().__init__()
        self.pause = pause
        self.layers = nn.Sequential(
            nn.Conv3d(1, 6, 3, padding=1), nn.BatchNorm3d(6), nn.ReLU(), nn.Dropout(0.3), nn.Conv3d(6, classes, 1)
        )

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Logits."""
        time.sleep(self.pause)
        return self.layers(image)


class Observed(nn.Module):
    """One convolution that remembers in which type it computed."""

    types: ClassVar[set[torch.dtype]] = set()

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.layer = nn.Conv3d(1, classes, 3, padding=1)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Logits."""
        logits = self.layer(image)
        self.types.add(logits.dtype)
        return logits


def observed(*, classes: int) -> nn.Module:
    """A factory that a spec can name."""
    return Observed(classes)


def dropping(*, classes: int, pause: float) -> nn.Module:
    """A factory that a spec can name."""
    return Dropping(classes, pause)
