// One call: what was said, why it was answered that way, where the time went, what else happened.
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { Link, useSearch } from 'wouter';
import { address, get, Problem } from '../parts/api';
import { Curve } from '../parts/Curve';
import { named, useWords } from '../parts/i18n';
import n, { intentName } from '../parts/namewords';
import { Severity } from '../parts/Severity';
import { Empty, Failed, ReconnectBar, Skeleton } from '../parts/states';
import { called } from '../parts/speaker';
import { batch, useStream } from '../parts/stream';
import { clock, ms, number, serverNow, since, useNow, when } from '../parts/time';
import { showTurn, Transcript, type Line, type Turn } from '../parts/Transcript';
import pw from '../parts/words';
import { Originals } from './Originals';
import { Player, type Seek } from './Player';
import { apply, fromDetail, gaps, median, moods, newTalk, type CallEvent, type Detail, type Mark, type Row, type Talk } from './talk';
import { Waterfall } from './Waterfall';
import w from './words';
import { Written } from './Written';

function MarkText({ m, people }: { m: Mark; people: Record<string, string> }) {
  const t = useWords(w), p = useWords(pw), nt = useWords(n), b = m.body as Record<string, string>;
  const why = b.why ? ` (${named(nt.turns, b.why)})` : '';
  switch (m.kind) {
    case 'call.key': return <>{t.key(b.digit ?? '')}</>;
    case 'call.hold': return <>{m.body.on ? t.hold : t.unhold}</>;
    case 'bot.interrupt': return <>{(b.action === 'resume' ? t.resume : b.action === 'cancel' ? t.cancel : t.duck) + why}</>;
    case 'call.transfer': return <>{t.transfer(b.target === 'desk' ? t.aPerson : called(b.target, people[b.target ?? ''] ?? b.target, p.who), named(t.transferState, b.state)) + (b.why && b.target === 'desk' ? '' : why)}</>;
    case 'desk.identity': return <>{t.identity(named(t.identities, b.state), b.how === 'keypad' || b.how === 'asked' ? t.hows[b.how] : b.how ?? '')}</>;
    default: return <strong><Severity of="warning" /> {t.trouble(named(nt.parts, b.part ?? ''), named(nt.troubles, b.then ?? ''))}</strong>;
  }
}

function Below({ turn, talk, scale }: { turn: Turn; talk: Talk; scale: number }) {
  const t = useWords(w), nt = useWords(n), a = talk.answers[turn.n], fall = talk.falls[turn.n], parts = [];
  if (turn.who === 'bot') {
    const d = turn.decision || a?.decision;
    if (d) parts.push(<span key="d" className={`decision ${d}`}><span aria-hidden="true">{t.icon[d as keyof typeof t.icon] ?? '·'} </span>{named(t.decision, d)}</span>);
    if (turn.entry) parts.push(<span key="e" className="mono" title={t.entryWhat}>{turn.entry}</span>);
    if (a?.p_right) parts.push(<span key="p" title={t.pRightWhat}>{t.pRight} {number(a.p_right, 2)}</span>);
    if (a?.ms) parts.push(<span key="m" title={t.tookWhat}>{a.ms < 10 ? `${number(a.ms, 1)} ms` : ms(a.ms)}</span>);
  } else {
    if (turn.sentiment) parts.push(<span key="s" title={t.moodWhat}>{t.mood} {number(turn.sentiment, 2)}</span>);
    if (turn.intent) parts.push(<span key="i">{intentName(nt, turn.intent)}</span>);
    if (turn.confidence) parts.push(<span key="c" title={t.sureWhat}>{t.sure} {number(turn.confidence, 2)}</span>);
  }
  return <>{parts.length > 0 && <p className="why">{parts}</p>}{fall && <Waterfall fall={fall} scale={scale} />}</>;
}

function Facts({ talk, row, running, id }: { talk: Talk; row?: Row; running: boolean; id: string }) {
  const t = useWords(w), now = useNow(), g = gaps(talk), m = moods(talk), s = talk.started, state = running ? 'running' : talk.ended?.why === 'cut' || row?.state === 'cut' ? 'cut' : 'ended', lang = row?.lang ?? s?.langs?.[0];
  const started = s?.started_at ?? row?.started_at, lasted = running ? since(started, Math.max(now, serverNow())) : talk.ended?.duration_s ?? row?.duration_s ?? 0;
  return (
    <dl className="facts">
      <div><dt>{t.fact.state}</dt><dd><span className={`call-state ${state}`}><span className="dot" aria-hidden="true" />{t.states[state]}</span></dd></div>
      <div><dt>{t.fact.started}</dt><dd>{when(started)}</dd></div><div><dt>{t.fact.lasted}</dt><dd className="num">{clock(lasted)}</dd></div>
      {lang && <div><dt>{t.fact.lang}</dt><dd>{named(t.langs, lang)}</dd></div>}
      {(s?.base ?? row?.base) && <div><dt>{t.fact.base}</dt><dd>{s?.base ?? row?.base}</dd></div>}
      {(s?.codec ?? row?.codec) && <div><dt>{t.fact.codec}</dt><dd>{s?.codec ?? row?.codec}</dd></div>}
      {g.length > 0 && <div><dt>{t.fact.gap}</dt><dd title={t.gapWhat}>{t.gap(ms(median(g)), ms(g.at(-1)!))}</dd></div>}
      {m.length > 1 && m.some(v => v) && <div><dt>{t.fact.mood}</dt><dd><Curve values={m} /></dd></div>}
      {!running && talk.turns.length > 0 && <div><dt>{t.fact.files}</dt><dd className="files">{['txt', 'vtt', 'json'].map(f => <a key={f} href={address(`/api/calls/${id}/transcript.${f}`)} target="_blank" rel="noopener">{f}</a>)}</dd></div>}
    </dl>
  );
}

export function Call({ id, row }: { id: string; row?: Row }) {
  const t = useWords(w), p = useWords(pw), [heard, setTalk] = useState(() => newTalk(id)), [at, setAt] = useState<number>(), [events, setEvents] = useState(true), seek = useRef<Seek>(null);
  const take = useMemo(() => batch<CallEvent>(all => setTalk(old => all.reduce(apply, old))), []);
  const detail = useQuery({ queryKey: ['call', id, !!heard.ended], queryFn: () => get<Detail>(`/api/calls/${id}`), refetchInterval: q => (q.state.error ? 2000 : false), retry: false, placeholderData: old => old });
  const { lost } = useStream(`/api/calls/${encodeURIComponent(id)}/events`, (_, d) => { if (d && typeof d === 'object' && 'kind' in d) take.push(d as CallEvent); });
  const talk = useMemo(() => (heard.seq === 0 && detail.data ? fromDetail(detail.data) : heard), [heard, detail.data]);
  // An address such as /calls/ID?turn=3 leads to that turn.
  const r = row ?? detail.data, running = !talk.ended && r?.state !== 'ended' && r?.state !== 'cut';
  const want = Number(new URLSearchParams(useSearch()).get('turn') ?? 0), there = talk.turns.length > 0;
  useEffect(() => { if (!want || !there) return; const timer = setTimeout(() => showTurn(want), 80); return () => clearTimeout(timer); }, [want, there]);
  if (detail.error instanceof Problem && detail.error.status === 403) return <Failed error={detail.error} />;
  if (detail.error instanceof Problem && detail.error.status === 404 && heard.seq === 0) return <Empty title={t.gone} action={<Link href="/calls">{t.back}</Link>} />;
  if (heard.seq === 0 && !detail.data) return detail.error ? <Failed error={detail.error} retry={() => void detail.refetch()} /> : <Skeleton rows={8} />;
  const scale = Math.max(1000, ...gaps(talk));
  const lines: Line[] = [...talk.turns.map(turn => ({ key: `t${turn.n}`, at: turn.start_s, turn })), ...(events ? talk.marks.map(m => ({ key: `m${m.seq}`, at: m.at, mark: <MarkText m={m} people={talk.people} /> })) : [])].sort((a, b) => a.at - b.at);
  if (talk.ended) lines.push({ key: 'end', at: talk.ended.duration_s, mark: talk.ended.why === 'cut' ? t.cutOff : t.endedBy(named(p.who, talk.ended.by), named(t.why, talk.ended.why)) });
  const partials = running ? [...Object.values(talk.partials), ...(talk.heard ? [talk.heard] : []), ...(talk.answer?.text ? [{ who: 'bot', text: talk.answer.text, lang: talk.answer.lang, start_s: talk.last }] : [])] : [];
  return (
    <article className="one-call" aria-label={t.call}>
      <ReconnectBar lost={lost} />
      <header className="call-head">
        <Link href="/calls" className="back-link">‹ {t.back}</Link>
        <h1 dir="auto">{talk.started?.from || r?.from || '—'} → {talk.started?.to || r?.to || '—'}</h1>
        <Facts talk={talk} row={r} running={running} id={id} />
      </header>
      <div className="call-bar"><Player src={detail.data?.audio ? address(`/api/calls/${id}/audio`) : ''} turns={talk.turns} length={talk.ended?.duration_s ?? talk.last} seek={seek} onTime={setAt} />
        {talk.marks.length > 0 && <button type="button" className="tool" aria-pressed={events} onClick={() => setEvents(v => !v)}>{events ? t.hideEvents : t.showEvents}</button>}
        {detail.data?.originals && <Originals id={id} />}</div>
      {!running && <Written id={id} />}
      <Transcript lines={lines} partials={partials} live={running} now={at} names={talk.people} onSeek={v => seek.current?.(v)} below={turn => <Below turn={turn} talk={talk} scale={scale} />} />
    </article>
  );
}
