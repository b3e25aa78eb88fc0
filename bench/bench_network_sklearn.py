"""What training the network costs scikit-learn, for bench_network.c: prints the best of three, in ms.

    python3 bench_network_sklearn.py FILE ROWS INPUTS
"""
import sys
import time
import warnings

import numpy
from sklearn.neural_network import MLPClassifier

path, rows, inputs = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
with open(path, "rb") as file:
    x = numpy.fromfile(file, numpy.float32, rows * inputs).reshape(rows, inputs)
    labels = numpy.fromfile(file, numpy.uint32, rows)
warnings.simplefilter("ignore")  # that 50 epochs are too few to converge
best = float("inf")
for _ in range(3):
    model = MLPClassifier((128, 64), batch_size=32, max_iter=50, tol=0, n_iter_no_change=50)
    before = time.perf_counter()
    model.fit(x, labels)
    best = min(best, time.perf_counter() - before)
print(1000 * best)
