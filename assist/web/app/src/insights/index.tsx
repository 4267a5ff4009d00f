// What calls are about and what became of them: figures with their intervals, topics, outcomes, blind spots and repeats.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Button, Select } from 'antd';
import { Link, Route, Switch, useLocation, useSearch } from 'wouter';
import { address, get, query } from '../parts/api';
import { useLang, useWords } from '../parts/i18n';
import { useKeys } from '../parts/keys';
import { Empty, Load, Partial } from '../parts/states';
import { Behind } from './Behind';
import { Course, groupings } from './Course';
import { Figures } from './Figures';
import { length, shift, type View } from './model';
import { Blind, Outcomes, Repeats } from './Rest';
import { Alerts, Topics } from './Topics';
import w from './words';
import './insights.css';

const names = ['from', 'to', 'compare', 'queue', 'by', 'figure'] as const;
type Asked = Record<(typeof names)[number], string>;

type Some = { [K in keyof Asked]?: string };

function useAsked() {
  const q = new URLSearchParams(useSearch()), [path, go] = useLocation();
  const asked = Object.fromEntries(names.map(n => [n, q.get(n) ?? ''])) as Asked;
  return { asked, set: (v: Some) => go(query(path, { ...asked, ...v }), { replace: true }) };
}

const spans = [1, 7, 28, 90];

function Choices({ v, asked, set }: { v?: View; asked: Asked; set(p: Some): void }) {
  const t = useWords(w), lang = useLang(), n = asked.from && v ? length(asked.from, v.to) : 28, period = asked.to || !spans.includes(n) ? 'custom' : String(n);
  const table = query('/api/insights.csv', { from: asked.from, to: asked.to, compare: asked.compare, queue: asked.queue, by: asked.by, lang });
  return (
    <div className="in-choices">
      <label>{t.period}<Select aria-label={t.period} value={period} onChange={p => { if (v) set(p === 'custom' ? { from: v.from, to: v.to } : { from: p === '28' ? '' : shift(today(v, asked), 1 - Number(p)), to: '' }); }} options={[...spans.map(n => ({ value: String(n), label: t.days(n) })), { value: 'custom', label: t.custom }]} popupMatchSelectWidth={false} /></label>
      {period === 'custom' && <>
        <label>{t.from}<input type="date" className="field" value={asked.from || v?.from || ''} max={asked.to || undefined} onChange={e => set({ from: e.target.value, to: asked.to || v?.to || '' })} /></label>
        <label>{t.to}<input type="date" className="field" value={asked.to || v?.to || ''} min={asked.from || undefined} onChange={e => set({ to: e.target.value, from: asked.from || v?.from || '' })} /></label>
      </>}
      <label>{t.compare}<Select aria-label={t.compare} value={asked.compare || 'previous'} onChange={c => set({ compare: c === 'previous' ? '' : c })} options={Object.entries(t.compares).map(([value, label]) => ({ value, label }))} popupMatchSelectWidth={false} /></label>
      <label>{t.queue}<Select aria-label={t.queue} value={asked.queue} onChange={queue => set({ queue })} options={[{ value: '', label: t.allQueues }, ...(v?.queues ?? (asked.queue ? [asked.queue] : [])).map(x => ({ value: x, label: x || t.noName }))]} popupMatchSelectWidth={false} /></label>
      <span className="grow" />
      <a href={address(table)} download>{t.csv}</a><a href={address(query('/api/insights/report', { lang }))} target="_blank" rel="noreferrer">{t.report}</a>
    </div>
  );
}

// today is the last day there is: that of the server's zone.
const today = (v: View, asked: Asked) => (asked.to ? new Intl.DateTimeFormat('en-CA', { timeZone: v.zone, dateStyle: 'short' }).format(new Date()) : v.to);

function Page() {
  const t = useWords(w), { asked, set } = useAsked();
  const params = { from: asked.from, to: asked.to, compare: asked.compare, queue: asked.queue, by: asked.by };
  const view = useQuery({ queryKey: ['insights', params], queryFn: p => get<View>(query('/api/insights', params), { signal: p.signal }), placeholderData: keepPreviousData, refetchInterval: 60_000 }), v = view.data;
  const move = (d: number) => { if (!v) return false; const n = length(v.from, v.to); set({ from: shift(v.from, d * n), to: shift(v.to, d * n) }); };
  useKeys(t.title, [
    { keys: ['1', '2', '3', '4', '5'], label: '1 – 5', what: t.k.by, run: e => set({ by: groupings[Number(e.key) - 1]! }) },
    { keys: ['ArrowLeft', 'ArrowRight'], what: t.k.move, run: e => move(e.key === 'ArrowLeft' ? -1 : 1) },
  ]);
  return (
    <div className={`page insights${view.isPlaceholderData ? ' old' : ''}`}>
      <header><h1>{t.title}</h1>{v && <span className="soft">{t.span(v.from, v.to, v.zone)}{v.compared && ` · ${t.against(v.compared.from, v.compared.to)}`}</span>}</header>
      <Choices v={v} asked={asked} set={set} />
      <Load of={view} rows={8}>{d => <>
        {d.missing > 0 && <Partial>{t.missing(d.missing)}</Partial>}
        <Alerts all={d.alerts} />
        {(d.figures[0]?.n ?? 0) === 0 ? <Empty title={t.empty} action={<p className="in-start"><Button onClick={() => set({ from: shift(today(d, asked), -89), to: '' })}>{t.wider}</Button> <Link href="/calls">{t.toCalls}</Link></p>}>{t.emptyWhy}</Empty> : <>
          <Figures all={d.figures} />
          <Course v={d} figure={asked.figure} set={set} />
          <Topics v={d} />
          <div className="in-two"><Outcomes v={d} /><Blind v={d} /></div>
          <Repeats v={d} />
        </>}
      </>}</Load>
    </div>
  );
}

export default function Insights() {
  return <Switch><Route path="/insights/calls"><Behind /></Route><Route><Page /></Route></Switch>;
}
