"""Learn the parts that read a question and an entry together (fits.go), and tell how entries fit in sets that they were not learnt from.

    mkdir /tmp/texts; PARLEY_TEXTS=/tmp/texts go test ./knowledge -run TestDumpTexts
    python knowledge/embed/fits.py prepare en /tmp/texts /tmp/fits-en.npz
    python knowledge/embed/fits.py learn en /tmp/fits-en.npz 0 /tmp/en-0.npz        # without every fourth set; 1, 2, 3 without others
    python knowledge/embed/fits.py learn en /tmp/fits-en.npz all /tmp/en-all.npz    # from everything
    python knowledge/embed/fits.py told en /tmp/texts /tmp/fits-en.npz /tmp/told /tmp/en-{0,1,2,3}.npz   # for PARLEY_FITS_TOLD, see fitpair.py
    python knowledge/embed/fits.py part en /tmp/en-all.npz knowledge/embed/fits.en.onnxpart
    python knowledge/embed/fits.py order /tmp/fits-en.npz /tmp/en-0.npz             # how often a right entry comes first, and among three, in the sets left out

Needs numpy, onnx, tokenizers, torch and PARLEY_MODELS; to learn takes two minutes on a GPU for all and half a day without one. What is
learnt is added to the sum of the cosines, so that it says what these cannot; "nothing answers" is one more entry, of odds 1. Of each question seven
entries are shown: those that answer it, three of the likeliest others, and others further down; one time in ten those that answer it are taken out.
The sets that apart.py names are never learnt from.
"""

import glob
import json
import os
import sys
import time

import numpy as np

import lora

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from apart import APART  # noqa: E402

CLS, SEP, MASK, QUESTION, ENTRY = 101, 102, 103, 48, 72  # mostQuestion and mostEntry of fits.go
RANK, RATE, EPOCHS, BATCH, SHOWN = 16, 6e-4, 6, 48, 24
JUDGED = 8  # judged of knowledge/fits.go


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


def net_for(lang, pairs, device):
    import torch

    at = f"/tmp/bge-{lang}.{os.getpid()}.npz"
    lora.dump(folder(lang), at)
    net = lora.bert(lora.load(at), None, RANK, kind=torch.bfloat16 if device == "cuda" else torch.float32)
    os.remove(at)
    net.head = torch.nn.Linear(net.width, 1)
    net.head.weight.data.mul_(0.1)
    net.scale = torch.nn.Parameter(torch.tensor(1.0))
    answered = np.array([l[r].max() for l, r in zip(pairs.likes, pairs.right) if len(r)])
    net.shift = torch.nn.Parameter(torch.tensor(float(-np.quantile(answered, 0.25))))
    net.to(device)

    def table(values, lengths, width):
        out, at = np.zeros((len(lengths), width), np.int64), ends(lengths)
        for i, n in enumerate(lengths):
            out[i, :n] = values[at[i] : at[i + 1]]
        return torch.tensor(out, device=device), torch.tensor(lengths.astype(np.int64), device=device)

    questions, qn = table(pairs.q, pairs.ql, QUESTION)
    entries, en = table(pairs.e, pairs.el, ENTRY)

    def fits(q, e, noise=False):
        """What is learnt of pairs of a question and an entry, given as numbers over all sets."""
        width = -(-(int((pairs.ql[q] + pairs.el[e]).max()) + 3) // 8) * 8
        q, e, at = torch.tensor(q, device=device), torch.tensor(e, device=device), torch.arange(width, device=device)[None]
        n, m = qn[q][:, None], en[e][:, None]
        asked, entry = (at >= 1) & (at <= n), (at >= n + 2) & (at < n + 2 + m)
        ids = torch.where(asked, questions[q].gather(1, (at - 1).clamp(0, QUESTION - 1).expand(len(q), -1)), SEP)
        ids = torch.where(entry, entries[e].gather(1, (at - n - 2).clamp(0, ENTRY - 1)), ids)
        ids[:, 0] = CLS
        if noise:  # one question in two has words covered
            some = (torch.rand(len(q), 1, device=device) < 0.5) & (torch.rand(ids.shape, device=device) < 0.12)
            ids = torch.where(asked & some, MASK, ids)
        return net.head(net(ids, ((at >= n + 2) & (at <= n + m + 2)).long(), at <= n + m + 2, True)[:, 0].float())[:, 0]

    net.fits = fits
    return net


def shown(pairs, i, rng):
    """Entries for question i, those that answer it first, and how many do."""
    others = np.argsort(-pairs.likes[i])
    others = others[~np.isin(others, pairs.right[i])]
    right = pairs.right[i] if len(pairs.right[i]) and rng.random() >= 0.1 else np.zeros(0, int)
    return np.concatenate([right, others[:3], rng.choice(others[3:12], 2, replace=False), rng.choice(others[12:], 1)]).astype(int), len(right)


def loss_of(net, pairs, batch, weight, rng, device):
    import torch

    chosen = [shown(pairs, i, rng) for i in batch]
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


def learn(lang, prepared, fold, out):
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(0)
    rng, pairs = np.random.default_rng(0), Pairs(prepared)
    net, train = net_for(lang, pairs, device), pairs.learnt(pairs.apart(fold))
    rate = torch.optim.AdamW([p for p in net.parameters() if p.requires_grad], lr=RATE, weight_decay=0.01)
    weight = (np.where(pairs.plain, 0.6, 1.0) * (60 / np.maximum(60, np.bincount(pairs.of)[pairs.of])) ** 0.5).astype(np.float32)
    steps, step, began = EPOCHS * -(-len(train) // BATCH), 0, time.time()
    for epoch in range(EPOCHS):
        mixed, batches, total = rng.permutation(train), [], 0
        for at in range(0, len(mixed), 12 * BATCH):  # questions of one length together
            some = mixed[at : at + 12 * BATCH]
            some = some[np.argsort(pairs.ql[some])]
            batches += [some[k : k + BATCH] for k in range(0, len(some), BATCH)]
        for b in rng.permutation(len(batches)):
            for g in rate.param_groups:
                g["lr"] = RATE * min(1, (step + 1) / 40) * max(0.02, 1 - step / steps)
            loss = loss_of(net, pairs, batches[b], weight, rng, device)
            rate.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1)
            rate.step()
            step, total = step + 1, total + loss.detach()
        print(f"epoch {epoch}: loss {total.item() / len(batches):.3f}, {time.time() - began:.0f} s", flush=True)
    print(f"fitsSaid {net.scale.item():.2f}, fitsFrom {-net.shift.item():.1f}")
    apart = np.flatnonzero(np.isin(pairs.of, pairs.apart(fold)))
    np.savez(out, **net.changes(), head_w=net.head.weight.detach().cpu().numpy().T, head_b=net.head.bias.detach().cpu().numpy(), apart=apart, **tell(net, pairs, apart))


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
    d = np.load(learnt)
    lora.part(folder(lang), {k: d[k] for k in d.files if k[0].isdigit()}, out, True, "fits", (d["head_w"], d["head_b"]))


if __name__ == "__main__":
    {f.__name__: f for f in (prepare, learn, order, told, part)}[sys.argv[1]](*sys.argv[2:])
