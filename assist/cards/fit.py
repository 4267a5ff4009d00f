"""Fit what cards are chosen by, and tell how it does on sets of dialogues that it was not fitted on.

    mkdir /tmp/cards
    PARLEY_CARDS=/tmp/cards PARLEY_CARDS_SETS="$PWD/cmd/parley/internal/evalassist/testdata/club.en ..." go test ./assist/cards -run TestDump
    python assist/cards/fit.py /tmp/cards    # needs numpy and scipy

How much each search says of an entry (voice and voiceLean of cards.go, which counts beside it) is a conditional logit among the entries found for a
turn with a label, on all sets. Whether a turn asks for something (the numbers called wanted in ask.go) is a logistic regression on all turns of the sets
in which most turns have no label. Each set is played with what the others taught and with what the program has, with its purse and with others around it.
"""

import glob
import json
import math
import os
import sys

import numpy as np
from scipy.optimize import minimize

UNHEARD, AGREED, KEEPS, BAR, SHOWN, LIFE = 0.06, 0.95, 0.01, 0.01, 3, 90  # as in cards.go, the odds of 3 in ask.go, and desk.CardLife
PURSE = dict(first=1.75, most=4.0, owed=0.5, dearest=0.115, cheapens=0.7, minute=4)  # as in purse.go
VOICES = np.array([1.08, 0.36, 0.28, 0.26, 0.6, -0.94, 0.12, 0.29, 0.27, 0.3])  # as in cards.go
WANTED = np.array([-8.49, 1.85, 2.21, 1.41, 1.91])  # as in ask.go
RIDGE_WANTED, RIDGE_VOICES = 1, 3


class Turn:
    def __init__(self, row):
        self.start, self.end, self.labels, self.agrees = row["start"], row["end"], [set(l) for l in row["relevant"] or []], row["agrees"]
        found = row["found"] or []
        self.ids, self.answers = [f["id"] for f in found], [f["answer"] for f in found]
        self.asks = bool(row["sound"]) and not self.agrees and len(found) > 0
        if not found:
            return
        voices = np.array([f["voices"] for f in found])
        heard = np.log1p(voices / UNHEARD)
        self.heard = np.hstack([heard, heard * row["leans"]])
        self.right = np.array([any(i in l for l in self.labels) for i in self.ids])
        self.sound = np.array([1, *(row["sound"] or [0] * 3), voices[:, 0].max()])


class Set:
    def __init__(self, path):
        self.name = os.path.basename(path).removesuffix(".jsonl")
        self.calls = [[Turn(row) for row in json.loads(line)] for line in open(path)]
        self.asking = [t for c in self.calls for t in c if t.asks]
        self.dense = np.mean([len(t.labels) > 0 for t in self.asking]) > 0.5


def least(loss, size):
    return minimize(loss, np.zeros(size), jac=True, method="L-BFGS-B", options=dict(maxiter=300)).x


def fit_voices(sets):
    turns = [t for s in sets for t in s.asking if t.right.any()]
    x, y = np.concatenate([t.heard for t in turns]), np.concatenate([t.right for t in turns])
    sizes = [len(t.right) for t in turns]
    start, of = np.cumsum([0] + sizes[:-1]), np.repeat(np.arange(len(turns)), sizes)

    def loss(w):
        z = x @ w
        e = np.exp(z - np.maximum.reduceat(z, start)[of])
        every, right = np.add.reduceat(e, start), np.add.reduceat(e * y, start)
        return (np.log(every) - np.log(right)).sum() + RIDGE_VOICES / 2 * w @ w, x.T @ (e / every[of] - e * y / right[of]) + RIDGE_VOICES * w

    return least(loss, x.shape[1])


def fit_wanted(sets):
    turns = [t for s in sets if not s.dense for t in s.asking]
    x, y = np.array([t.sound for t in turns]), np.array([float(len(t.labels) > 0) for t in turns])
    ridge = np.array([0] + [RIDGE_WANTED] * (x.shape[1] - 1))

    def loss(b):
        z = x @ b
        return (np.logaddexp(0, z) - y * z).sum() + (ridge * b * b).sum() / 2, x.T @ (1 / (1 + np.exp(-z)) - y) + ridge * b

    return least(loss, x.shape[1])


def tell(sets, voices, wanted):
    """Notes for each turn what is needed, the likeliest first."""
    for t in (t for s in sets for c in s.calls for t in c):
        t.need = []
        if not t.ids:
            continue
        z = t.heard @ voices
        share = np.exp(z - z.max())
        p = AGREED if t.agrees else 1 / (1 + math.exp(-(t.sound @ wanted)))
        need = p * share / share.sum()
        t.need = [(t.ids[k], t.answers[k], need[k]) for k in np.argsort(-need, kind="stable")]


def play(s, purse):
    """Labels, those with the first card right, with one of the first three, cards, minutes."""
    labels = first = three = cards = minutes = 0
    for turns in s.calls:
        held, last, shown, said, column = purse["first"], turns[0].start, set(), {}, []
        minutes += (turns[-1].end - turns[0].start) / 60
        for t in turns:
            if t.end > last:
                held, last = min(purse["most"], held + (t.end - last) * purse["minute"] / 60), t.end
            out = []
            for entry, answer, need in t.need:
                if len(out) == SHOWN:
                    break
                twin = said.get(answer, entry)
                if twin in shown:
                    if twin == entry and need >= KEEPS:
                        out.append(entry)
                    continue
                if need < max(BAR, purse["dearest"] * math.exp(-purse["cheapens"] * max(0, held))) or held < 1 - purse["owed"]:
                    continue
                held, cards = held - 1, cards + 1
                shown.add(entry)
                said[answer] = entry
                out.append(entry)
            column = [(e, t.end) for e in out] + [(e, at) for e, at in column if t.end - at <= LIFE and e not in out]
            for l in t.labels:
                labels, first, three = labels + 1, first + (column[:1] != [] and column[0][0] in l), three + any(e in l for e, _ in column[:3])
    return np.array([labels, first, three, cards, minutes])


def show(sets, purse, every=False):
    got = {s.name: play(s, purse) for s in sets}
    if every:
        for n, (labels, first, three, cards, minutes) in got.items():
            print(f"{n[-40:]:40s} first {first / labels:.3f} of three {three / labels:.3f} at {cards / minutes:.2f} a minute, {labels:.0f} labels")
    out = []
    for kind in (False, True):
        some = [got[s.name] for s in sets if s.dense == kind]
        if some:
            out.append("{} of three {:.3f} at {:.2f}".format("dense" if kind else "sparse", np.mean([g[2] / g[0] for g in some]), sum(g[3] for g in some) / sum(g[4] for g in some)))
    print(f"{purse}: " + ", ".join(out))


def main(folder):
    sets = [Set(p) for p in sorted(glob.glob(f"{folder}/*.jsonl"))]
    print("with what the program has")
    tell(sets, VOICES, WANTED)
    show(sets, PURSE, True)
    print("each with what the others taught")
    for s in sets:
        others = [o for o in sets if o is not s]
        tell([s], fit_voices(others), fit_wanted(others))
    show(sets, PURSE, True)
    for first in (1.5, 1.75, 2.5):
        for cheapens in (0.5, 0.7, 0.9):
            for dearest in (0.08, 0.1, 0.115, 0.13):
                show(sets, dict(PURSE, first=first, cheapens=cheapens, dearest=dearest))
    print("voices", np.round(fit_voices(sets), 2), "wanted", np.round(fit_wanted(sets), 2))


if __name__ == "__main__":
    main(*sys.argv[1:])
