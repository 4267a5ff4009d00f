// One scored call: the recording and what was said on one side, the form and what people did with it on the other.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Input } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { Player, type Seek } from '../calls/Player';
import { address, get, post, Problem } from '../parts/api';
import { useWords } from '../parts/i18n';
import { useKeys } from '../parts/keys';
import { explain, Load } from '../parts/states';
import { clock, serverNow, when } from '../parts/time';
import { showTurn, Transcript, type Line, type Turn } from '../parts/Transcript';
import pw from '../parts/words';
import { useSession } from '../shell/session';
import { Coach } from './Coaching';
import { exports, isMe, mayAppeal, possible, type Note, type Scored } from './model';
import { Sheet } from './Sheet';
import w from './words';

export interface Go { (at: number, turn?: number): void }

// useNote adds a note of a kind; when the state does not allow it any more the call is read again.
function useNote(id: string, done?: () => void) {
  const t = useWords(w), p = useWords(pw), client = useQueryClient(), { message } = App.useApp();
  return useMutation({
    mutationFn: ({ kind, ...body }: { kind: string; text?: string; at_s?: number; turn?: number; word?: string }) => post(`/api/quality/calls/${encodeURIComponent(id)}/${kind}`, body),
    onSuccess: () => done?.(),
    onError: err => { if (err instanceof Problem && err.status === 409) void message.warning(t.refused, 6); else if (err instanceof Problem && err.status === 403) void message.warning(t.second, 6); else { const e = explain(err, p); void message.error(`${e.title}. ${e.why}`, 6); } },
    onSettled: () => { void client.invalidateQueries({ queryKey: ['quality-call', id] }); void client.invalidateQueries({ queryKey: ['quality-inbox'] }); },
  });
}

function Fix({ id, turn }: { id: string; turn: Turn }) {
  const t = useWords(w), p = useWords(pw), [open, setOpen] = useState(false), [heard, setHeard] = useState(''), [meant, setMeant] = useState(''), note = useNote(id, () => { setOpen(false); setHeard(''); setMeant(''); });
  if (!open) return <button type="button" className="link q-fix" onClick={() => { setHeard(getSelection()?.toString().trim().slice(0, 200) ?? ''); setOpen(true); }}>{t.misheard}</button>;
  return (
    <form className="q-word" onSubmit={e => { e.preventDefault(); if (heard.trim() && meant.trim()) note.mutate({ kind: 'corrections', turn: turn.n, word: heard.trim(), text: meant.trim(), at_s: turn.start_s }); }}>
      <Input size="small" style={{ width: 130 }} maxLength={200} aria-label={t.heard} placeholder={t.heard} value={heard} onChange={e => setHeard(e.target.value)} /><Input size="small" style={{ width: 130 }} autoFocus maxLength={200} aria-label={t.meant} placeholder={t.meant} value={meant} onChange={e => setMeant(e.target.value)} />
      <Button size="small" type="primary" htmlType="submit" disabled={!heard.trim() || !meant.trim()} loading={note.isPending}>{p.save}</Button><Button size="small" onClick={() => setOpen(false)}>{p.cancel}</Button>
    </form>
  );
}

function Notes({ notes, go }: { notes: Note[]; go: Go }) {
  const t = useWords(w), { session } = useSession();
  if (notes.length === 0) return <p className="soft">{t.noNotes}</p>;
  return (
    <ol className="q-notes">{notes.map(n => (
      <li key={n.n}><strong>{isMe(n.by, session?.person) ? t.me : n.by || '—'}</strong> {t.did[n.kind as keyof typeof t.did] ?? n.kind} <span className="faint">{when(n.at)}</span>{' '}
        {(n.kind === 'comment' || n.kind === 'correction') && <button type="button" className="link num" aria-label={t.evidence(clock(n.at_s))} onClick={() => go(n.at_s ?? 0, n.turn)}>{clock(n.at_s)}</button>}
        <p dir="auto">{n.word && <><del>{n.word}</del> → </>}{n.text}</p></li>
    ))}</ol>
  );
}

// What can be done with the call as a whole.
function Doing({ id, d, judge, at }: { id: string; d: Scored; judge: boolean; at: number }) {
  const t = useWords(w), [open, setOpen] = useState<{ kind: 'comments' | 'appeal' | 'decide'; at: number } | null>(null), [text, setText] = useState(''), note = useNote(id, () => { setOpen(null); setText(''); }), can = possible(d.state), scored = d.sheets.length > 0;
  const comment = () => setOpen({ kind: 'comments', at });
  useKeys(t.call, judge ? [{ keys: ['c'], what: t.k.comment, run: comment }] : []);
  const asks = { comments: t.commentAt(clock(open?.at)), appeal: t.appealWhy, decide: t.decideWhy };
  return (
    <section>
      <h2>{t.notes} <small>{t.states[d.state]}</small></h2>
      <div className="q-do gap-top">
        {judge && scored && can.reviewed && <Button size="small" type="primary" loading={note.isPending} onClick={() => note.mutate({ kind: 'reviewed' })}>{t.reviewed}</Button>}
        {scored && can.acknowledge && <Button size="small" loading={note.isPending} onClick={() => note.mutate({ kind: 'acknowledge' })}>{t.acknowledge}</Button>}
        {scored && can.appeal && mayAppeal(d.appeal_until, serverNow()) && <Button size="small" title={d.appeal_until && t.appealUntil(when(d.appeal_until))} onClick={() => setOpen({ kind: 'appeal', at })}>{t.appeal}</Button>}
        {judge && can.decide && <Button size="small" type="primary" onClick={() => setOpen({ kind: 'decide', at })}>{t.decide}</Button>}
        {judge && <Button size="small" onClick={comment}>{t.commentAt(clock(at))} <kbd>c</kbd></Button>}
      </div>
      {judge && <Coach call={id} agents={d.agents ?? []} at={at} />}
      {judge && scored && <p className="q-meta gap-top">{t.exportAs} {exports(id).map(x => <a key={x.name} download href={address(x.href)}>{x.name}</a>)}</p>}
      {open && (
        <form className="q-write gap-top" onSubmit={e => { e.preventDefault(); if (text.trim()) note.mutate({ kind: open.kind, text: text.trim(), ...(open.kind === 'comments' ? { at_s: open.at } : {}) }); }}>
          <label htmlFor="q-note">{asks[open.kind]}</label>
          <Input.TextArea id="q-note" autoFocus key={open.kind} rows={3} maxLength={4000} value={text} onChange={e => setText(e.target.value)} onKeyDown={e => { if (e.key === 'Escape') setOpen(null); }} />
          <div className="q-do"><Button size="small" type="primary" htmlType="submit" disabled={!text.trim()} loading={note.isPending}>{t.send}</Button><Button size="small" onClick={() => setOpen(null)}>{t.cancel}</Button></div>
        </form>
      )}
    </section>
  );
}

export function Call({ id, judge }: { id: string; judge: boolean }) {
  const t = useWords(w), [, to] = useLocation(), [at, setAt] = useState<number>(), seek = useRef<Seek>(null), wait = useRef<number>(0);
  const call = useQuery({ queryKey: ['quality-call', id], queryFn: () => get<Scored>(`/api/quality/calls/${encodeURIComponent(id)}`), retry: false, refetchInterval: q => (q.state.data && q.state.data.sheets.length === 0 ? 3000 : false) });
  useKeys(t.title, [{ keys: ['Escape'], what: t.k.back, run: () => to('/quality') }]);
  useEffect(() => () => clearTimeout(wait.current), []);
  const begin = Number(new URLSearchParams(useSearch()).get('t') ?? 'x'), loaded = !!call.data;
  useEffect(() => { if (loaded && begin >= 0) { const timer = setTimeout(() => { seek.current?.(begin); setAt(begin); }, 60); return () => clearTimeout(timer); } }, [begin, loaded]);
  const go: Go = (s, turn) => { seek.current?.(s); setAt(s); if (turn) { clearTimeout(wait.current); wait.current = window.setTimeout(() => showTurn(turn), 30); } };
  return <Load of={call} rows={8}>{d => {
    const turns = d.turns ?? [], lines: Line[] = turns.map(turn => ({ key: `t${turn.n}`, at: turn.start_s, turn }));
    return (
      <article className="q-call" aria-label={t.call}>
        <header className="call-head"><Link href="/quality" className="back-link">‹ {judge ? t.back : t.own}</Link>
          <div className="q-head"><h1 dir="auto">{d.call.from || '—'} → {d.call.to || '—'}</h1><span className="soft">{when(d.call.started_at)}</span><span className="soft num">{clock(d.call.duration_s)}</span>{d.call.route && <span className="soft">{d.call.route}</span>}<span className="tag">{t.states[d.state]}</span></div></header>
        <div className="call-bar"><Player src={d.audio_url ? address(d.audio_url) : ''} turns={turns} length={d.call.duration_s} seek={seek} onTime={setAt} /></div>
        <div className="q-body">
          <Transcript lines={lines} live={false} now={at} onSeek={go} below={judge ? turn => <Fix id={id} turn={turn} /> : undefined} />
          <div className="q-side" tabIndex={0} role="region" aria-label={t.questions}>
            {d.sheets.length === 0 ? <Alert type="info" showIcon title={t.noSheet} description={<>{t.noSheetWhy} {judge && <Link href="/quality/forms">{t.toForms}</Link>}</>} /> : d.sheets.map((s, i) => <Sheet key={s.form} id={id} sheet={s} turns={turns} judge={judge} keys={i === 0} go={go} />)}
            <div><Doing id={id} d={d} judge={judge} at={at ?? 0} /><Notes notes={d.notes ?? []} go={go} /></div>
          </div>
        </div>
      </article>
    );
  }}</Load>;
}
