import { useMutation, useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import { Link } from 'wouter';
import { get, post, query } from '../parts/api';
import { named, speech, useWords } from '../parts/i18n';
import { Empty, Failed, Load } from '../parts/states';
import { percent, when } from '../parts/time';
import { useMay } from '../shell/session';
import { PickBase } from './Entries';
import { here, type Gap, type Trial } from './model';
import w from './words';

export function Try() {
  const t = useWords(w), [text, setText] = useState(''), [base, setBase] = useState('');
  const trial = useMutation({ mutationFn: () => post<Trial>('/api/knowledge/test', { text: text.trim(), ...(base ? { base } : {}) }) }), d = trial.data, hits = d?.hits ?? [];
  return (
    <>
      <p className="soft">{t.tryWhy}</p>
      <form className="know-do" onSubmit={e => { e.preventDefault(); if (text.trim()) trial.mutate(); }}><input className="field know-find" aria-label={t.ask} placeholder={t.ask} value={text} maxLength={500} dir="auto" autoFocus onChange={e => setText(e.target.value)} /><PickBase value={base} change={setBase} /><Button type="primary" htmlType="submit" disabled={!text.trim()} loading={trial.isPending}>{t.try}</Button></form>
      {trial.error && <Failed error={trial.error} retry={() => trial.mutate()} />}
      {d && !trial.error && (
        <div className="know-trial" role="status">
          {d.decision && <p className="know-says"><span className="tag good">{t.says} {named(t.decisions, d.decision)}</span> <span dir="auto">{d.text || t.saysNothing}</span></p>}
          <h2>{t.hits}</h2><p className="faint">{t.bar(percent(d.bar))}</p>
          {hits.length === 0 ? <p>{t.noHits}</p> : <div className="know-box" tabIndex={0} role="region" aria-label={t.hits}><table className="know-table"><thead><tr><th>{t.right}</th><th>{t.question}</th><th>{t.answer}</th>{(['lexical', 'pinyin', 'dense'] as const).map(k => <th key={k}><span className="sr">{t.ranks}: </span>{t.rank[k]}</th>)}</tr></thead>
            <tbody>{hits.map(h => <tr key={`${h.base}/${h.id}`}><td className="num"><span className={`tag ${h.p_right >= d.bar ? 'good' : ''}`}>{percent(h.p_right)}</span></td><td dir="auto"><Link href={here(h.base, h.id)}>{h.question}</Link> <span className="faint">{h.base}</span></td><td dir="auto" className="soft">{h.answer}</td>{(['lexical', 'pinyin', 'dense'] as const).map(k => <td key={k} className="num">{h.ranks[k] || '—'}</td>)}</tr>)}</tbody></table></div>}
        </div>
      )}
    </>
  );
}

export function Gaps() {
  const t = useWords(w), [base, setBase] = useState(''), [days, setDays] = useState(30), calls = useMay('supervisor', 'quality');
  const gaps = useQuery({ queryKey: ['knowledge', 'gaps', base, days], queryFn: () => get<{ items: Gap[] | null }>(query('/api/knowledge/gaps', { base, days })) });
  return (
    <>
      <p className="soft">{t.gapsWhy}</p>
      <div className="know-do"><PickBase value={base} change={setBase} /><select className="field" aria-label={t.days(days)} value={days} onChange={e => setDays(Number(e.target.value))}>{[7, 30, 90, 365].map(n => <option key={n} value={n}>{t.days(n)}</option>)}</select></div>
      <Load of={gaps}>{d => ((d.items ?? []).length === 0 ? <Empty title={t.noGaps}>{t.noGapsWhy}</Empty> : (
        <div className="know-box" tabIndex={0} role="region" aria-label={t.tabs.gaps}><table className="know-table"><thead><tr><th>{t.asked}</th><th>{t.question}</th><th>{t.nearest}</th><th>{t.calls}</th><th><span className="sr">{t.write}</span></th></tr></thead>
          <tbody>{(d.items ?? []).map(g => <tr key={g.id}><td className="num">{t.times(g.count)}</td><td dir="auto" lang={speech(g.lang)}>{g.question} <span className="faint">{g.base}</span></td><td dir="auto">{g.nearest ? <><Link href={here(g.nearest.base, g.nearest.id)}>{g.nearest.question}</Link> <span className="faint num">{percent(g.nearest.p_right)}</span></> : <span className="faint">{t.none}</span>}</td>
            <td>{(g.examples ?? []).map(x => <span key={`${x.call}-${x.turn}`} className="know-call" title={x.text}>{calls ? <Link href={`/calls/${x.call}`}>{when(x.at)}</Link> : when(x.at)}</span>)}</td><td><Link href={query('/knowledge/new', { q: g.question, base: g.base })}>{t.write}</Link></td></tr>)}</tbody></table></div>
      ))}</Load>
    </>
  );
}
