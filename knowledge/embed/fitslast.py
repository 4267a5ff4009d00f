"""Learn the last layer of a part of fits.py on, on a processor: what is below it is run once and kept.

    python knowledge/embed/fits.py prepare zh /tmp/texts /tmp/fits-zh.npz
    python knowledge/embed/fitslast.py states zh /tmp/fits-zh.npz knowledge/embed/fits.zh.onnxpart /tmp/zh-states desk-hotel.zh,laundry.zh policy.zh 0.1
    python knowledge/embed/fitslast.py learn zh /tmp/fits-zh.npz knowledge/embed/fits.zh.onnxpart /tmp/zh-states desk-hotel.zh,laundry.zh /tmp/zh.npz
    python knowledge/embed/fits.py order /tmp/fits-zh.npz /tmp/zh.npz               # the sets left out
    python knowledge/embed/fits.py part zh /tmp/zh.npz knowledge/embed/fits.zh.onnxpart

Needs numpy, onnx and PARLEY_MODELS, states onnxruntime, too: it takes some 5 ms a pair. The sets of dialogues and those named (policy.zh) are taken whole, of the others a
share (0.1). Of the sets to be left out (desk-hotel.zh,laundry.zh) the entries are kept that the program reads.
"""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

import fits
import lora

READ = 8  # judged of knowledge/fits.go
RANK, RATE, BATCH = 32, 5e-4, 16


def changes_of(path):
    """The matrices of a part by their names in changes(), and its head."""
    import onnx
    from onnx import numpy_helper

    made = {t.name.split("/c")[-1]: numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}
    made = [made[k] for k in sorted(made, key=int)]
    matrices = [m for m in made if m.ndim == 2]
    names = [f"{i}.{k}.{m}" for i in range(len(matrices) // 12) for k in lora.LINEAR for m in "AB"]
    return dict(zip(names, matrices)), (matrices[-1], made[-1])


def lower(lang, part):
    """The model with all layers of a part but the last, as bytes."""
    import onnx

    given, _ = changes_of(part)
    last = max(int(k.split(".")[0]) for k in given)
    at = f"/tmp/lower-{os.getpid()}.onnxpart"
    raw = lora.part(fits.folder(lang), {k: v for k, v in given.items() if int(k.split(".")[0]) < last}, at, False, "states")
    os.remove(at)
    model = onnx.ModelProto()
    model.ParseFromString(open(fits.folder(lang) + "/model.onnx", "rb").read() + raw)
    kept = [o for o in model.graph.output if o.name == "states"]
    del model.graph.output[:]
    model.graph.output.extend(kept)
    return model.SerializeToString()


def states(lang, prepared, part, out, left, whole, share):
    import onnxruntime

    pairs, rng = fits.Pairs(prepared), np.random.default_rng(0)
    apart = np.isin(pairs.of, pairs.apart(left))
    fresh = np.array([n.startswith("desk-") or n in whole.split(",") for n in pairs.names])[pairs.of]
    learnt = np.isin(np.arange(len(pairs.of)), pairs.learnt(pairs.apart(left)))
    taken = np.flatnonzero((apart | learnt & (fresh | (rng.random(len(pairs.of)) < float(share)))))
    questions, entries = [], []
    for i in taken:
        others = np.argsort(-pairs.sums[i])
        if apart[i]:
            chosen = others[:READ]
        else:
            others = others[~np.isin(others, pairs.right[i])]
            chosen = np.concatenate([pairs.right[i], others[:3], rng.choice(others[3:12], 2, replace=False)]).astype(int)
        questions += [i] * len(chosen)
        entries += chosen.tolist()
    q0, e0 = fits.ends(pairs.ql), fits.ends(pairs.el)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    model = onnxruntime.InferenceSession(lower(lang, part), options)

    def ids(n):
        i, e = questions[n], pairs.first[pairs.of[questions[n]]] + entries[n]
        asked = pairs.q[q0[i] : q0[i + 1]][-fits.QUESTION :]
        entry = pairs.e[e0[e] : e0[e + 1]][: fits.ENTRY]
        row = np.concatenate([[fits.CLS], asked, [fits.SEP], entry, [fits.SEP]]).astype(np.int64)
        return row[None], (np.arange(len(row)) >= len(asked) + 2).astype(np.int64)[None]

    lengths = np.array([ids(n)[0].shape[1] for n in range(len(questions))])
    at = fits.ends(lengths)
    width = 512 if lang == "zh" else 384
    kept = np.lib.format.open_memmap(out + ".npy", "w+", np.float16, (int(at[-1]), width))
    print(f"{len(taken)} questions, {len(questions)} pairs, {kept.nbytes / 1e9:.2f} GB", flush=True)

    def run(n):
        row, kind = ids(n)
        kept[at[n] : at[n + 1]] = model.run(["states"], {"input_ids": row, "attention_mask": np.ones_like(row), "token_type_ids": kind})[0][0]

    began = time.time()
    with ThreadPoolExecutor(2) as pool:
        for n, _ in enumerate(pool.map(run, range(len(questions)), chunksize=64)):
            if n % 3000 == 2999:
                print(f"{n + 1} pairs, {time.time() - began:.0f} s", flush=True)
    kept.flush()
    np.savez(out + ".npz", questions=np.array(questions), entries=np.array(entries), lengths=lengths)
    print(f"{time.time() - began:.0f} s")


class Last:
    """The last layer of a part, of which only the first token's state is needed, and the head on it. Its matrices change by A B; backward() gives their gradients."""

    def __init__(self, lang, part, rng):
        at = f"/tmp/bge-{os.getpid()}.npz"
        lora.dump(fits.folder(lang), at)
        d = lora.load(at)
        os.remove(at)
        self.given, head = changes_of(part)
        self.number = n = max(int(k.split(".")[0]) for k in self.given)
        self.frozen, self.bias, self.p = {}, {}, {"head_w": head[0].astype(np.float32), "head_b": head[1].astype(np.float32)}
        for k in lora.LINEAR:
            self.frozen[k] = (d[f"{n}.{k}"].astype(np.float32) - d[f"{n}.{k}_zero"].astype(np.float32)) * d[f"{n}.{k}_scale"].astype(np.float32)
            self.bias[k] = d[f"{n}.{k}_bias"]
            a, b = (self.given[f"{n}.{k}.{m}"].astype(np.float32) for m in "AB")
            more = max(0, RANK - a.shape[1])
            self.p[k + ".A"] = np.hstack([a, rng.standard_normal((a.shape[0], more), np.float32) / a.shape[0] ** 0.5])
            self.p[k + ".B"] = np.vstack([b, np.zeros((more, b.shape[1]), np.float32)])
        self.norm = {k: d[f"{n}.{k}"] for k in ("n1_weight", "n1_bias", "n2_weight", "n2_bias")}
        self.rng, self.heads = rng, 12 if len(self.bias["q"]) == 384 else len(self.bias["q"]) // 64

    def forward(self, x, mask, drop=0.0):
        """Fits of the texts with the states x [n, tokens, width]."""
        n, _, width = x.shape
        w = self.w = {k: self.frozen[k] + self.p[k + ".A"] @ self.p[k + ".B"] for k in lora.LINEAR}
        split = (width, self.heads, width // self.heads)
        self.x, self.first = x, x[:, 0]
        self.q = (self.first @ w["q"] + self.bias["q"]).reshape(n, *split[1:])
        # The first token alone looks at the others, so that keys and values need not be made for each of them.
        self.u = np.einsum("bhd,chd->bhc", self.q, w["k"].reshape(split), optimize=True)
        s = x @ self.u.transpose(0, 2, 1) * split[2] ** -0.5
        s = np.where(mask[:, :, None], s, -1e9)
        e = np.exp(s - s.max(1, keepdims=True))
        self.a = e / e.sum(1, keepdims=True)
        self.z = self.a.transpose(0, 2, 1) @ x
        self.ctx = np.einsum("bhc,chd->bhd", self.z, w["v"].reshape(split), optimize=True).reshape(n, width) + self.bias["v"]
        self.kept = [(self.rng.random((n, width)) >= drop) / np.float32(1 - drop) if drop else np.float32(1) for _ in range(2)]
        self.y, self.back1 = normed(self.first + (self.ctx @ w["o"] + self.bias["o"]) * self.kept[0], self.norm["n1_weight"], self.norm["n1_bias"])
        self.f = self.y @ w["f"] + self.bias["f"]
        self.phi = (1 + erf(self.f / 2**0.5)) / 2
        self.g = self.f * self.phi
        self.r, self.back2 = normed(self.y + (self.g @ w["g"] + self.bias["g"]) * self.kept[1], self.norm["n2_weight"], self.norm["n2_bias"])
        return (self.r @ self.p["head_w"] + self.p["head_b"])[:, 0]

    def backward(self, dfit):
        """Gradients of everything in p, by those of the fits."""
        w, n, width = self.w, len(dfit), self.x.shape[2]
        split, out, dw = (width, self.heads, width // self.heads), {}, {}
        out["head_w"], out["head_b"] = self.r.T @ dfit[:, None], dfit.sum(keepdims=True)
        dy = self.back2(dfit[:, None] * self.p["head_w"].T)
        dg = dy * self.kept[1]
        dw["g"] = self.g.T @ dg
        df = dg @ w["g"].T * (self.phi + self.f * np.exp(-self.f**2 / 2) / (2 * np.pi) ** 0.5)
        dw["f"] = self.y.T @ df
        do = self.back1(dy + df @ w["f"].T) * self.kept[0]
        dw["o"] = self.ctx.T @ do
        dctx = (do @ w["o"].T).reshape(n, *split[1:])
        dw["v"] = np.einsum("bhc,bhd->chd", self.z, dctx, optimize=True).reshape(width, width)
        da = self.x @ np.einsum("bhd,chd->bhc", dctx, w["v"].reshape(split), optimize=True).transpose(0, 2, 1)
        ds = self.a * (da - (self.a * da).sum(1, keepdims=True)) * split[2] ** -0.5
        du = ds.transpose(0, 2, 1) @ self.x
        dw["k"] = np.einsum("bhc,bhd->chd", du, self.q, optimize=True).reshape(width, width)
        dw["q"] = self.first.T @ np.einsum("bhc,chd->bhd", du, w["k"].reshape(split), optimize=True).reshape(n, width)
        for k, d in dw.items():
            out[k + ".A"], out[k + ".B"] = d @ self.p[k + ".B"].T, self.p[k + ".A"].T @ d
        return out

    def changes(self):
        """As lora.Bert.changes(), of all layers."""
        return {**self.given, **{f"{self.number}.{k}": v.astype(np.float16) for k, v in self.p.items() if "." in k}}


def normed(x, weight, bias):
    """Layer normalisation, and what takes its gradient back."""
    x = x - x.mean(1, keepdims=True)
    deviation = np.sqrt((x * x).mean(1, keepdims=True) + 1e-12)
    x = x / deviation

    def back(d):
        d = d * weight
        return (d - d.mean(1, keepdims=True) - x * (d * x).mean(1, keepdims=True)) / deviation

    return x * weight + bias, back


def erf(x):
    """Within 2e-7, by Abramowitz and Stegun, 7.1.26."""
    t = 1 / (1 + 0.3275911 * np.abs(x))
    return np.sign(x) * (1 - t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) * np.exp(-x * x))


class Adam:
    def __init__(self, p):
        self.p, self.m, self.v, self.step = p, {k: 0 for k in p}, {k: 0 for k in p}, 0

    def go(self, grads, rate, decay=0.02):
        norm = sum((g * g).sum() for g in grads.values()) ** 0.5
        self.step += 1
        for k, g in grads.items():
            g = g / max(1, norm)
            self.m[k], self.v[k] = 0.9 * self.m[k] + 0.1 * g, 0.999 * self.v[k] + 0.001 * g * g
            self.p[k] -= rate * (self.m[k] / (1 - 0.9**self.step) / (np.sqrt(self.v[k] / (1 - 0.999**self.step)) + 1e-8) + decay * self.p[k])


class Kept:
    """What states wrote."""

    def __init__(self, kept):
        d, self.x = dict(np.load(kept + ".npz")), np.load(kept + ".npy", mmap_mode="r")
        self.entries, self.lengths, self.at, self.rows = d["entries"], d["lengths"], fits.ends(d["lengths"]), {}
        for n, i in enumerate(d["questions"]):
            self.rows.setdefault(i, []).append(n)

    def batch(self, rows):
        width = int(self.lengths[rows].max())
        x = np.zeros((len(rows), width, self.x.shape[1]), np.float32)
        for k, n in enumerate(rows):
            x[k, : self.lengths[n]] = self.x[self.at[n] : self.at[n + 1]]
        return x, np.arange(width)[None] < self.lengths[rows][:, None]


def loss_of(pairs, kept, last, batch, weight, lang, rng):
    """The loss of a batch of questions, of which one in ten does without the entries that answer it, and the gradient of its fits."""
    chosen = [np.array(kept.rows[i]) for i in batch]
    chosen = [r[~np.isin(kept.entries[r], pairs.right[i])] if rng.random() < 0.1 else r for i, r in zip(batch, chosen)]
    fit = last.forward(*kept.batch(np.concatenate(chosen)), 0.1)
    grad, at, total = np.zeros_like(fit), 0, 0.0
    for i, r in zip(batch, chosen):
        z = np.append(fits.SAID * pairs.likes[i][kept.entries[r]] - fits.FROM[lang] + fit[at : at + len(r)], 0)
        good = np.append(np.isin(kept.entries[r], pairs.right[i]), False)
        good[-1] = not good.any()
        p = np.exp(z - z.max())
        p /= p.sum()
        right = p * good / (p * good).sum()
        total -= weight[i] * np.log((p * good).sum())
        grad[at : at + len(r)] = (weight[i] * (p - right))[:-1]
        at += len(r)
    return total / weight[batch].sum(), grad / weight[batch].sum()


def learn(lang, prepared, part, kept, left, out, epochs="4", top=RATE):
    pairs, rng, kept = fits.Pairs(prepared), np.random.default_rng(0), Kept(kept)
    last, apart, weight = Last(lang, part, rng), np.isin(pairs.of, pairs.apart(left)), pairs.weight()
    train, test = (np.array([i for i in kept.rows if apart[i] == a], int) for a in (False, True))
    adam, steps, losses, began = Adam(last.p), int(float(epochs) * len(train) / BATCH), [], time.time()
    print(f"{len(train)} questions, {pairs.turn[train].sum()} of them turns, {steps} steps", flush=True)
    while adam.step < steps:
        for batch in np.array_split(rng.permutation(train), len(train) // BATCH):
            if adam.step == steps:
                break
            loss, grad = loss_of(pairs, kept, last, batch, weight, lang, rng)
            adam.go(last.backward(grad.astype(np.float32)), float(top) * min(1, (adam.step + 1) / 20) * max(0.02, 1 - adam.step / steps))
            losses.append(loss)
            if adam.step % 50 == 0:
                print(f"step {adam.step}: loss {np.mean(losses[-100:]):.3f}, {time.time() - began:.0f} s", flush=True)
    told = [last.forward(*kept.batch(np.array(kept.rows[i]))) for i in test]
    np.savez(out, **last.changes(), head_w=last.p["head_w"], head_b=last.p["head_b"], apart=test, best=np.array([kept.entries[kept.rows[i]] for i in test]), fits=np.array(told))


if __name__ == "__main__":
    {f.__name__: f for f in (states, learn)}[sys.argv[1]](*sys.argv[2:])
