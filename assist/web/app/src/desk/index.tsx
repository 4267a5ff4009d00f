// The desk: idle, ringing, in a call, wrapping up.
import { useQuery } from '@tanstack/react-query';
import { Button, Tabs } from 'antd';
import { useEffect, useState, useSyncExternalStore, type ReactNode } from 'react';
import { get } from '../parts/api';
import { useWords } from '../parts/i18n';
import { Empty, Partial, ReconnectBar, Skeleton } from '../parts/states';
import { clock, number } from '../parts/time';
import { Transcript, type Turn } from '../parts/Transcript';
import { useActions } from './actions';
import { bannerText, Cards } from './Cards';
import { Devices } from './Devices';
import { Header } from './Header';
import { Ringing } from './Ringing';
import { escalation } from './sounds';
import type { DeskState } from './state';
import { dispatch, useDesk } from './store';
import { Talk } from './Talk';
import { hangUp, useVoice } from './voice';
import { Who } from './Who';
import w from './words';
import { Wrapup } from './Wrapup';
import './desk.css';

const wide = typeof matchMedia === 'undefined' ? null : matchMedia('(min-width: 1000px)');
const useWide = () => useSyncExternalStore(f => { wide?.addEventListener('change', f); return () => wide?.removeEventListener('change', f); }, () => wide?.matches ?? true);

function Idle({ s }: { s: DeskState }) {
  const t = useWords(w), act = useActions(), me = s.body!.me, ready = me.state === 'ready';
  return (
    <div className="idle">
      <div className="idle-main">
        {s.gone && <p className="trouble" role="status">{t.gone[s.gone.why as keyof typeof t.gone] ?? s.gone.why}</p>}
        <h1>{ready ? t.idleReady : t.idleAway}</h1>
        <div className="row">{ready ? <Button size="large" onClick={() => void act.presence('away', 'break')}>{t.goAway}</Button> : <Button size="large" type="primary" onClick={() => void act.presence('ready')}>{t.goReady}</Button>}</div>
        <dl className="idle-figures">
          <div title={t.waitingWhat}><dd>{number(s.body!.waiting)}</dd><dt>{t.waiting}</dt></div>
          <div title={t.longestWhat}><dd>{clock(s.body!.longest_wait_s)}</dd><dt>{t.longest}</dt></div>
        </dl>
      </div>
      <Devices />
    </div>
  );
}

// Columns are three beside each other, or tabs where there is no room.
function Columns({ who, talk, now, first = 'talk', nowTitle, fresh = 0 }: { who: ReactNode; talk: ReactNode; now: ReactNode; first?: 'talk' | 'now'; nowTitle: string; fresh?: number }) {
  const t = useWords(w), three = useWide(), [tab, setTab] = useState<string>(first);
  if (three) return <div className="columns"><section aria-label={t.who}>{who}</section><section aria-label={t.talk}>{talk}</section><section aria-label={nowTitle}>{now}</section></div>;
  return <Tabs className="desk-tabs" activeKey={tab} onChange={setTab} items={[{ key: 'who', label: t.who, children: who }, { key: 'talk', label: t.talk, children: talk }, { key: 'now', label: <>{nowTitle}{fresh > 0 && tab !== 'now' && <span className="tag"> {fresh}</span>}</>, children: now, forceRender: true }]} />;
}

function AfterCall({ s }: { s: DeskState }) {
  const t = useWords(w), wrapup = s.body!.wrapup!;
  const call = useQuery({ queryKey: ['call', wrapup.call], queryFn: () => get<{ from?: string; turns: Turn[] | null }>(`/api/calls/${wrapup.call}`), staleTime: 60_000 });
  const turns = call.data?.turns ?? [];
  return <div className="after"><Transcript lines={turns.map(turn => ({ key: `t${turn.n}`, at: turn.start_s, turn }))} me="agent" live={false} label={t.talk} />{call.isPending && <Skeleton rows={5} />}</div>;
}

export default function Desk() {
  const t = useWords(w), { state: s, link, status } = useDesk(), voice = useVoice(), body = s.body;
  // A call that ended elsewhere ends here too.
  const current = body?.call?.call;
  useEffect(() => { if (body && voice.call && voice.state !== 'asking' && current !== voice.call) hangUp(); }, [body, current, voice.call, voice.state]);
  const urgent = s.said?.severity === 'critical' ? s.said.id : '';
  useEffect(() => { if (urgent) escalation(); }, [urgent]);
  useEffect(() => () => { dispatch({ type: 'reading', on: false }); }, []);

  if (!body) {
    if (status === 403 || status === 401) return <Empty title={t.notAgent}>{t.notAgentWhy}</Empty>;
    if (status === 404) return <Empty title={t.noDesk}>{t.noDeskWhy}</Empty>;
    return <><p className="sr" role="status">{t.connecting}</p><Skeleton /></>;
  }
  const banners = [...bannerText(s, t)];
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
  if (body.wrapup) return <div className="desk in-call">{top}<div className="columns two"><section aria-label={t.talk}><AfterCall s={s} /></section><section aria-label={t.wrapup}><Wrapup key={body.wrapup.call} wrapup={body.wrapup} /></section></div></div>;
  return <div className="desk">{top}<Idle s={s} /></div>;
}
