"""Makes the files in test/format/onnx-files: small models by PyTorch's exporter and by scikit-learn's numbers, and what they answer.

    /usr/bin/python3 test/onnx/make-files.py     (Debian: python3-torch, python3-onnx, python3-sklearn)

Each NAME.onnx stands beside its entry in expected.json: samples, and the outputs that the framework itself computed.
"""
import io
import json
import os
import warnings

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from sklearn.neural_network import MLPClassifier, MLPRegressor
from torch import nn

warnings.filterwarnings("ignore")
HERE = os.path.dirname(os.path.abspath(__file__))
TO = os.path.join(HERE, "..", "format", "onnx-files")
expected = {}


def save(name, model, x, y):
    onnx.checker.check_model(model)
    onnx.save(model, os.path.join(TO, name + ".onnx"))
    x, y = np.asarray(x), np.asarray(y)
    expected[name] = {
        "x": [round(float(value), 7) for value in x.reshape(-1)],
        "y": [float(np.float32(value)) for value in y.reshape(-1)],
        "columns": int(y.reshape(len(x), -1).shape[1]),
    }


def settle(model):
    """Gives normalisations numbers as training would have left them."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm1d):
            module.running_mean.normal_(0, 0.5)
            module.running_var.uniform_(0.5, 2)
        if isinstance(module, (nn.BatchNorm1d, nn.LayerNorm)):
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.normal_(0, 0.5)
    return model.eval()


def torch_file(name, model, shape, opset, dynamic=True, dtype=torch.float32, **options):
    model = settle(model.to(dtype))
    x = torch.tensor(np.round(np.random.uniform(-2, 2, (5, *shape)), 3)).to(dtype)
    with torch.no_grad():
        y = model(x).numpy()
    if dynamic:
        options["dynamic_axes"] = {"input": {0: "batch"}, "output": {0: "batch"}}
    file = io.BytesIO()
    torch.onnx.export(model, x, file, opset_version=opset, input_names=["input"], output_names=["output"], **options)
    save(name, onnx.load_model_from_string(file.getvalue()), x, y)


class MatMulAdd(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.randn(3, 6))
        self.b = nn.Parameter(torch.randn(6))
        self.v = nn.Parameter(torch.randn(2, 6))
        self.c = nn.Parameter(torch.randn(1, 2))

    def forward(self, x):
        return self.c + torch.tanh(x @ self.w + self.b) @ self.v.T


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 4)

    def forward(self, x):
        return self.layer(torch.relu(self.layer(x)))


class View(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(8, 2)

    def forward(self, x):
        return self.layer(x.reshape(-1, 8))


class SizedView(View):
    def forward(self, x):
        return self.layer(x.view(x.size(0), -1))


torch.manual_seed(7)
np.random.seed(7)
ACTIVATIONS = [
    nn.ReLU(), nn.LeakyReLU(), nn.ELU(), nn.SELU(), nn.GELU(), nn.SiLU(), nn.Sigmoid(), nn.Tanh(), nn.Softplus(), nn.Softsign(),
]
chain = [module for activation in ACTIVATIONS for module in (nn.Linear(6, 6), activation)]
classifier = lambda: nn.Sequential(
    nn.Linear(4, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.5), nn.Linear(16, 3), nn.Softmax(dim=1))

for opset in (9, 13, 17):
    torch_file(f"torch-classifier-{opset}", classifier(), (4,), opset)
torch_file("torch-classifier-unfolded", classifier(), (4,), 17, do_constant_folding=False, training=torch.onnx.TrainingMode.PRESERVE)
torch_file("torch-inputs-listed", classifier(), (4,), 9, keep_initializers_as_inputs=True)
torch_file("torch-double", classifier(), (4,), 17, dtype=torch.float64)
torch_file("torch-fixed-batch", classifier(), (4,), 17, dynamic=False)
torch_file("torch-activations", nn.Sequential(*chain), (6,), 17)
torch_file("torch-activations-9", nn.Sequential(*chain), (6,), 9)
torch_file("torch-layer-norm", nn.Sequential(nn.Linear(5, 8), nn.LayerNorm(8), nn.GELU(), nn.Linear(8, 2)), (5,), 17)
torch_file("torch-layer-norm-spelled-out", nn.Sequential(nn.Linear(5, 8), nn.LayerNorm(8), nn.GELU(), nn.Linear(8, 2)), (5,), 14)
torch_file("torch-no-bias", nn.Sequential(nn.Linear(5, 7, bias=False), nn.Tanh(), nn.Linear(7, 2, bias=False)), (5,), 17)
torch_file("torch-matmul-add", MatMulAdd(), (3,), 17)
torch_file("torch-tied", Tied(), (4,), 17)
torch_file("torch-flatten", nn.Sequential(nn.Flatten(), nn.Linear(12, 5), nn.ReLU(), nn.Linear(5, 3)), (1, 3, 4), 17)
torch_file("torch-reshape", View(), (2, 4), 17)
# Its shape computed by Shape, Gather, Unsqueeze and Concat.
torch_file("torch-view", SizedView(), (2, 4), 17)


# The graphs that converters write for scikit-learn: chains of MatMul and Add, or of Gemm.
def sklearn_graph(model, function, gemm, dtype):
    nodes, initializers, value = [], [], "X"
    numpy_type, onnx_type = dtype
    last = len(model.coefs_) - 1
    for i, (w, b) in enumerate(zip(model.coefs_, model.intercepts_)):
        initializers.append(numpy_helper.from_array(w.astype(numpy_type), f"coefficient{i}"))
        initializers.append(numpy_helper.from_array(b.reshape(1, -1).astype(numpy_type), f"intercepts{i}"))
        if gemm:
            nodes.append(helper.make_node("Gemm", [value, f"coefficient{i}", f"intercepts{i}"], [f"sum{i}"]))
        else:
            nodes.append(helper.make_node("MatMul", [value, f"coefficient{i}"], [f"product{i}"]))
            nodes.append(helper.make_node("Add", [f"product{i}", f"intercepts{i}"], [f"sum{i}"]))
        value = f"sum{i}"
        op = function if i < last else {"softmax": "Softmax", "logistic": "Sigmoid"}.get(model.out_activation_)
        if op:
            nodes.append(helper.make_node(op, [value], [f"activation{i}"]))
            value = f"activation{i}"
    inputs = [helper.make_tensor_value_info("X", onnx_type, [None, model.coefs_[0].shape[0]])]
    outputs = [helper.make_tensor_value_info(value, onnx_type, [None, model.coefs_[-1].shape[1]])]
    graph = helper.make_graph(nodes, "mlp", inputs, outputs, initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], producer_name="converter")
    model.ir_version = 8
    return model


FLOAT, HALF, DOUBLE = (np.float32, TensorProto.FLOAT), (np.float16, TensorProto.FLOAT16), (np.float64, TensorProto.DOUBLE)
x = np.round(np.random.uniform(-2, 2, (40, 4)), 3)
three = MLPClassifier((8, 6), activation="tanh", max_iter=30, random_state=1).fit(x, np.arange(40) % 3)
two = MLPClassifier((5,), activation="relu", max_iter=30, random_state=1).fit(x, np.arange(40) % 2)
number = MLPRegressor((6,), activation="logistic", max_iter=30, random_state=1).fit(x, x.sum(axis=1))
save("sklearn-classifier", sklearn_graph(three, "Tanh", False, FLOAT), x[:5], three.predict_proba(x[:5]))
save("sklearn-binary", sklearn_graph(two, "Relu", True, FLOAT), x[:5], two.predict_proba(x[:5])[:, 1])
save("sklearn-regressor", sklearn_graph(number, "Sigmoid", True, DOUBLE), x[:5], number.predict(x[:5]))
for model in (three,):
    model.coefs_ = [w.astype(np.float16).astype(np.float64) for w in model.coefs_]
    model.intercepts_ = [b.astype(np.float16).astype(np.float64) for b in model.intercepts_]
save("sklearn-half", sklearn_graph(three, "Tanh", True, HALF), x[:5], three.predict_proba(x[:5]))

with open(os.path.join(TO, "expected.json"), "w") as file:
    json.dump(expected, file, indent=1)
    file.write("\n")
