"""Trains a network in PyTorch and saves it, with some samples and its answers to them, for gradlet.

python3 train.py [folder], where the folder (default: out/pytorch) gets model.safetensors and samples.json.
"""

import json
import sys
from pathlib import Path

import torch
from network import network, spirals

try:
    from safetensors.torch import save_file
except ImportError:
    from safetensors_file import save_file

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "out/pytorch")
folder.mkdir(parents=True, exist_ok=True)
torch.manual_seed(1)
generator = torch.Generator().manual_seed(2)

model = network()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
x, y = spirals(1200, generator)
for epoch in range(60):
    model.train()
    for rows in torch.randperm(len(x), generator=generator).split(64):
        # The network ends in a softmax, as it will be served.
        loss = torch.nn.functional.nll_loss(torch.log(model(x[rows]) + 1e-9), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

model.eval()
test_x, test_y = spirals(300, generator)
with torch.no_grad():
    answers = model(test_x)
print(f"PyTorch {torch.__version__}: accuracy {(answers.argmax(1) == test_y).float().mean():.3f} on {len(test_x)} new points")

save_file(model.state_dict(), str(folder / "model.safetensors"))
samples = {"x": test_x.tolist(), "y": test_y.tolist(), "answers": answers.tolist()}
(folder / "samples.json").write_text(json.dumps(samples))
