"""Our network beside the one of MONAI, and the loss that teaches it."""

import monai.losses
import monai.networks.nets
import numpy as np
import pytest
import torch

from residency.engine.networks import NetworkUnknown, build_network
from residency.engine.spec import IGNORED, NetworkSpec, TrainSpec
from residency.engine.tasks import build_task
from tests.engine.world import ball, tiny_spec


def oracle(channels, classes):
    return monai.networks.nets.UNet(
        spatial_dims=3, in_channels=1, out_channels=classes, channels=channels, strides=(2,) * (len(channels) - 1)
    )


def patches():
    images, labels = zip(*(ball(number, (8, 24, 24)) for number in (3, 4)), strict=True)
    return torch.tensor(np.stack(images)[:, None]) / 200, torch.from_numpy(np.stack(labels))


def fit(network, steps=60):
    task = build_task(tiny_spec())
    image, target = patches()
    optimizer = torch.optim.AdamW(network.parameters(), 1e-2)
    for _ in range(steps):
        loss = task.loss(network(image), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    both, either = task.overlap(network(image), target)
    return loss.item(), (2 * both / either).item()


def test_our_network_learns_two_patches_as_well_as_that_of_monai():
    torch.manual_seed(1)
    ours = build_network(NetworkSpec(channels=(8, 16, 32), options={"stride": 1}), classes=2)
    theirs = oracle((8, 16, 32), 2)
    assert ours(patches()[0]).shape == theirs(patches()[0]).shape
    (our_loss, our_dice), (their_loss, their_dice) = fit(ours), fit(theirs)
    assert our_dice > 0.97
    assert our_dice >= their_dice - 0.01
    # Both began near 1.5; how near to nothing each comes differs from seed to seed, either way.
    assert max(our_loss, their_loss) < 0.25


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("extents", [(16, 32, 32), (13, 31, 17), (5, 9, 7)])
def test_every_voxel_gets_logits_whatever_the_extents(stride, extents):
    network = build_network(NetworkSpec(channels=(4, 8, 16), options={"stride": stride}), classes=3)
    assert network(torch.zeros(2, 1, *extents)).shape == (2, 3, *extents)


def test_a_voxel_is_judged_by_its_neighbourhood_and_not_by_what_lies_behind_the_horizon():
    torch.manual_seed(0)
    network = build_network(NetworkSpec(channels=(4, 8), options={"stride": 1}), classes=2).eval()
    for module in network.modules():
        if isinstance(module, torch.nn.InstanceNorm3d):
            module.track_running_stats, module.affine = False, False
            module.forward = lambda features: features
    image = torch.zeros(1, 1, 4, 4, 64)
    touched = image.clone()
    touched[..., 32] = 1
    changed = (network(image) != network(touched)).any(1)[0].any(0).any(0).nonzero().flatten()
    assert changed.min() <= 32 <= changed.max()
    assert changed.max() - changed.min() < 32


def test_a_user_brings_a_network_by_the_name_of_its_factory():
    spec = NetworkSpec(name="tests.engine.networks:dropping", options={"pause": 0})
    assert build_network(spec, classes=2)(torch.zeros(1, 1, 4, 4, 4)).shape == (1, 2, 4, 4, 4)


@pytest.mark.parametrize("name", ["resnet", "no.such.package:build", "tests.engine.networks:no_such_name"])
def test_a_network_that_is_not_here_is_named_with_what_is(name):
    with pytest.raises(NetworkUnknown):
        build_network(NetworkSpec(name=name), classes=2)


def test_the_loss_is_that_of_monai_where_nothing_is_ignored():
    torch.manual_seed(2)
    logits, target = torch.randn(3, 3, 6, 7, 8), torch.randint(0, 3, (3, 6, 7, 8), dtype=torch.uint8)
    wanted = monai.losses.DiceCELoss(softmax=True, to_onehot_y=True, include_background=False, smooth_nr=1, smooth_dr=1)
    ours = build_task(TrainSpec(labels={1: "a", 2: "b"})).loss(logits, target)
    # MONAI's cross-entropy drops the background too when its Dice does, so that part is torch's own.
    theirs = wanted.dice(logits, target[:, None].long()) + torch.nn.functional.cross_entropy(logits, target.long())
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-5)


def test_ignored_voxels_teach_nothing():
    task = build_task(tiny_spec())
    logits = torch.randn(2, 2, 4, 4, 4, requires_grad=True)
    target = torch.randint(0, 2, (2, 4, 4, 4), dtype=torch.uint8)
    target[:, 2:] = IGNORED
    loss = task.loss(logits, target)
    loss.backward()
    assert logits.grad[:, :, 2:].abs().max() == 0
    assert logits.grad[:, :, :2].abs().min() > 0
    assert loss.item() == pytest.approx(task.loss(logits[:, :, :2], target[:, :2]).item(), rel=1e-6)
