"""Fit the weights of score.case (data/words.yaml) and show what its bars (data/escalation.yaml) come to. After what
assist/concern has learnt, the words or the dialogues of testdata have changed:

    # parts that have not read the newest batches, as BATCH.en.onnxpart and BATCH.zh.onnxpart in /tmp/features: assist/concern/learn.py
    PARLEY_FEATURES=/tmp/features go test ./assist/rules -run TestDumpCase    # with the embedding models
    python assist/rules/fit.py /tmp/features/case.jsonl                      # needs numpy

Copy the printed line into words.yaml, choose the bars of the caller's and the agent's turns and the numbers of "wait" from the table,
put them into escalation.yaml, and run go test ./assist/rules. To take in new dialogues, add BATCH_en.txt and BATCH_zh.txt to testdata and
BATCH to TestDialogues; when they have been measured once they can be learnt from.

Every batch is judged by a part that has not read it (TestDumpCase) and by weights fitted to the other batches. The
figures are of first firings, as in "parley eval escalation". Batches are those of testdata, written to be hard, half of them to be
escalated; sets of the agent desk in which many are to be escalated are one batch more, the others, nearly all ordinary calls, are judged in two halves and stand in the table as one: how many of them alarm.
"""

import collections
import itertools
import json
import pathlib
import re
import sys

import numpy as np

HERE = pathlib.Path(__file__).parent
LATE = 2  # turns after the labelled one that a firing still counts
PENALTY = 0.02
PRECISION, RECALL, ALARMED = 0.85, 0.80, 0.05  # what is wanted, the last of ordinary calls: what falls short of them by least comes first
DESK, MIXED = ("desk 0", "desk 1"), "mixed"
ORDINARY = 2  # what a turn of theirs counts when weights are fitted
BARS = dict(bar=(-1.0, 0.0, 1.0), case=(-1.0, 0.0, 0.5, 1.0), at_once=(5.0, 6.0), reply=(1.1, 2.0, 2.5, 3.0), next=(1.0, 1.5, 2.0))

# name, what it is in a rule file, sign that its weight must have
FEATURES = [
    ("said", "case.said", 1), ("sustained", "case.sustained", 1), ("recent", "case.recent", 1),
    ("demand", "capped(said.manager + said.person, 1.0)", 1),
    ("threat", "capped(said.regulator + said.legal + said.press + said.violence + said.complaint, 1.0)", 1),
    ("danger", "capped(said.safety + said.selfharm + said.fraud + said.privacy + said.discrimination, 1.0)", 1),
    ("distress", "capped(said.distress, 1.0)", 1), ("strong", "capped(said.judgement + said.insult + said.emotion, 1.5)", 1),
    ("heat", "capped(score.heat, 3.0)", 1), ("more", "-capped(-turn.more, 0.0)", 1), ("thanks", "(said.thanks + said.pleased)", -1),
    ("calm", "said.calm", -1), ("amused", "said.amused", -1), ("others", "(said.others + said.elsewhere)", -1),
]


def value(expr, values):
    names = re.sub(r"[a-z]+\.[a-z_0-9]+", lambda m: f"v[{m[0]!r}]", expr)
    return eval(names, {"v": values, "capped": min})  # the expressions above


def read(path):
    """The turns of each dialogue by batch, language and name."""
    dialogues = collections.defaultdict(list)
    for line in open(path, encoding="utf8"):
        r = json.loads(line)
        if r["who"] == "caller":
            r["x"] = np.array([value(e, r["values"]) for _, e, _ in FEATURES])
        dialogues[r["batch"], r["lang"], r["dialogue"]].append(r)
    alarms = collections.defaultdict(list)  # by set
    for (batch, lang, _), rows in dialogues.items():
        alarms[batch, lang].append(rows[0]["at"] >= 0)

    def part(batch, lang):
        """The batch, which of a set of the agent desk is a half of the ordinary ones, or the mixed ones."""
        if (HERE / f"testdata/{batch}_{lang}.txt").exists():
            return batch
        return MIXED if np.mean(alarms[batch, lang]) > 0.2 else DESK[sum(map(ord, batch)) % 2]

    return {(part(batch, lang), lang, name): rows for (batch, lang, name), rows in dialogues.items()}


def examples(dialogues, batches):
    """The turns to learn from, and what each counts: those to escalate at, and all of dialogues without one."""
    x, y, counts = [], [], []
    for (batch, _, _), rows in dialogues.items():
        for r in rows:
            if batch in batches and "x" in r and (r["at"] < 0 or r["turn"] == r["at"]):
                x.append(r["x"])
                y.append(r["at"] >= 0)
                counts.append(ORDINARY if batch in DESK else 1)
    return np.array(x), np.array(y, float), np.array(counts)


def fit(x, y, counts):
    """Logistic regression, both outcomes counting alike, weights of the wrong sign held at 0."""
    sign = np.array([s for _, _, s in FEATURES])
    scale = np.maximum(x.std(0), 1e-6)
    z = x / scale
    worth = counts * np.where(y == 1, 0.5 / (counts * y).sum(), 0.5 / (counts * (1 - y)).sum())
    w, b = np.zeros(x.shape[1]), 0.0
    for _ in range(6000):
        d = (1 / (1 + np.exp(-(z @ w + b))) - y) * worth
        w = w - 0.5 * (z.T @ d + PENALTY / len(w) * w)
        w = np.where(w * sign < 0, 0, w)
        b -= 0.5 * d.sum()
    return w / scale, b


# Rules that read between the lines, which need more of a second look than what the caller says in so many words.
GUESSES = {"grave": "bar", "upset": "bar", "case": "case"}  # and which of BARS it has


def gates():
    """The second look of each rule: the least score.case, None for a rule that has none; and the rules that wait."""
    out, wait = {}, set()
    for rule in (HERE / "data/escalation.yaml").read_text(encoding="utf8").split("  - id: ")[1:]:
        m = re.search(r"!case\.known \|\| score\.case >= ([-\d.]+)", rule)
        out[rule.split()[0]] = float(m[1]) if m else None
        if "\n    wait: true" in rule:
            wait.add(rule.split()[0])
    return out, wait


def first(rows, scores, of, wait, w):
    """The turn of the first firing: w has the bars of GUESSES and the numbers of wait."""
    kept = None  # the score of the caller's turn at which something began to wait
    for r, s in zip(rows, scores):
        if s is None:
            if r["fired"] or kept is not None and kept + r["values"]["case.said"] >= w["reply"]:
                return r["turn"]
            continue
        if kept is not None and s >= w["next"]:
            return r["turn"]
        fires = [f for f in r["fired"] if (s >= w[GUESSES[f]] if f in GUESSES else of[f] is None or s >= of[f])]
        if fires and (s >= w["at_once"] or any(f not in wait for f in fires)):
            return r["turn"]
        kept = s if fires else None
    return rows[-1]["turn"] if kept is not None and scores[-1] is not None else None  # nobody replies to it


def judge(dialogues, scores, of, wait, w, keys):
    fired = right = due = 0
    lead = []
    for k in keys:
        rows = dialogues[k]
        at, turn = rows[0]["at"], first(rows, scores[k], of, wait, w)
        due += at >= 0
        fired += turn is not None
        if at >= 0 and turn is not None and turn <= at + LATE:
            right += 1
            lead.append(at - turn)
    return right / max(1, fired), right / max(1, due), float(np.mean(lead)) if lead else 0.0


def table(dialogues, scores, of, wait, batches):
    """Print the best settings: share of ordinary calls alarmed, precision and recall over all batches together, and of each."""
    keys = {b: [k for k in dialogues if k[0] == b] for b in batches if b not in DESK}
    hard, calm = sum(keys.values(), []), [k for k in dialogues if k[0] in DESK and dialogues[k][0]["at"] < 0]
    told = []
    for w in itertools.product(*BARS.values()):
        w = dict(zip(BARS, w))
        p, r, _ = judge(dialogues, scores, of, wait, w, hard)
        alarmed = sum(first(dialogues[k], scores[k], of, wait, w) is not None for k in calm) / max(1, len(calm))
        told.append((min(p - PRECISION, 0) + min(r - RECALL, 0) + 5 * min(ALARMED - alarmed, 0) + (p + r) / 10, alarmed, w))
    print("  ".join(BARS) + "  ordinary  all             " + "".join(f"{b:>16}" for b in keys))
    for _, alarmed, w in sorted(told, key=lambda t: -t[0])[:20]:
        rows = [judge(dialogues, scores, of, wait, w, k) for k in [hard, *keys.values()]]
        print("  ".join(f"{v:4.2f}" for v in w.values()) + f"  {alarmed:.3f}  " + "".join(f" {p:.3f} {r:.3f} {l:4.1f}" for p, r, l in rows))


def main():
    dialogues, (of, wait) = read(sys.argv[1]), gates()
    batches = sorted({k[0] for k in dialogues}, key=list(dict.fromkeys(k[0] for k in dialogues)).index)
    scores = {}
    for b in batches:
        w, bias = fit(*examples(dialogues, [o for o in batches if o != b]))
        for k, rows in dialogues.items():
            if k[0] == b:
                scores[k] = [float(r["x"] @ w + bias) if "x" in r else None for r in rows]
    table(dialogues, scores, of, wait, batches)
    w, bias = fit(*examples(dialogues, batches))
    print('\n    is: "' + " + ".join(f"{round(v, 3)} * {e}" for v, (_, e, _) in zip(w, FEATURES) if round(v, 3)).replace("+ -", "- ") + f' {"+" if bias >= 0 else "-"} {abs(round(bias, 3))}"')


if __name__ == "__main__":
    main()
