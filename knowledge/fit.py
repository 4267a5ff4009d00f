"""Fit the weights "bare", "rich" and "passagesRead" of calibrate.go and those of pair.go that put entries in order, and say how the first do on sets
that they were not fitted on. How sure an answer is where entries are compared as pairs is fitted by fitpair.py.

    mkdir /tmp/features
    PARLEY_FEATURES=/tmp/features PARLEY_FEATURE_SETS=bank,shop,hospital.en,telecom.en,insurance.zh,property.zh,bank.bare,shop.bare,banking77 \\
        go test ./knowledge -run TestDumpFeatures
    python knowledge/fit.py /tmp/features bare rich pair        # needs numpy and scipy

"passagesRead" is fitted in the same way on passages that the parts that read a question and an entry together were not learnt from, and on answers
whose questions were taken away: those of small bases, which count less, since their questions said what they are about, and those of a large one
(the visible half of hdfc), whose many like answers are fitted for more:

    PARLEY_FEATURES=/tmp/features PARLEY_FEATURE_SETS=desk-hearing.en,...,solar.en.told,...,hdfc go test ./knowledge -run TestDumpFeatures
    python knowledge/fit.py /tmp/features passagesRead

The weights are not negative, so that more evidence never makes an entry less likely. Every set counts alike; a question
whose right entry was taken out of the base counts OUT of one asked of the base as it is.
"""

import collections
import csv
import sys

import numpy as np
from scipy.optimize import minimize

HARD = ["hospital.en", "telecom.en", "insurance.zh", "property.zh"]
DESK = """desk-hearing.en desk-pension.en desk-surgery.en desk-travel.en desk-funeral.en desk-photo.en desk-cinema.zh desk-petflight.zh
desk-renovation.zh desk-elderschool.zh desk-eyeclinic.zh desk-fitness.zh desk-coldchain.zh desk-schoolbus.zh""".split()
TOLD = """solar.en.told storage.en.told languageschool.en.told kennels.en.told joinery.en.told confinement.zh.told studio.zh.told selfdrive.zh.told
citygas.zh.told transitcard.zh.told""".split()
COUNTS = {**dict.fromkeys(TOLD, 0.3), "hdfc": 2}  # what a set counts, where that is not 1
MODELS = {  # sets, features, weight of the penalty, OUT
    "bare": (HARD + ["bank", "shop"], "Cosine Stand Lead Reply ReplyLead Words Sounds Covered Rarest".split(), 0.001, 0.1),
    "rich": (["bank", "shop", "banking77"], "Cosine Stand Lead Words Sounds Covered".split(), 0.0001, 0.2),
    "passagesRead": ([*DESK, *TOLD, "hdfc"], "Margin Covered Fit".split(), 0.001, 0.1),
}
SCALE = {"Stand": 5.0, "Lead": 0.2, "ReplyLead": 0.2, "Margin": 0.05, "Fit": 5.0}  # what makes features about one wide, for the penalty
MOST_LEAD, USUAL_REPLY = 0.15, 0.6
BARS = (0.75, 0.8, 0.82, 0.85)


def read(folder, name):
    queries = collections.defaultdict(list)
    with open(f"{folder}/{name}.tsv") as f:
        for row in csv.DictReader(f, delimiter="\t"):
            row = {k: float(v) for k, v in row.items()}
            queries[row["q"], row["out"]].append(row)
    return list(queries.values())


def features(rows):
    top = max(rows, key=lambda r: r["fused"])

    def lead(by):
        return min(MOST_LEAD, top[by] - max([r[by] for r in rows if r["answer"] != top["answer"]] or [0]))

    f = {
        "Cosine": (top["question"] or top["reply"]) - top["near"],
        "Stand": (top["dense"] - top["mean"]) / max(0.01, top["dev"]),
        "Lead": lead("dense"),
        "Reply": top["reply"] - USUAL_REPLY if top["reply"] else 0,
        "ReplyLead": lead("reply") if top["reply"] else 0,
        "Margin": (top["fused"] - max([r["fused"] for r in rows if r["answer"] != top["answer"]] or [0])) / (1 + top["pieces"]),
        "Fit": top["fit"], "Words": top["lexical"], "Sounds": top["pinyin"], "Covered": top["covered"], "Rarest": top["rarest"],
    }
    return {k: v / SCALE.get(k, 1) for k, v in f.items()}, top["right"]


class Set:
    def __init__(self, folder, name, columns, out):
        queries = read(folder, name)
        pairs = [features(q) for q in queries]
        self.x = np.array([[f[c] for c in columns] for f, _ in pairs])
        self.y = np.array([y for _, y in pairs])
        self.out = np.array([q[0]["out"] for q in queries]) == 1
        self.known = np.array([q[0]["known"] for q in queries]) == 1
        self.plain = np.array([q[0]["plain"] for q in queries]) == 1
        w = np.where(self.out, out, 1)
        self.w = w / w.sum() * COUNTS.get(name, 1)
        best = [sorted(q, key=lambda r: -r["fused"])[:3] for q in queries]
        self.three = np.array([any(r["right"] for r in b) for b in best])


def fit(sets, penalty):
    x, y = np.vstack([s.x for s in sets]), np.concatenate([s.y for s in sets])
    w = np.concatenate([s.w for s in sets]) / sum(s.w.sum() for s in sets)
    n = x.shape[1]

    def loss(b):
        p = np.clip(1 / (1 + np.exp(-(x @ b[:n] + b[n]))), 1e-9, 1 - 1e-9)
        value = -(w * (y * np.log(p) + (1 - y) * np.log(1 - p))).sum() + penalty * (b[:n] ** 2).sum()
        return value, np.append(x.T @ (w * (p - y)) + 2 * penalty * b[:n], (w * (p - y)).sum())

    return minimize(loss, np.zeros(n + 1), jac=True, bounds=[(0, None)] * n + [(None, None)], method="L-BFGS-B").x


def calibration_error(p, y):
    bins = np.minimum(9, (p * 10).astype(int))
    return sum(abs(p[bins == k].sum() - y[bins == k].sum()) for k in range(10)) / len(p)


def report(name, p, y, known, plain, three):
    line = f"{name:13s} calibration error {calibration_error(p, y):.3f} right first {y[known].mean():.2f} of three {three[known].mean():.2f}"
    for bar in BARS:
        s = p >= bar
        line += f" | {bar}: wrong {(s & (y == 0)).mean():.3f} answered {(s & (y == 1))[known].mean():.2f}"
        line += f" plain {(s & (y == 1))[plain].mean():.2f}" if plain.any() else ""
    print(line)


PAIR = {"question": "Question", "reply": "Answer", "both": "Both", "lexical": "Words", "pinyin": "Sounds"}


def pair_order(sets):
    """Weights with which the right entries come first."""
    def loss(b):
        value, slope = 0.0, np.zeros(len(PAIR))
        for queries in sets:
            known = [q for q in queries if q[0]["known"] and not q[0]["out"]]
            for q in known:
                x = np.array([[r[c] for c in PAIR] for r in q])
                right = np.array([r["right"] for r in q])
                if not right.any():
                    continue
                e = np.exp(x @ b - (x @ b).max())
                value -= np.log((e * right).sum() / e.sum()) / len(known) / len(sets)
                slope -= x.T @ (e * right / (e * right).sum() - e / e.sum()) / len(known) / len(sets)
        return value + 0.0005 * (b**2).sum(), slope + 0.001 * b

    return minimize(loss, np.ones(len(PAIR)), jac=True, bounds=[(0, None)] * len(PAIR), method="L-BFGS-B").x


def pair(folder):
    b = pair_order([read(folder, n) for n in [*HARD, "bank.bare", "shop.bare"]])
    print({f"pair{n}": round(v, 2) for n, v in zip(PAIR.values(), b)}, "\n")


def main(folder, *wanted):
    if "pair" in wanted:
        pair(folder)
    for model, (names, columns, penalty, out) in [(m, MODELS[m]) for m in MODELS if m in wanted]:
        sets = {n: Set(folder, n, columns, out) for n in names}
        print(f"{model}, each set judged by weights fitted on the others")
        every = []
        for n, s in sets.items():
            b = fit([t for m, t in sets.items() if m != n], penalty)
            asis = ~s.out
            one = [v[asis] for v in (1 / (1 + np.exp(-(s.x @ b[:-1] + b[-1]))), s.y, s.known, s.plain, s.three)]
            report(n, *one)
            every.append(one)
        report("together", *map(np.concatenate, zip(*every)))
        b = fit(list(sets.values()), penalty)
        weights = ", ".join(f"feat{c}: {v / SCALE.get(c, 1):.3f}" for c, v in zip(columns, b) if v > 0.0005)
        print(f"\t{model} = logistic{{{b[-1]:.3f}, [features]float64{{{weights}}}}}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
