// The middle column: what both sides say, the knowledge search, and the reply by chat.
import { Button } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { get, post, query } from '../parts/api';
import { useComposing } from '../parts/composing';
import { speech, useWords } from '../parts/i18n';
import { useKeys } from '../parts/keys';
import { Failed } from '../parts/states';
import { number } from '../parts/time';
import { Transcript } from '../parts/Transcript';
import { useMe } from '../shell/session';
import { composer } from './actions';
import { Entry } from './Entry';
import { isChat, type DeskCall, type Hit } from './model';
import type { DeskState } from './state';
import w from './words';

function Search({ call }: { call: DeskCall }) {
  const t = useWords(w), box = useRef<HTMLInputElement>(null), [text, setText] = useState(''), [asked, setAsked] = useState(''), [hits, setHits] = useState<Hit[] | null>(null), [error, setError] = useState<unknown>(null), [copied, setCopied] = useState('');
  const open = text.trim() !== '', { composing, field } = useComposing();
  useEffect(() => {
    const q = text.trim();
    if (!q || composing) return;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      get<{ hits: Hit[] | null }>(query('/api/desk/search', { q, call: call.call }), { signal: abort.signal }).then(d => { setHits(d.hits ?? []); setError(null); setAsked(q); }, (err: unknown) => { if (!abort.signal.aborted) setError(err); });
    }, 250);
    return () => { clearTimeout(timer); abort.abort(); };
  }, [text, call.call, composing]);
  const clear = () => { setText(''); setHits(null); setError(null); };
  useKeys(t.search, [{ keys: ['/'], what: t.k.search, run: () => { box.current?.focus(); box.current?.select(); } }, ...(open ? [{ keys: ['Escape'], what: t.close, typing: true, run: () => { clear(); box.current?.blur(); } }] : [])]);
  const take = (h: Hit) => {
    if (isChat(call)) { composer.insert(h.answer); clear(); return; }
    void navigator.clipboard?.writeText(h.answer).then(() => setCopied(h.entry), () => {});
  };
  return (
    <div className="desk-search" role="search" aria-label={t.search}>
      {open && (
        <div className="hits" role="region" aria-label={t.search} aria-live="polite">
          {error ? <Failed error={error} /> : hits === null || asked !== text.trim() && hits.length === 0 ? <p className="faint">{t.searching} …</p> : hits.length === 0 ? <p>{t.noHits}</p> : (
            <ul>{hits.map(h => (
              <li key={`${h.base}/${h.entry}`}><h3 dir="auto">{h.question}</h3><p dir="auto" lang={speech(call.lang)}>{h.answer}</p>
                <p className="card-foot"><Entry base={h.base} entry={h.entry} name={`${h.base}/${h.entry}`} />{h.p_right !== undefined && <span className="faint" title={t.sureWhat}>{t.sure} {number(h.p_right, 2)}</span>}<Button size="small" onClick={() => take(h)}>{isChat(call) ? t.insert : copied === h.entry ? `✓ ${t.copied}` : t.copy}</Button></p></li>
            ))}</ul>
          )}
        </div>
      )}
      <label className="search-line"><span className="sr">{t.search}</span><input ref={box} {...field} type="search" className="field" value={text} onChange={e => setText(e.target.value)} placeholder={`${t.search} · ${t.searchHint}`} autoComplete="off" /><kbd aria-hidden="true">/</kbd></label>
    </div>
  );
}

// Replies that were begun, by call: looking something up on another page leaves them as they are.
const drafts = new Map<string, string>();

function Reply({ call }: { call: DeskCall }) {
  const t = useWords(w), box = useRef<HTMLTextAreaElement>(null), [text, setText] = useState(() => drafts.get(call.call) ?? ''), [failed, setFailed] = useState(false), [busy, setBusy] = useState(false);
  useEffect(() => { drafts.set(call.call, text); }, [call.call, text]);
  useEffect(() => {
    composer.insert = v => { setText(old => (old.trim() ? `${old.trimEnd()}\n${v}` : v)); box.current?.focus(); };
    return () => { composer.insert = () => {}; };
  }, []);
  useKeys(t.reply, [{ keys: ['c'], what: t.k.reply, run: () => box.current?.focus() }]);
  const send = async () => {
    const v = text.trim();
    if (!v || busy) return;
    setBusy(true);
    try { await post(`/api/desk/calls/${call.call}/message`, { text: v }); setText(now => (now.startsWith(text) ? now.slice(text.length) : now)); setFailed(false); } catch { setFailed(true); } finally { setBusy(false); }
  };
  return (
    <form className="reply-form" onSubmit={e => { e.preventDefault(); void send(); }}>
      <label htmlFor="desk-reply" className="sr">{t.reply}</label>
      <textarea id="desk-reply" ref={box} className="field" rows={Math.min(5, Math.max(1, text.split('\n').length))} value={text} dir="auto" placeholder={`${t.reply} · ${t.replyHint}`} onChange={e => setText(e.target.value)}
        onKeyDown={e => { if (e.key === 'Enter' && !e.shiftKey && !e.nativeEvent.isComposing) { e.preventDefault(); void send(); } if (e.key === 'Escape') e.currentTarget.blur(); }} />
      <Button htmlType="submit" type="primary" loading={busy} disabled={!text.trim()}>{t.send}</Button>
      {failed && <p className="trouble" role="alert">{t.notSent}</p>}
    </form>
  );
}

export function Talk({ s, call }: { s: DeskState; call: DeskCall }) {
  const mine = useMe(), names = Object.fromEntries((call.parties ?? []).filter(x => x.who !== 'caller').map(x => [x.id, x.name]));
  return (
    <div className="talk-column">
      <Transcript lines={s.turns.map(turn => ({ key: `t${turn.n}`, at: turn.start_s, turn }))} partials={Object.values(s.partials)} mine={mine} live names={{ ...names, ...(call.caller.name ? { caller: call.caller.name } : {}) }} />
      <div className="talk-foot"><Search call={call} />{isChat(call) && <Reply key={call.call} call={call} />}</div>
    </div>
  );
}
