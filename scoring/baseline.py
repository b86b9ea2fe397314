"""A logistic regression, so that the trees have something plain to be better than."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Logistic:
    """Ridge logistic regression by iteratively reweighted least squares, on standardised inputs.

    Parameters
    ----------
    ridge : float
        Weight of the penalty; the intercept goes free.
    """

    def __init__(self, ridge: float = 1.0) -> None:
        self.ridge = ridge

    def fit(self, inputs: Floats, label: NDArray[np.bool_], steps: int = 12) -> "Logistic":
        """Learn the weights; twelve Newton steps are plenty for such sizes."""
        self.middle, self.spread = inputs.mean(axis=0), np.maximum(inputs.std(axis=0), 1e-9)
        x = self._design(inputs)
        penalty = np.diag([0.0, *([self.ridge] * inputs.shape[1])])
        weights = np.zeros(x.shape[1])
        for _ in range(steps):
            p = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
            slope = x.T @ (p - label) + penalty @ weights
            curve = (x * np.maximum(p * (1 - p), 1e-9)[:, None]).T @ x + penalty
            weights = weights - np.linalg.solve(curve, slope)
        self.weights = weights
        return self

    def predict(self, inputs: Floats) -> Floats:
        return np.asarray(1 / (1 + np.exp(-np.clip(self._design(inputs) @ self.weights, -30, 30))))

    def _design(self, inputs: Floats) -> Floats:
        return np.column_stack([np.ones(len(inputs)), (inputs - self.middle) / self.spread])
