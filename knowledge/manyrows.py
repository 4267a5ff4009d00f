"""Write a made-up FAQ of N rows as CSV, two thirds of it in English, the rest in Chinese, for trying large imports.

    python knowledge/manyrows.py 100000 > many.csv
"""

import csv
import random
import sys

THINGS = """kettle toaster drill lamp bicycle suitcase laptop phone camera printer jacket sofa mattress heater fan blender
router watch guitar tent pushchair mower freezer oven desk mirror carpet scooter helmet monitor speaker keyboard""".split()
MAKES = "Aldon Brixel Corvane Dunmore Elvas Fintry Garrow Holm Istra Jasko Kelder Lunde Morven Nordal Orrin Pell".split()
TOWNS = """Ashby Barrow Colne Derwen Elgin Fairlie Garston Hythe Ilford Jarrow Kendal Leigh Malton Nairn Oakham Penrith Ripon
Selby Thirsk Ulverston Ventnor Whitby Yarm Stroud""".split()
EN = [
    ("How long is the {m} {t} model {n} guaranteed in {o}?", "The {m} {t} {n} is guaranteed for {a} months; the shop in {o} repairs it within {b} days."),
    ("Can I return a {m} {t} {n} to the {o} branch?", "Yes, unopened and within {a} days. The {o} branch refunds it to the card you paid with."),
    ("What does it cost to have the {m} {t} {n} delivered to {o}?", "Delivery to {o} costs {a} pounds and takes {b} working days."),
    ("Where do I get spare parts for the {t} {n} by {m} near {o}?", "Parts are kept in {o} for {b} years. Order them by the number {a}-{n}."),
    ("Is the {m} {t} {n} in stock in {o}?", "There were {a} of them this morning. {o} can put one aside for {b} days."),
    ("Who fits a {m} {t} {n} at my house in {o}?", "Our fitters come to {o} on weekdays. It takes {b} hours and costs {a} pounds."),
]
ZH_THINGS = "水壶 烤箱 电钻 台灯 自行车 行李箱 电脑 手机 相机 打印机 外套 沙发 床垫 取暖器 风扇 路由器 手表 吉他 帐篷 冰箱".split()
ZH_TOWNS = "临江 永和 新港 南岭 东湖 青山 白沙 海安 长宁 平乐 云溪 金川 石桥 松林 梅园 柳河".split()
ZH = [
    ("{o}的{m}牌{t}{n}保修多久？", "{m}牌{t}{n}保修{a}个月，{o}门店{b}天内修好。"),
    ("{m}牌{t}{n}可以在{o}退货吗？", "可以，未拆封且在{a}天以内，{o}门店退到原付款卡。"),
    ("把{m}牌{t}{n}送到{o}要多少钱？", "送到{o}运费{a}元，需要{b}个工作日。"),
    ("{o}哪里能买到{m}牌{t}{n}的配件？", "{o}的配件库保留{b}年，请报编号{a}-{n}。"),
]


def main(rows):
    rng, seen = random.Random(7), set()
    out = csv.writer(sys.stdout)
    out.writerow(["question", "answer", "lang"])
    while len(seen) < rows:
        lang, sets, things, towns = ("zh", ZH, ZH_THINGS, ZH_TOWNS) if rng.random() < 1 / 3 else ("en", EN, THINGS, TOWNS)
        q, a = rng.choice(sets)
        words = dict(m=rng.choice(MAKES), t=rng.choice(things), o=rng.choice(towns), n=rng.randrange(100, 999), a=rng.randrange(3, 90), b=rng.randrange(2, 12))
        q, a = q.format(**words), a.format(**words)
        if q not in seen:
            seen.add(q)
            out.writerow([q, a, lang])


if __name__ == "__main__":
    main(int(sys.argv[1]))
