"""PyTorch: modules, an optimizer, and the loop that its tutorials write; one thread."""

import torch
from torch import nn

torch.set_num_threads(1)
torch.manual_seed(1)
version = torch.__version__


def classifier(widths):
    return nn.Sequential(nn.Linear(widths[0], widths[1]), nn.ReLU(), nn.Linear(widths[1], widths[2]))


def loop(network, loss, optimizer, batches):
    def run(epochs):
        for _ in range(epochs):
            for x, y in batches:
                optimizer.zero_grad()
                loss(network(x), y).backward()
                optimizer.step()

    return run


def xor(work):
    x, y = torch.from_numpy(work["x"]).reshape(-1, 2), torch.from_numpy(work["y"]).reshape(-1, 1)
    network = nn.Sequential(nn.Linear(2, 4), nn.Sigmoid(), nn.Linear(4, 1), nn.Sigmoid())
    optimizer = torch.optim.SGD(network.parameters(), lr=work["learningRate"] / 2)
    run = loop(network, nn.MSELoss(), optimizer, list(zip(x.split(1), y.split(1))))
    return {"run": run, "units": len(y), "note": "zero_grad, backward, step"}


def predict(work):
    network = nn.Sequential(classifier(work["widths"]), nn.Softmax(dim=1)).eval()
    row = torch.from_numpy(work["row"]).reshape(1, -1)

    def run(count):
        with torch.inference_mode():
            for _ in range(count):
                network(row)

    return {"run": run, "units": 1, "note": "module call in inference_mode"}


def train(work):
    x, labels = torch.from_numpy(work["x"]).reshape(work["rows"], -1), torch.from_numpy(work["labels"]).long()
    network = classifier(work["widths"])
    optimizer = torch.optim.Adam(network.parameters(), lr=work["learningRate"])
    batches = list(zip(x.split(work["batch"]), labels.split(work["batch"])))
    run = loop(network, nn.CrossEntropyLoss(), optimizer, batches)

    def accuracy():
        with torch.inference_mode():
            return (network(x).argmax(1) == labels).float().mean().item()

    return {"run": run, "units": len(batches), "accuracy": accuracy, "note": "zero_grad, backward, step"}
