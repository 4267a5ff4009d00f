// What happens now: figures, alerts, who waits, all calls, all agents. ?wall=1 is the wallboard.
import { useVirtualizer } from '@tanstack/react-virtual';
import { App, Button } from 'antd';
import { useEffect, useMemo, useRef, useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { get, post, Problem } from '../parts/api';
import { Curve } from '../parts/Curve';
import { named, speech, useLang, useWords } from '../parts/i18n';
import { useKeys } from '../parts/keys';
import { Severity } from '../parts/Severity';
import { explain, Failed, ReconnectBar, Skeleton } from '../parts/states';
import { called, speaker } from '../parts/speaker';
import { batch, useStream } from '../parts/stream';
import { clock, since, useNow } from '../parts/time';
import n, { intentName, valueName, variableName } from '../parts/namewords';
import { Said } from '../parts/Transcript';
import pw from '../parts/words';
import { callerName, inLang } from '../desk/model';
import { Approvals, CallBacks } from './Decide';
import { Figures } from './Figures';
import { Levels } from './Levels';
import { Nodes } from './Nodes';
import { follow, forget, listen, stop, take, useListening, whisper } from './listen';
import { alertKey, matches, moment, reasonsBeside, unseen, type Agent, type LiveBody, type LiveCall, type Node, type Waiting } from './model';
import { Wall } from './Wall';
import w from './words';
import './live.css';

const callName = (c: { caller: { name: string; number: string } }, none: string) => callerName(c.caller, none);

function useAttempt() {
  const { message } = App.useApp(), p = useWords(pw);
  return useMemo(() => async (f: () => Promise<unknown>) => { try { await f(); return true; } catch (err) { const e = explain(err, p); void message.error(`${e.title}. ${e.why}`, 5); return false; } }, [message, p]);
}

function Alerts({ body }: { body: LiveBody }) {
  const t = useWords(w), p = useWords(pw), nt = useWords(n), attempt = useAttempt(), now = useNow(), all = body.alerts ?? [], [hidden, setHidden] = useState<Set<string>>(new Set()), shown = unseen(all, hidden), lang = useLang();
  const name = (id: string) => { const c = body.calls?.find(x => x.id === id); return c ? callName(c, t.unknown) : id; };
  const first = shown[0];
  return (<>
    <p className="sr" role="status">{first ? `${t.severity[first.severity]}: ${inLang(lang, first, 'text')}` : ''}</p>
    {!first && <p className="soft pad">{t.noAlerts}</p>}
    {first && <ul className="live-alerts">{shown.map(a => { const c = body.calls?.find(x => x.id === a.call); return (
      <li key={alertKey(a)} className={a.severity}>
        <p><strong><Severity of={a.severity} /> {t.severity[a.severity]}</strong> <span className="num faint">{clock(c ? Math.max(0, since(c.started, now) - (a.last_s ?? a.at_s)) : a.last_s ?? a.at_s)}</span></p>
        <p dir="auto">{inLang(lang, a, 'text')}</p>{!!a.more?.length && <ul className="notice-more">{a.more.map(f => <li key={f.rule} dir="auto">{inLang(lang, f, 'text')}</li>)}</ul>}<p className="soft">{name(a.call)}{c?.agent && ` · ${called(c.agent, body.agents?.find(x => x.id === c.agent)?.name ?? c.agent, p.who)}`}</p>
        {!!a.said?.length && <ul className="alert-said">{a.said.map(s => <li key={s.turn}><Link href={moment(a.call, s.turn)} title={p.toTurn}><span className="faint num">{clock(s.at_s)}</span> <span className="soft">{speaker(s, p.who)}:</span> <Said text={s.text} lang={s.lang} /></Link></li>)}</ul>}
        {reasonsBeside(a).length > 0 && <p className="faint">{t.why}: {reasonsBeside(a).map(x => (x.quote ? `“${x.quote}”` : `${variableName(nt, x.what)} ${valueName(nt, x.value)}`)).join(' · ')}</p>}
        <p className="do">{c?.channel !== 'chat' && <Button size="small" type="primary" onClick={() => void attempt(() => listen(a.call, name(a.call)))}>{t.listen}</Button>}<Link href={moment(a.call, a.turn)}>{t.open}</Link><Button size="small" type="text" onClick={() => void attempt(() => post(`/api/live/alerts/${encodeURIComponent(a.id)}/seen?call=${encodeURIComponent(a.call)}`)).then(ok => { if (ok) setHidden(h => new Set(h).add(alertKey(a))); })}>{t.seen}</Button></p>
      </li>
    ); })}</ul>}
  </>);
}

function Rows({ calls, agents, find, picked, pick }: { calls: LiveCall[]; agents: Agent[]; find: string; picked: string; pick: (id: string) => void }) {
  const t = useWords(w), p = useWords(pw), nt = useWords(n), agent = (id?: string) => called(id, agents.find(a => a.id === id)?.name ?? id, p.who), now = useNow(), attempt = useAttempt(), listening = useListening(), box = useRef<HTMLDivElement>(null);
  const shown = useMemo(() => calls.filter(c => !find || matches({ ...c, agent: agents.find(a => a.id === c.agent)?.name ?? c.agent, intent: intentName(nt, c.intent) }, find)).sort((a, b) => (a.started < b.started ? 1 : a.started > b.started ? -1 : a.id < b.id ? 1 : -1)), [calls, agents, nt, find]);
  const list = useVirtualizer({ count: shown.length, getScrollElement: () => box.current, estimateSize: () => 58, overscan: 6, getItemKey: i => shown[i]!.id });
  const move = (d: number) => { const i = shown.findIndex(c => c.id === picked), j = i < 0 ? 0 : Math.max(0, Math.min(shown.length - 1, i + d)), c = shown[j]; if (c) { pick(c.id); list.scrollToIndex(j); } };
  useKeys(t.title, [{ keys: ['j', 'k'], what: t.k.move, run: e => move(e.key === 'j' ? 1 : -1) }, { keys: ['Enter'], what: t.k.listen, run: () => { const c = shown.find(x => x.id === picked); if (!c || c.channel === 'chat') return false; void attempt(() => listen(c.id, callName(c, t.unknown))); } }]);
  if (shown.length === 0) return <p className="soft pad">{find ? t.noMatch : t.noCalls}</p>;
  return (
    <div className="rows" role="table" aria-label={t.calls} aria-rowcount={shown.length + 1}>
      <div role="rowgroup"><div role="row" className="live-row live-head" aria-rowindex={1}>{Object.entries(t.col).map(([k, c]) => <span role="columnheader" key={k} className={k === 'last' ? 'sr' : undefined}>{c}</span>)}<span role="columnheader"><span className="sr">{t.listen}</span></span></div></div>
      <div className="rows-box" ref={box} tabIndex={0} role="rowgroup">
        <div style={{ height: list.getTotalSize(), position: 'relative' }} role="presentation">{list.getVirtualItems().map(v => { const c = shown[v.index]!; return (
          <div key={c.id} role="row" aria-rowindex={v.index + 2} aria-selected={picked === c.id} data-index={v.index} ref={list.measureElement} className={`live-row${picked === c.id ? ' here' : ''}${listening.call === c.id ? ' heard' : ''}`} style={{ position: 'absolute', top: 0, left: 0, width: '100%', transform: `translateY(${v.start}px)` }} onClick={() => pick(c.id)}>
            <span role="cell" className="live-who"><Link href={`/calls/${c.id}`} dir="auto" title={c.caller.name || undefined}>{callName(c, t.unknown)}</Link> <span className="faint">{named(t.channel, c.channel)}</span></span>
            <span role="cell">{c.with === 'agent' ? agent(c.agent) || t.with.agent : t.with[c.with]}{c.on_hold && <> <span className="tag warn">‖ {t.onHold}</span></>}</span>
            <span role="cell" className="soft">{intentName(nt, c.intent)}</span><span role="cell" className="num">{clock(since(c.started, now))}</span>
            <span role="cell"><Curve values={c.sentiment ?? []} width={56} /></span>
            <span role="cell" className="last" lang={speech(c.caller.lang)}>{c.last && <><span className="faint">{speaker(c.last, p.who)}: </span><span dir="auto">{c.last.text}</span></>}</span>
            <span role="cell">{c.channel !== 'chat' && <Button size="small" aria-label={`${t.listen}: ${callName(c, t.unknown)}`} onClick={() => void attempt(() => listen(c.id, callName(c, t.unknown)))}>{t.listen}</Button>}</span>
          </div>
        ); })}</div>
      </div>
    </div>
  );
}

function Queue({ all }: { all: Waiting[] }) {
  const t = useWords(w), p = useWords(pw), now = useNow();
  if (all.length === 0) return <p className="soft pad">{t.noQueue}</p>;
  return <ol className="live-queue">{all.map(q => <li key={q.call}><span className="num">{t.place(q.position)}</span><span className="queued-name" dir="auto" title={q.caller.name || undefined}>{callName(q, t.unknown)}</span><span className="soft">{q.queue}{q.lang && ` · ${named(p.langs, q.lang)}`}</span><span className="num">{clock(since(q.since, now))}</span>{q.estimate_s > 0 && <span className="faint">{t.estimate(clock(q.estimate_s))}</span>}</li>)}</ol>;
}

function Agents({ all }: { all: Agent[] }) {
  const t = useWords(w), p = useWords(pw), now = useNow(), order = ['ready', 'busy', 'wrapup', 'away', 'offline'];
  if (all.length === 0) return <p className="soft pad">{t.noAgents}</p>;
  return <ul className="live-agents">{all.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state) || a.name.localeCompare(b.name)).map(a => <li key={a.id} className={a.state}><span className={`presence-dot ${a.state}`} aria-hidden="true" /><span>{called(a.id, a.name, p.who)}</span><span className="soft">{t.states[a.state]}</span><span className="num faint">{clock(since(a.since, now))}</span></li>)}</ul>;
}

function ListenBar() {
  const t = useWords(w), l = useListening(), attempt = useAttempt(), [, go] = useLocation(), [sure, setSure] = useState(false);
  useEffect(() => { if (!sure) return; const timer = setTimeout(() => setSure(false), 3000); return () => clearTimeout(timer); }, [sure]);
  useKeys(t.listen, l.state === 'off' ? [] : [{ keys: ['Escape'], what: t.k.stop, run: () => stop() }]);
  useEffect(() => { if (!l.over) return; const timer = setTimeout(forget, 8000); return () => clearTimeout(timer); }, [l.over]);
  if (l.over) return <p className="listen-bar" role="status">{t.over}</p>;
  if (l.state === 'off') return l.trouble ? <p className="listen-bar" role="alert">{t.mic[l.trouble]}</p> : null;
  return (
    <div className="listen-bar" role="status">
      <strong>{t.listening(l.name)}</strong>{l.state === 'connecting' && <span className="soft">{t.connecting} …</span>}{l.whisper && <span className="soft">{t.whispering}</span>}{l.trouble && <span>{t.mic[l.trouble]}</span>}
      <span className="grow" />
      <Button aria-pressed={l.whisper} disabled={!l.joined} onClick={() => void attempt(() => whisper(!l.whisper))}>{l.whisper ? t.stopWhisper : t.whisper}</Button>
      <Button type={sure ? 'primary' : 'default'} disabled={!l.joined} onClick={() => { if (!sure) { setSure(true); return; } void attempt(take).then(ok => { if (ok) go('/desk'); }); }}>{sure ? t.takeSure : t.take}</Button>
      <Button onClick={() => stop()}>{t.stop}</Button>
    </div>
  );
}

export default function Live() {
  const t = useWords(w), wall = new URLSearchParams(useSearch()).has('wall'), [body, setBody] = useState<LiveBody | null>(null), [nodes, setNodes] = useState<Node[] | null>(null), [error, setError] = useState<unknown>(null), [find, setFind] = useState(''), [picked, pick] = useState(''), [again, setAgain] = useState(0), now = useNow(), attempt = useAttempt(), lang = useLang(), box = useRef<HTMLInputElement>(null);
  const push = useMemo(() => batch<LiveBody>(all => setBody(all.at(-1)!)), []);
  useEffect(() => { get<LiveBody>('/api/live').then(b => { setBody(old => old ?? b); setNodes(b.nodes ?? []); setError(null); }, setError); }, [again]);
  const { lost } = useStream(error ? '' : '/api/live/events', (e, d) => { if (e === 'live') push.push(d as LiveBody); }, { keep: wall });
  useEffect(() => () => stop(), []);
  useEffect(() => { if (body) follow(body.calls ?? []); }, [body]);
  useKeys(t.title, [{ keys: ['/'], what: t.k.filter, run: () => box.current?.focus() }]);
  if (!body) return error ? <Failed error={error instanceof Problem ? error : error} retry={() => setAgain(x => x + 1)} /> : <Skeleton />;
  if (wall) return <Wall body={body} lost={lost} />;
  const age = since(body.at, now);
  return (
    <div className="live">
      <h1 className="sr">{t.title}</h1>
      <ReconnectBar lost={lost} />
      <div className={`live-top${lost ? ' old' : ''}`}><Figures all={body.figures ?? []} /><span className="grow" />{lost && age > 5 && <span className="tag warn">{t.stale(clock(age))}</span>}<Link href="/live?wall=1" className="wall-link">{t.wall}</Link></div>
      <ListenBar />
      <div className="live-grid">
        <section aria-label={t.alerts} tabIndex={0}><Approvals all={body.approvals ?? []} attempt={attempt} /><h2>{t.alerts} <span className="count">{(body.alerts ?? []).filter(a => !a.seen).length}</span></h2><Alerts body={body} /><h2>{t.queue} <span className="count">{body.queue?.length ?? 0}</span></h2><Queue all={body.queue ?? []} /><CallBacks all={body.callbacks ?? []} attempt={attempt} /><Levels all={body.levels ?? []} /></section>
        <section aria-label={t.calls} className="live-calls"><header><h2>{t.calls} <span className="count">{body.calls?.length ?? 0}</span></h2><input ref={box} type="search" className="field" aria-label={t.filter} placeholder={t.filter} value={find} onChange={e => setFind(e.target.value)} onKeyDown={e => { if (e.key === 'Escape') e.currentTarget.blur(); }} /></header><Rows calls={body.calls ?? []} agents={body.agents ?? []} find={find.trim()} picked={picked} pick={pick} /></section>
        <section aria-label={t.agents} tabIndex={0}><h2>{t.agents} <span className="count">{body.agents?.length ?? 0}</span></h2><Agents all={body.agents ?? []} />{nodes && <Nodes first={nodes} />}</section>
      </div>
      <p className="sr" role="status" aria-live="polite">{body.alerts?.[0] ? `${t.severity[body.alerts[0].severity]}: ${inLang(lang, body.alerts[0], 'text')}` : ''}</p>
    </div>
  );
}
