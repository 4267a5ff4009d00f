// Scored calls by risk or with an appeal, found by words, queue, score, length and day.
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Select } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { address, del, get, post, query } from '../parts/api';
import { useComposing } from '../parts/composing';
import { named, useLang, useWords } from '../parts/i18n';
import { keep, recall } from '../parts/kept';
import { useMe } from '../shell/session';
import { useKeys } from '../parts/keys';
import { Empty, explain, Failed, Load, Skeleton } from '../parts/states';
import { clock, number, when } from '../parts/time';
import type { Row } from '../calls/talk';
import { nameOf, type Inbox as Page, type Item, type Name, type OwnScore, type Search } from './model';
import { Clips } from './Coaching';
import { Failures } from './Failures';
import pw from '../parts/words';
import cw from './callwords';
import w from './words';

export function Tabs({ here }: { here: 'inbox' | 'calibrations' | 'coaching' | 'recognition' | 'forms' }) {
  const t = useWords(w);
  return <nav className="q-tabs" aria-label={t.title}>{(['inbox', 'calibrations', 'coaching', 'recognition', 'forms'] as const).map(n => <Link key={n} href={n === 'inbox' ? '/quality' : `/quality/${n}`} aria-current={here === n ? 'page' : undefined}>{t[n]}</Link>)}</nav>;
}

const fields = ['kind', 'words', 'queue', 'state', 'score_min', 'score_max', 'min_s', 'max_s', 'from', 'to', 'agent', 'alert', 'intent', 'emotion', 'silence_min', 'seed'] as const;
type Filter = Record<(typeof fields)[number], string>;
const day = (v: string, plus = 0) => { if (!v) return ''; const d = new Date(`${v}T00:00:00`); d.setDate(d.getDate() + plus); return Number.isNaN(d.getTime()) ? '' : d.toISOString(); };

const left = (me: string) => `parley.inbox.${me}`;
// useInboxHref is the inbox as who is here left it: with the filter that led to a call.
export function useInboxHref(): string {
  const me = useMe();
  return `/quality${recall<string>(left(me)) ?? ''}`;
}

function useFilter() {
  const q = new URLSearchParams(useSearch()), [path, go] = useLocation();
  const filter = Object.fromEntries(fields.map(n => [n, q.get(n) ?? ''])) as Filter;
  return { filter, search: q.toString(), open: (search: string) => go(search ? `${path}?${search}` : path, { replace: true }), set: (v: Partial<Filter>) => go(query(path, { ...filter, ...v }), { replace: true }), clear: () => go(path, { replace: true }) };
}

function Line({ x, names, on, pick }: { x: Item; names: Record<string, Name>; on: boolean; pick: (on: boolean) => void }) {
  const t = useWords(w), c = useWords(cw), zh = useLang() === 'zh';
  const tag = (key: string, id: string, tone: string, say = (s: string) => s) => { const text = nameOf(names, key, id, zh); return <span className={`tag q-tag${tone}`} key={id} title={text === id ? undefined : `${text} (${id})`}>{say(text)}</span>; };
  return (
    <tr>
      <td><input type="checkbox" checked={on} aria-label={c.pickCall(when(x.at))} onChange={e => pick(e.target.checked)} /></td><td className="q-when"><Link href={`/quality/calls/${x.call}`}>{when(x.at)}</Link></td><td>{x.queue || '—'}</td><td>{x.agent_name || x.agent || '—'}</td><td className="num">{clock(x.duration_s)}</td><td>{x.form} <span className="faint q-when">{t.version(x.version)}</span></td>
      <td className="num">{x.score === null ? <span className="faint">{t.noScore}</span> : <><strong>{number(x.score)}</strong> <span className="soft">{x.band}</span></>}</td>
      <td className="num" data-k={t.col.risk} title={(x.why ?? []).map(y => t.why[y as keyof typeof t.why] ?? y).join(', ')}>{number(x.risk ?? 0)}</td>
      <td>{(x.fails ?? []).map(f => tag(`${x.form}/${x.version}/${f}`, f, ' alert'))}{(x.near ?? []).map(f => tag(`${x.form}/${x.version}/${f}`, f, ' warn', t.nearly))}</td><td>{(x.alerts ?? []).map(r => tag(`rule/${r}`, r, x.critical ? ' warn' : ''))}</td><td className="num">{x.open > 0 ? <span className="tag warn" title={t.openWhat}>{x.open}</span> : ''}</td><td>{t.states[x.state]}</td>
    </tr>
  );
}

const mostPicked = 50;
const calibrateWith = (calls: string[], items: Item[]) => query('/quality/calibrations', { calls: calls.join(','), form: items.find(x => calls.includes(x.call))?.form ?? '' });

// Saved searches of who is signed in.
function Saved({ search, open }: { search: string; open: (search: string) => void }) {
  const t = useWords(w), p = useWords(pw), { message } = App.useApp(), client = useQueryClient(), [name, setName] = useState<string | null>(null);
  const all = useQuery({ queryKey: ['quality-searches'], queryFn: () => get<{ items: Search[] | null }>('/api/quality/searches') }), items = all.data?.items ?? [];
  const again = { onSuccess: () => { setName(null); void client.invalidateQueries({ queryKey: ['quality-searches'] }); }, onError: (err: unknown) => { const e = explain(err, p); void message.error(`${e.title}. ${e.why}`, 6); } };
  const save = useMutation({ mutationFn: (n: string) => post('/api/quality/searches', { name: n, query: search }), ...again }), forget = useMutation({ mutationFn: (n: string) => del(query('/api/quality/searches', { name: n })), ...again });
  const here = items.find(s => s.query === search);
  return <>
    {items.length > 0 && <label>{t.saved}<Select aria-label={t.saved} value={here?.name ?? null} placeholder={t.choose} onChange={n => open(items.find(s => s.name === n)?.query ?? '')} options={items.map(s => ({ value: s.name, label: s.name }))} /></label>}
    {here ? <Button type="link" size="small" onClick={() => forget.mutate(here.name)}>{t.forget}</Button> : search !== '' && (name === null ? <Button type="link" size="small" onClick={() => setName('')}>{t.saveSearch}</Button>
      : <form className="q-do" onSubmit={e => { e.preventDefault(); if (name.trim()) save.mutate(name.trim()); }}><input className="field" autoFocus maxLength={100} aria-label={t.searchName} placeholder={t.searchName} value={name} onChange={e => setName(e.target.value)} /><Button size="small" htmlType="submit" disabled={!name.trim()}>{t.save}</Button></form>)}
  </>;
}

// One chooses one of those that the calls of the list have, by name; those seen before a choice stay to choose from.
function One({ name, value, seen, set }: { name: string; value: string; seen: [string, string][]; set: (v: string) => void }) {
  const t = useWords(w), [all, setAll] = useState<Record<string, string>>({}), fresh = seen.filter(([id]) => id && !(id in all));
  if (fresh.length > 0) setAll({ ...all, ...Object.fromEntries(fresh) });
  const options = Object.entries(value && !(value in all) ? { ...all, [value]: value } : all).map(([id, label]) => ({ value: id, label })).sort((a, b) => a.label.localeCompare(b.label));
  return <label>{name}<Select aria-label={name} showSearch={{ optionFilterProp: 'label' }} value={value} onChange={set} options={[{ value: '', label: t.any }, ...options]} popupMatchSelectWidth={false} /></label>;
}

export function Inbox() {
  const t = useWords(w), c = useWords(cw), zh = useLang() === 'zh', [picked, setPicked] = useState<string[]>([]), { filter, search, open, set, clear } = useFilter(), box = useRef<HTMLInputElement>(null), [text, setText] = useState(filter.words), [shown, setShown] = useState(filter.words), { composing, field } = useComposing();
  if (shown !== filter.words) { setShown(filter.words); setText(filter.words); }
  const asked = { ...filter, kind: filter.kind || 'risk', from: day(filter.from), to: day(filter.to, 1) };
  const pages = useInfiniteQuery({
    queryKey: ['quality-inbox', asked], queryFn: p => get<Page>(query('/api/quality/inbox', { ...asked, cursor: p.pageParam }), { signal: p.signal }),
    initialPageParam: '', getNextPageParam: last => last.next || undefined, refetchInterval: 15000,
  });
  useEffect(() => {
    if (composing || text.trim() === filter.words) return;
    const timer = setTimeout(() => set({ words: text.trim() }), 250);
    return () => clearTimeout(timer);
  });
  const me = useMe();
  useEffect(() => keep(left(me), search && `?${search}`), [me, search]);
  useKeys(t.title, [{ keys: ['/'], what: t.k.search, run: () => { box.current?.focus(); box.current?.select(); } }]);
  const narrowed = fields.some(n => n !== 'kind' && filter[n]), items = pages.data?.pages.flatMap(p => p.items ?? []) ?? [], names = Object.assign({}, ...(pages.data?.pages ?? []).map(p => p.names ?? {})) as Record<string, Name>;
  const amount = (n: 'score_min' | 'score_max' | 'min_s' | 'max_s' | 'silence_min', label: string, most?: number) => <label>{label}<input type="number" className="field" min={0} max={most} value={filter[n]} onChange={e => set({ [n]: e.target.value })} /></label>;
  return (
    <div className="page quality">
      <header><h1>{t.title}</h1><Tabs here="inbox" /></header>
      <div className="q-filter">
        <label>{t.kind}<Select aria-label={t.kind} value={filter.kind || 'risk'} onChange={kind => set({ kind: kind === 'risk' ? '' : kind })} options={Object.entries(t.kinds).map(([value, label]) => ({ value, label }))} /></label>
        <label className="grow">{t.search}<input ref={box} {...field} type="search" className="field" value={text} onChange={e => setText(e.target.value)} /></label>
        {filter.kind !== 'appeal' && <label>{t.col.state}<Select aria-label={t.col.state} value={filter.state} onChange={state => set({ state })} options={[{ value: '', label: t.any }, ...Object.entries(t.states).map(([value, label]) => ({ value, label }))]} /></label>}
        <label>{t.queue}<input className="field" value={filter.queue} onChange={e => set({ queue: e.target.value })} /></label>
        <details open={!!(filter.score_min || filter.score_max || filter.min_s || filter.max_s || filter.from || filter.to || filter.agent || filter.alert || filter.intent || filter.emotion || filter.silence_min)}><summary>{t.filters}</summary><div className="q-more">
          <One name={t.by.agent} value={filter.agent} seen={items.map(x => [x.agent ?? '', x.agent_name || x.agent || ''])} set={agent => set({ agent })} /><One name={t.by.alert} value={filter.alert} seen={items.flatMap(x => (x.alerts ?? []).map((r): [string, string] => [r, nameOf(names, `rule/${r}`, r, zh)]))} set={alert => set({ alert })} />
          <label>{t.by.intent}<input className="field" value={filter.intent} onChange={e => set({ intent: e.target.value.trim() })} /></label>
          <label>{t.emotion}<Select aria-label={t.emotion} value={filter.emotion} onChange={emotion => set({ emotion })} options={[{ value: '', label: t.any }, ...Object.entries(t.emotions).map(([value, label]) => ({ value, label }))]} /></label>
          {amount('silence_min', t.silence)}{amount('score_min', `${t.score}, ${t.least}`, 100)}{amount('score_max', `${t.score}, ${t.most}`, 100)}{amount('min_s', `${t.lasts}, ${t.least}`)}{amount('max_s', `${t.lasts}, ${t.most}`)}
          <label>{t.from}<input type="date" className="field" value={filter.from} onChange={e => set({ from: e.target.value })} /></label><label>{t.to}<input type="date" className="field" value={filter.to} onChange={e => set({ to: e.target.value })} /></label>
        </div></details>
        {narrowed && <Button type="link" size="small" onClick={() => { setText(''); clear(); }}>{t.clear}</Button>}
        {filter.kind === 'sample' && <Button size="small" onClick={() => set({ seed: Math.random().toString(36).slice(2, 8) })}>{t.otherSample}</Button>}
        <Saved search={search} open={open} />
        <span className="q-do">{(['calls', 'answers'] as const).map(what => <a key={what} className="tool" download href={address(query('/api/quality/export.csv', { ...asked, what, excel: true }))}>{t.csv[what]}</a>)}</span>
      </div>
      <Failures />
      {!pages.data ? (pages.error ? <Failed error={pages.error} retry={() => void pages.refetch()} /> : <Skeleton />) : items.length === 0 ? (
        narrowed ? <p className="soft">{t.nothing}</p> : filter.kind === 'appeal' ? <p className="soft">{t.noAppeals}</p> : <Empty title={t.empty} action={<Link href="/quality/forms">{t.toForms}</Link>}>{t.emptyWhy}</Empty>
      ) : <>
        <div className="table-box" tabIndex={0} role="region" aria-label={t.inbox}><table className="table q-table q-inbox"><thead><tr><th><input type="checkbox" aria-label={picked.length ? c.unpick : c.pickAll} checked={picked.length > 0} onChange={() => setPicked(picked.length ? [] : [...new Set(items.map(x => x.call))].slice(0, mostPicked))} /></th>{Object.values(t.col).map(c => <th key={c}>{c}</th>)}</tr></thead><tbody>{items.map(x => <Line key={`${x.call} ${x.form}`} x={x} names={names} on={picked.includes(x.call)} pick={on => setPicked(p => (on ? [...new Set([...p, x.call])] : p.filter(y => y !== x.call)))} />)}</tbody></table></div>
        {picked.length > 0 && <div className="q-pick" role="status"><Link className="ant-btn ant-btn-primary q-go" href={picked.length > mostPicked ? '/quality' : calibrateWith(picked, items)}>{c.picked(picked.length)}</Link><Button type="link" size="small" onClick={() => setPicked([])}>{c.unpick}</Button>{picked.length > mostPicked && <span className="soft">{c.most}</span>}</div>}
        {pages.hasNextPage && <Button type="text" block loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>{t.more}</Button>}
      </>}
    </div>
  );
}

// Own is what an agent sees, who may look at the scores of own calls only.
export function Own() {
  const t = useWords(w), calls = useQuery({ queryKey: ['quality-own-calls'], queryFn: () => get<{ calls: Row[] | null }>(query('/api/calls', { state: 'ended', limit: 50 })) });
  const first = calls.data?.calls?.map(c => c.started_at).sort()[0], scores = useQuery({ queryKey: ['quality-own', first], queryFn: () => get<{ items: OwnScore[] | null }>(query('/api/quality/own', { from: first })), enabled: !!first });
  const of = (id: string) => (scores.data?.items ?? []).filter(s => s.call === id);
  return (
    <div className="page quality">
      <header><h1>{t.own}</h1></header>
      <Load of={calls}>{d => ((d.calls ?? []).length === 0 ? <Empty title={t.noOwn}>{t.ownWhy}</Empty> : <>
        <p className="soft gap">{t.ownWhy}</p>
        <details className="gap"><summary>{t.coaching}</summary><Clips judge={false} /></details>
        <ul className="q-own">{(d.calls ?? []).map(c => <li key={c.id}><Link href={`/quality/calls/${c.id}`}>{when(c.started_at)} · {c.from || '—'} → {c.to || '—'}</Link> <span className="num faint">{clock(c.duration_s)}</span> <span className="faint">{named({}, c.route)}</span>{of(c.id).map(s => <span key={s.form} className="q-when"> · {s.form} <strong className="num">{s.score === null ? t.noScore : number(s.score)}</strong> {s.band} {s.fail && <span className="tag alert">{t.fail}</span>} <span className="tag">{t.states[s.state]}</span></span>)}</li>)}</ul>
      </>)}</Load>
    </div>
  );
}
