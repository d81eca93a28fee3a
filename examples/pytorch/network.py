"""The network of this example and its data, for train.py and check.py."""

import torch
from torch import nn


def network():
    # Index: 0 Linear, 1 SiLU, 2 BatchNorm1d, 3 Dropout, 4 Linear, 5 Tanh, 6 Linear, 7 Softmax
    return nn.Sequential(
        nn.Linear(2, 32),
        nn.SiLU(),
        nn.BatchNorm1d(32),
        nn.Dropout(0.1),
        nn.Linear(32, 16),
        nn.Tanh(),
        nn.Linear(16, 3),
        nn.Softmax(dim=1),
    )


def spirals(rows, generator):
    """Points on three spiral arms, and the arm of each."""
    arm = torch.arange(rows) % 3
    t = torch.rand(rows, generator=generator)
    angle = 4 * t + arm * (2 * torch.pi / 3) + 0.15 * torch.randn(rows, generator=generator)
    return torch.stack([t * torch.cos(angle), t * torch.sin(angle)], dim=1), arm
