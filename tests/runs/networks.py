"""A network as an unlucky user would bring it."""

from pathlib import Path

from torch import nn


def wanting(*, classes: int, path: str) -> nn.Module:
    """Becomes no network until somebody brings the file it needs."""
    if not Path(path).exists():
        raise RuntimeError("no such weights on this machine")
    return nn.Conv3d(1, classes, 3, padding=1)
