// How well calls were recognised, from what reviewers corrected, and the words to tell the recogniser of each route.
import { useQuery } from '@tanstack/react-query';
import { App, Button, Select } from 'antd';
import { useState } from 'react';
import { get, query } from '../parts/api';
import { useWords } from '../parts/i18n';
import { Empty, Load } from '../parts/states';
import { number } from '../parts/time';
import { Tabs } from './Inbox';
import h from './heardwords';
import { between, hotLine, type Heard as Data } from './model';
import w from './words';

// Hot are the words of one route, those of more than one call ticked.
function Hot({ x }: { x: Data }) {
  const t = useWords(h), { message } = App.useApp(), hot = x.hot ?? [], [on, setOn] = useState<string[]>(() => hot.filter(k => k.calls > 1).map(k => k.word)), line = hotLine(on);
  if (hot.length === 0) return <p className="soft">{t.noHot}</p>;
  const copy = () => { void navigator.clipboard?.writeText(line).then(() => message.success(t.copied, 3)); };
  return <>
    <ul className="q-hot">{hot.map(k => <li key={k.word}><label><input type="checkbox" checked={on.includes(k.word)} onChange={e => setOn(o => (e.target.checked ? [...o, k.word] : o.filter(y => y !== k.word)))} /> <strong dir="auto">{k.word}</strong></label> <span className="faint">{t.inCalls(k.calls)} · {t.heardAs((k.heard ?? []).join(' / '))}</span></li>)}</ul>
    {on.length > 0 && <div className="q-do"><span className="soft">{t.forConfig(x.route)}</span><code className="q-line">{line}</code><Button size="small" onClick={copy}>{t.copy}</Button></div>}
  </>;
}

export function Heard() {
  const q = useWords(w), t = useWords(h), [days, setDays] = useState(90), all = useQuery({ queryKey: ['quality-heard', days], queryFn: () => get<{ items: Data[] | null }>(query('/api/quality/heard', { days })) });
  return (
    <div className="page quality">
      <header><h1>{q.title}</h1><Tabs here="recognition" /></header>
      <div className="q-do gap"><label>{t.period} <Select size="small" aria-label={t.period} value={days} onChange={setDays} options={[7, 30, 90, 365].map(n => ({ value: n, label: t.days(n) }))} /></label></div>
      <Load of={all}>{d => { const items = d.items ?? []; return items.length === 0 ? <Empty title={t.none}>{t.noneWhy}</Empty> : <>
        <p className="soft gap">{t.what}</p>
        <div className="table-box" tabIndex={0} role="region" aria-label={q.recognition}><table className="table"><thead><tr><th>{t.route}</th><th>{t.calls}</th><th>{t.turns}</th><th title={t.wordsWhat}>{t.words}</th><th>{t.errors}</th><th>{t.rate}</th></tr></thead>
          <tbody>{items.map(x => <tr key={x.route}><td>{x.route || '—'}</td><td className="num">{x.calls}</td><td className="num">{x.turns}</td><td className="num">{x.words}</td><td className="num">{x.errors}</td><td className="num"><strong>{number(x.rate * 100, 1)} %</strong> <span className="faint" title={t.range}>{between(x.rate_range, 1, 100)}</span></td></tr>)}</tbody></table></div>
        <h2 className="gap-top">{t.hot}</h2><p className="soft">{t.hotWhat}</p>
        {items.map(x => <section key={`${days} ${x.route}`} aria-label={t.line(x.route)} className="gap-top"><h3>{x.route || '—'}</h3><Hot x={x} /></section>)}
      </>; }}</Load>
    </div>
  );
}
