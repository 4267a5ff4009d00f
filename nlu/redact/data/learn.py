"""Learns the parts of Sense (sense.en.onnxpart, sense.zh.onnxpart) from what marked.py made, and says how they do on sets that they were not learnt from.

    python nlu/redact/data/learn.py en all /tmp/marked-en.npz nlu/redact/data/sense.en.onnxpart   # learnt from everything
    python nlu/redact/data/learn.py en 7,8 /tmp/marked-en.npz /tmp/en.onnxpart                    # without the sets en-7 and en-8, which are judged
    parley eval redact SET.jsonl --part en=/tmp/en.onnxpart                                       # the same with the rules

Needs numpy, torch, onnx and PARLEY_MODELS. A GPU takes a minute and a half from nothing. On one core of a processor a quarter of an hour is enough to go on from a part, with what is new and a share of the rest:

    python nlu/redact/data/learn.py zh g /tmp/marked-zh.npz /tmp/zh.onnxpart --start nlu/redact/data/sense.zh.onnxpart --on f --share 0.2 --rate 6e-4 --epochs 2 --batch 32 --limit 800

All linear layers of the embedding model are changed a little (knowledge/embed/lora.py), what is known of a
word's looks is added to what the model reads, and a linear layer on the last one's states says how private each piece of a word is.
"""
import argparse
import ctypes
import os
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, "../../../knowledge/embed"))
import lora  # noqa: E402

a = argparse.ArgumentParser()
for n in ("lang", "apart", "marked", "out"): a.add_argument(n)
a.add_argument("--rate", type=float, default=1.5e-3); a.add_argument("--rank", type=int, default=0); a.add_argument("--layers", type=int, default=0); a.add_argument("--epochs", type=int, default=5)
a.add_argument("--limit", type=float, default=80); a.add_argument("--smoke", action="store_true"); a.add_argument("--batch", type=int, default=96); a.add_argument("--seed", type=int, default=0)
a.add_argument("--start", help="a part to go on from, or the mean of several, separated by commas"); a.add_argument("--on", default="", help="sets that are learnt whole"); a.add_argument("--share", type=float, default=1, help="how much of the others is learnt, drawn anew each epoch")
a = a.parse_args()
dev = "cuda" if torch.cuda.is_available() else "cpu"
torch.manual_seed(a.seed); rng = np.random.default_rng(a.seed)
if dev == "cuda":
    torch.backends.cuda.matmul.allow_tf32 = True
else:
    torch.set_num_threads(1)  # two wait for each other longer than they work
LOOKS, MASK = 16, 103

d = dict(np.load(a.marked))
folder = os.path.join(os.environ["PARLEY_MODELS"], "bge-small-" + a.lang)
lora.dump(folder, a.out + ".weights.npz")
names = [str(n) for n in d["names"]]
apart, whole = ({n for n, s in enumerate(names) if s.split("-")[-1] in given.split(",")} for given in (a.apart, a.on))
train = np.flatnonzero([o not in apart for o in d["owner"]])
test = np.flatnonzero([o in apart and not f for o, f in zip(d["owner"], d["fresh"])])
if not apart: test = rng.choice(np.flatnonzero(d["fresh"] == 0), 200, replace=False)
if a.smoke: train, test = train[:: max(1, len(train) // 48)], test[:: max(1, len(test) // 24)]
T = lambda x: torch.tensor(x.astype(np.int64)).to(dev)
off = np.concatenate([[0], np.cumsum(d["lens"])]); woff = np.concatenate([[0], np.cumsum(d["nwords"])])
ids, looks, word, label = T(d["ids"]), T(d["looks"]), T(d["word"]), T(d["label"])
lens, second = d["lens"], T(d["second"])
offT, woffT, lensT = T(off), T(woff), T(lens)

kind = torch.float32 if dev == "cuda" else lora.quicker()
net = lora.bert(lora.load(a.out + ".weights.npz"), a.layers or None, a.rank or {"en": 12, "zh": 16}[a.lang], kind=kind)
net.look = torch.nn.Parameter(torch.zeros(LOOKS, net.width))
net.head = torch.nn.Linear(net.width, 1)
net.head.weight.data.mul_(0.5)
if a.start:
    sums, starts = None, a.start.split(",")
    for path in starts:
        (net.head.weight.data, net.head.bias.data), before = lora.resume(net, path)
        net.look.data = before["tags/look"]
        values = [p.data.float() for p in net.parameters() if p.requires_grad]
        sums = [s + v for s, v in zip(sums, values)] if sums else values
    for p, s in zip((p for p in net.parameters() if p.requires_grad), sums): p.data = s / len(starts)
net.to(dev)
bits = torch.arange(LOOKS, device=dev)


def forward(batch, learn):
    """Logits of the words of each sample, flat, with their labels."""
    b = torch.tensor(batch, device=dev)
    w = int(lens[batch].max())
    w = -(-w // 8) * 8
    at = torch.arange(w, device=dev)
    mask = at[None] < lensT[b][:, None]
    where = (offT[b][:, None] + at[None]).clamp(max=len(ids) - 1)
    i, l, k = ids[where], looks[where], torch.where(mask, word[where], -1)
    if learn:
        noise = torch.rand(i.shape, device=dev)
        i = torch.where((noise < 0.06) & (i > 103), MASK, i)
        l = torch.where(torch.rand(len(b), 1, device=dev) < 0.1, l & (3 << 14), l)
        l = torch.where(torch.rand(len(b), 1, device=dev) < 0.1, l & 0x3FFF, l)
    types = (at[None] >= second[b][:, None]).long() * mask
    f = ((l[..., None] >> bits) & 1).float()
    x = net.words[i] + net.kinds[types] + net.places[:w]
    x = (F.layer_norm(x.float(), (net.width,), net.embedded_weight.float(), net.embedded_bias.float(), 1e-12) + f @ net.look).to(kind)
    with torch.autocast(dev, torch.bfloat16, enabled=dev == "cuda" or kind == torch.bfloat16), sdpa_kernel(SDPBackend.MATH if dev == "cpu" else [SDPBackend.FLASH_ATTENTION, SDPBackend.EFFICIENT_ATTENTION, SDPBackend.MATH]):
        for layer in net.layers:
            x = layer(x, mask[:, None, None, :], False)
    z = net.head(x.float())[..., 0]
    n = len(b)
    slot = (torch.arange(n, device=dev)[:, None] * (w + 1) + k + 1).flatten()
    total = torch.zeros(n * (w + 1), device=dev).index_add_(0, slot, z.flatten())
    count = torch.zeros(n * (w + 1), device=dev).index_add_(0, slot, torch.ones_like(z).flatten())
    z = (total / count.clamp(min=1)).view(n, w + 1)[:, 1:]
    have = at[None] < (woffT[b + 1] - woffT[b])[:, None]
    y = label[(woffT[b][:, None] + at[None]).clamp(max=len(label) - 1)]
    return z[have], (y[have] > 0).float()


def judge():
    """Chances of all words of the left-out samples."""
    net.eval(); out = {}
    order = test[np.argsort(lens[test])]
    with torch.no_grad():
        for s in range(0, len(order), 128):
            some = order[s:s + 128]
            z = torch.sigmoid(forward(some, False)[0]).cpu().numpy()
            for i in some:
                n = d["nwords"][i]; out[i], z = z[:n], z[n:]
    net.train()
    return out


def spans(p, bar, low):
    out, i = [], 0
    while i < len(p):
        if p[i] >= bar:
            s, e = i, i
            while s > 0 and p[s - 1] >= low: s -= 1
            while e + 1 < len(p) and p[e + 1] >= low: e += 1
            out.append((s, e + 1)); i = e
        i += 1
    return out


def tell(out):
    best, line = 0, []
    for bar in (0.3, 0.5, 0.7, 0.9, 0.97):
        want = got = found = right = plain = clean = 0
        for i, p in out.items():
            y, wl = d["label"][woff[i]:woff[i + 1]], d["wlen"][woff[i]:woff[i + 1]]
            flags = np.zeros(len(p), bool)
            for s, e in spans(p, bar, min(bar, 0.5)):
                flags[s:e] = True; found += 1; right += y[s:e].any()
            for k in set(y[y > 0].tolist()):
                want += 1; got += wl[(y == k) & ~flags].sum() <= 3
            if not y.any(): plain += 1; clean += not flags.any()
        r, q = got / max(1, want), right / max(1, found)
        line.append(f"{bar}: {r:.3f}/{q:.3f}/{clean / max(1, plain):.3f}"); best = max(best, r + q + clean / max(1, plain))
    return f"score {best:.4f}  recall/precision/clean " + "  ".join(line)


params = [p for p in net.parameters() if p.requires_grad]
opt = torch.optim.AdamW(params, lr=a.rate, weight_decay=0.01, fused=dev == "cuda")
size = 16 if a.smoke else a.batch
epochs = 1 if a.smoke else a.epochs
always = np.isin(d["owner"][train], list(whole))
steps, step, began, seen = int(epochs * (always.sum() + a.share * (~always).sum()) / size), 0, time.time(), 0.0
done = False
for ep in range(epochs):
    mixed, batches = rng.permutation(train[always | (rng.random(len(train)) < a.share)]), []
    for s in range(0, len(mixed), 20 * size):
        some = mixed[s:s + 20 * size]; some = some[np.argsort(lens[some])]
        batches += [some[i:i + size] for i in range(0, len(some), size)]
    total = torch.zeros((), device=dev)
    for b in rng.permutation(len(batches)):
        gone = max(step / steps, (time.time() - began) / a.limit)
        if gone >= 1 and not a.smoke: done = True; break
        for g in opt.param_groups: g["lr"] = a.rate * min(1, (step + 1) / 40) * max(0.02, 1 - gone)
        z, y = forward(batches[b], True)
        loss = F.binary_cross_entropy_with_logits(z, y)
        opt.zero_grad(set_to_none=True); loss.backward(); torch.nn.utils.clip_grad_norm_(params, 1); opt.step(); step += 1; total += loss.detach()
        if dev == "cpu" and step % 25 == 0: ctypes.CDLL(None).malloc_trim(0)  # batches of many lengths leave the heap in pieces
    if done: break
    seen = total.item() / len(batches)
out = judge()
print(f"{a.lang} without {a.apart} rate {a.rate} rank {a.rank} layers {a.layers} steps {step}/{steps} loss {seen:.4f} {time.time() - began:.0f} s", ",".join(names[n] for n in sorted(apart)), tell(out), flush=True)
for n in sorted(apart):
    print("   ", names[n], tell({i: p for i, p in out.items() if d["owner"][i] == n}), flush=True)
os.remove(a.out + ".weights.npz")


def write():
    """The part: what is known of the looks is added to the embeddings, from which the changed layers go on."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    plain, lora.EMBEDDED = lora.EMBEDDED, "tags/looked"
    layers = lora.part(folder, net.changes(), a.out, False, "tags", (net.head.weight.detach().cpu().numpy().T, net.head.bias.detach().cpu().numpy()))
    m = onnx.ModelProto()
    m.graph.initializer.append(numpy_helper.from_array(net.look.detach().cpu().numpy().astype(np.float16), "tags/look"))
    m.graph.node.extend([
        helper.make_node("Cast", ["tags/look"], ["tags/look32"], name="tags/l0", to=TensorProto.FLOAT),
        helper.make_node("MatMul", ["looks", "tags/look32"], ["tags/seen"], name="tags/l1"),
        helper.make_node("Add", [plain, "tags/seen"], ["tags/looked"], name="tags/l2")])
    m.graph.input.append(helper.make_tensor_value_info("looks", TensorProto.FLOAT, [1, None, LOOKS]))
    with open(a.out, "wb") as f:
        f.write(m.SerializeToString() + layers)


write()
