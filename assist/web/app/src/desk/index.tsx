// The desk: idle, ringing, in a call, wrapping up.
import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useEffect, useState, useSyncExternalStore, type ReactNode } from 'react';
import { get, offline, Problem } from '../parts/api';
import { useWords } from '../parts/i18n';
import n from '../parts/namewords';
import { Empty, Failed, Load, Partial, ReconnectBar, Skeleton } from '../parts/states';
import { clock, number, since, useNow } from '../parts/time';
import { Transcript, type Turn } from '../parts/Transcript';
import { useMe } from '../shell/session';
import { useActions } from './actions';
import { bannerText, Cards } from './Cards';
import { Devices } from './Devices';
import { Header } from './Header';
import { Ringing } from './Ringing';
import { escalation } from './sounds';
import type { DeskState } from './state';
import { dispatch, useDesk } from './store';
import { Talk } from './Talk';
import { carried, hangUp, renew, useVoice } from './voice';
import { Who } from './Who';
import w from './words';
import { Wrapup } from './Wrapup';
import './desk.css';

const wide = typeof matchMedia === 'undefined' ? null : matchMedia('(min-width: 1000px)');
const useWide = () => useSyncExternalStore(f => { wide?.addEventListener('change', f); return () => wide?.removeEventListener('change', f); }, () => wide?.matches ?? true);

function Idle({ s }: { s: DeskState }) {
  const t = useWords(w), act = useActions(), now = useNow(), first = s.body!.longest_since, me = s.body!.me, ready = me.state === 'ready';
  return (
    <div className="idle">
      <div className="idle-main">
        {s.gone && <p className="trouble" role="status">{t.gone[s.gone.why as keyof typeof t.gone] ?? s.gone.why}</p>}
        {!s.gone && me.state === 'away' && t.awayWhy[me.reason ?? ''] && <p className="trouble" role="status">{t.awayWhy[me.reason!]}</p>}
        <h1>{ready ? t.idleReady : t.idleAway}</h1>
        <div className="row">{ready ? <Button size="large" onClick={() => void act.presence('away', 'break')}>{t.goAway}</Button> : <Button size="large" type="primary" onClick={() => void act.presence('ready')}>{t.goReady}</Button>}</div>
        <dl className="idle-figures">
          <div title={t.waitingWhat}><dd>{number(s.body!.waiting)}</dd><dt>{t.waiting}</dt></div>
          <div title={t.longestWhat}><dd>{clock(first ? since(first, now) : s.body!.longest_wait_s)}</dd><dt>{t.longest}</dt></div>
        </dl>
      </div>
      <Devices />
    </div>
  );
}

// Columns are three beside each other, or tabs where there is no room.
function Columns({ who, talk, now, nowTitle, fresh = 0 }: { who: ReactNode; talk: ReactNode; now: ReactNode; nowTitle: string; fresh?: number }) {
  const t = useWords(w), three = useWide(), [tab, setTab] = useState(1);
  const all = [{ title: t.who, body: who }, { title: t.talk, body: talk }, { title: nowTitle, body: now, fresh }];
  const step = (d: number) => { setTab(v => (v + d + 3) % 3); document.getElementById(`desk-tab-${(tab + d + 3) % 3}`)?.focus(); };
  // The same elements in both shapes, so that what is being typed survives turning the screen or zooming.
  return (
    <div className={three ? 'columns' : 'desk-tabs'}>
      {!three && (
        <div key="tabs" role="tablist" aria-label={t.title} onKeyDown={e => { if (e.key === 'ArrowRight' || e.key === 'ArrowLeft') { e.preventDefault(); step(e.key === 'ArrowRight' ? 1 : -1); } }}>
          {all.map((c, i) => <button type="button" key={c.title} role="tab" id={`desk-tab-${i}`} aria-controls={`desk-panel-${i}`} aria-selected={tab === i} tabIndex={tab === i ? 0 : -1} onClick={() => setTab(i)}>{c.title}{!!c.fresh && tab !== i && <span className="tag">{c.fresh}</span>}</button>)}
        </div>
      )}
      {all.map((c, i) => <div key={i} className="column" role={three ? 'region' : 'tabpanel'} id={`desk-panel-${i}`} aria-label={three ? c.title : undefined} aria-labelledby={three ? undefined : `desk-tab-${i}`} hidden={!three && tab !== i}>{c.body}</div>)}
    </div>
  );
}

// Returning takes up the call of before the page was loaded again: while the agent is away from it, the server keeps it
// for a moment but shows no call.
function Returning({ call }: { call: string }) {
  const t = useWords(w), [failed, setFailed] = useState(false);
  useEffect(() => { let on = true; renew(call).catch(() => { if (on) setFailed(true); }); return () => { on = false; }; }, [call]);
  if (failed) return <Empty title={t.lostCall} action={<Button onClick={hangUp}>{t.close}</Button>} />;
  return <><p className="sr" role="status">{t.returning}</p><Empty title={`${t.returning} …`} /></>;
}

function AfterCall({ s }: { s: DeskState }) {
  const t = useWords(w), wrapup = s.body!.wrapup!;
  const call = useQuery({ queryKey: ['call', wrapup.call], queryFn: () => get<{ from?: string; turns: Turn[] | null }>(`/api/calls/${wrapup.call}`), staleTime: 60_000 });
  const mine = useMe();
  return <div className="after"><Load of={call} rows={5}>{d => <Transcript lines={(d.turns ?? []).toSorted((a, b) => a.start_s - b.start_s || a.n - b.n).map(turn => ({ key: `t${turn.n}`, at: turn.start_s, turn }))} mine={mine} live={false} label={t.talk} />}</Load></div>;
}

export default function Desk() {
  const t = useWords(w), nt = useWords(n), { state: s, link, status } = useDesk(), voice = useVoice(), body = s.body;
  // A call that ended elsewhere ends here too.
  const current = body?.call?.call;
  useEffect(() => { if (body && voice.call && voice.state !== 'asking' && voice.state !== 'connecting' && body.me.state !== 'busy' && current !== voice.call) hangUp(); }, [body, current, voice.call, voice.state]);
  const urgent = s.said?.severity === 'critical' ? `${s.said.id} ${s.said.news ?? 1}` : '';
  useEffect(() => { if (urgent) escalation(); }, [urgent]);
  useEffect(() => () => { dispatch({ type: 'reading', on: false }); }, []);

  if (!body) {
    if (status === 403 || status === 401) return <Empty title={t.notAgent}>{t.notAgentWhy}</Empty>;
    if (status === 404) return <Empty title={t.noDesk}>{t.noDeskWhy}</Empty>;
    if (link === 'failing') return <Failed error={new Problem(status || offline, '', t.unreachable)} retry={() => location.reload()} />;
    return <><p className="sr" role="status">{t.connecting}</p><Skeleton /></>;
  }
  const banners = bannerText(s, t, nt);
  const top = <><ReconnectBar lost={link === 'lost'} />{banners.map(b => <Partial key={b}>{b}</Partial>)}</>;
  if (body.call) {
    const mood = s.turns.filter(x => x.who === 'caller' && x.sentiment !== undefined).map(x => x.sentiment!);
    return (
      <div className="desk in-call">{top}
        <Header call={body.call} targets={body.transfers ?? []} sentiment={mood.length ? mood : body.call.sentiment ?? []} />
        <Columns who={<Who call={body.call} />} talk={<Talk s={s} call={body.call} />} now={<Cards s={s} call={body.call} />} nowTitle={t.now} fresh={s.fresh.length + s.held.length} />
      </div>
    );
  }
  if (body.offer) return <div className="desk">{top}<Ringing key={body.offer.id} offer={body.offer} /></div>;
  if (body.wrapup) return <div className="desk in-call">{top}<div className="columns two"><div className="column" role="region" aria-label={t.talk}><AfterCall s={s} /></div><div className="column" role="region" aria-label={t.wrapup}><Wrapup key={`${body.wrapup.call} ${body.wrapup.pending ?? false}`} wrapup={body.wrapup} until={body.me.until} late={body.me.state !== 'wrapup'} away={body.me.state === 'away'} /></div></div></div>;
  const back = carried();
  if (body.me.state === 'busy' && back) return <div className="desk">{top}<Returning call={back} /></div>;
  return <div className="desk">{top}<Idle s={s} /></div>;
}
