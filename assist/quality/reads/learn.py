"""Learns the readers of calls (data/LANG.onnxpart, data/LANG.weights), and what they answer about sets that they were not learnt from (../data/read.tsv).

    python assist/quality/reads/learn.py prepare en /tmp/reads-en   # what the model makes of all that is said and asked: a minute
    python assist/quality/reads/learn.py held en /tmp/reads-en      # writes the answers about each set, learnt from sets of other folds: ten minutes
    python assist/quality/reads/learn.py learn en /tmp/reads-en     # writes data/en.*: two minutes

on one core of a processor. Needs numpy, onnx, pyyaml and PARLEY_MODELS, prepare also onnxruntime and tokenizers. After new sets: TestMeant with PARLEY_LEARN, all of this in both languages, then TestOpinions.

Each turn of a call, and each fact, is read by the lower layers of the embedding model behind what was said before it. Heads of attention choose pieces of it and give a few numbers each, which are kept
with the call. A question, known by the vectors of its text and of its hints, then chooses among turns and facts with heads of its own, and tells from what these hold whether the thing that it asks about
was done, was not done, or does not come up.
"""
import csv
import glob
import json
import os
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(HERE + "/../../../knowledge/embed")
from heads import Graph, Layers  # noqa: E402

SETS, MEANT, READ = HERE + "/../testdata/", HERE + "/../data/meant.tsv", HERE + "/../data/read.tsv"
NAMES = {"en": ("agent: ", "caller: "), "zh": ("客服：", "客户：")}  # as in reads.go
FOLDS, SEEDS = 5, 2  # of each of SEEDS readers learnt apart the mean counts
PIECEHEADS, NUMBERS, PLACE = 16, 8, 10  # numbers of reads.go: heads that choose pieces of a turn, numbers of each, numbers of where it stands
HEADS, ASKED, HELD = 16, 24, 16  # heads that choose among turns, numbers of a question, numbers of what a head found
WIDE = PIECEHEADS * NUMBERS + PLACE
RATE, DECAY, BATCH, EPOCHS, DROP, SMOOTH = 2e-3, 0.05, 4, 12, 0.3, 0.05
VALUES = ("yes", "no", "na")


def prepare(lang, out):
    import yaml

    model, states, lens, vectors, seen = Layers(lang), [], [], [], {}

    def read(before, now):
        pieces, second = model.read(before, now)
        states.append(pieces[second:])
        lens.append(len(states[-1]))
        return len(lens) - 1

    def vector(text):
        if text not in seen:
            vectors.append(model.vector(text))
            seen[text] = len(vectors) - 1
        return seen[text]

    questions, calls = {}, []
    for path in sorted(glob.glob(SETS + "*/form.yaml")):
        name, form = os.path.basename(os.path.dirname(path)), yaml.safe_load(open(path, encoding="utf8"))
        questions[name] = {}
        for q in form["questions"]:
            if text := q.get("text_" + lang):
                questions[name][q["id"]] = dict(text=vector(text), fails=bool(q.get("auto_fail")), hints=[vector(h) for h in (q.get("hints") or {}).get(lang) or []])
        for path in sorted(glob.glob(f"{SETS}{name}/calls/*.json")):
            c = json.load(open(path, encoding="utf8"))
            if c.get("lang") != lang:
                continue
            before, turns = [], []
            for t in c["turns"]:
                caller = t["who"] == "caller"
                now = model.pieces(NAMES[lang][caller] + t["text"])
                turns.append(dict(caller=caller, at=read(before, now), start=t.get("start_s", 0), end=t.get("end_s", 0)))
                before = before + now
            facts = [read([], model.pieces(f)) for f in c.get("facts") or []]
            calls.append(dict(set=name, id=c.get("id") or os.path.basename(path)[:-5], turns=turns, facts=facts))
    np.savez(out + ".npz", states=np.concatenate(states), lens=np.array(lens), vectors=np.array(vectors, np.float32))
    with open(out + ".json", "w", encoding="utf8") as w:
        json.dump(dict(questions=questions, calls=calls), w)


def places(turns, facts):
    """Where turns and facts stand, as in reads.go."""
    n = len(turns)
    out, k = np.zeros((n + facts, PLACE), np.float32), np.arange(n)
    out[:n, 0] = [not t["caller"] for t in turns]
    out[:n, 1] = [t["caller"] for t in turns]
    out[n:, 2] = 1
    out[:n, 3], out[:n, 4], out[:n, 5] = np.exp(-k / 2), np.exp(-(n - 1 - k) / 2), k / max(n, 1)
    out[1:n, 6] = [min(2, max(0, b["start"] - a["end"]) / 10) for a, b in zip(turns, turns[1:])]
    out[: n - 1, 7] = out[1:n, 6]
    out[:n, 8] = [min(3, max(0, t["end"] - t["start"]) / 10) for t in turns]
    out[:, 9] = 1
    return out


class Calls:
    """What prepare wrote, with people's answers: 0 where what a question asks about was done, 1 where it was not, 2 where that does not come up."""

    def __init__(self, prepared):
        z, meta = np.load(prepared + ".npz"), json.load(open(prepared + ".json", encoding="utf8"))
        self.states, self.lens = z["states"], z["lens"]
        self.first, self.width = np.concatenate([[0], np.cumsum(self.lens)]), z["states"].shape[1]
        some = self.states[::97].astype(np.float32)
        self.scale = np.float32(10 / np.sqrt((some * some).sum(1).mean()))
        self.mean = z["vectors"].mean(0)
        v = z["vectors"] - self.mean
        self.vectors = v / (np.linalg.norm(v, axis=1, keepdims=True) + 1e-6)
        meant = {(r[0], r[1]): r[2] for r in csv.reader(open(MEANT, encoding="utf8"), delimiter="\t") if len(r) == 3}
        self.sets, self.all, people = sorted({k[0] for k in meant}), [], {}
        for name in self.sets:
            for r in csv.DictReader(open(f"{SETS}{name}/answers.tsv", encoding="utf8"), delimiter="\t"):
                people.setdefault((name, r["call"], r["question"]), r["answer"])
        for c in meta["calls"]:
            asked, labels = [], []
            for q in meta["questions"][c["set"]]:
                said, sense = people.get((c["set"], c["id"], q)), meant.get((c["set"], q))
                if said in VALUES and sense:
                    is_ = VALUES.index(said)
                    asked.append(q)
                    labels.append(1 - is_ if sense == "avoided" and is_ < 2 else is_)
            if asked:
                self.all.append(self.packed(c, asked, labels, [meta["questions"][c["set"]][q] for q in asked]))

    def packed(self, c, asked, labels, questions):
        hints = np.zeros((len(asked), max([1] + [len(q["hints"]) for q in questions]), self.width), np.float32)
        for i, q in enumerate(questions):
            hints[i, : len(q["hints"])] = self.vectors[q["hints"]]
        return dict(set=c["set"], id=c["id"], at=[t["at"] for t in c["turns"]] + c["facts"], place=places(c["turns"], len(c["facts"])), asked=asked, labels=np.array(labels),
                    texts=self.vectors[[q["text"] for q in questions]], hints=hints, fails=np.array([[q["fails"], 1] for q in questions], np.float32))

    def pieces(self, c):
        """The states of turns and facts [n, pieces, width], and which are pieces."""
        lens = self.lens[c["at"]]
        x = np.zeros((len(lens), lens.max(), self.width), np.float32)
        for k, i in enumerate(c["at"]):
            x[k, : lens[k]] = self.states[self.first[i] : self.first[i + 1]]
        return x * self.scale, np.arange(lens.max())[None] < lens[:, None]

    def fold(self, c):
        return self.sets.index(c["set"]) % FOLDS


def softmax(s, axis):
    s = np.exp(s - s.max(axis, keepdims=True))
    return s / s.sum(axis, keepdims=True)


class Net:
    def __init__(self, width, seed):
        g = np.random.default_rng(seed)
        self.p = dict(Q=g.normal(0, 0.02, (PIECEHEADS, width)), V=g.normal(0, width**-0.5, (PIECEHEADS, width, NUMBERS)), c=np.zeros((PIECEHEADS, NUMBERS)),
                      A=g.normal(0, (2 * width) ** -0.5, (2 * width + 2, ASKED)), K=g.normal(0, 0.05, (HEADS, WIDE)), KA=g.normal(0, 0.02, (ASKED, HEADS * WIDE)),
                      H=g.normal(0, WIDE**-0.5, (HEADS, WIDE, HELD)), h=np.zeros((HEADS, HELD)), G=g.normal(0, ASKED**-0.5, (ASKED, HEADS * HELD)),
                      W=g.normal(0, (HEADS * HELD) ** -0.5, (HEADS * HELD, 3)), WA=g.normal(0, ASKED**-0.5, (ASKED, 3)), b=np.zeros(3))
        self.p = {k: v.astype(np.float32) for k, v in self.p.items()}
        self.mean, self.square, self.steps = {k: 0 * v for k, v in self.p.items()}, {k: 0 * v for k, v in self.p.items()}, 0

    def forward(self, c, x, may, facts=True, rng=None):
        """Log odds [questions, 3], and what backward needs. With rng something of everything is left out."""
        p, n, asked = self.p, len(x), len(c["asked"])
        drop = lambda share, *shape: np.float32(1) if rng is None else ((rng.random(shape) > share) / (1 - share)).astype(np.float32)
        hinted = np.any(c["hints"] != 0, 2)
        if rng is not None:
            may = may & (rng.random(may.shape) > 0.1)
            may[:, 0] = True
            hinted = hinted & (rng.random(hinted.shape) > 0.3)
        chosen = softmax(np.where(may[..., None], x @ p["Q"].T, -1e4), 1)
        m = chosen.transpose(0, 2, 1) @ x
        g = np.tanh(np.matmul(m.transpose(1, 0, 2), p["V"]).transpose(1, 0, 2) + p["c"])
        left = drop(DROP, n, PIECEHEADS * NUMBERS)
        u = np.concatenate([g.reshape(n, -1) * left, c["place"]], 1)
        hint = (c["hints"] * hinted[..., None]).sum(1) / np.maximum(hinted.sum(1, keepdims=True), 1)
        told = np.concatenate([4 * c["texts"], 4 * hint, c["fails"]], 1).astype(np.float32)
        told = told * drop(0.2, *told.shape)
        q = np.tanh(told @ p["A"])
        key = p["K"] + (q @ p["KA"]).reshape(asked, HEADS, WIDE)
        s = key @ u.T
        if not facts:
            s = np.where(c["place"][:, 2] > 0, -1e4, s)
        if rng is not None:
            s = np.where(rng.random(n) < 0.05, -1e4, s)
        a = softmax(s, 2)
        v = a @ u
        h = np.tanh(np.matmul(v.transpose(1, 0, 2), p["H"]).transpose(1, 0, 2) + p["h"])
        kept, gate, f = drop(DROP, asked, HEADS * HELD), np.tanh(q @ p["G"]), h.reshape(asked, -1)
        out = f * kept * (1 + gate)
        return out @ p["W"] + q @ p["WA"] + p["b"], (x, chosen, m, g, left, u, told, q, key, a, v, h, kept, gate, f, out)

    def backward(self, dz, made):
        x, chosen, m, g, left, u, told, q, key, a, v, h, kept, gate, f, out = made
        p, d = self.p, dict(W=out.T @ dz, WA=q.T @ dz, b=dz.sum(0))
        dout, dq = dz @ p["W"].T, dz @ p["WA"].T
        dgate = dout * f * kept * (1 - gate * gate)
        d["G"], dq = q.T @ dgate, dq + dgate @ p["G"].T
        dh = (dout * kept * (1 + gate)).reshape(h.shape) * (1 - h * h)
        by_head = dh.transpose(1, 0, 2)
        d["H"], d["h"] = v.transpose(1, 2, 0) @ by_head, dh.sum(0)
        dv = (by_head @ p["H"].transpose(0, 2, 1)).transpose(1, 0, 2)
        da = dv @ u.T
        ds = a * (da - (a * da).sum(2, keepdims=True))
        du = np.tensordot(a, dv, ([0, 1], [0, 1])) + np.tensordot(ds, key, ([0, 1], [0, 1]))
        dkey = ds @ u
        d["K"], flat = dkey.sum(0), dkey.reshape(len(q), -1)
        d["KA"], dq = q.T @ flat, dq + flat @ p["KA"].T
        d["A"] = told.T @ (dq * (1 - q * q))
        dg = (du[:, : PIECEHEADS * NUMBERS] * left).reshape(g.shape) * (1 - g * g)
        by_head = dg.transpose(1, 0, 2)
        d["c"], d["V"] = dg.sum(0), m.transpose(1, 2, 0) @ by_head
        dchosen = x @ (by_head @ p["V"].transpose(0, 2, 1)).transpose(1, 0, 2).transpose(0, 2, 1)
        dchosen = chosen * (dchosen - (chosen * dchosen).sum(1, keepdims=True))
        d["Q"] = np.tensordot(dchosen, x, ([0, 1], [0, 1]))
        return d

    def step(self, slope, rate):
        self.steps += 1
        short = min(1, 1 / max(1e-9, np.sqrt(sum(float((v * v).sum()) for v in slope.values()))))
        for k, v in slope.items():
            v = v * short
            self.mean[k] = 0.9 * self.mean[k] + 0.1 * v
            self.square[k] = 0.999 * self.square[k] + 0.001 * v * v
            self.p[k] -= rate * (self.mean[k] / (1 - 0.9**self.steps) / (np.sqrt(self.square[k] / (1 - 0.999**self.steps)) + 1e-8) + DECAY * self.p[k])


def net_of(calls, some, seed):
    rng, net, steps = np.random.default_rng(seed), Net(calls.width, seed), EPOCHS * (len(some) // BATCH)
    for _ in range(EPOCHS):
        order = rng.permutation(len(some))
        for b in range(len(some) // BATCH):
            slope = {}
            for i in order[b * BATCH : (b + 1) * BATCH]:
                c = some[i]
                z, made = net.forward(c, *calls.pieces(c), rng.random() > 0.25, rng)
                for k, v in net.backward((softmax(z, 1) - (np.eye(3) * (1 - SMOOTH) + SMOOTH / 3)[c["labels"]]).astype(np.float32) / len(z) / BATCH, made).items():
                    slope[k] = slope.get(k, 0) + v
            net.step(slope, RATE * min(1, (net.steps + 1) / 50) * max(0.03, 1 - net.steps / steps))
    return net


def kappa(people, machine):
    people, machine = np.array(people), np.array(machine)
    chance = sum((people == k).mean() * (machine == k).mean() for k in range(3))
    return ((people == machine).mean() - chance) / (1 - chance)


def held(lang, prepared):
    """Keeps what else stands in READ: answers of the other language."""
    calls, began, lines = Calls(prepared), time.time(), []
    for fold in range(FOLDS):
        nets, people, machine = [net_of(calls, [c for c in calls.all if calls.fold(c) != fold], seed) for seed in range(SEEDS)], [], []
        for c in calls.all:
            if calls.fold(c) != fold:
                continue
            x, may = calls.pieces(c)
            with_, bare = (np.mean([softmax(n.forward(c, x, may, facts)[0], 1) for n in nets], 0) for facts in (True, False))
            lines += [[lang, c["set"], c["id"], q] + [f"{v:.3f}" for v in (*with_[i], *bare[i])] for i, q in enumerate(c["asked"])]
            people, machine = people + list(c["labels"]), machine + list(with_.argmax(1))
        print(f"{lang} {fold}: kappa {kappa(people, machine):.3f}, {time.time() - began:.0f} s", flush=True)
    others = [r for r in csv.reader(open(READ, encoding="utf8"), delimiter="\t") if r[0] != lang] if os.path.exists(READ) else []
    with open(READ, "w", encoding="utf8") as w:
        w.write("".join("\t".join(r) + "\n" for r in sorted(others + lines)))


def learn(lang, prepared):
    calls = Calls(prepared)
    nets = [net_of(calls, calls.all, seed) for seed in range(SEEDS)]
    part(lang, nets, calls.scale, f"{HERE}/data/{lang}.onnxpart")
    numbers = [calls.mean] + [n.p[k] for n in nets for k in ("A", "K", "KA", "H", "h", "G", "W", "WA", "b")]
    numbers = np.concatenate([v.ravel() for v in numbers]).astype("<f4")
    with open(f"{HERE}/data/{lang}.weights", "wb") as w:  # the upper half of each float, rounded
        w.write(((numbers.view("<u4") + 0x8000) >> 16).astype("<u2").tobytes())


def part(lang, nets, scale, out):
    """Writes what chooses pieces as a graph that reads the states of the model, with an output "reads"."""
    p, g = {k: np.concatenate([net.p[k] for net in nets]) for k in ("Q", "V", "c")}, Graph(lang, scale)
    before = g.before()
    scores = g.new("Add", [g.new("MatMul", [g.states, g.const(p["Q"].T)]), g.new("Mul", [before, g.const(np.float32(-1e4))])])
    g.write("Reshape", [g.told(scores, p["V"], p["c"]), g.const(np.array([1, -1]))], p["c"].size, out)


if __name__ == "__main__":
    {f.__name__: f for f in (prepare, held, learn)}[sys.argv[1]](*sys.argv[2:])
