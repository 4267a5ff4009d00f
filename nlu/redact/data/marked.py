"""Makes of marked texts what learn.py learns from.

    PARLEY_MODELS=... PARLEY_DATA=... python nlu/redact/data/marked.py en /tmp/marked-en.npz

Needs numpy and tokenizers. It reads the sets of `parley eval redact`, the texts beside this file (texts/), made-up dialogues and questions of FAQs in which nothing is
private and, where PARLEY_DATA has it, a part of EVI (answers of real callers as a recogniser wrote them). Each marked text comes with ten that are changed: other values of the same
kind, said or written otherwise, slips of recognisers, no capitals, no marks, hesitations, another text before or behind it.

Per piece of a word: its number, the looks of the word as bits (lookOf of sense.go) and which word it is of (-1: what was said before). Per text: its set, whether
it is a changed one, and where it begins behind what was said before it.
"""
import csv, glob, gzip, json, os, random, re, sys
import numpy as np
from tokenizers import Tokenizer

LANG, OUT = sys.argv[1:3]
COPIES = int(sys.argv[3]) if len(sys.argv) > 3 else 10
HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../")
REPO = HERE + "../.."
INTERNAL, EXTRA, EVI = REPO + "/cmd/parley/internal/", HERE + "data/texts/", os.environ.get("PARLEY_DATA", "") + "/text/evi_even/"
R = random.Random(7)
FIRST, MOST_SAID, MOST_BEFORE, MOST_TEXT = [], 160, 64, 156
MISSED = 0.1  # the share of private parts that were not found when they were said, so that they are read with what comes next

tk = Tokenizer.from_file(os.environ["PARLEY_MODELS"] + f"/bge-small-{LANG}/tokenizer.json")
tk.no_padding(); tk.no_truncation()


def words(name):
    return set(open(HERE + "data/" + name, encoding="utf8").read().split())


def quoted(name, after):
    t = open(HERE + name, encoding="utf8").read()
    t = t[t.index(after):]
    return re.search(r"[(][`\"]([^`\"]*)[`\"]", t).group(1).split()


GIVEN, MORE = words("given.txt"), words("more.txt")
COMMON = set(gzip.open(HERE + "data/common.txt.gz", "rt", encoding="utf8").read().split()) | set(quoted("common.go", "late = setOf"))
DIGITS = set(quoted("sense.go", "digitWords = setOf"))
SURNAMES = {n for n in quoted("name.go", "surnames = strings.Fields") if len(n) == 1}
HAN_DIGITS = "零〇一二三四五六七八九幺两"


def look(text, start, end, pieces, who):
    """The looks of a word as bits. Order: sense.go."""
    w = text[start:end]
    low = w.lower()
    latin = all("a" <= c <= "z" for c in low)
    bits = [pieces > 1, low in DIGITS, all("0" <= c <= "9" for c in w), len(w) == 1 and w in HAN_DIGITS, len(w) == 1 and latin, w[0].isupper(),
            latin and low in GIVEN, latin and low in MORE, latin and len(w) > 2 and low not in COMMON, w in SURNAMES, not any(c.isalnum() for c in w),
            w[0].isupper() and start > 0, start == 0, end == len(text), who == "caller", who in ("agent", "bot")]
    return sum(1 << i for i, b in enumerate(bits) if b)


def cut(text, who):
    """[(ids, start, end, looks)] a word"""
    low = text.lower()
    if len(low) != len(text):
        low = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    e = tk.encode(low, add_special_tokens=False)
    out = []
    for i, w in enumerate(e.word_ids):
        if out and out[-1][0] == w:
            out[-1][1].append(e.ids[i]); out[-1][3] = e.offsets[i][1]
        else:
            out.append([w, [e.ids[i]], e.offsets[i][0], e.offsets[i][1]])
    return [(ids, s, t, look(text, s, t, len(ids), who)) for _, ids, s, t in out]


def marks(text, secrets):
    out, start = [], {}
    for s in secrets:
        k = text.index(s, start.get(s, 0))
        start[s] = k + len(s)
        out.append((k, k + len(s)))
    return sorted(out)


def masked(text, spans):
    out, at = "", 0
    for s, e in spans:
        if s < at:
            continue
        out += text[at:s] + "••"; at = e
    return out + text[at:]


class Turn:
    def __init__(self, who, text, spans, said=()):
        self.who, self.text, self.spans, self.said = who, text, spans, tuple(said)


def turns(line):
    d = json.loads(line)
    said, out = [], []
    for t in d.get("turns") or [d]:
        who, spans = t.get("who") or "", marks(t["text"], t.get("secrets") or [])
        out.append(Turn(who, t["text"], spans, said))
        said = said + [(who, masked(t["text"], [s for s in spans if R.random() > MISSED]))]
    return out


# --- values made again

EN = "zero one two three four five six seven eight nine".split()
ENVAL = {w: i for i, w in enumerate(EN)} | {"oh": 0, "o": 0, "nought": 0}
SLIP_EN = {"two": "to too tu", "four": "for fore", "eight": "ate hate", "one": "won wan want", "oh": "o 0 owe", "six": "sicks sex", "nine": "line mine nein", "three": "free tree", "five": "fife hive", "seven": "sven heaven", "zero": "hero", "double": "doubled dubble",
    "at": "add @ et", "dot": "dod dots", "com": "calm come", "flat": "flatt", "road": "rode", "street": "treat",
    **{letter: heard for letter, heard in zip("abcdefgijklmnopqrstuvwxyz", "hey be,bee see,sea de he eff gee eye jay kay,okay el em in,end owe pea cue,queue are,our ess tea,tee you we double-you ex why zed".split())}}
SLIP_EN = {w: heard.replace(",", " ").split() for w, heard in SLIP_EN.items()}
SLIP_ZH = {"幺": "要腰妖摇药一", "一": "以医衣", "七": "气起期其妻", "四": "似是市死事", "九": "久就酒", "八": "吧巴把爸", "零": "林灵领另0", "五": "无午舞武屋", "六": "溜柳路刘陆", "二": "而儿耳", "三": "山散伞", "两": "俩", "号": "好", "栋": "动洞", "室": "是",
    "单": "但", "元": "员", "楼": "漏", "幢": "撞", "弄": "农", "村": "存", "点": "店典", "艾": "爱", "特": "忒", "生": "声", "月": "越", "年": "念", "叉": "差插"}
MONTH = "january february march april may june july august september october november december".split()
NAME_ZH = "明华国建军志强伟芳娜秀英敏静丽艳娟涛磊洋勇杰峰超波斌辉刚健平宇浩轩子涵梓欣怡佳琪雨泽晨思远博文嘉豪俊熙诗雅婷雪梅兰桂珍玉凤霞红春花云飞龙海江山林森松柏清源晓东南北冬夏秋月星辰旭阳光耀天一乐然若曦语桐芷晴安宁康泰和顺祥瑞福贵荣昌盛兴旺德仁义礼智信忠孝廉毅恒彦哲翰墨书琴棋画意境淑贤慧惠倩茜蓉薇莎莲菊竹"
PLAIN_NUM = re.compile(r"^[\d\s,.\-–()+/*·]+$")


def kind(v):
    low = v.lower()
    if "@" in v or re.search(r"\bat\b.*\bdot\b|艾特|圈a", low) and ("dot" in low or "点" in v):
        return "mail"
    toks = re.findall(r"[a-z']+|\d+|[一-鿿]", low)
    num = [t for t in toks if t.isdigit() or t in ENVAL or t in DIGITS or t in HAN_DIGITS or t in ("triple", "treble", "plus", "hundred", "for", "to", "ate", "then", "um", "uh", "and")]
    if len(num) == len(toks) and sum(t.isdigit() or t in ENVAL or t in HAN_DIGITS or t in DIGITS for t in toks) >= 1:
        return "num"
    if re.search(r"\b(%s)\b|19[3-9]\d|年.*月|月.*[日号]" % "|".join(MONTH), low):
        return "birth"
    han = re.findall(r"[一-鿿]", v)
    if han and len(han) == len(v.replace("·", "")) and 1 <= len(han) <= 4 and not re.search(r"[号室楼栋路街弄层座]", v) and (v[0] in SURNAMES or len(han) > 1 and v[:2] in ("欧阳", "司马", "上官", "诸葛", "慕容", "令狐", "司徒", "闻人")):
        return "name"
    lw = low.replace("-", " ").split()
    if lw and len(lw) <= 4 and not any(c.isdigit() for c in v) and not han and (all(w.strip(".,'") in GIVEN | MORE for w in lw[:1]) or lw[0] in ("mr", "mrs", "ms", "dr")) and not (set(lw) & {"street", "road", "lane", "close", "avenue"}):
        return "name"
    if LANG == "en" and re.fullmatch(r"[A-Z][a-z'-]+( [A-Z]\.?)?( [A-Z][a-z'-]+){1,2}", v) and not (set(lw) & {"street", "road", "lane", "close", "avenue", "row", "mews", "gardens", "terrace", "way", "court", "school", "hill", "drive"}):
        return "name"
    if (any(c.isdigit() for c in v) or num) and len(toks) > 2 and (re.search(r"\b(street|st|road|rd|lane|close|avenue|ave|drive|court|way|place|terrace|flat|house|gardens|row|crescent|apartment|apt|unit|square|hill|mews|walk|grove)\b", low) or re.search(r"[路街巷弄室栋幢楼区院村镇]", v)):
        return "place"
    return "other"


def digit_again(c):
    return str(R.randrange(10)) if c.isdigit() else c


def spoken_en(ds):
    out, i, oh = [], 0, R.random() < 0.6
    many = R.random() < 0.7
    while i < len(ds):
        n = 1
        while i + n < len(ds) and ds[i + n] == ds[i]:
            n += 1
        w = "oh" if ds[i] == "0" and oh else EN[int(ds[i])]
        if n >= 2 and many:
            n = min(n, 3)
            out.append(("double " if n == 2 else R.choice(["triple ", "treble "])) + w)
        else:
            n = 1
            out.append(w)
        i += n
    if R.random() < 0.4:
        for k in range(3, len(out), R.choice([3, 4])):
            out[k - 1] += ","
    return " ".join(out)


def spoken_zh(ds):
    yao = R.random() < 0.7
    s = "".join("零幺二三四五六七八九"[int(d)] if yao or d != "1" else "一" for d in ds)
    if R.random() < 0.4:
        k = R.choice([3, 4, 4, 5, 6]); sep = R.choice([" ", "，", "，", " "])
        s = sep.join(s[i:i + k] for i in range(0, len(s), k))
    return s


def number_again(v):
    ds = re.sub(r"\D", "", v)
    if ds and PLAIN_NUM.match(v) and R.random() < 0.35:
        ds = "".join(map(digit_again, ds))
        if R.random() < 0.3:
            k = R.randrange(len(ds)); ds = ds[:k] + ds[k] + ds[k:] if len(ds) < 19 else ds
        return spoken_zh(ds) if LANG == "zh" else spoken_en(ds)

    def one(m):
        t = m.group(0)
        low = t.lower()
        if t.isdigit():
            return "".join(map(digit_again, t))
        if t in HAN_DIGITS:
            return R.choice("零幺一二三四五六七八九" if "幺" in v or "零" in v else "一二三四五六七八九")
        if low in ENVAL:
            w = R.choice(EN)
            w = "oh" if w == "zero" and ("oh" in v.lower() or R.random() < 0.5) else w
            return w.capitalize() if t[0].isupper() and len(t) > 1 else w
        tens = "twenty thirty forty fifty sixty seventy eighty ninety".split()
        return R.choice(tens) if low in tens else t
    v = re.sub(r"\d+|[零〇一二三四五六七八九幺]|[A-Za-z]+", one, v)
    if LANG == "en" and R.random() < 0.15 and re.fullmatch(r"[a-zA-Z ,]+", v):  # written instead
        ds = [str(ENVAL[w]) for w in re.findall(r"[a-z]+", v.lower()) if w in ENVAL]
        if len(ds) >= 3:
            k = R.choice([3, 4, 20]); s = "".join(ds)
            v = R.choice([" ", " ", ", ", "-"]).join(s[i:i + k] for i in range(0, len(s), k))
    return v


def slips(v):
    """As a recogniser mishears it: now and then one piece, now and then most."""
    often = R.choice((0.1, 0.2, 0.5))
    if LANG == "zh":
        return "".join(R.choice(SLIP_ZH[c]) if c in SLIP_ZH and R.random() < often else c for c in v)
    return re.sub(r"[a-z]+", lambda m: R.choice(SLIP_EN[m.group(0)]) if m.group(0) in SLIP_EN and R.random() < often else m.group(0), v)


POOL, LAST = {}, []


def name_again(v):
    if LANG == "zh":
        if R.random() < 0.3 and POOL.get("name"):
            return R.choice(POOL["name"])
        if not re.fullmatch(r"[一-鿿]{2,4}", v):
            return v
        sur = R.choice(FIRST) if R.random() < 0.9 else R.choice("欧阳 司马 上官 诸葛 慕容 令狐 夏侯 尉迟 皇甫 东方 端木".split())
        return sur + "".join(R.choice(NAME_ZH) for _ in range(2 if R.random() < 0.7 else 1))
    ws = v.split()
    title = ws[0].lower().strip(".") in ("mr", "mrs", "ms", "miss", "dr", "doctor")
    if len(ws) == 1 and not title and ws[0].lower() not in GIVEN | MORE:
        return v
    low = v == v.lower()
    out = []
    for i, w in enumerate(ws):
        bare = w.strip(".,")
        if i == 0 and title or len(bare) <= 1:
            out.append(w); continue
        x = R.choice(LAST) if i > 0 or title else R.choice(GIVENS if R.random() < 0.5 else MORES)
        if bare.lower().endswith("'s"):
            x += "'s"
        out.append(x if low else x.title())
    return " ".join(out)


def again(v):
    k = kind(v)
    if k == "num":
        v = number_again(v)
        return slips(v) if R.random() < 0.3 else v
    if k == "name" and R.random() < 0.8:
        return name_again(v)
    if k in ("mail", "place", "birth"):
        if R.random() < 0.5 and POOL.get(k):
            v = R.choice(POOL[k])
        v = re.sub(r"\d", lambda m: digit_again(m.group(0)) if R.random() < 0.7 else m.group(0), v)
        if LANG == "zh" and R.random() < 0.6:
            v = re.sub(r"[二三四五六七八九]", lambda m: R.choice("二三四五六七八九"), v)
        return slips(v) if R.random() < 0.15 else v
    if k == "other":
        return re.sub(r"\d", lambda m: digit_again(m.group(0)) if R.random() < 0.7 else m.group(0), v)
    return v


def rebuilt(t, value, between):
    """t with each marked part through value and the rest through between."""
    text, spans, at = "", [], 0
    for s, e in t.spans:
        if s < at:
            continue
        text += between(t.text[at:s])
        v = value(t.text[s:e])
        spans.append((len(text), len(text) + len(v)))
        text += v
        at = e
    return Turn(t.who, text + between(t.text[at:]), spans, t.said)


FILL = {"en": ["um ", "uh ", "er, ", "like ", "so "], "zh": ["呃", "那个", "嗯", "就是"]}[LANG]


def noisy(t):
    p = R.random()
    if p < 0.25:
        t = rebuilt(t, str.lower, str.lower)
    if LANG == "en" and 0.1 < p < 0.35:  # as a recogniser writes: no marks
        strip = lambda s: re.sub(r"(?<=\w)[,.;!?](?=\s|$)", "", s)
        t = rebuilt(t, lambda v: re.sub(r",(?=\s)", "", v), strip)
        t.spans = [(s, e) for s, e in t.spans if e > s]
    if LANG == "zh" and 0.1 < p < 0.35:
        t = rebuilt(t, lambda v: v.replace("，", "").replace("、", "") if R.random() < 0.7 else v, lambda s: re.sub("[，。？！、]", "" if R.random() < 0.7 else " ", s))
    if R.random() < 0.12:
        fill = R.choice(FILL)
        if LANG == "en":
            t = rebuilt(t, lambda v: v, lambda s: re.sub(r"(?<= )(?=\w)", lambda m: fill if R.random() < 0.12 else "", s))
        else:
            t = rebuilt(t, lambda v: v, lambda s: (fill + s) if len(s) > 2 and R.random() < 0.3 else s)
    if R.random() < 0.12:  # words that are not heard, or twice
        piece = r"[A-Za-z']+ " if LANG == "en" else "[一-鿿]"
        t = rebuilt(t, lambda v: v, lambda s: re.sub(piece, lambda m: m.group(0) * R.choice((0, 2)) if R.random() < 0.08 else m.group(0), s))
    if R.random() < 0.3:
        t = rebuilt(t, lambda v: v, lambda s: re.sub(r"\d+", lambda m: m.group(0) if re.match(r"(19|20)\d\d$|0", m.group(0)) else "".join(map(digit_again, m.group(0))), s))
    return t


def changed(t, other):
    t = rebuilt(t, lambda v: again(v) if R.random() < 0.8 else v, lambda s: s)
    if t.said and R.random() < 0.15 and len(t.text) > (24 if LANG == "en" else 9):
        t = Turn(t.who, t.text, t.spans, t.said[:-1] if R.random() < 0.5 else ())
    if not t.said and R.random() < 0.12 and not other.said:
        sep = " " if LANG == "en" else R.choice(["，", "。", ""])
        text = t.text.rstrip() + sep
        t = Turn(t.who or other.who, text + other.text, t.spans + [(s + len(text), e + len(text)) for s, e in other.spans])
    elif not t.said and R.random() < 0.15:  # behind something of no concern
        t = Turn(t.who, t.text, t.spans, [(other.who or R.choice(["agent", "caller"]), masked(other.text, other.spans))])
    if R.random() < 0.15:
        t = Turn("" if t.who else R.choice(["caller", "caller", "agent"]) if not t.spans else "caller", t.text, t.spans, t.said)
    return noisy(t)


def tidy(t):
    """Marked parts do not begin or end in a mark or a space."""
    t.spans = [(s, e) for s, e in t.spans if t.text[s:e].strip()]
    return t


# --- sources

def read(path):
    return [line for line in open(path, encoding="utf8").read().split("\n") if line.strip()]


sets, names = [], []
for p in sorted(glob.glob(INTERNAL + f"evalnlu/testdata/{LANG}-*.jsonl")) + sorted(glob.glob(EXTRA + f"{LANG}-*.jsonl")):
    got = []
    for n, line in enumerate(read(p)):
        try:
            got += turns(line)
        except (ValueError, KeyError) as e:
            print("left out", p, n + 1, e)
    names.append(os.path.basename(p)[:-6]); sets.append(got)

for got in sets:
    for t in got:
        for s, e in t.spans:
            POOL.setdefault(kind(t.text[s:e]), []).append(t.text[s:e])
FIRST += sorted(SURNAMES)
GIVENS, MORES = sorted(GIVEN), sorted(MORE)
LAST += [w.lower() for v in POOL.get("name", []) for w in v.split()[1:]] if LANG == "en" else []

private = re.compile(r"\d{4}|[Mm]y name|[Tt]his is|I'm [A-Z]|叫|姓|是[^，。]{2,3}[，。]")
plain = []
for path in sorted(glob.glob(INTERNAL + f"evalassist/testdata/*.{LANG}/dialogues.jsonl")):
    for line in read(path):
        said = []
        for t in json.loads(line)["turns"]:
            if not private.search(t["text"]):
                plain.append(Turn(t["who"], t["text"], [], said))
            said = said + [(t["who"], t["text"])]
faq = []
maybe = re.compile(r"[A-Z][a-z]+" if LANG == "en" else r"叫|姓")
for path in sorted(glob.glob(REPO + f"/knowledge/testdata/hard/*.{LANG}.txt")):
    for line in read(path):
        if line[:2] not in ("? ", ". "):
            continue
        q = line[2:].strip()
        ws = re.findall(r"[A-Za-z']+", q)
        if LANG == "en" and any(w.lower() in GIVEN and w.lower() not in ("may", "will", "grace", "mark", "april", "june", "jack", "bill", "art", "rose", "sue", "pat", "drew", "frank", "guy") for w in ws) or LANG == "zh" and maybe.search(q) or re.search(r"\d{4}", q):
            continue
        faq.append(Turn("caller" if R.random() < 0.8 else "", q, []))
R.shuffle(faq); R.shuffle(plain)
faq, plain = faq[:2200], plain[:1500]

evi = []
if LANG == "en" and os.path.exists(EVI):
    ASK = {"postcode": ["What's your postcode, please?", "And the postcode?", "Could you give me your postcode?", "Sorry, your postcode again?", "What is the post code at your address?"],
           "name": ["Can I take your full name?", "And your name, please?", "What's the first and last name?", "Who am I speaking to?"],
           "dob": ["What is your date of birth?", "And when were you born?", "Date of birth, please.", "Could you confirm your date of birth?"]}
    carrier = set("it's its it is my the name post code postcode yes yeah um uh so okay ok sorry no hi hello full date of birth first last surname and that's that i was born on i'm a sure please thank you thanks again said repeat am called would be".split()) - {"a"}
    rows = list(csv.DictReader(open(EVI + "dialogues.tsv", encoding="utf8"), delimiter="\t"))
    R.shuffle(rows)
    for r in rows:
        text = r["transcription"] if R.random() < 0.6 else R.choice(json.loads(r["nbest"]) or [r["transcription"]])
        text = text.strip()
        ws = text.split()
        if not ws or len(ws) > 14 or r["item"] not in ASK:
            continue
        a, b = 0, len(ws)
        while a < b and ws[a].lower().strip(".,") in carrier: a += 1
        while b > a and ws[b - 1].lower().strip(".,") in carrier: b -= 1
        inner = ws[a:b]
        if a == b or any(w.lower() in ("what", "why", "not", "don't", "correct", "wrong", "help", "pardon", "agent", "speak", "bye", "goodbye", "know", "is", "my") for w in inner):
            continue
        s = len(" ".join(ws[:a])) + (1 if a else 0)
        v = " ".join(inner)
        evi.append(Turn("caller", " ".join(ws), [(s, s + len(v))], [("agent", R.choice(ASK[r["item"]]))] if R.random() < 0.85 else []))
        if r["item"] == "name" and len(inner) == 2 and all(w.isalpha() for w in inner):
            LAST.append(inner[1].lower())
        if len(evi) >= 900:
            break

# --- samples

ids, looks, word, lens, label, nwords, owner, fresh, second, wlen = [], [], [], [], [], [], [], [], [], []


def add(t, number, again_):
    tidy(t)
    said, left, before = [], MOST_SAID, []
    for who, text in reversed(t.said):
        text = text.strip()[-left:] if left > 0 else ""
        if not text:
            break
        left -= len(text) + 1
        said.append((who, text))
    for who, text in reversed(said):
        before += [(i, l) for piece, _, _, l in cut(text, who) for i in piece]
    before = before[-MOST_BEFORE:]
    line, at = [(101, 0, -1)] + [(i, l, -1) for i, l in before] + [(102, 0, -1)], 0
    start = len(line)
    inside = np.zeros(len(t.text) + 1, bool)
    for s, e in t.spans:
        inside[s:e] = True
    span_of = np.full(len(t.text) + 1, 0)
    for k, (s, e) in enumerate(t.spans):
        span_of[s:e] = k + 1
    marked = []
    for piece, s, e, l in cut(t.text, t.who):
        if len(line) + len(piece) - start > MOST_TEXT:
            break
        line += [(i, l, at) for i in piece]
        marked.append(int(span_of[s:e].max()) if inside[s:e].any() else 0)
        wlen.append(len(t.text[s:e].encode()))
        at += 1
    if not at:
        return
    line.append((102, 0, -1))
    ids.extend(i for i, _, _ in line); looks.extend(l for _, l, _ in line); word.extend(w for _, _, w in line)
    lens.append(len(line)); label.extend(marked); nwords.append(at); owner.append(number); fresh.append(again_); second.append(start)


every = [t for got in sets for t in got]
for n, got in enumerate(sets):
    for t in got:
        add(t, n, 0)
        for _ in range(COPIES if t.spans else max(1, COPIES * 2 // 3)):
            add(changed(t, R.choice(every) if R.random() < 0.6 else R.choice(faq)), n, 1)
for extra, name in ((plain, "plain"), (faq, "faq"), (evi, "evi")):
    names.append(name)
    for t in extra:
        add(noisy(t) if R.random() < 0.3 else t, len(names) - 1, 0)
np.savez_compressed(OUT, ids=np.array(ids, np.uint16), looks=np.array(looks, np.uint16), word=np.array(word, np.int16), lens=np.array(lens, np.int32), label=np.array(label, np.uint8),
                    wlen=np.array(wlen, np.uint8), nwords=np.array(nwords, np.int32), owner=np.array(owner, np.uint8), fresh=np.array(fresh, np.uint8), second=np.array(second, np.uint8), names=np.array(names))
print(LANG, {n: int(sum(1 for o, f in zip(owner, fresh) if names[o] == n and not f)) for n in names}, "samples", len(lens), "tokens", len(ids), {k: len(v) for k, v in POOL.items()})
