"""Writes the state dicts of PyTorch models, and what the models answer, beside this file.

Debian: apt-get install python3-torch; then /usr/bin/python3 make-torch.py. Written by PyTorch 1.13.1.
"""

import json
import sys
from pathlib import Path

import torch
from torch import nn

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[3] / "examples" / "pytorch"))
from safetensors_file import save_file  # noqa: E402

torch.manual_seed(20240607)
torch.set_num_threads(1)


def mlp():
    return nn.Sequential(
        nn.Linear(6, 8),
        nn.ReLU(),
        nn.BatchNorm1d(8, eps=1e-3, momentum=0.3),
        nn.Dropout(0.25),
        nn.Linear(8, 5, bias=False),
        nn.LayerNorm(5),
        nn.GELU(),
        nn.Linear(5, 3),
        nn.Softmax(dim=1),
    )


ACTIVATIONS = {
    "relu": nn.ReLU(),
    "leakyRelu": nn.LeakyReLU(),
    "elu": nn.ELU(),
    "selu": nn.SELU(),
    "gelu": nn.GELU(),
    "silu": nn.SiLU(),
    "sigmoid": nn.Sigmoid(),
    "tanh": nn.Tanh(),
    "softplus": nn.Softplus(),
    "softsign": nn.Softsign(),
    "softmax": nn.Softmax(dim=1),
}


def train(model, columns):
    """A few steps, so that no tensor is as it was made."""
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    model.train()
    for _ in range(20):
        x = torch.randn(16, columns)
        loss = (model(x) - torch.rand(16, 3)).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.eval()


def rows(tensor):
    return [[round(value, 9) for value in row] for row in tensor.double().tolist()]


def answers(model, x):
    with torch.no_grad():
        return rows(model.double()(x.double()))


answer = {}
x = torch.randn(5, 6)
answer["x"] = x.tolist()
base = train(mlp(), 6)
state = {name: tensor.clone() for name, tensor in base.state_dict().items()}

for dtype, name in ((torch.float32, "f32"), (torch.float64, "f64"), (torch.float16, "f16"), (torch.bfloat16, "bf16")):
    model = mlp().double().eval()
    if dtype == torch.float64:
        # Numbers that need all their bits, so that rounding to f32 shows.
        model.load_state_dict({k: v.double() * (1 + 1e-9) if v.is_floating_point() else v for k, v in state.items()})
    else:
        model.load_state_dict(state)
        model = model.to(dtype)
    saved = model.state_dict()
    save_file(saved, HERE / f"torch-{name}.safetensors")
    answer[name] = answers(model, x)

for prefix in ("module.", "model.net."):
    save_file({prefix + name: tensor for name, tensor in state.items()}, HERE / f"torch-{prefix.replace('.', '-')}prefix.safetensors")

# A model for each activation in one file, each with a prefix of its own.
several, outputs = {}, {}
for name, activation in ACTIVATIONS.items():
    model = train(nn.Sequential(nn.Linear(6, 3), activation), 6)
    several.update({f"{name}.{key}": tensor.clone() for key, tensor in model.state_dict().items()})
    outputs[name] = answers(model, x)
save_file(several, HERE / "torch-activations.safetensors")
answer["activations"] = outputs

plain = train(nn.Sequential(nn.Linear(6, 4), nn.BatchNorm1d(4, affine=False), nn.Tanh(), nn.Linear(4, 3)), 6)
save_file(plain.state_dict(), HERE / "torch-no-affine.safetensors")
answer["noAffine"] = answers(plain, x)

(HERE / "torch.json").write_text(json.dumps(answer, indent=1) + "\n")
