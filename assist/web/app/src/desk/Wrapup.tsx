// After the call: the summary with the turn behind each line, the outcome, the ticket. One key saves and goes ready.
import { Button, Select } from 'antd';
import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import { post, put } from '../parts/api';
import { useLang, useWords } from '../parts/i18n';
import { forget, keep as keepAs, recall } from '../parts/kept';
import { useKeys } from '../parts/keys';
import { Partial, Skeleton } from '../parts/states';
import { showTurn } from '../parts/Transcript';
import { when } from '../parts/time';
import { useActions } from './actions';
import { useMe } from '../shell/session';
import { forgetNotes, keptNotes } from './notes';
import { type Form, inLang, type Said, type Ticket, type Wrapup as Body } from './model';
import w from './words';

type Lists = 'said' | 'promised' | 'open' | 'numbers';
const lists: Lists[] = ['said', 'promised', 'open', 'numbers'];

function Editable({ said, label, change, remove }: { said: Said; label: string; change: (v: string) => void; remove?: () => void }) {
  const t = useWords(w);
  return (
    <li className="edit-line">
      <textarea className="field" aria-label={label} dir="auto" rows={Math.max(1, Math.ceil(said.text.length / 44))} value={said.text} onChange={e => change(e.target.value)} />
      {said.turn ? <button type="button" className="link turn-link" title={t.turnLink} onClick={() => showTurn(said.turn!)}><span className="sr">{t.turnLink} </span>↗{said.turn}</button> : <span />}
      {remove && <button type="button" className="plain remove" aria-label={t.removeLine} title={t.removeLine} onClick={remove}>×</button>}
    </li>
  );
}

const fieldId = (name: string) => `ticket-${name}`;

function TicketForm({ ticket, forms, change, lacking }: { ticket: Ticket | null; forms: Form[]; change: (t: Ticket | null) => void; lacking: boolean }) {
  const t = useWords(w), lang = useLang(), form = forms.find(f => f.id === ticket?.form);
  if (forms.length === 0 && !ticket) return null;
  return (
    <section>
      <h2 id="wrap-ticket">{t.ticket}{ticket?.number && <> <span className="tag good">{t.ticketNumber(ticket.number)}</span></>}{ticket?.due && <span className="faint"> {t.due} {when(ticket.due)}</span>}</h2>
      <Select aria-labelledby="wrap-ticket" className="wide" value={ticket?.form ?? ''} options={[{ value: '', label: t.noTicket }, ...forms.map(f => ({ value: f.id, label: inLang(lang, f, 'title') }))]} onChange={v => change(v ? { ...(ticket ?? {}), form: v, fields: ticket?.fields ?? {} } : null)} />
      {ticket && form?.fields?.map(f => {
        const value = ticket.fields?.[f.name] ?? '', id = fieldId(f.name), bad = lacking && f.required && !value.trim(), told = bad ? { 'aria-invalid': true, 'aria-describedby': 'wrap-missing wrap-kept' } : {}, set = (v: string) => change({ ...ticket, fields: { ...ticket.fields, [f.name]: v } });
        return (
          <div className="ticket-field" key={f.name}>
            <label htmlFor={id}>{inLang(lang, f, 'title')}{f.required && <span className={value ? 'faint' : bad ? 'tag alert' : 'tag warn'}> {t.required}</span>}</label>
            {f.type === 'choice' ? <Select id={id} {...told} status={bad ? 'error' : undefined} value={value || undefined} placeholder={t.pick} options={(f.choices ?? []).map(c => ({ value: c, label: c }))} onChange={set} />
              : <input id={id} {...told} className="field" type={f.type} value={value} onChange={e => set(e.target.value)} />}
          </div>
        );
      })}
    </section>
  );
}

// until is when the writing ends by itself; late, it has; away, nothing rings meanwhile.
export function Wrapup({ wrapup, conversation, until, late = false, away = false }: { wrapup: Body; conversation?: string; until?: string; late?: boolean; away?: boolean }) {
  const t = useWords(w), lang = useLang(), act = useActions(), key = `parley.wrapup.${wrapup.call}.${useMe()}`;
  const [body, setBody] = useState<Body>(() => {
    const notes = keptNotes(wrapup.call), own = notes === null ? wrapup : { ...wrapup, notes }; // what was typed in the last moment of the call
    return { ...own, ...recall<object>(key) };
  });
  const [busy, setBusy] = useState(false), [failed, setFailed] = useState(false), [changed, setChanged] = useState(false), [lacking, setLacking] = useState(false), [kept, setKept] = useState('');
  const change = (v: { [K in keyof Body]?: Body[K] }) => { setBody(b => ({ ...b, ...v })); setChanged(true); setKept(''); };
  useEffect(() => { if (changed) keepAs(key, { reason: body.reason, said: body.said, promised: body.promised, open: body.open, numbers: body.numbers, disposition: body.disposition, notes: body.notes, ticket: body.ticket }); }, [changed, body, key]);
  const form = body.ticket_forms?.find(f => f.id === body.ticket?.form), missing = form?.fields?.filter(f => f.required && !body.ticket?.fields?.[f.name]?.trim()) ?? [];
  // save keeps what is written. A ticket that still lacks something is not made: what there is of it stays in this window.
  const save = async (ready: boolean) => {
    if (busy) return;
    const short = missing.length > 0;
    setBusy(true); setFailed(false); setKept('');
    try {
      if (!body.pending) {
        const made = await put<Body | undefined>(`/api/desk/calls/${wrapup.call}/wrapup`, { reason: body.reason, said: body.said ?? [], promised: body.promised ?? [], open: body.open ?? [], numbers: body.numbers ?? [], disposition: body.disposition ?? '', notes: body.notes ?? '', ticket: short ? undefined : body.ticket ?? undefined });
        if (made?.ticket && !short) setBody(b => ({ ...b, ticket: made.ticket }));
        forgetNotes(wrapup.call);
        setKept(short ? t.savedBare(missing.map(f => inLang(lang, f, 'title'))) : t.saved);
      }
      if (ready) await post(`/api/desk/calls/${wrapup.call}/wrapup/done`, {});
      if (short) setChanged(true); // this window keeps it over a reload
      else { setChanged(false); forget(key); }
    } catch (err) { setFailed(true); act.say(err); } finally { setBusy(false); }
  };
  // Nothing written is lost when the time is over, or something else takes this place: a call that rings, another page.
  const keep = useRef(() => {});
  useEffect(() => { keep.current = () => { if (changed) void save(false); }; });
  useEffect(() => { if (late) keep.current(); }, [late]);
  useEffect(() => () => keep.current(), []);
  // finish saves and goes ready, or says what is still missing and goes there.
  const finish = () => {
    if (missing.length === 0 || body.pending) { void save(true); return; }
    setLacking(true); setKept('');
    document.getElementById(fieldId(missing[0]!.name))?.focus();
  };
  useKeys(t.wrapup, [{ keys: ['Enter'], what: t.k.done, run: finish }]);
  const ends = (e: KeyboardEvent) => e.key === 'Enter' && !e.nativeEvent.isComposing && (e.ctrlKey || e.metaKey || e.target instanceof HTMLInputElement && e.target.classList.contains('field'));
  const titles: Record<Lists, string> = { said: t.saidList, promised: t.promised, open: t.open, numbers: t.numbers };
  return (
    <div className="wrap" onKeyDown={e => { if (ends(e)) { e.preventDefault(); finish(); } }}>
      <div className="wrap-body">
        <h1>{t.wrapup}{conversation && <span className="faint"> · {conversation}</span>}</h1>
        <p className="soft">{body.pending ? t.writing : body.method === 'llm' ? t.llm : t.extractive}{wrapup.edited && ` · ${t.edited}`}</p>
        {late ? <Partial>{away ? t.writtenAway : t.writtenLate}</Partial> : until && <p className="faint">{t.readyBy(when(until))}</p>}
        {body.pending ? <Skeleton rows={6} /> : <>
        <section><h2>{t.reason}</h2><ul><Editable said={body.reason ?? { text: '' }} label={t.reason} change={text => change({ reason: { ...body.reason, text } })} /></ul></section>
        {lists.map(name => (
          <section key={name}><h2>{titles[name]}</h2>
            <ul>{(body[name] ?? []).map((s, i) => <Editable key={i} said={s} label={`${titles[name]} ${i + 1}`} change={text => change({ [name]: (body[name] ?? []).with(i, { ...s, text }) })} remove={() => change({ [name]: (body[name] ?? []).toSpliced(i, 1) })} />)}</ul>
            <button type="button" className="link add-line" aria-label={`${t.addLine}: ${titles[name]}`} onClick={() => change({ [name]: [...(body[name] ?? []), { text: '' }] })}>+ {t.addLine}</button>
          </section>
        ))}
        <section><h2><label htmlFor="wrap-notes">{t.notes}</label></h2><textarea id="wrap-notes" className="field" rows={Math.min(8, Math.max(2, (body.notes ?? '').split('\n').length))} dir="auto" value={body.notes ?? ''} onChange={e => change({ notes: e.target.value })} /></section>
        <section><h2 id="wrap-outcome">{t.disposition}</h2>
          <div className="outcomes" role="radiogroup" aria-labelledby="wrap-outcome">{(body.dispositions ?? []).map(d => <label key={d.id} className={body.disposition === d.id ? 'on' : ''}><input type="radio" name="outcome" checked={body.disposition === d.id} onChange={() => change({ disposition: d.id })} />{inLang(lang, d, 'title')}</label>)}</div>
        </section>
        <TicketForm ticket={body.ticket ?? null} forms={body.ticket_forms ?? []} change={ticket => change({ ticket })} lacking={lacking} />
        </>}
      </div>
      <footer>{failed && <p className="trouble wrap-missing" role="alert">{t.saveFailed}</p>}<p id="wrap-missing" className={lacking && missing.length > 0 && !kept ? 'trouble wrap-missing' : 'sr'} role="alert">{lacking && missing.length > 0 && !kept && t.missing(missing.map(f => inLang(lang, f, 'title')))}</p>
        <p id="wrap-kept" className={kept ? 'soft wrap-kept' : 'sr'} role="status">{kept}</p>
        <Button type="primary" size="large" loading={busy} onClick={finish}>{t.done}<kbd>Enter</kbd></Button>{!body.pending && <Button size="large" onClick={() => void save(false)}>{t.saveOnly}</Button>}</footer>
    </div>
  );
}
