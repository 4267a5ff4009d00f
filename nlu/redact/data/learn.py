"""Learns data/head-en.bin and data/head-zh.bin: the linear heads of Sense.

    pip install onnxruntime tokenizers scikit-learn
    PARLEY_MODELS=... python nlu/redact/data/learn.py            # learns from all sets and writes the heads
    PARLEY_MODELS=... python nlu/redact/data/learn.py --judge    # tells how each set is read by heads learnt from the others

It reads the marked texts of cmd/parley/internal/evalnlu/testdata and, as texts in which nothing is private, the made-up
dialogues of cmd/parley/internal/evalassist/testdata. What it tells of a word is what sense.go tells of it, in the same order.
"""
import glob
import gzip
import json
import os
import re
import sys

import numpy as np
import onnxruntime
from sklearn.linear_model import LogisticRegression
from tokenizers import Tokenizer

HERE = os.path.dirname(os.path.abspath(__file__))
INTERNAL = os.path.join(HERE, "../../../cmd/parley/internal")
STRENGTH = 0.1  # of the penalty, inverse


def words(name):
    with open(os.path.join(HERE, name), encoding="utf8") as f:
        return set(f.read().split())


def quoted(name, after):
    """The words of a Go string behind `after`."""
    with open(os.path.join(HERE, "..", name), encoding="utf8") as f:
        text = f.read()
    text = text[text.index(after):]
    return re.search(r"[(][`\"]([^`\"]*)[`\"]", text).group(1).split()


GIVEN, MORE = words("given.txt"), words("more.txt")
COMMON = set(gzip.open(os.path.join(HERE, "common.txt.gz"), "rt", encoding="utf8").read().split()) | set(quoted("common.go", "late = setOf"))
DIGITS = set(quoted("sense.go", "digitWords = setOf"))
SURNAMES = {n for n in quoted("name.go", "surnames = strings.Fields") if len(n) == 1}
HAN_DIGITS = "零〇一二三四五六七八九幺两"


def look(text, start, end, pieces):
    w = text[start:end]
    low = w.lower()
    latin = all("a" <= c <= "z" for c in low)
    return [
        pieces > 1, low in DIGITS, all("0" <= c <= "9" for c in w), len(w) == 1 and w in HAN_DIGITS, len(w) == 1 and latin, w[0].isupper(),
        latin and low in GIVEN, latin and low in MORE, latin and len(w) > 2 and low not in COMMON, w in SURNAMES, not any(c.isalnum() for c in w), w[0].isupper() and start > 0,
        start == 0, end == len(text),
    ]


class Model:
    def __init__(self, lang):
        folder = os.path.join(os.environ["PARLEY_MODELS"], "bge-small-" + lang)
        self.cut = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
        self.cut.no_padding()
        self.cut.no_truncation()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.run = onnxruntime.InferenceSession(os.path.join(folder, "model.onnx"), options)

    def read(self, before, text):
        """The state, the looks and the place of each word of text."""
        e = self.cut.encode(before, text)
        given = {"input_ids": e.ids, "attention_mask": [1] * len(e.ids), "token_type_ids": e.type_ids}
        last = self.run.run(None, {i.name: np.array([given[i.name]], np.int64) for i in self.run.get_inputs()})[0][0]
        groups = []
        for i, seq in enumerate(e.sequence_ids):
            if seq != 1:
                continue
            if groups and groups[-1][0] == e.word_ids[i]:
                groups[-1][1].append(i)
            else:
                groups.append((e.word_ids[i], [i]))
        if not groups:
            return None
        at = [(e.offsets[g[0]][0], e.offsets[g[-1]][1]) for _, g in groups]
        states = np.stack([last[g].mean(0) for _, g in groups])
        seen = np.array([look(text, s, t, len(g)) for (s, t), (_, g) in zip(at, groups)], np.float32)
        return features(states, seen), at


def shifted(x, n):
    out = np.zeros_like(x)
    if n > 0:
        out[n:] = x[:-n]
    else:
        out[:n] = x[-n:]
    return out


def features(states, seen):
    return np.concatenate([states, 0.5 * shifted(states, 1), 0.5 * shifted(states, -1),
                           seen, shifted(seen, 1), shifted(seen, -1), shifted(seen, 2), shifted(seen, -2)], 1).astype(np.float32)


def marked(text, secrets):
    """Which characters are private, and the text without them."""
    out, start = np.zeros(len(text), bool), {}
    for s in secrets:
        k = text.index(s, start.get(s, 0))
        start[s] = k + len(s)
        out[k:k + len(s)] = True
    open_, last = "", False
    for c, m in zip(text, out):
        open_ += "" if m and last else "••" if m else c
        last = m
    return out, open_


def turns(lines):
    for line in lines:
        if not line.strip():
            continue
        d = json.loads(line)
        said = ""
        for t in d.get("turns") or [d]:
            private, open_ = marked(t["text"], t.get("secrets") or [])
            yield said, t["text"], private
            said = (said + " " + open_).strip()[-160:]


def learnt_from(model, lines):
    out = []
    for said, text, private in turns(lines):
        r = model.read(said, text)
        if r:
            out.append((r[0], np.array([private[s:e].any() for s, e in r[1]]), r[1], text))
    return out


def lines_of(path):
    with open(path, encoding="utf8") as f:
        return f.read().split("\n")


def plain(lang):
    """Turns of made-up dialogues in which nothing private is said."""
    private = re.compile(r"\d{4}|[Mm]y name|[Tt]his is|I'm [A-Z]|叫|姓|是[^，。]{2,3}[，。]")
    for path in sorted(glob.glob(os.path.join(INTERNAL, f"evalassist/testdata/*.{lang}/dialogues.jsonl"))):
        for line in lines_of(path):
            if line.strip():
                d = json.loads(line)
                d["turns"] = [t for t in d["turns"] if not private.search(t["text"])]
                yield json.dumps(d)


def fit(rows):
    return LogisticRegression(C=STRENGTH, max_iter=400).fit(np.concatenate([r[0] for r in rows]), np.concatenate([r[1] for r in rows]))


def judge(head, rows, bar):
    """Of the private words the share that is found, and of those found the share that is private."""
    right = found = wanted = 0
    for x, y, _, _ in rows:
        p = head.predict_proba(x)[:, 1] >= bar
        right, found, wanted = right + (p & y).sum(), found + p.sum(), wanted + y.sum()
    return right / max(1, wanted), right / max(1, found)


for lang in ("en", "zh"):
    model = Model(lang)
    sets = {p: learnt_from(model, lines_of(p)) for p in sorted(glob.glob(os.path.join(INTERNAL, f"evalnlu/testdata/{lang}-*.jsonl")))}
    rest = learnt_from(model, plain(lang))
    print(lang, {os.path.basename(p): len(r) for p, r in sets.items()}, "plain", len(rest))
    if "--judge" in sys.argv:
        for left in sets:
            head = fit(rest + [r for p, rows in sets.items() if p != left for r in rows])
            print(os.path.basename(left), *("%.2f: %.3f/%.3f" % (bar, *judge(head, sets[left], bar)) for bar in (0.5, 0.8, 0.9, 0.95)))
        continue
    head = fit(rest + [r for rows in sets.values() for r in rows])
    np.concatenate([head.coef_[0], head.intercept_]).astype("<f4").tofile(os.path.join(HERE, f"head-{lang}.bin"))
