// The left column: who this is, why they call, what is known, and what still has to be done.
import { Button, Checkbox } from 'antd';
import { useCallback, useEffect, useRef, useState } from 'react';
import { post } from '../parts/api';
import { named, useLang, useWords } from '../parts/i18n';
import n, { intentName, reasonName } from '../parts/namewords';
import { clock, when } from '../parts/time';
import { Masks, showTurn } from '../parts/Transcript';
import pw from '../parts/words';
import { useSession } from '../shell/session';
import { useActions } from './actions';
import { Line, Lines } from './Lines';
import { Money } from './Money';
import { forgetNotes, keepNotes, keptNotes } from './notes';
import { inLang, isChat, numberOf, safeLink, type Contact, type DeskCall, type Offer, type Who as Person } from './model';
import { useDesk } from './store';
import w from './words';

// found says how it was found who somebody is, and by whom.
function useFound(): (i: NonNullable<Person['identity']>) => string {
  const t = useWords(w), me = useSession().session?.person?.id;
  return i => {
    const how = i.how?.startsWith('site ') ? t.site(i.how.slice(5)) : named(t.hows, i.how ?? ''), by = i.by ?? '';
    return t.by(how, by.startsWith('rule:') ? t.byRule(by.slice(5)) : by === me ? t.you : '', i.at_s === undefined ? '' : clock(i.at_s));
  };
}

export function Identity({ who, set }: { who: Person; set?: (s: 'verified' | 'failed') => void }) {
  const t = useWords(w), found = useFound(), i = who.identity ?? { state: 'unknown' as const };
  const icon = { unknown: '?', verified: '✓', failed: '✕' }[i.state], tone = { unknown: '', verified: ' good', failed: ' alert' }[i.state];
  return (
    <span className="identity">
      <span className={`tag${tone}`}><span aria-hidden="true">{icon} </span>{t.identity[i.state]}</span>
      {i.state !== 'unknown' && i.how && <span className="faint">{found(i)}</span>}
      {set && i.state !== 'verified' && <Button size="small" onClick={() => set('verified')}>✓ {t.markVerified}</Button>}
      {set && i.state === 'unknown' && <Button size="small" onClick={() => set('failed')}>✕ {t.markFailed}</Button>}
    </span>
  );
}

// Check has the caller key in a code, and tells how that goes.
function Check({ call }: { call: DeskCall }) {
  const t = useWords(w), act = useActions(), can = useDesk().state.body?.codes === true, code = call.code;
  const known = !!call.caller.id || !!call.caller.maybe?.length, asked = code?.state === 'asked';
  if (!can || isChat(call) || (!known && !code)) return null;
  return (
    <div className="check">
      {known && call.caller.identity?.state !== 'verified' && !asked && <Button size="small" title={t.askCodeWhat} onClick={() => void act.askCode()}># {t.askCode}</Button>}
      {code && <p className={asked ? 'soft' : code.state === 'verified' ? 'faint' : 'warn-text'} role="status">{asked ? t.code.asked(code.typed ?? 0, code.try ?? 1) : t.code[code.state as Exclude<typeof code.state, 'asked'>]}</p>}
    </div>
  );
}

// Given is what the caller wrote on the page before the call.
export function Given({ who }: { who: Person }) {
  const t = useWords(w), g = who.given;
  if (!g || (!g.name && !g.contact)) return null;
  return <p className="given"><span className="faint">{t.given}: </span><span dir="auto">{[g.name, g.contact].filter(Boolean).join(' · ')}</span></p>;
}

export function Name({ who }: { who: Person }) {
  const t = useWords(w), p = useWords(pw);
  return (
    <div className="name">
      <strong dir="auto">{who.name || t.unknownCaller}</strong>
      <span className="num">{numberOf(who) || ((t.channels as Record<string, string>)[who.number] ?? t.withheld)}</span>
      {who.unasked && !who.name && <span className="warn-text">{t.unasked}</span>}
      <span className="tags">{who.tier && <span className="tag" title={t.tier}>{who.tier}</span>}{who.lang && <span className="tag">{named(p.langs, who.lang)}</span>}</span>
    </div>
  );
}

export function History({ all }: { all: Contact[] | null | undefined }) {
  const t = useWords(w), nt = useWords(n);
  if (!all?.length) return <p className="faint">{t.noHistory}</p>;
  return (
    <ul className="history">{all.slice(0, 3).map(c => (
      <li key={c.call}><a href={`/calls/${encodeURIComponent(c.call)}`} target="_blank" rel="noopener"><span className="num">{when(c.at)}</span> · {named(t.channels, c.channel)}{c.outcome && ` · ${named(nt.outcomes, c.outcome)}`}</a>{c.summary && <p className="soft" dir="auto">{c.summary}</p>}</li>
    ))}</ul>
  );
}

// Slots are what the caller has said so far; each opens the turn it was said in.
export function Slots({ of, open }: { of: Offer; open: (turn: number) => void }) {
  const t = useWords(w), p = useWords(pw), all = of.slots ?? [];
  if (all.length === 0) return null;
  return (
    <>
      <h2>{t.slots}</h2>
      <dl className="slots">{all.map(s => (
        <div key={`${s.kind} ${s.value}`}><dt>{t.slot[s.kind]}</dt>
          <dd><button type="button" className="plain evidence" title={p.toTurn} onClick={() => open(s.turn)}><span dir="auto"><Masks text={s.value} /></span>{s.heard && <span className="soft"> <span className="sr">{t.heardAs(s.heard)}</span><span aria-hidden="true">“<span dir="auto">{s.heard}</span>”</span></span>} <sup aria-hidden="true">{s.turn}</sup></button></dd></div>
      ))}</dl>
    </>
  );
}

export function Links({ who }: { who: Person }) {
  const all = (who.links ?? []).map(l => ({ ...l, url: safeLink(l.url) })).filter(l => l.url);
  return all.length ? <p className="links">{all.map(l => <a key={l.url} href={l.url} target="_blank" rel="noopener noreferrer">{l.title} ↗</a>)}</p> : null;
}

// Notes save themselves a moment after the last key; what could not be saved is tried again and never lost.
function Notes({ call }: { call: DeskCall }) {
  const t = useWords(w), id = call.call;
  const [text, setText] = useState(() => keptNotes(id) ?? call.notes ?? '');
  const [state, setState] = useState<'' | 'saved' | 'failed'>(''), timer = useRef(0);
  // save sends what this window keeps, in a moment, until the server has it. What is typed meanwhile goes with the next one.
  const save = useCallback((soon: number) => {
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => {
      const v = keptNotes(id);
      if (v === null) return;
      post(`/api/desk/calls/${id}/notes`, { text: v }).then(() => { if (keptNotes(id) === v) { forgetNotes(id); setState('saved'); } }, () => { setState('failed'); save(4000); });
    }, soon);
  }, [id]);
  useEffect(() => {
    save(0);
    // Whoever looks something up on another page leaves nothing unsaved behind.
    return () => { clearTimeout(timer.current); const v = keptNotes(id); if (v !== null) post(`/api/desk/calls/${id}/notes`, { text: v }).then(() => { if (keptNotes(id) === v) forgetNotes(id); }, () => {}); };
  }, [id, save]);
  return (
    <section>
      <h2><label htmlFor="desk-notes">{t.notes}</label> <span className={state === 'failed' ? 'note-state failed' : 'note-state'} role="status">{state === 'saved' ? `✓ ${t.notesSaved}` : state === 'failed' ? `! ${t.notesFailed}` : ''}</span></h2>
      <textarea id="desk-notes" className="field" rows={3} value={text} placeholder={t.notesHint} dir="auto"
        onKeyDown={e => { if (e.key === 'Escape') e.currentTarget.blur(); }}
        onChange={e => { setText(e.target.value); setState(''); keepNotes(id, e.target.value); save(700); }} />
    </section>
  );
}

function Checklist({ call }: { call: DeskCall }) {
  const t = useWords(w), lang = useLang(), act = useActions(), all = call.checklist ?? [];
  if (all.length === 0) return null;
  return (
    <section>
      <h2>{t.checklist} <span className="count">{t.tick(all.filter(i => i.done).length, all.length)}</span></h2>
      <ul className="checklist">{all.map(i => (
        <li key={i.id}>
          <Checkbox checked={i.done} onChange={e => void act.tick(i.id, e.target.checked)}>{inLang(lang, i, 'text')}{i.must && !i.done && <> <span className="tag warn">{t.must}</span></>}</Checkbox>
          {i.evidence && <button type="button" className="plain evidence soft" onClick={() => showTurn(i.evidence!.turn)}><span className="num">{clock(i.evidence.at_s)}</span> “<span dir="auto">{i.evidence.text}</span>”</button>}
        </li>
      ))}</ul>
    </section>
  );
}

export function Who({ call }: { call: DeskCall }) {
  const t = useWords(w), nt = useWords(n), act = useActions();
  return (
    <div className="who-column">
      <section><Name who={call.caller} /><Given who={call.caller} /><Identity who={call.caller} set={s => void act.identity(s)} /><Check call={call} />
        {!!call.caller.maybe?.length && <div className="maybe"><p className="soft">{t.maybe}</p><ul>{call.caller.maybe.map(m => <li key={m.id}><span dir="auto">{m.name || m.id}</span> <Button size="small" onClick={() => void act.choose(m.id)}>✓ {t.itIs}<span className="sr"> {m.name || m.id}</span></Button></li>)}</ul></div>}
        <Links who={call.caller} />
        {call.continues && <p className="links"><a href={`/calls/${encodeURIComponent(call.continues)}`} target="_blank" rel="noopener">{t.continues} ↗</a></p>}</section>
      {call.reason && <section><h2>{t.why}</h2><Line said={{ text: reasonName(nt, call.reason) }} />{call.intent && <> <span className="tag">{intentName(nt, call.intent)}</span></>}</section>}
      {!!call.summary?.length && <section><h2>{t.bot}</h2><Lines all={call.summary} /></section>}
      {!!call.slots?.length && <section><Slots of={call} open={showTurn} /></section>}
      <Money key={`money-${call.call}`} call={call} />
      <Checklist call={call} />
      <section><h2>{t.last}</h2><History all={call.history} /></section>
      <Notes key={call.call} call={call} />
    </div>
  );
}
