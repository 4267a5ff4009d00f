"""Learn the parts that read a question and an entry together (fits.go), and tell how entries fit in sets that they were not learnt from.

    mkdir /tmp/texts; PARLEY_TEXTS=/tmp/texts go test ./knowledge -run TestDumpTexts
    python knowledge/embed/fits.py prepare en /tmp/texts /tmp/fits-en.npz
    python knowledge/embed/fits.py learn en /tmp/fits-en.npz 0 /tmp/en-0.npz        # without every fourth set; 1, 2, 3 without others
    python knowledge/embed/fits.py learn en /tmp/fits-en.npz all /tmp/en-all.npz    # from everything
    python knowledge/embed/fits.py told en /tmp/texts /tmp/fits-en.npz /tmp/told /tmp/en-{0,1,2,3}.npz   # for PARLEY_FITS_TOLD, see fitpair.py
    python knowledge/embed/fits.py part en /tmp/en-all.npz knowledge/embed/fits.en.onnxpart
    python knowledge/embed/fits.py order /tmp/fits-en.npz /tmp/en-0.npz             # how often a right entry comes first, and among three, in the sets left out

Needs numpy, onnx, tokenizers, torch and PARLEY_MODELS; to learn takes two minutes on a GPU for all and half a day without one. One core of a
processor learns from ten Chinese questions a second, or five English ones, which is for going on from a part, with the sets that are new and a share of
the others. Two that each learn one half of the new sets tell how entries fit in the other half (PARLEY_FITS of TestDumpFeatures), and their mean is kept:

    python knowledge/embed/fits.py learn zh /tmp/fits-zh.npz citygas.zh,... /tmp/zh-0.npz --start knowledge/embed/fits.zh.onnxpart --on arena.zh,desk-clinic.zh --share 0.1 --rate 3e-4 --epochs 2 --batch 16 --limit 1500 --no-tell
    python knowledge/embed/fits.py part zh /tmp/zh-0.npz,/tmp/zh-1.npz /tmp/zh.onnxpart

What is learnt is added to the sum of the cosines, so that it says what these cannot; "nothing answers" is one more entry, of odds 1. Of each question
seven entries are shown: those that answer it, three of the likeliest others, and others further down; one time in ten (OUT) those that answer it are
taken out. The sets that apart.py names are never learnt from.
"""

import argparse
import ctypes
import glob
import json
import os
import sys
import time

import numpy as np

import lora

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from apart import APART  # noqa: E402

CLS, SEP, MASK, QUESTION, ENTRY = 101, 102, 103, 64, 72  # mostQuestion and mostEntry of fits.go
RANK, RATE, EPOCHS, BATCH, SHOWN = 16, 6e-4, 6, 48, 24
OUT, OUT_TURN = 0.1, 0.3  # how often what answers a question is taken out: all turns learnt from have an answer
JUDGED = 8  # judged of knowledge/fits.go
SAID, FROM = 0.96, {"en": 18.0, "zh": 15.8}  # fitsSaid, fitsFrom and fitsFromZh of knowledge/fits.go: what a part that is gone on from was learnt beside


def folder(lang):
    return os.path.join(os.environ["PARLEY_MODELS"], "bge-small-" + lang)


def flat(lists):
    return np.concatenate([np.array(v, np.int32) for v in lists if len(v)]), np.array([len(v) for v in lists], np.int32)


def ends(lengths):
    return np.concatenate([[0], np.cumsum(lengths)])


def sets_in(texts, lang):
    return [json.load(open(p)) for p in sorted(glob.glob(f"{texts}/*.{lang}.json"))]


def prepare(lang, texts, out):
    from tokenizers import Tokenizer

    cut = Tokenizer.from_file(folder(lang) + "/tokenizer.json")
    cut.no_padding()
    cut.no_truncation()

    def pieces(text, most):
        return cut.encode(text.lower(), add_special_tokens=False).ids[:most]

    sets = sets_in(texts, lang)
    entries = [pieces(e[2], ENTRY) for s in sets for e in s["entries"]]
    asked = [(n, q) for n, s in enumerate(sets) for q in s["queries"] or []]
    q, ql = flat([pieces(q["text"], QUESTION) for _, q in asked])
    (e, el), (g, gl) = flat(entries), flat([[int(i) for i in q["relevant"] or []] for _, q in asked])
    np.savez_compressed(
        out, q=q, ql=ql, e=e, el=el, g=g, gl=gl, of=np.array([n for n, _ in asked]), entries_of=np.repeat(np.arange(len(sets)), [len(s["entries"]) for s in sets]),
        likes=np.concatenate([np.float32(q["said"]) for _, q in asked]), sums=np.concatenate([np.float32(q["sums"]) for _, q in asked]),
        names=np.array([s["name"] for s in sets]), plain=np.array([q["plain"] for _, q in asked]), turn=np.array([q["turn"] for _, q in asked]),
    )


class Pairs:
    """What prepare wrote. Entries are numbered within their set."""

    def __init__(self, path):
        d = dict(np.load(path))
        for key in ("ql", "el", "of", "plain", "turn", "q", "e"):
            setattr(self, key, d[key])
        self.names = d["names"].tolist()
        size = np.bincount(d["entries_of"])
        self.first, liked, righted = ends(size)[:-1], ends(size[self.of]), ends(d["gl"])
        self.likes, self.sums = ([d[key][liked[i] : liked[i + 1]] for i in range(len(self.of))] for key in ("likes", "sums"))
        self.right = [d["g"][righted[i] : righted[i + 1]] for i in range(len(self.of))]

    def apart(self, fold):
        """Numbers of the sets that are not learnt from: named, or every fourth."""
        if fold.isdigit():
            return np.random.default_rng(5).permutation(len(self.names))[int(fold) :: 4]
        return np.flatnonzero(np.isin(self.names, fold.split(",")))

    def learnt(self, apart):
        """Numbers of the questions of the other sets, but for those of APART."""
        return np.flatnonzero(~np.isin(self.of, np.concatenate([apart, np.flatnonzero(np.isin(self.names, APART))])))


def net_for(lang, pairs, device, start=None):
    import torch
    from torch.nn.attention import SDPBackend, sdpa_kernel

    at = f"/tmp/bge-{lang}.{os.getpid()}.npz"
    lora.dump(folder(lang), at)
    kind = torch.bfloat16
    if device == "cpu":
        torch.set_num_threads(1)  # two wait for each other longer than they work
        kind = lora.quicker()
    net = lora.bert(lora.load(at), None, RANK, kind=kind)
    os.remove(at)
    net.head = torch.nn.Linear(net.width, 1)
    net.head.weight.data.mul_(0.1)
    net.scale = torch.nn.Parameter(torch.tensor(1.0))
    answered = np.array([l[r].max() for l, r in zip(pairs.likes, pairs.right) if len(r)])
    net.shift = torch.nn.Parameter(torch.tensor(float(-np.quantile(answered, 0.25))))
    if start:
        (net.head.weight.data, net.head.bias.data), _ = lora.resume(net, start)
        net.scale, net.shift = (torch.nn.Parameter(torch.tensor(v), requires_grad=False) for v in (SAID, -FROM[lang]))
    net.to(device)

    def table(values, lengths, width):
        out, at = np.zeros((len(lengths), width), np.int64), ends(lengths)
        for i, n in enumerate(lengths):
            out[i, :n] = values[at[i] : at[i + 1]]
        return torch.tensor(out, device=device), torch.tensor(lengths.astype(np.int64), device=device)

    questions, qn = table(pairs.q, pairs.ql, QUESTION)
    entries, en = table(pairs.e, pairs.el, ENTRY)

    at_once, attending = 1 << 20, [SDPBackend.FLASH_ATTENTION, SDPBackend.EFFICIENT_ATTENTION, SDPBackend.MATH]
    if device == "cpu":  # so many pairs of about one length fit its cache
        at_once, attending = 32, SDPBackend.MATH

    def fits(q, e, noise=False):
        """What is learnt of pairs of a question and an entry, given as numbers over all sets."""
        order = np.argsort(pairs.ql[q] + pairs.el[e], kind="stable")
        parts = [some(q[part], e[part], noise) for part in np.split(order, range(at_once, len(order), at_once))]
        return torch.cat(parts)[torch.tensor(np.argsort(order), device=device)]

    def some(q, e, noise):
        width = -(-(int((pairs.ql[q] + pairs.el[e]).max()) + 3) // 8) * 8
        q, e, at = torch.tensor(q, device=device), torch.tensor(e, device=device), torch.arange(width, device=device)[None]
        n, m = qn[q][:, None], en[e][:, None]
        asked, entry = (at >= 1) & (at <= n), (at >= n + 2) & (at < n + 2 + m)
        ids = torch.where(asked, questions[q].gather(1, (at - 1).clamp(0, QUESTION - 1).expand(len(q), -1)), SEP)
        ids = torch.where(entry, entries[e].gather(1, (at - n - 2).clamp(0, ENTRY - 1)), ids)
        ids[:, 0] = CLS
        if noise:  # one question in two has words covered
            covered = (torch.rand(len(q), 1, device=device) < 0.5) & (torch.rand(ids.shape, device=device) < 0.12)
            ids = torch.where(asked & covered, MASK, ids)
        with torch.autocast(device, kind, enabled=device == "cpu" and kind == torch.bfloat16), sdpa_kernel(attending):
            states = net(ids, ((at >= n + 2) & (at <= n + m + 2)).long(), at <= n + m + 2, True)
        return net.head(states[:, 0].float())[:, 0]

    net.fits = fits
    return net


def shown(pairs, i, rng, more):
    """Entries for question i, those that answer it first, and how many do; beside them the three likeliest others, and so many more."""
    others = np.argsort(-pairs.likes[i])
    others = others[~np.isin(others, pairs.right[i])]
    out = OUT_TURN if pairs.turn[i] else OUT
    right = pairs.right[i] if len(pairs.right[i]) and rng.random() >= out else np.zeros(0, int)
    return np.concatenate([right, others[:3], rng.choice(others[3:12], more - 1, replace=False), rng.choice(others[12:], 1)]).astype(int), len(right)


def loss_of(net, pairs, batch, weight, rng, device, more):
    import torch

    chosen = [shown(pairs, i, rng, more) for i in batch]
    counts, width = [len(es) for es, _ in chosen], max(len(es) for es, _ in chosen)
    entries = np.concatenate([pairs.first[pairs.of[i]] + es for i, (es, _) in zip(batch, chosen)])
    like = torch.tensor(np.concatenate([pairs.likes[i][es] for i, (es, _) in zip(batch, chosen)]), device=device)
    odds = net.scale * like + net.shift + net.fits(np.repeat(batch, counts), entries, True)
    at = torch.tensor(np.repeat(np.arange(len(batch)), counts), device=device), torch.tensor(np.concatenate([np.arange(n) for n in counts]), device=device)
    table = torch.full((len(batch), width), -1e4, device=device).index_put(at, odds)
    table = torch.cat([table, torch.zeros(len(batch), 1, device=device)], 1)
    good = torch.tensor(np.array([[k < n or (n == 0 and k == width) for k in range(width + 1)] for _, n in chosen]), device=device)
    w = torch.tensor(weight[batch], device=device)
    return (w * (torch.logsumexp(table, 1) - torch.logsumexp(table.masked_fill(~good, -1e4), 1))).sum() / w.sum()


def batches_of(pairs, some, size, rng):
    """Questions in batches, those of one length together."""
    mixed, out = rng.permutation(some), []
    for at in range(0, len(mixed), 12 * BATCH):
        group = mixed[at : at + 12 * BATCH]
        group = group[np.argsort(pairs.ql[group])]
        out += [group[k : k + size] for k in range(0, len(group), size)]
    return [out[b] for b in rng.permutation(len(out))]


def learn(*given):
    import torch

    a = argparse.ArgumentParser()
    for n in ("lang", "prepared", "fold", "out"):
        a.add_argument(n)
    a.add_argument("--start", help="a part to go on from")
    a.add_argument("--on", default="", help="sets that are learnt whole")
    a.add_argument("--share", type=float, default=1, help="how much of the others is learnt, drawn anew each epoch")
    a.add_argument("--rate", type=float, default=RATE)
    a.add_argument("--epochs", type=int, default=EPOCHS)
    a.add_argument("--batch", type=int, default=BATCH)
    a.add_argument("--more", type=int, default=3, help="entries shown of each question beside those that answer it and the three likeliest others")
    a.add_argument("--no-tell", dest="tell", action="store_false", help="tell nothing of the sets apart")
    a.add_argument("--limit", type=float, default=1e9, help="seconds in which the rate has come down")
    a = a.parse_args(given)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(0)
    rng, pairs = np.random.default_rng(0), Pairs(a.prepared)
    net, train = net_for(a.lang, pairs, device, a.start), pairs.learnt(pairs.apart(a.fold))
    whole = np.isin(np.array(pairs.names)[pairs.of[train]], a.on.split(","))
    rate = torch.optim.AdamW([p for p in net.parameters() if p.requires_grad], lr=a.rate, weight_decay=0.01)
    weight = (np.where(pairs.plain, 0.6, 1.0) * (60 / np.maximum(60, np.bincount(pairs.of)[pairs.of])) ** 0.5).astype(np.float32)
    steps, step, began = a.epochs * -(-int(whole.sum() + a.share * (~whole).sum()) // a.batch), 0, time.time()
    print(f"{len(train)} questions, {whole.sum()} of them whole, about {steps} steps", flush=True)
    for epoch in range(a.epochs):
        total, taken = 0.0, 0
        for batch in batches_of(pairs, train[whole | (rng.random(len(train)) < a.share)], a.batch, rng):
            gone = max(step / steps, (time.time() - began) / a.limit)
            if gone >= 1:
                break
            for g in rate.param_groups:
                g["lr"] = a.rate * min(1, (step + 1) / 40) * max(0.02, 1 - gone)
            loss = loss_of(net, pairs, batch, weight, rng, device, a.more)
            rate.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1)
            rate.step()
            step, total, taken = step + 1, total + loss.detach(), taken + 1
            if step % 25 == 0:
                if device == "cpu":
                    ctypes.CDLL(None).malloc_trim(0)  # batches of many lengths leave gigabytes in pieces
                print(f"step {step}: loss {float(total) / taken:.3f}, {time.time() - began:.0f} s", flush=True)
    print(f"fitsSaid {net.scale.item():.2f}, fitsFrom {-net.shift.item():.1f}")
    apart = np.flatnonzero(np.isin(pairs.of, pairs.apart(a.fold))) if a.tell else np.zeros(0, int)
    head = dict(head_w=net.head.weight.detach().cpu().numpy().T, head_b=net.head.bias.detach().cpu().numpy())
    np.savez(a.out, **net.changes(), **head, apart=apart, **tell(net, pairs, apart))


def tell(net, pairs, apart):
    """How the likeliest entries fit the questions apart."""
    import torch

    net.eval()
    best = [np.argsort(-pairs.sums[i])[:SHOWN] for i in apart]
    with torch.no_grad():
        fits = [net.fits(np.repeat(i, len(b)), pairs.first[pairs.of[i]] + b).cpu().numpy() for i, b in zip(apart, best)]
    return dict(best=np.array(best), fits=np.array(fits))


def order(prepared, *learnt):
    """Says how often a right entry comes first, and among three, where fits weigh so much beside the rest."""
    pairs = Pairs(prepared)
    for path in learnt:
        d = dict(np.load(path))
        left = d["apart"]
        known, turn = np.array([len(pairs.right[i]) > 0 for i in left]), pairs.turn[left]
        for kind, of in {"questions": ~turn, "turns": turn}.items():
            some, line = np.flatnonzero(of & known), []
            if not len(some):
                continue
            for w in (0, 0.1, 0.2, 0.3, 0.5, 1):
                place = []
                for n in some:
                    best = d["best"][n][:JUDGED]
                    z = pairs.sums[left[n]][best] + w * d["fits"][n][:JUDGED]
                    place.append(min(np.flatnonzero(np.isin(best[np.argsort(-z)], pairs.right[left[n]])), default=JUDGED))
                place = np.array(place)
                line.append(f"{w}: {(place == 0).mean():.3f} {(place < 3).mean():.3f}")
            print(f"{os.path.basename(path)} {kind}, {len(some)}: ", ", ".join(line))


def told(lang, texts, prepared, out, *learnt):
    os.makedirs(out, exist_ok=True)
    sets, pairs = sets_in(texts, lang), Pairs(prepared)
    start, files = np.searchsorted(pairs.of, np.arange(len(sets))), [{} for _ in sets]
    for d in map(np.load, learnt):
        for i, best, fits in zip(d["apart"], d["best"], d["fits"]):
            s = sets[pairs.of[i]]
            files[pairs.of[i]][s["queries"][i - start[pairs.of[i]]]["text"]] = {s["entries"][e][2]: round(float(f), 3) for e, f in zip(best, fits)}
    for s, f in zip(sets, files):
        with open(f"{out}/{s['name']}.json", "w") as w:
            json.dump(f, w)


def part(lang, learnt, out):
    every = [dict(np.load(path)) for path in learnt.split(",")]
    d = {k: np.mean([np.float32(e[k]) for e in every], 0) for k in every[0] if k[0].isdigit() or k.startswith("head")}
    lora.part(folder(lang), {k: v for k, v in d.items() if k[0].isdigit()}, out, True, "fits", (d["head_w"], d["head_b"]))


if __name__ == "__main__":
    {f.__name__: f for f in (prepare, learn, order, told, part)}[sys.argv[1]](*sys.argv[2:])
