"""TF-IDF and a linear SVM of scikit-learn on the files of bench_intents: prints one row of the table."""
import sys
import time

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC


def read(path):
    with open(path, encoding="utf-8") as file:
        rows = [line.rstrip("\n").split(" ", 1) for line in file]
    return [row[1] for row in rows], [row[0] for row in rows]


texts, labels = read(sys.argv[1] + "/train.txt")
test, right = read(sys.argv[1] + "/test.txt")
model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LinearSVC())
before = time.perf_counter()
model.fit(texts, labels)
seconds = time.perf_counter() - before
hits = sum(a == b for a, b in zip(model.predict(test), right))
times = []
for text in test[:500]:
    before = time.perf_counter()
    model.predict([text])
    times.append(1e6 * (time.perf_counter() - before))
times.sort()
print("| scikit-learn, TF-IDF and linear SVM | %.2f | %.2f | %.0f | %.0f | – |"
      % (100 * hits / len(test), seconds, times[len(times) // 2], times[len(times) * 99 // 100]))
