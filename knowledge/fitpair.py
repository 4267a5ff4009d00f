"""Fit the forks of forest.go, and how sure they make, say how both do on sets that they were not fitted on, and write data/forks_read.txt or data/forks_said.txt.

    mkdir /tmp/features
    PARLEY_FEATURES=/tmp/features PARLEY_FEATURE_SETS=campsite.en,... go test ./knowledge -run TestDumpFeatures
    python knowledge/fitpair.py /tmp/features knowledge/data/forks_read.txt [SET...]    # needs numpy and scikit-learn

forks_said.txt is fitted in the same way on what was dumped with PARLEY_FITS_TOLD=none.

What embed/tune.py and embed/fits.py have learnt must not have been learnt from the sets: those of apart.py, and those that came after the parts. A
set that a part was learnt from may be dumped with PARLEY_MEANT naming the part learnt from others, and PARLEY_FITS_TOLD the folder of what fits.py
tells of it by what it learnt from others.

Each set is judged by forks fitted on those of the other FOLDS; how sure it is by what they say, and by how much of a question only the answer tells
(sureSaid and sureRead of forest.go), by what fits best of the other sets. A set counts the same however many questions it has, and so does each kind of
question within it (KINDS).
"""

import glob
import os
import sys

import numpy as np
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import roc_auc_score

KINDS = {"hard": 0.45, "plain": 0.25, "none": 0.25, "out": 0.05}
FORKS = dict(n_estimators=300, learning_rate=0.045, max_depth=2, subsample=0.6, min_samples_leaf=60, max_features=0.4)
SEEDS = 5  # forests, of which the mean counts
TOLD = 32  # evTold of evidence.go
FOLDS = 5
NONE = 1 / 3  # share of questions without an answer that the wrong ones are counted for
# Sets that were written to teach: questions have no noun of their entry, and two thirds of what nothing answers are near misses, more than callers
# ask. Forks are fitted on them, too, how sure these make is not.
HARDER = """bikeshare.zh campground.zh coffee.zh concerthall.zh daycamp.zh estates.zh freight.zh gassupply.zh glasses.zh grocery.zh gympool.zh hearingclinic.en
housecleaning.zh hvac.en medstore.zh netline.zh nursinghome.zh packagetour.zh petclinic.zh petinsurance.en repairs.zh swimclub.en tutoring.zh usedcar.zh
vanhire.en""".split()
BARS = np.arange(0.5, 0.96, 0.01)
HEAD = """# Written by fitpair.py; do not edit. The bias, then a fork a line: the numbers of its three questions' evidence, how much each
# is at most, and its four leaves.
"""


class Set:
    def __init__(self, path):
        self.name = os.path.basename(path).removesuffix(".pairs.tsv")
        rows = [line.rstrip("\n").split("\t") for line in open(path)]
        self.x = np.array([[float(v) for v in r[6:]] for r in rows])
        self.y = np.array([float(r[4]) for r in rows])
        self.three = np.array([r[5] == "1" for r in rows])
        self.kind = np.array(["out" if r[1] == "1" else "none" if r[3] == "0" else "plain" if r[2] == "true" else "hard" for r in rows])
        w = sum((self.kind == k) * v / max(1, (self.kind == k).sum()) for k, v in KINDS.items())
        self.w = w / w.sum()


def fit(sets):
    x, y, w = np.vstack([s.x for s in sets]), np.concatenate([s.y for s in sets]), np.concatenate([s.w for s in sets])
    return [GradientBoostingClassifier(**FORKS, random_state=seed).fit(x, y, sample_weight=w / w.mean()) for seed in range(SEEDS)]


def sum_of(models, x):
    return np.mean([m.decision_function(x) for m in models], 0)


def share(s):
    """What each question counts, for NONE of them to have no answer."""
    none, known = s.kind == "none", np.isin(s.kind, ["hard", "plain"])
    return np.where(none, NONE / none.sum(), np.where(known, (1 - NONE) / known.sum(), 0))


def calibration_error(p, y, w):
    bins = np.minimum(9, (p * 10).astype(int))
    return sum(abs((w * (p - y))[bins == k].sum()) for k in range(10)) / w.sum()


def at(p, s, bar):
    """Wrong of all, answered of the answerable, answered of the plainly worded."""
    sure, known = p >= bar, np.isin(s.kind, ["hard", "plain"])
    right = sure & (s.y == 1)
    return share(s)[sure & (s.y == 0)].sum(), right[known].mean(), right[s.kind == "plain"].mean()


def judge(sets):
    """Says how sets do by what was fitted on others, and what makes the forks' sums probabilities."""
    fold = np.random.default_rng(3).permutation(len(sets)) % FOLDS
    models = [fit([s for s, g in zip(sets, fold) if g != f]) for f in range(FOLDS)]
    for s, f in zip(sets, fold):
        s.signs = np.column_stack([np.ones(len(s.x)), sum_of(models[f], s.x), s.x[:, TOLD]])
    usual = [s for s in sets if s.name not in HARDER]
    told = {s.name: 1 / (1 + np.exp(-(s.signs @ fit_sureness([t for t in usual if t is not s])))) for s in sets}
    for some in (usual, [s for s in sets if s.name in HARDER]):
        report(some, told)
    print("lift {:.3f}, steep {:.3f}, told {:.2f}".format(*fit_sureness(usual)))


def report(judged, told):
    """Says how the probabilities told of each set judged do."""
    print("bar   wrong (worst)  answered  plain, mean of the sets")
    for bar in BARS:
        every = np.array([at(told[s.name], s, bar) for s in judged])
        wrong, answered, plain = every.mean(0)
        print(f"{bar:.2f}  {wrong:.4f} ({every[:, 0].max():.3f})  {answered:.3f}  {plain:.3f}")
    for s in judged:
        known = np.isin(s.kind, ["hard", "plain"])
        print(f"{s.name:13s} first {s.y[known].mean():.2f} of three {s.three[known].mean():.2f} calibration error {calibration_error(told[s.name], s.y, share(s)):.3f}", end="")
        for bar in (0.72, 0.78, 0.85):
            print(" | {:.2f}: wrong {:.3f} answered {:.2f} plain {:.2f}".format(bar, *at(told[s.name], s, bar)), end="")
        print()
    p, y, w = (np.concatenate(v) for v in zip(*((told[s.name], s.y, share(s)) for s in judged)))
    print(f"together: calibration error {calibration_error(p, y, w):.3f}, area under the curve {roc_auc_score(y, p, sample_weight=w):.3f}")
    for k in range(10):
        b = np.minimum(9, (p * 10).astype(int)) == k
        print(f"  told {np.average(p[b], weights=w[b]):.2f}: right {np.average(y[b], weights=w[b]):.2f} of {w[b].sum() / w.sum():.3f}")


def write(models, path):
    bias = float(models[0].init_.class_prior_[1])
    lines = []
    for (tree,) in np.concatenate([m.estimators_ for m in models]):
        t = tree.tree_

        def value(n):
            return float(t.value[n][0][0]) * FORKS["learning_rate"] / SEEDS

        def question(n):
            return (int(t.feature[n]), f"{t.threshold[n]:.5f}") if t.children_left[n] >= 0 else (0, "inf")

        def leaves(n):
            if t.children_left[n] < 0:
                return [value(n)] * 2
            return [value(t.children_left[n]), value(t.children_right[n])]

        if t.children_left[0] < 0:
            continue
        ask = [question(0), question(t.children_left[0]), question(t.children_right[0])]
        leaf = leaves(t.children_left[0]) + leaves(t.children_right[0])
        lines.append(" ".join([str(a[0]) for a in ask] + [a[1] for a in ask] + [f"{v:.6f}" for v in leaf]))
    with open(path, "w") as f:
        f.write(HEAD + f"{np.log(bias / (1 - bias)):.5f}\n" + "\n".join(lines) + "\n")


def fit_sureness(sets):
    """Lift, steep and told of forest.go, by Newton's method on the questions as they were asked."""
    x, y, w = (np.concatenate(v) for v in zip(*((s.signs, s.y, share(s)) for s in sets)))
    b = np.zeros(x.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-(x @ b)))
        b += np.linalg.solve((x.T * (w * p * (1 - p))) @ x, x.T @ (w * (y - p)))
    return b


def main(folder, path, *names):
    sets = [Set(p) for p in sorted(glob.glob(f"{folder}/*.pairs.tsv")) if os.path.getsize(p) > 0]
    sets = [s for s in sets if s.name in names or not names]
    judge(sets)
    write(fit(sets), path)


if __name__ == "__main__":
    main(*sys.argv[1:])
