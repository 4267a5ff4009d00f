// The calls: a list that stays up to date by itself, and the call that is picked.
import { Button, Select } from 'antd';
import { useEffect, useMemo, useRef, useState } from 'react';
import { Link, Route, Switch, useLocation, useRoute, useSearch } from 'wouter';
import { get, query } from '../parts/api';
import { useComposing } from '../parts/composing';
import { named, speech, useWords } from '../parts/i18n';
import { useKeys } from '../parts/keys';
import { Empty, Failed, ReconnectBar, Skeleton } from '../parts/states';
import { batch, useStream } from '../parts/stream';
import { clock, ms, since, useNow, when } from '../parts/time';
import { config } from '../shell/config';
import { Call } from './Call';
import { applyRow, newestFirst, type CallEvent, type Row } from './talk';
import w from './words';
import './calls.css';

function RowLink({ c, here, find }: { c: Row; here: boolean; find: string }) {
  const t = useWords(w), now = useNow(), line = c.partial || c.last_text || '';
  return (
    <li className={`row-call ${c.state}`}>
      <Link href={`/calls/${c.id}${find}`} aria-current={here ? 'true' : undefined} className={here ? 'here' : ''}>
        <span className="row-top"><span className="row-from" dir="auto">{c.from || '—'}</span><span className="soft">→ {c.to || '—'}</span><span className="grow" /><span className="num soft">{clock(c.state === 'running' ? since(c.started_at, now) : c.duration_s)}</span></span>
        <span className={`row-line${c.partial ? ' faint' : ''}`} lang={speech(c.lang)} dir="auto">{line || t.states[c.state]}</span>
        <span className="row-foot">{c.state !== 'ended' && <span className={`call-state ${c.state}`}><span className="dot" aria-hidden="true" />{t.states[c.state]}</span>}{c.state !== 'running' && <span>{when(c.started_at)}</span>}{c.lang && <span>{named(t.langs, c.lang)}</span>}{!!c.gap_p50_ms && <span title={t.gapWhat}>{ms(c.gap_p50_ms)}</span>}</span>
      </Link>
    </li>
  );
}

interface Page { calls: Row[] | null; next?: string; position: number }

function useCalls(filter: Record<string, string>) {
  const [rows, setRows] = useState<Map<string, Row> | null>(null), [next, setNext] = useState(''), [error, setError] = useState<unknown>(null), [position, setPosition] = useState<string | null>(null), [again, setAgain] = useState(0), [moreBusy, setMoreBusy] = useState(false);
  const key = JSON.stringify(filter), filtered = Object.values(filter).some(Boolean);
  const params = useMemo(() => JSON.parse(key) as Record<string, string>, [key]);
  useEffect(() => {
    const abort = new AbortController();
    get<Page>(query('/api/calls', { limit: 50, ...params }), { signal: abort.signal }).then(p => {
      setRows(new Map((p.calls ?? []).map(c => [c.id, c]))); setNext(p.next ?? ''); setError(null); setPosition(old => old ?? String(p.position));
    }, (err: unknown) => { if (!abort.signal.aborted) setError(err); });
    return () => abort.abort();
  }, [params, again]);
  const take = useMemo(() => batch<CallEvent>(all => setRows(old => old && all.reduce((m, e) => applyRow(m, e, !filtered), old))), [filtered]);
  const { lost, open } = useStream(position === null ? '' : '/api/events', (_, d) => { if (d && typeof d === 'object' && 'kind' in d) take.push(d as CallEvent); }, { after: position ?? undefined });
  // After a break, calls that were cut off meanwhile have left no event behind.
  const was = useRef(false);
  useEffect(() => { if (lost) was.current = true; else if (open && was.current) { was.current = false; setAgain(n => n + 1); } }, [lost, open]);
  const more = async () => {
    setMoreBusy(true);
    try { const p = await get<Page>(query('/api/calls', { limit: 50, after: next, ...params })); setRows(old => new Map([...(old ?? []), ...(p.calls ?? []).map(c => [c.id, c] as const)])); setNext(p.next ?? ''); } catch (err) { setError(err); } finally { setMoreBusy(false); }
  };
  return { rows, next, error, lost, more, moreBusy, retry: () => setAgain(n => n + 1), filtered };
}

function useFilter() {
  const search = useSearch(), [path, go] = useLocation(), q = new URLSearchParams(search);
  const filter = { q: q.get('q') ?? '', state: q.get('state') ?? '', lang: q.get('lang') ?? '', from: q.get('from') ?? '', to: q.get('to') ?? '' };
  const set = (v: Partial<typeof filter>) => go(query(path, { ...filter, ...v }), { replace: true });
  return { filter, set, find: search ? `?${search}` : '' };
}

const day = (v: string, plus = 0) => { if (!v) return ''; const d = new Date(`${v}T00:00:00`); d.setDate(d.getDate() + plus); return Number.isNaN(d.getTime()) ? '' : d.toISOString(); };

export default function Calls() {
  const t = useWords(w), { filter, set, find } = useFilter(), [, go] = useLocation(), [, match] = useRoute('/calls/:id'), id = match?.id, box = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(filter.q), [shown, setShown] = useState(filter.q), { composing, field } = useComposing();
  if (shown !== filter.q) { setShown(filter.q); setText(filter.q); }
  const { rows, next, error, lost, more, moreBusy, retry, filtered } = useCalls({ ...filter, from: day(filter.from), to: day(filter.to, 1) });
  useEffect(() => {
    if (composing || text.trim() === filter.q) return;
    const timer = setTimeout(() => set({ q: text.trim() }), 250);
    return () => clearTimeout(timer);
  });
  const all = [...(rows?.values() ?? [])].sort(newestFirst), running = all.filter(c => c.state === 'running'), recent = all.filter(c => c.state !== 'running'), order = [...running, ...recent];
  const move = (d: number) => { const i = order.findIndex(c => c.id === id), c = order[i < 0 ? 0 : Math.max(0, Math.min(order.length - 1, i + d))]; if (c) go(`/calls/${c.id}${find}`); };
  useKeys(t.title, [
    { keys: ['j', 'k'], what: t.k.next, run: e => move(e.key === 'j' ? 1 : -1) }, { keys: ['/'], what: t.k.search, run: () => { box.current?.focus(); box.current?.select(); } },
    { keys: ['Escape'], what: t.k.back, run: () => { if (!id) return false; go(`/calls${find}`); } },
  ]);
  const uri = `sip:bank@${config.sip || '127.0.0.1:5060'}`;
  const start = <Empty title={t.emptyTitle}><p>{t.emptyWhy}</p><pre><code>{`parley call ${uri} --say "I lost my card"`}</code></pre></Empty>;
  return (
    <div className={`calls${id ? ' one' : ''}`}>
      <nav className="calls-list" aria-label={t.title}>
        {!id && <h1 className="sr">{t.title}</h1>}
        <div className="calls-filter">
          <label className="sr" htmlFor="calls-q">{t.search}</label><input id="calls-q" ref={box} {...field} type="search" className="field" placeholder={t.search} value={text} onChange={e => setText(e.target.value)} onKeyDown={e => { if (e.key === 'Escape' || e.key === 'Enter') e.currentTarget.blur(); }} />
          <details open={!!(filter.state || filter.lang || filter.from || filter.to)}><summary>{t.filters}</summary><div className="filter-grid">
            <Select aria-label={t.state} value={filter.state} onChange={state => set({ state })} options={[{ value: '', label: t.anyState }, ...Object.entries(t.states).map(([value, label]) => ({ value, label }))]} />
            <Select aria-label={t.lang} value={filter.lang} onChange={lang => set({ lang })} options={[{ value: '', label: t.anyLang }, ...Object.entries(t.langs).map(([value, label]) => ({ value, label }))]} />
            <label>{t.from}<input type="date" className="field" value={filter.from} onChange={e => set({ from: e.target.value })} /></label><label>{t.to}<input type="date" className="field" value={filter.to} onChange={e => set({ to: e.target.value })} /></label>
          </div></details>
          <p className="soft live-count" role="status">{rows && t.liveCalls(running.length)}{filtered && <Button type="link" size="small" onClick={() => { setText(''); go(id ? `/calls/${id}` : '/calls'); }}>{t.clear}</Button>}</p>
        </div>
        <ReconnectBar lost={lost} />
        {!rows ? (error ? <Failed error={error} retry={retry} /> : <Skeleton rows={7} height={62} />) : order.length === 0 ? (filtered ? <p className="pad soft">{t.nothing}</p> : <div className="narrow-only">{start}</div>) : <>
          {running.length > 0 && <section><h2>{t.running} <span className="count">{running.length}</span></h2><ul>{running.map(c => <RowLink key={c.id} c={c} here={c.id === id} find={find} />)}</ul></section>}
          {recent.length > 0 && <section><h2>{t.recent}</h2><ul>{recent.map(c => <RowLink key={c.id} c={c} here={c.id === id} find={find} />)}</ul></section>}
          {next && <Button type="text" block loading={moreBusy} onClick={() => void more()}>{t.more}</Button>}
        </>}
      </nav>
      <div className="calls-detail">
        <Switch>
          <Route path="/calls/:id">{p => <Call key={p.id} id={p.id} row={rows?.get(p.id)} />}</Route>
          <Route>{rows && order.length === 0 && !filtered ? start : <Empty title={t.pick} />}</Route>
        </Switch>
      </div>
    </div>
  );
}
