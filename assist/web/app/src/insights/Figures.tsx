// The figures: value, interval and sample size, the change since the earlier period, and what each means.
import { Popover } from 'antd';
import { Link } from 'wouter';
import { useLang, useWords } from '../parts/i18n';
import { number } from '../parts/time';
import { between, signed, verdict, write, type Figure, type Unit, type Value } from './model';
import w from './words';

export function useFigureName() {
  const lang = useLang();
  return (f: Figure) => (lang === 'zh' ? f.name_zh : f.name_en);
}

export function Machine() {
  const t = useWords(w);
  return <span className="tag" title={t.machineWhat}>{t.machine}</span>;
}

function Meaning({ f }: { f: Figure }) {
  const t = useWords(w), lang = useLang();
  return (
    <div className="in-meaning">
      <p>{lang === 'zh' ? f.definition_zh : f.definition_en}</p>
      <p><strong>{t.formula}</strong> <span className="mono">{f.formula}</span></p>
      {f.worked && <p><strong>{t.worked}</strong> <span className="mono">{f.worked}</span></p>}
      {f.machine && <p className="soft">{t.machineWhat}</p>}
    </div>
  );
}

// Sure is how sure a value is: its interval and of how many calls it is.
export function Sure({ v, unit = 'share', currency }: { v: Value; unit?: Unit; currency?: string }) {
  const t = useWords(w), range = between(v, unit, currency);
  return <span className="faint num in-sure">{range && <span title={t.range}>{range}</span>} {t.n(number(v.n))}</span>;
}

function Move({ f }: { f: Figure }) {
  const t = useWords(w), v = verdict(f);
  if (!f.before || f.before.value === null) return null;
  const up = (f.change?.value ?? 0) > 0;
  return <p className={`in-move ${v}`}>{t.before(write(f.before.value, f.unit, t.none, f.currency))}{f.unit !== 'count' && ` ${t.n(number(f.before.n))}`}{f.change && f.change.value !== 0 && <>{' '}<span className="in-verdict" title={t.difference}>{signed(f.change, f.unit, t.points, f.currency)}</span></>}{f.change && <>{' '}<span className="in-verdict">{v === 'none' || v === 'chance' ? '≈' : up ? '▲' : '▼'} {t.verdict[v]}</span></>}</p>;
}

function Card({ f }: { f: Figure }) {
  const t = useWords(w), name = useFigureName()(f), range = between(f, f.unit, f.currency);
  return (
    <li className="in-card">
      <h3><Popover trigger={['hover', 'focus']} content={<Meaning f={f} />}><button type="button" className="plain in-name" aria-label={`${name}. ${t.definition}`}>{name}</button></Popover>{f.machine && <Machine />}</h3>
      <p className="in-value"><Link href={`/insights/calls?${f.calls_query}`} aria-label={`${t.openCalls(name)}: ${write(f.value, f.unit, t.none, f.currency)}`}>{write(f.value, f.unit, t.none, f.currency)}</Link></p>
      <p className="in-range">{range && <span title={t.range}>{range}</span>} {f.unit !== 'count' && <span>{t.n(number(f.n))}</span>}{f.unknown > 0 && <span className="faint"> · {t.unknown(number(f.unknown))}</span>}</p>
      <Move f={f} />
    </li>
  );
}

export function Figures({ all }: { all: Figure[] }) {
  const t = useWords(w);
  return <section aria-label={t.figures}><h2 className="sr">{t.figures}</h2><ul className="in-cards">{all.map(f => <Card key={f.id} f={f} />)}</ul></section>;
}
