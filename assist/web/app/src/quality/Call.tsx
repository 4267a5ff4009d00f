// One scored call: the recording and what was said on one side, the form and what people did with it on the other.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Input } from 'antd';
import { memo, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import type { Seek } from '../calls/Player';
import { address, get, post, Problem } from '../parts/api';
import { useLang, useWords } from '../parts/i18n';
import { useKeys } from '../parts/keys';
import { because, explain, Load } from '../parts/states';
import { clock, serverNow, when } from '../parts/time';
import { showTurn, Transcript, type Line, type Turn } from '../parts/Transcript';
import pw from '../parts/words';
import { useSession } from '../shell/session';
import { Coach } from './Coaching';
import kw from './calibratewords';
import cw from './callwords';
import { Decide } from './Decide';
import { Why } from './Failures';
import { useInboxHref } from './Inbox';
import { acknowledged, exports, isMe, mayAppeal, possible, sayNote, type Note, type Scored } from './model';
import { Sheet } from './Sheet';
import { Wave } from './Wave';
import w from './words';

// speechName is a language as people call it.
function speechName(code: string, lang: string): string { try { return new Intl.DisplayNames([lang], { type: 'language' }).of(code) ?? code; } catch { return code; } }

const lookAgain = 60_000; // what others did with a call shows without a hand, and one that was erased goes

export interface Go { (at: number, turn?: number): void }

// useNote adds a note of a kind; when the state does not allow it any more the call is read again.
function useNote(id: string, done?: () => void) {
  const t = useWords(w), c = useWords(cw), p = useWords(pw), client = useQueryClient(), { message } = App.useApp();
  return useMutation({
    mutationFn: ({ kind, ...body }: { kind: string; text?: string; at_s?: number; turn?: number; word?: string }) => post(`/api/quality/calls/${encodeURIComponent(id)}/${kind}`, body),
    onSuccess: () => done?.(),
    onError: err => { if (err instanceof Problem && err.status === 409) void message.warning(['', 'changed', 'state'].includes(err.code) ? t.refused : because(err, p), 6); else if (err instanceof Problem && err.status === 403) void message.warning(c.others, 6); else { const e = explain(err, p); void message.error(`${e.title}. ${e.why}`, 6); } },
    onSettled: () => { void client.invalidateQueries({ queryKey: ['quality-call', id] }); void client.invalidateQueries({ queryKey: ['quality-inbox'] }); },
  });
}

// Only what is open costs anything: there is one for each turn, and thousands of turns.
const Fix = memo(function Fix({ id, turn }: { id: string; turn: Turn }) {
  const t = useWords(w), [heard, setHeard] = useState<string | null>(null);
  if (heard === null) return <button type="button" className="link q-fix" onClick={() => setHeard(getSelection()?.toString().trim().slice(0, 200) ?? '')}>{t.misheard}</button>;
  return <FixForm id={id} turn={turn} first={heard} close={() => setHeard(null)} />;
});

function FixForm({ id, turn, first, close }: { id: string; turn: Turn; first: string; close: () => void }) {
  const t = useWords(w), p = useWords(pw), [heard, setHeard] = useState(first), [meant, setMeant] = useState(''), note = useNote(id, close);
  return (
    <form className="q-word" onSubmit={e => { e.preventDefault(); if (heard.trim() && meant.trim()) note.mutate({ kind: 'corrections', turn: turn.n, word: heard.trim(), text: meant.trim(), at_s: turn.start_s }); }}>
      <Input size="small" style={{ width: 130 }} maxLength={200} aria-label={t.heard} placeholder={t.heard} value={heard} onChange={e => setHeard(e.target.value)} /><Input size="small" style={{ width: 130 }} autoFocus maxLength={200} aria-label={t.meant} placeholder={t.meant} value={meant} onChange={e => setMeant(e.target.value)} />
      <Button size="small" type="primary" htmlType="submit" disabled={!heard.trim() || !meant.trim()} loading={note.isPending}>{p.save}</Button><Button size="small" onClick={close}>{p.cancel}</Button>
    </form>
  );
}

function Notes({ d, go }: { d: Scored; go: Go }) {
  const t = useWords(w), c = useWords(cw), zh = useLang() === 'zh', { session } = useSession(), notes = d.notes ?? [], names = d.names ?? {}, said = (n: Note) => (n.kind === 'answer' ? sayNote(n.text, d.sheets, zh, t.values, c.none) : n.text);
  if (notes.length === 0) return <p className="soft">{t.noNotes}</p>;
  return (
    <ol className="q-notes">{notes.map(n => (
      <li key={n.n}><strong>{isMe(n.by, session?.person) ? t.me : names[n.by] || n.by || '—'}</strong> {t.did[n.kind as keyof typeof t.did] ?? n.kind} <span className="faint">{when(n.at)}</span>{' '}
        {(n.kind === 'comment' || n.kind === 'correction') && <button type="button" className="link num" aria-label={t.evidence(clock(n.at_s))} onClick={() => go(n.at_s ?? 0, n.turn)}>{clock(n.at_s)}</button>}
        <p dir="auto">{n.word && <><del>{n.word}</del> → </>}{said(n)}</p></li>
    ))}</ol>
  );
}

// What can be done with the call as a whole.
function Doing({ id, d, judge, at }: { id: string; d: Scored; judge: boolean; at: number }) {
  const t = useWords(w), [open, setOpen] = useState<{ kind: 'comments' | 'appeal'; at: number } | null>(null), [settle, setSettle] = useState(false), [text, setText] = useState(''), note = useNote(id, () => { setOpen(null); setText(''); }), can = possible(d.state), scored = d.sheets.some(s => !s.hidden), { session } = useSession();
  const me = session?.person, mine = !me || (d.agents ?? []).includes(me.id), agreed = acknowledged(d.notes ?? [], me?.id ?? 'local'), leads = !!me?.roles.some(r => r === 'supervisor' || r === 'admin');
  const comment = () => setOpen({ kind: 'comments', at });
  useKeys(t.call, judge ? [{ keys: ['c'], what: t.k.comment, run: comment }] : []);
  const asks = { comments: t.commentAt(clock(open?.at)), appeal: t.appealWhy };
  return (
    <section>
      <h2>{t.notes} <small>{t.states[d.state]}</small></h2>
      <div className="q-do gap-top">
        {judge && scored && can.reviewed && <Button size="small" type="primary" loading={note.isPending} onClick={() => note.mutate({ kind: 'reviewed' })}>{t.reviewed}</Button>}
        {scored && mine && can.acknowledge && !agreed && <Button size="small" loading={note.isPending} onClick={() => note.mutate({ kind: 'acknowledge' })}>{t.acknowledge}</Button>}
        {scored && (mine || leads) && can.appeal && !agreed && mayAppeal(d.appeal_until, serverNow()) && <Button size="small" title={d.appeal_until && t.appealUntil(when(d.appeal_until))} onClick={() => setOpen({ kind: 'appeal', at })}>{t.appeal}</Button>}
        {judge && can.decide && <Button size="small" type="primary" onClick={() => setSettle(s => !s)} aria-expanded={settle}>{t.decide}</Button>}
        {judge && <Button size="small" onClick={comment}>{t.commentAt(clock(at))} <kbd>c</kbd></Button>}
      </div>
      {settle && can.decide && <Decide id={id} d={d} done={() => setSettle(false)} />}
      {judge && <Coach call={id} agents={d.agents ?? []} names={d.names ?? {}} at={at} />}
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
  const t = useWords(w), [, to] = useLocation(), [at, setAt] = useState<number>(), [used, setUsed] = useState(''), seek = useRef<Seek>(null), wait = useRef<number>(0);
  const call = useQuery({ queryKey: ['quality-call', id], queryFn: () => get<Scored>(`/api/quality/calls/${encodeURIComponent(id)}`), retry: false, refetchInterval: q => (q.state.data?.sheets.length === 0 ? 3000 : lookAgain) });
  const inbox = useInboxHref();
  useKeys(t.title, [{ keys: ['Escape'], what: t.k.back, run: () => to(inbox) }]);
  useEffect(() => () => clearTimeout(wait.current), []);
  const begin = Number(new URLSearchParams(useSearch()).get('t') ?? 'x'), loaded = !!call.data;
  useEffect(() => { if (loaded && begin >= 0) { const timer = setTimeout(() => { seek.current?.(begin); setAt(begin); }, 60); return () => clearTimeout(timer); } }, [begin, loaded]);
  const go: Go = useCallback((s, turn) => { seek.current?.(s); setAt(s); if (turn) { clearTimeout(wait.current); wait.current = window.setTimeout(() => showTurn(turn), 30); } }, []);
  const c = useWords(cw), k = useWords(kw), lang = useLang(), data = call.data, lines: Line[] = useMemo(() => (data?.turns ?? []).map(turn => ({ key: `t${turn.n}`, at: turn.start_s, turn })), [data?.turns]);
  // What is under a turn: corrected words, and the way to correct one. It changes only with the notes.
  const below = useCallback((turn: Turn) => {
    const fixed = (data?.notes ?? []).filter(n => n.kind === 'correction' && n.turn === turn.n);
    return <>{fixed.map(n => <p key={n.n} className="q-fixed" dir="auto"><del>{n.word}</del> → <ins>{n.text}</ins></p>)}{judge && <Fix id={id} turn={turn} />}</>;
  }, [data?.notes, id, judge]);
  return <Load of={call} rows={8}>{d => {
    const seen = d.sheets.filter(s => !s.hidden), active = seen.find(s => s.form === used) ?? seen[0], leave = (by: number) => { const next = active && seen[seen.indexOf(active) + by]; if (next) { setUsed(next.form); document.querySelector(`section[aria-label="${next.form}"]`)?.scrollIntoView({ block: 'nearest' }); } };
    const turns = d.turns ?? [], failed = d.failures ?? [], other = d.sheets.length === 0 && !!d.call.lang && !/^(en|zh)\b/.test(d.call.lang);
    return (
      <article className="q-call" aria-label={t.call}>
        <header className="call-head"><Link href={inbox} className="back-link">‹ {judge ? t.back : t.own}</Link>
          <div className="q-head"><h1 dir="auto">{d.call.from || '—'} → {d.call.to || '—'}</h1><span className="soft">{when(d.call.started_at)}</span><span className="soft num">{clock(d.call.duration_s)}</span>{d.call.route && <span className="soft">{d.call.route}</span>}<span className="tag">{t.states[d.state]}</span></div></header>
        <Wave src={d.audio_url ? address(d.audio_url) : ''} peaksAt={d.peaks_url ?? ''} tracks={d.tracks} turns={turns} length={d.call.duration_s} seek={seek} onTime={setAt} go={go} />
        <div className="q-body">
          <Transcript lines={lines} live={false} now={at} onSeek={go} below={below} />
          <div className="q-side" tabIndex={0} role="region" aria-label={t.questions}>
            {failed.length > 0 && <Alert type="warning" showIcon title={c.notScoredHere} description={<>{c.notScoredWhat}<ul className="faults">{failed.map(f => <Why key={f.form} f={f} />)}</ul></>} />}
            {d.sheets.length === 0 ? failed.length === 0 && <Alert type="info" showIcon title={turns.length === 0 ? c.empty : t.noSheet} description={<>{turns.length === 0 ? c.emptyWhy : other ? c.otherLang(speechName(d.call.lang, lang)) : t.noSheetWhy} {judge && <Link href="/quality/forms">{t.toForms}</Link>}</>} /> : d.sheets.map((s, i) => s.hidden ? <Alert key={s.form} type="info" showIcon title={`${s.form}: ${k.hidden}`} description={<>{k.hiddenWhy} <Link href={`/quality/calibrations/${s.hidden}`}>{k.toCalibration}</Link></>} /> : <Sheet key={s.form} id={id} sheet={s} turns={turns} judge={judge} keys={s === active} mark={i === 0 ? '' : `${s.form}-`} go={go} use={() => setUsed(s.form)} leave={leave} name={d.names?.[s.by]} />)}
            <div><Doing id={id} d={d} judge={judge} at={at ?? 0} /><Notes d={d} go={go} /></div>
          </div>
        </div>
      </article>
    );
  }}</Load>;
}
