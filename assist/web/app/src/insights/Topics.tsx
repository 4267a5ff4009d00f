// What callers ask about, with what is new and rising, and the alerts.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Input } from 'antd';
import { useState } from 'react';
import { Link } from 'wouter';
import { patch } from '../parts/api';
import { speech, useWords } from '../parts/i18n';
import { explain } from '../parts/states';
import { Severity } from '../parts/Severity';
import { number, percent, when } from '../parts/time';
import pw from '../parts/words';
import { useMay } from '../shell/session';
import { Sure } from './Figures';
import { place, write, between, type Alert, type Topic, type Trend, type View } from './model';
import w from './words';

function useChange(done?: () => void) {
  const p = useWords(pw), client = useQueryClient(), { message } = App.useApp();
  return useMutation({
    mutationFn: ({ id, ...body }: { id: string; name?: string; quiet_days?: number }) => patch(`/api/insights/topics/${encodeURIComponent(id)}`, body),
    onSuccess: async () => { await client.invalidateQueries({ queryKey: ['insights'] }); done?.(); },
    onError: err => { const e = explain(err, p); void message.error(`${e.title}. ${e.why}`, 6); },
  });
}

// times is a factor with its interval: 2.1 (1.4 – 3.2).
function times(x: Trend) {
  const one = (v: number) => number(v, v < 10 ? 1 : 0);
  return x.factor === null ? '' : x.factor_low === null || x.factor_high === null ? one(x.factor) : `${one(x.factor)} (${one(x.factor_low)} – ${one(x.factor_high)})`;
}
function growth(t: (typeof w)['en'], x: Trend) { return x.factor === null ? t.noneBefore : t.times(times(x)); }

export function Alerts({ all }: { all: Alert[] }) {
  const t = useWords(w), change = useChange();
  if (all.length === 0) return null;
  return (
    <section className="in-alerts" aria-labelledby="in-alerts"><h2 id="in-alerts">{t.alerts}</h2>
      <ul>{all.map(a => (
        <li key={a.id} className={a.level}>
          <p><strong><Severity of={a.level} /> {t.level[a.level]}{t.colon}<span lang={speech(a.lang)} dir="auto">{a.name}</span></strong></p>
          <p>{[t.callersIn(a.trend.callers, a.hours), growth(t, a.trend), a.why.includes('emotion') && a.upset.value !== null && t.upsetNow(`${percent(a.upset.value)} (${between(a.upset, 'share')}, ${t.n(number(a.upset.n))})`), a.why.includes('emotion') && a.others_upset.value !== null && t.upsetElse(`${percent(a.others_upset.value)} (${between(a.others_upset, 'share')}, ${t.n(number(a.others_upset.n))})`), a.why.includes('words') && t.warnedNow(a.warned)].filter(Boolean).join(' · ')}</p>
          <p className="do"><Link href={`/insights/calls?${a.calls_query}`}>{t.seeCalls}</Link><Button size="small" loading={change.isPending} onClick={() => change.mutate({ id: a.topic, quiet_days: 3 })}>{t.hush}</Button></p>
        </li>
      ))}</ul>
    </section>
  );
}

function Daily({ values, label }: { values: number[]; label: string }) {
  const most = Math.max(1, ...values), step = 90 / values.length;
  return <svg className="in-daily" viewBox="0 0 90 22" width="90" height="22" role="img" aria-label={`${label}: ${values.join(', ')}`}>{values.map((v, i) => v > 0 && <rect key={i} x={i * step} y={22 - (v / most) * 22} width={Math.max(1, step - 1)} height={(v / most) * 22} />)}</svg>;
}

function Name({ x }: { x: Topic }) {
  const t = useWords(w), [open, setOpen] = useState(false), [name, setName] = useState(x.name), change = useChange(() => setOpen(false));
  if (!open) return <><Link href={`/insights/calls?${x.calls_query}`} className="in-topic" lang={speech(x.lang)} dir="auto">{x.name}</Link> <button type="button" className="link in-rename" aria-label={t.renameOf(x.name)} onClick={() => { setName(x.name); setOpen(true); }}>{t.rename}</button></>;
  return (
    <form className="in-naming" onSubmit={e => { e.preventDefault(); change.mutate({ id: x.id, name: name.trim() }); }}>
      <Input size="small" autoFocus maxLength={80} aria-label={t.nameOf(x.name)} placeholder={t.nameHint} value={name} onChange={e => setName(e.target.value)} onKeyDown={e => { if (e.key === 'Escape') setOpen(false); }} />
      <Button size="small" type="primary" htmlType="submit" loading={change.isPending}>{t.save}</Button><Button size="small" onClick={() => setOpen(false)}>{t.cancel}</Button>
    </form>
  );
}

function Line({ x }: { x: Topic }) {
  const t = useWords(w), change = useChange(), judge = useMay('quality');
  return (
    <tr>
      <td><Name x={x} />
        {x.example && <p className="in-quote" lang={speech(x.lang)} dir="auto">“<Link href={place(judge, x.example)}>{x.example.text}</Link>”</p>}
        <p className="in-words" lang={speech(x.lang)}>{(x.phrases ?? []).slice(0, 5).map(p => <span className="tag" key={p}>{p}</span>)}</p></td>
      <td className="num">{number(x.n)}</td>
      <td className="num">{write(x.share.value, 'share', t.none)} <Sure v={x.share} /></td>
      <td><Daily values={x.daily} label={t.daily} /></td>
      <td>{x.new && <span className="tag good">✦ {t.isNew}</span>}{x.rising && <span className="tag good">▲ {t.isRising}</span>}{x.trend.factor !== null && <span className="faint num"> {t.factor(times(x.trend))}</span>}{x.trend.factor !== null && <span className="faint num in-sure">{t.callersOf(number(x.trend.callers), number(x.trend.callers_before))}</span>}
        {x.quiet_until && <p className="faint">{t.quiet(when(x.quiet_until))} <button type="button" className="link" onClick={() => change.mutate({ id: x.id, quiet_days: 0 })}>{t.unquiet}</button></p>}</td>
      <td className="num">{write(x.upset.value, 'share', t.none)} <Sure v={x.upset} /></td>
    </tr>
  );
}

export function Topics({ v }: { v: View }) {
  const t = useWords(w), [all, setAll] = useState(false), shown = all ? v.topics : v.topics.slice(0, 12);
  return (
    <section className="in-part" aria-labelledby="in-topics">
      <header><h2 id="in-topics">{t.topics}</h2></header>
      {v.topics.length === 0 ? <p className="soft">{t.noTopics}</p> : <>
        <p className="soft gap">{t.topicsWhy(write(v.topicked.value, 'share', t.none))} <Sure v={v.topicked} /></p>
        <div className="table-box" tabIndex={0} role="group" aria-label={t.topics}><table className="table in-table in-topics">
          <thead><tr><th scope="col">{t.topic}</th><th scope="col" className="num">{t.calls}</th><th scope="col" className="num">{t.share}</th><th scope="col">{t.daily}</th><th scope="col">{t.growth}</th><th scope="col" className="num">{t.upset}</th></tr></thead>
          <tbody>{shown.map(x => <Line key={x.id} x={x} />)}</tbody>
        </table></div>
        {v.topics.length > 12 && <Button type="text" onClick={() => setAll(!all)}>{all ? t.less : `${t.more} (${v.topics.length})`}</Button>}
      </>}
    </section>
  );
}
