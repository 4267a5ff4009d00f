"""Fit the weights of rank.go, and say how they do on each set when it is left out.

    mkdir /tmp/searches
    PARLEY_SEARCHES=/tmp/searches go test ./cmd/parley/internal/evalassist -run DumpSearches
    python assist/cards/fit.py /tmp/searches        # needs numpy

Each turn is a choice between the entries and none of them; turns without a label, which have asked for none, count half. The sets in
HELD_OUT are not learnt from.
"""

import json
import pathlib
import sys

import numpy as np

HELD_OUT = ["carhire.en", "hospital.zh", "course.zh"]
MOST = 48  # entries of a base
NAMES = ["p turn", "p sentence", "p before", "p exchange", "p before2", "gap turn", "gap sentence", "gap before", "gap exchange",
         "p turn, leans", "p exchange, leans", "earlier", "earlier, leans"]
NONE = ["none", "small talk", "short", "p right", "best", "long"]


def evidence(p):
    return np.log(np.maximum(p, 1e-3)) / 5 + 1.4


def read(path):
    """The turns of a set as arrays: evidence, mask, right ones, evidence for none, weight."""
    lines = [json.loads(line) for line in open(path, encoding="utf-8")]
    ids = {}
    for turn in lines:
        for f in turn["forms"]:
            for h in f["hits"]:
                ids.setdefault(h[0], len(ids))
    n, rows, dialogue, was = len(ids), [], None, None
    for turn in lines:
        if turn["id"] != dialogue:
            dialogue, was = turn["id"], np.zeros(n)
        ps, gaps = {}, {}
        for f in turn["forms"]:
            p, s = np.zeros(n), np.full(n, min((h[1] for h in f["hits"]), default=0) - 0.02)
            for h in f["hits"]:
                p[ids[h[0]]], s[ids[h[0]]] = h[2], h[1]
            ps.setdefault(f["kind"], []).append(p)
            gaps.setdefault(f["kind"], []).append(s - s.max())
        if "turn" not in ps:
            continue
        p = {k: np.max(v, 0) for k, v in ps.items()}
        g = {k: np.maximum(np.max(v, 0), -0.25) * 5 for k, v in gaps.items()}
        for k in ("sentence", "before", "exchange"):
            p.setdefault(k, p["turn"])
            g.setdefault(k, g["turn"])
        p.setdefault("before2", p["before"])
        leans = float(turn["terms"] <= (6 if path.stem.endswith("zh") else 3))
        x = np.stack([
            evidence(p["turn"]), evidence(p["sentence"]), evidence(p["before"]), evidence(p["exchange"]), evidence(p["before2"]),
            g["turn"], g["sentence"], g["before"], g["exchange"],
            evidence(p["turn"]) * leans, evidence(p["exchange"]) * leans, was, was * leans,
        ], 1)
        best = max(v.max() for v in p.values())
        none = [1, float(turn["small"]), float(turn["terms"] <= 2), p["turn"].max(), best, min(turn["terms"], 20) / 20]
        rows.append((x, [ids[r] for r in turn["relevant"] or [] if r in ids], none, turn["labelled"]))
        was = 0.6 * was + np.maximum(p["turn"], p["sentence"])
    big = np.zeros((len(rows), MOST, len(NAMES))), np.full((len(rows), MOST + 1), -1e9), np.zeros((len(rows), MOST + 1)), np.array([r[2] for r in rows]), np.zeros(len(rows))
    for i, (x, right, _, labelled) in enumerate(rows):
        big[0][i, :n], big[1][i, :n], big[1][i, MOST] = x, 0, 0
        if right:
            big[2][i, right], big[4][i] = 1, 1
        elif not labelled:
            big[2][i, MOST], big[4][i] = 1, 0.5
    return big


def posterior(x, mask, none, w):
    s = np.concatenate([x @ w[: len(NAMES)], (none @ w[len(NAMES):])[:, None]], 1) + mask
    e = np.exp(s - s.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def fit(sets, penalty=0.02, rounds=250, rate=0.15):
    x, mask, right, none, weight = (np.concatenate(parts) for parts in zip(*sets))
    dev = x[mask[:, :MOST] > -1].std(0) + 1e-6
    x = x / dev
    w = np.zeros(len(NAMES) + len(NONE))
    m, v = np.zeros_like(w), np.zeros_like(w)
    for i in range(1, rounds + 1):
        p = posterior(x, mask, none, w)
        share = p * right
        d = (p - share / np.maximum(share.sum(1, keepdims=True), 1e-12)) * weight[:, None]
        g = np.concatenate([np.einsum("ij,ijk->k", d[:, :MOST], x), none.T @ d[:, MOST]]) / weight.sum()
        g[: len(NAMES)] += penalty * w[: len(NAMES)]
        m, v = 0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g * g
        w -= rate * (m / (1 - 0.9**i)) / (np.sqrt(v / (1 - 0.99**i)) + 1e-8)
        rate *= 0.99
    w[: len(NAMES)] /= dev
    return w


def among(p, right, k):
    asked = right[:, :MOST].sum(1) > 0
    order = np.argsort(-p[asked][:, :MOST], 1, kind="stable")[:, :k]
    return np.take_along_axis(right[asked][:, :MOST], order, 1).max(1).mean()


def main(folder):
    sets = {f.stem: read(f) for f in sorted(pathlib.Path(folder).glob("*.jsonl"))}
    learnt = {k: s for k, s in sets.items() if k not in HELD_OUT}
    for name, s in sets.items():
        w = fit([o for k, o in learnt.items() if k != name])
        p = posterior(s[0], s[1], s[3], w)
        print(f"{name:14} right first {among(p, s[2], 1):.3f}, among three {among(p, s[2], 3):.3f}")
    for name, x in zip(NAMES + NONE, fit(list(learnt.values()))):
        print(f"{name:20} {x:.3f}")


main(sys.argv[1])
