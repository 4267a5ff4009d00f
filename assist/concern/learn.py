"""Learns the parts of concern (data/reads.en.onnxpart, data/reads.zh.onnxpart), and says how they do on dialogues that they were not learnt from.

    python assist/concern/learn.py prepare en /tmp/reads-en.npz                                        # what the model makes of all that is said
    python assist/concern/learn.py learn en /tmp/reads-en.npz sixteenth,thirteenth /tmp/sixteenth.en.onnxpart   # without these sets, which are judged
    python assist/concern/learn.py learn en /tmp/reads-en.npz none assist/concern/data/reads.en.onnxpart

Needs numpy, onnx and PARLEY_MODELS, prepare also onnxruntime and tokenizers. One core of a processor prepares for a minute and learns for about as long.

A turn is read behind what was said before it by the lower layers of the embedding model, whose middle keeps more of how something is said than the vectors that come out at its end.
Heads of attention each choose pieces, half of them among what is said now, and give a few numbers of what these mean; a linear layer on these and on the first piece's state tells the
log odds that a supervisor should hear the call by now, and the kinds of concern.go.
"""
import glob
import json
import os
import re
import sys
import time

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(HERE + "/../../knowledge/embed")
from heads import Graph, Layers  # noqa: E402

DESK = HERE + "/../../cmd/parley/internal/evalassist/testdata/"  # dialogues of the agent desk, nearly all of them ordinary
NAMES = {"en": ("agent: ", "caller: "), "zh": ("客服：", "客户：")}  # as in concern.go
CALLER = "calm anger stuck demand threat complaint leaving danger selfharm fraud abuse distress".split()  # CallerKinds of concern.go
AGENT = "proper insult deal leak promise unsafe discrimination pressure".split()  # AgentKinds
GRAVE = -2  # not of the first kind, nobody knows of which
HEADS, NUMBERS, SEEDS = 16, 32, 5  # of each of SEEDS parts learnt apart, whose mean counts
ORDINARY = 1.2  # what a turn of an ordinary call counts, against 1 in dialogues written to be hard
RATE, BATCH, EPOCHS, SHARE, DROP, DECAY = 4e-3, 64, 8, 0.6, 0.3, 0.2


def dialogues(lang):
    """Batch, turns (whether the caller says it, text) and the turn to escalate at, -1 for never, of all dialogues that are written down."""
    for path in sorted(glob.glob(f"{HERE}/../rules/testdata/*_{lang}.txt")):
        batch = os.path.basename(path)[:-7]
        if batch == "packs":
            continue
        for block in re.split(r"(?m)^== .*\n", open(path, encoding="utf8").read())[1:]:
            lines = [line for line in block.splitlines() if line[:1] in "<>" and line]
            at = [i for i, line in enumerate(lines) if line[1:2] == "!"]
            yield batch, [(line[0] == ">", line.lstrip("<>! ")) for line in lines], at[0] if at else -1
    for path in sorted(glob.glob(f"{DESK}*.{lang}/dialogues.jsonl")):
        if "/many." in path:  # which is fourteenth
            continue
        for d in map(json.loads, open(path, encoding="utf8")):
            at = d.get("escalate_at")
            yield os.path.basename(os.path.dirname(path))[:-3], [(t["who"] == "caller", t["text"]) for t in d["turns"]], -1 if at is None else at


def texts(lang):
    """Whether the caller says it, what the other said before, text and kind."""
    for side, kinds in (("caller", CALLER), ("agent", AGENT)):
        for line in open(f"{HERE}/texts/{side}_{lang}.txt", encoding="utf8"):
            if ": " in line and line[0] != "#":
                kind, said = line.strip().split(": ", 1)
                before, _, now = said.rpartition(" | ")
                yield side == "caller", before.strip(), now.strip(), kinds.index(kind) if kind in kinds else GRAVE


def told(turns, n, at):
    """What is known of turn n of a dialogue: alarm, weight, kind (-1: nothing)."""
    if at < 0:
        return 0, 1, 0
    if n < at - 2:
        return 0, 0.3, 0
    if n < at or n > at + 4:
        return 0, 0, -1
    return 1, 1 if n == at else 0.5, GRAVE if n == at else -1


def prepare(lang, out):
    model = Layers(lang)
    rows, states, lens, seconds, names, d = [], [], [], [], [], -1

    def pieces(caller, text):
        return model.pieces(NAMES[lang][caller] + text)

    def add(before, now, row):
        read, second = model.read(before, now)
        states.append(read)
        seconds.append(second)
        lens.append(len(read))
        rows.append(row)

    for batch, turns, at in dialogues(lang):
        d, before = d + 1, []
        names += [batch] if batch not in names else []
        for n, (caller, text) in enumerate(turns):
            now = pieces(caller, text)
            add(before, now, (names.index(batch), d, n, at, caller, *told(turns, n, at)))
            before = before + now
    names.append("texts")
    for caller, before, now, kind in texts(lang):
        add(pieces(not caller, before) if before else [], pieces(caller, now), (len(names) - 1, -1, 0, -1, caller, kind != 0, 0.5, kind))
    np.savez(out, rows=np.array(rows, np.float32), lens=np.array(lens), seconds=np.array(seconds), states=np.concatenate(states), names=np.array(names))


class Reads:
    """What prepare wrote."""

    def __init__(self, lang, path, apart):
        d = np.load(path)
        self.names, self.states, self.lens, self.seconds = [str(n) for n in d["names"]], d["states"], d["lens"], d["seconds"]
        self.batch, self.dialogue, self.turn, self.at, self.caller, self.alarm, self.weight, self.kind = d["rows"].T
        self.first = np.concatenate([[0], np.cumsum(self.lens)])
        desk = [i for i, n in enumerate(self.names) if os.path.isdir(f"{DESK}{n}.{lang}")]
        self.weight[np.isin(self.batch, desk) & (self.at < 0)] *= ORDINARY
        self.apart = np.isin(self.batch, [i for i, n in enumerate(self.names) if n in apart])
        some = self.states[::97].astype(np.float32)
        self.scale = np.float32(10 / np.sqrt((some * some).sum(1).mean()))

    def epoch(self, rng):
        """What is learnt in one go: texts and the telling turns all, of the others some."""
        return np.flatnonzero((rng.random(len(self.lens)) < np.where((self.dialogue < 0) | (self.alarm > 0), 1, SHARE)) & ~self.apart & (self.weight > 0))

    def batch_of(self, some, rng=None):
        """States [n, pieces, width] and which of them each head may choose; with rng one piece in ten is not read."""
        wide = int(self.lens[some].max())
        x, may = np.zeros((len(some), wide, self.states.shape[1]), np.float32), np.zeros((len(some), wide, HEADS), bool)
        for k, i in enumerate(some):
            n = self.lens[i]
            x[k, :n] = self.states[self.first[i] : self.first[i] + n]
            may[k, :n] = True
            may[k, : self.seconds[i], : HEADS // 2] = False
        if rng is not None:
            may &= (rng.random(may.shape[:2]) > 0.1)[..., None]
        may[:, 0, HEADS // 2 :] = True
        may[np.arange(len(some)), self.lens[some] - 1, : HEADS // 2] = True
        return x * self.scale, may


OUT = 1 + len(CALLER) + len(AGENT)


class Net:
    def __init__(self, width, seed):
        g = np.random.default_rng(seed)
        self.p = dict(Q=g.normal(0, 0.02, (HEADS, width)), V=g.normal(0, width**-0.5, (HEADS, width, NUMBERS)), c=np.zeros((HEADS, NUMBERS)),
                      W=g.normal(0, 0.1 * (HEADS * NUMBERS) ** -0.5, (HEADS * NUMBERS, OUT)), W0=np.zeros((width, OUT)), b=np.zeros(OUT))
        self.p = {k: v.astype(np.float32) for k, v in self.p.items()}
        self.mean, self.square, self.steps = {k: 0 * v for k, v in self.p.items()}, {k: 0 * v for k, v in self.p.items()}, 0

    def forward(self, x, may, drop=None):
        p = self.p
        a = np.where(may, np.einsum("btd,hd->bth", x, p["Q"], optimize=True), -1e4)
        a = np.exp(a - a.max(1, keepdims=True))
        a /= a.sum(1, keepdims=True)
        m = np.matmul(a.transpose(0, 2, 1), x)
        g = np.tanh(np.einsum("bhd,hdr->bhr", m, p["V"], optimize=True) + p["c"])
        f = g.reshape(len(x), -1) * (1 if drop is None else drop)
        return f @ p["W"] + x[:, 0] @ p["W0"] + p["b"], (x, a, m, g, f, drop)

    def backward(self, dz, made):
        (x, a, m, g, f, drop), p = made, self.p
        df = dz @ p["W"].T * (1 if drop is None else drop)
        du = df.reshape(g.shape) * (1 - g * g)
        da = np.matmul(x, np.einsum("bhr,hdr->bhd", du, p["V"], optimize=True).transpose(0, 2, 1))
        da = a * (da - (a * da).sum(1, keepdims=True))
        return dict(W=f.T @ dz, W0=x[:, 0].T @ dz, b=dz.sum(0), c=du.sum(0), V=np.einsum("bhd,bhr->hdr", m, du, optimize=True), Q=np.einsum("bth,btd->hd", da, x, optimize=True))

    def step(self, slope, rate):
        self.steps += 1
        short = min(1, 1 / max(1e-9, np.sqrt(sum((v * v).sum() for v in slope.values()))))
        for k, v in slope.items():
            v = v * short
            self.mean[k] = 0.9 * self.mean[k] + 0.1 * v
            self.square[k] = 0.999 * self.square[k] + 0.001 * v * v
            step = self.mean[k] / (1 - 0.9**self.steps) / (np.sqrt(self.square[k] / (1 - 0.999**self.steps)) + 1e-8)
            self.p[k] -= rate * (step + (DECAY * self.p[k] if k in ("V", "W", "W0") else 0))


def slope_of(z, r, some):
    """How the loss, of the alarm and half of that of the kinds, changes with z."""
    w, y, kind, caller, d = r.weight[some], r.alarm[some], r.kind[some].astype(int), r.caller[some] > 0, np.zeros_like(z)
    d[:, 0] = w * (1 / (1 + np.exp(-z[:, 0])) - y) / w.sum()
    for at, n, whose in ((1, len(CALLER), caller), (1 + len(CALLER), len(AGENT), ~caller)):
        p = np.exp(z[:, at : at + n] - z[:, at : at + n].max(1, keepdims=True))
        p /= p.sum(1, keepdims=True)
        one, g = np.eye(n, dtype=np.float32), np.zeros_like(p)
        known, grave = whose & (kind >= 0), whose & (kind == GRAVE)
        g[known] = p[known] - one[kind[known]]
        g[grave] = (p[:, 0] / np.maximum(1 - p[:, 0], 1e-3))[grave, None] * (one[0] - p[grave])
        d[:, at : at + n] = 0.5 * g / len(some)
    return d


def net_of(r, seed):
    rng, net, steps = np.random.default_rng(seed), Net(r.states.shape[1], seed), 0
    for epoch in range(EPOCHS):
        mixed, batches = rng.permutation(r.epoch(rng)), []
        for s in range(0, len(mixed), 20 * BATCH):  # texts of one length together
            some = mixed[s : s + 20 * BATCH]
            some = some[np.argsort(r.lens[some])]
            batches += [some[i : i + BATCH] for i in range(0, len(some), BATCH)]
        steps = steps or EPOCHS * len(batches)
        for b in rng.permutation(len(batches)):
            some = batches[b]
            x, may = r.batch_of(some, rng)
            z, made = net.forward(x, may, ((rng.random((len(some), HEADS * NUMBERS)) > DROP) / (1 - DROP)).astype(np.float32))
            net.step(net.backward(slope_of(z, r, some), made), RATE * min(1, (net.steps + 1) / 30) * max(0.02, 1 - net.steps / steps))
    return net


def learn(lang, prepared, apart, out):
    began, apart = time.time(), [] if apart == "none" else apart.split(",")
    r = Reads(lang, prepared, apart)
    nets = [net_of(r, seed) for seed in range(SEEDS)]
    part(lang, nets, r.scale, out)
    some = np.flatnonzero(r.apart)
    for name in apart:
        if name not in r.names:  # a set in the other language
            continue
        i = some[r.batch[some] == r.names.index(name)]
        z = np.concatenate([np.mean([n.forward(*r.batch_of(i[s : s + 64]))[0][:, 0] for n in nets], 0) for s in range(0, len(i), 64)])
        tell(r, i, z, name)
    print(f"{time.time() - began:.0f} s")


def part(lang, nets, scale, out):
    """Writes what was learnt as a graph that reads the states of the model, with an output "reads"."""
    p, n, g = {k: np.concatenate([net.p[k] for net in nets]) for k in ("Q", "V", "c")}, len(nets), Graph(lang, scale)
    W, W0, b = np.concatenate([net.p["W"] for net in nets]) / n, np.mean([net.p["W0"] for net in nets], 0), np.mean([net.p["b"] for net in nets], 0)
    now = np.tile(np.arange(HEADS) < HEADS // 2, n)
    before = g.before()
    scores = g.new("Add", [g.new("MatMul", [g.states, g.const(p["Q"].T)]), g.new("MatMul", [before, g.const(np.where(now, -1e4, 0).astype(np.float32)[None])])])
    f = g.new("Reshape", [g.told(scores, p["V"], p["c"]), g.const(np.array([1, -1]))])
    first = g.new("Reshape", [g.new("Slice", [g.states, g.const(np.array([0])), g.const(np.array([1])), g.const(np.array([1]))]), g.const(np.array([1, -1]))])
    z = g.new("Add", [g.new("Add", [g.new("MatMul", [f, g.const(W)]), g.new("MatMul", [first, g.const(W0)])]), g.const(b.astype(np.float32))])
    g.write("Identity", [z], OUT, out)


def tell(r, some, z, name):
    """How the highest alarm, up to the turn at which a firing is late, tells the dialogues of a set apart."""
    best = []
    for d in np.unique(r.dialogue[some]):
        i = r.dialogue[some] == d
        at = r.at[some][i][0]
        best.append((z[i & ((at < 0) | (r.turn[some] <= at + 2))].max(), at >= 0))
    best.sort(reverse=True)
    if not any(y for _, y in best):
        return print(f"{name}: none to be told, highest {best[0][0]:.2f}, median {best[len(best) // 2][0]:.2f}", flush=True)
    right = np.cumsum([y for _, y in best])
    area = np.mean([(p > n) for p, y in best if y for n, w in best if not w])
    reach = max([right[n] / right[-1] for n in range(len(best)) if right[n] / (n + 1) >= 0.85], default=0)
    print(f"{name}: area {area:.3f}, recall {reach:.3f} at precision .85", flush=True)


if __name__ == "__main__":
    {f.__name__: f for f in (prepare, learn)}[sys.argv[1]](*sys.argv[2:])
