"""Networks by name: a table of builders, and the user's own code as "package.module:factory".

    network = build_network(spec.network, classes=2)
    network(image)                        # (batch, 1, z, y, x) -> logits (batch, classes, z, y, x)

A factory is called with `classes` and the options of the spec, and returns a `torch.nn.Module` of that shape. Not
here: architectures of other packages; a study names them by their factory.
"""

from collections.abc import Callable
from importlib import import_module
from itertools import pairwise

import torch
from torch import Tensor, nn

from residency.engine.spec import NetworkSpec
from residency.errors import BadInput


class NetworkUnknown(BadInput):
    """No builder of this name, or the user's factory cannot be imported."""


def build_network(spec: NetworkSpec, *, classes: int) -> nn.Module:
    """The network a spec names, with random weights from the global generator; raises NetworkUnknown."""
    if ":" in spec.name:
        return _factory(spec.name)(classes=classes, **spec.options)
    if spec.name not in NETWORKS:
        raise NetworkUnknown(
            f"There is no network '{spec.name}'.",
            remedy=f"Choose one of {', '.join(NETWORKS)}, or name your own as 'package.module:factory'.",
        )
    return NETWORKS[spec.name](classes=classes, channels=spec.channels, **spec.options)


def unet(*, classes: int, channels: tuple[int, ...], stride: int = 2, inputs: int = 1) -> nn.Module:
    """A 3-D U-Net (Çiçek 2016, arXiv:1606.06650) with instance norm; one level per number of channels.

    Each level below the first halves the extents, which need not be divisible: what is odd is padded and cut. With
    `stride` 2 the first level halves them too, and the head brings the logits back to every voxel: a fifth of the
    time, for organs many voxels thick; ask for `stride: 1` where structures are thin.
    """
    return _UNet(inputs, classes, channels, stride)


NETWORKS: dict[str, Callable[..., nn.Module]] = {"unet": unet}


class _UNet(nn.Module):
    def __init__(self, inputs: int, classes: int, channels: tuple[int, ...], stride: int) -> None:
        super().__init__()
        pairs = list(pairwise(channels))
        self.stem = _level(inputs, channels[0], stride=stride)
        self.down = nn.ModuleList(_level(fine, coarse, stride=2) for fine, coarse in pairs)
        self.up = nn.ModuleList(nn.ConvTranspose3d(coarse, fine, 2, stride=2) for fine, coarse in reversed(pairs))
        self.merge = nn.ModuleList(_level(2 * fine, fine, convolutions=1) for fine, _ in reversed(pairs))
        self.head = nn.ConvTranspose3d(channels[0], classes, stride, stride)

    def forward(self, image: Tensor) -> Tensor:
        """Logits at every voxel: (batch, inputs, z, y, x) to (batch, classes, z, y, x)."""
        seen = [self.stem(image)]
        for level in self.down:
            seen.append(level(seen[-1]))
        features = seen.pop()
        for up, merge in zip(self.up, self.merge, strict=True):
            skip = seen.pop()
            features = merge(torch.cat([skip, _cut(up(features), skip)], 1))
        return _cut(self.head(features), image)


def _cut(features: Tensor, like: Tensor) -> Tensor:
    z, y, x = like.shape[2:]
    return features[:, :, :z, :y, :x]


def _level(inputs: int, outputs: int, *, stride: int = 1, convolutions: int = 2) -> nn.Sequential:
    layers: list[nn.Module] = []
    for number in range(convolutions):
        first = number == 0
        layers += [
            nn.Conv3d(inputs if first else outputs, outputs, 3, stride if first else 1, padding=1, bias=False),
            # Instance norm keeps no running buffers: those would change in the forward pass, while a checkpoint of
            # the step before is still being staged.
            nn.InstanceNorm3d(outputs, affine=True),
            nn.LeakyReLU(0.01, inplace=True),
        ]
    return nn.Sequential(*layers)


def _factory(name: str) -> Callable[..., nn.Module]:
    module, _, attribute = name.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise NetworkUnknown(
            f"The network '{name}' cannot be imported.", remedy="Install its package where the worker runs."
        ) from error
