"""Loads what serve.js wrote back: the network that it left alone bit for bit, the one that it trained by its answers.

python3 check.py [folder]
"""

import json
import sys
from pathlib import Path

import torch
from network import network

try:
    from safetensors.torch import load_file
except ImportError:
    from safetensors_file import load_file

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "out/pytorch")
ours = load_file(str(folder / "model.safetensors"))
back = load_file(str(folder / "unchanged.safetensors"))
# gradlet has no counter of batches; load_state_dict sets it to 0.
names = [name for name in ours if not name.endswith("num_batches_tracked")]
assert sorted(names) == sorted(back), list(back)
for name in names:
    assert torch.equal(ours[name], back[name]), name
print(f"unchanged: {len(names)} tensors, every bit the same")

model = network().eval()
model.load_state_dict(load_file(str(folder / "trained.safetensors")))
x = torch.tensor(json.loads((folder / "samples.json").read_text())["x"])
answers = torch.tensor(json.loads((folder / "trained.json").read_text()))
with torch.no_grad():
    difference = (model(x) - answers).abs().max().item()
print(f"trained: PyTorch answers as gradlet does, largest difference {difference:.1e}")
assert difference < 1e-5
