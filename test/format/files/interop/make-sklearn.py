"""Writes what scikit-learn's networks learned, and what they answer, beside this file.

Debian: apt-get install python3-sklearn; then /usr/bin/python3 make-sklearn.py. Written by scikit-learn 1.2.1.
"""

import json
import warnings
from pathlib import Path

import numpy as np
from sklearn.neural_network import MLPClassifier, MLPRegressor

warnings.filterwarnings("ignore")
random = np.random.RandomState(7)
x = random.randn(60, 4)
score = x[:, 0] * x[:, 1] + x[:, 2]


def attributes(model):
    found = {
        "coefs_": [matrix.tolist() for matrix in model.coefs_],
        "intercepts_": [vector.tolist() for vector in model.intercepts_],
        "activation": model.activation,
        "out_activation_": model.out_activation_,
    }
    if hasattr(model, "classes_"):
        found["classes_"] = model.classes_.tolist()
    return found


def case(name, model, y, answer):
    model.fit(x, y)
    outputs = np.asarray(answer(model, x[:8])).reshape(8, -1).tolist()
    classes = model.predict(x[:8]).tolist() if hasattr(model, "classes_") else None
    return {"name": name, "attributes": attributes(model), "outputs": outputs, "classes": classes}


def probabilities(model, rows):
    found = model.predict_proba(rows)
    return found[:, 1:] if found.shape[1] == 2 else found


def values(model, rows):
    return model.predict(rows)


three = np.array(["low", "middle", "high"])[np.digitize(score, [-0.5, 0.5])]
two = np.where(score > 0, "yes", "no")
o = {"max_iter": 80, "random_state": 1}
cases = [
    case("three classes, relu", MLPClassifier((7, 5), activation="relu", **o), three, probabilities),
    case("two classes, tanh", MLPClassifier((6,), activation="tanh", **o), two, probabilities),
    case("numbers as classes, logistic", MLPClassifier((6,), activation="logistic", **o), np.digitize(score, [0.2]) * 5, probabilities),
    case("one value, identity", MLPRegressor((3,), activation="identity", **o), score, values),
    case("two values, relu", MLPRegressor((6, 4), activation="relu", **o), np.stack([score, -score], axis=1), values),
    case("no hidden layer", MLPRegressor((), **o), score, values),
]
answer = {"x": x[:8].tolist(), "cases": cases}
(Path(__file__).parent / "sklearn.json").write_text(json.dumps(answer) + "\n")
