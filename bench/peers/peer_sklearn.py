"""scikit-learn: MLPClassifier, one thread."""

import warnings

import sklearn
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

warnings.simplefilter("ignore", ConvergenceWarning)
version = sklearn.__version__
# Train for the epochs asked for, however little is gained.
FOREVER = {"tol": 0, "n_iter_no_change": 10**9}


def fitting(network, x, y, units, note):
    def run(epochs):
        network.max_iter = epochs
        network.fit(x, y)

    return {"run": run, "units": units, "note": note, "accuracy": lambda: network.score(x, y)}


def xor(work):
    x, y = work["x"].reshape(-1, 2), work["y"].astype(int)
    network = MLPClassifier((4,), activation="logistic", solver="sgd", learning_rate_init=work["learningRate"], batch_size=1,
                            momentum=0, alpha=0, random_state=1, **FOREVER)
    task = fitting(network, x, y, len(y), "MLPClassifier.fit; cross-entropy")
    del task["accuracy"]
    return task


def predict(work):
    inputs, hidden, classes = work["widths"]
    row = work["row"].reshape(1, inputs)
    network = MLPClassifier((hidden,), max_iter=1, random_state=1)
    network.fit(row.repeat(classes, axis=0), list(range(classes)))

    def run(count):
        for _ in range(count):
            network.predict_proba(row)

    return {"run": run, "units": 1, "note": "predict_proba"}


def train(work):
    x, y = work["x"].reshape(work["rows"], -1), work["labels"]
    network = MLPClassifier((work["widths"][1],), solver="adam", learning_rate_init=work["learningRate"], batch_size=work["batch"],
                            alpha=0, random_state=1, **FOREVER)
    return fitting(network, x, y, work["rows"] // work["batch"], "MLPClassifier.fit")
