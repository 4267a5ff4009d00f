// The column of what matters now: alerts on top, then suggestions, newest first. Nothing moves while it is read.
import { Button } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { named, speech, useLang, useWords } from '../parts/i18n';
import { useKeys } from '../parts/keys';
import n, { valueName, variableName } from '../parts/namewords';
import { Severity } from '../parts/Severity';
import { clock, percent } from '../parts/time';
import { showTurn } from '../parts/Transcript';
import { DislikeOutlined, LikeOutlined } from '../shell/icons';
import { useActions } from './actions';
import { Entry } from './Entry';
import { inLang, isChat, likely, unsure, type Card as OneCard, type DeskCall, type Finding, type Notice } from './model';
import { openCard, type DeskState } from './state';
import { dispatch } from './store';
import w from './words';

const calm = 12_000; // a pointer that lies still this long is not reading

// useReading tells the state whether somebody is in the column.
function useReading() {
  const timer = useRef(0);
  const on = () => { dispatch({ type: 'reading', on: true }); clearTimeout(timer.current); timer.current = window.setTimeout(off, calm); };
  const off = () => { clearTimeout(timer.current); dispatch({ type: 'reading', on: false }); };
  useEffect(() => () => clearTimeout(timer.current), []);
  return { onPointerEnter: on, onPointerMove: on, onPointerLeave: off, onFocus: on, onBlur: (e: React.FocusEvent) => { if (!e.currentTarget.contains(e.relatedTarget as Node)) off(); }, onScroll: on };
}

function Alert({ a, fresh }: { a: Notice; fresh: boolean }) {
  const t = useWords(w), nt = useWords(n), lang = useLang(), all: Finding[] = [a, ...(a.more ?? [])];
  const reason = (r: NonNullable<Finding['why']>[number]) => `${variableName(nt, r.what)}: ${r.quote ? `“${r.quote}”` : valueName(nt, r.value)}`;
  return (
    <li className={`notice ${a.severity}`}>
      <p><Severity of={a.severity} /> <strong>{t.severity[a.severity]}</strong> <span dir="auto">{inLang(lang, a, 'text')}</span> {fresh && <span className="tag">{t.unseen}</span>}</p>
      {all.length > 1 && <ul className="notice-more">{all.slice(1).map(f => <li key={f.rule} dir="auto">{inLang(lang, f, 'text')}</li>)}</ul>}
      <details><summary>{t.whyAlert} · <span className="num">{clock(a.at_s)}</span></summary>
        {all.map(f => <ul className="reasons" key={f.rule}>{(f.why ?? []).map((r, i) => <li key={i}>{r.turn ? <button type="button" className="link" onClick={() => showTurn(r.turn!)}>{reason(r)} <sup>{r.turn}</sup></button> : reason(r)}</li>)}<li className="faint">{t.rule} <span className="mono">{f.rule}</span></li></ul>)}
      </details>
    </li>
  );
}

// longest is what of a card's reason is shown; the rest stands in the turn it leads to.
const longest = 140;
const clipped = (s: string) => { const all = Array.from(s); return all.length > longest ? `${all.slice(0, longest).join('')}…` : s; };

function Card({ c, s, call }: { c: OneCard; s: DeskState; call: DeskCall }) {
  const t = useWords(w), lang = useLang(), act = useActions(), done = s.done[c.id], may = unsure(c), marked = openCard(s)?.id === c.id, n = s.slots[c.id];
  const tongue = speech(c.text_zh ? lang : call.lang), into = isChat(call) && (c.kind === 'answer' || c.kind === 'reply');
  return (
    <li id={`card-${c.id}`} className={`card ${c.kind}${may ? ' unsure' : ''}${marked ? ' marked' : ''}${done ? ' done' : ''}`} aria-current={marked || undefined} onClick={() => dispatch({ type: 'select', id: c.id })}>
      <p className="card-head">{n && <kbd aria-label={String(n)}>{n}</kbd>}<span className="card-kind">{c.kind === 'warning' && <span aria-hidden="true">! </span>}{may ? t.unsure : t.kind[c.kind] ?? c.kind}</span><span className="grow" />{likely(c) && <span className="faint num" title={t.score}>{percent(c.score!)}</span>}<span className="faint num">{clock(c.at_s)}</span></p>
      <h2 lang={tongue} dir="auto">{inLang(lang, c, 'title')}</h2>
      {inLang(lang, c, 'text') !== inLang(lang, c, 'title') && <p className="card-text" lang={tongue} dir="auto">{inLang(lang, c, 'text')}</p>}
      <p className="card-foot">
        {c.source && <Entry base={c.source.base} entry={c.source.entry} name={c.source.title || c.source.entry} title={t.source} />}
        {!!c.why?.length && <span className="soft">{t.whyCard}: {clipped(c.why.join(' · '))}{c.turn ? <> <button type="button" className="link" title={t.turnLink} onClick={e => { e.stopPropagation(); showTurn(c.turn!); }}><span className="sr">{t.turnLink} </span>↗{c.turn}</button></> : null}</span>}
      </p>
      <p className="card-do">
        {done === 'used' ? <span className="tag good">✓ {t.used}</span> : <Button size="small" type={marked ? 'primary' : 'default'} onClick={() => void act.card(c.id, 'used')}>{into ? t.insert : t.use}{marked && <kbd>Tab</kbd>}</Button>}
        <Button size="small" type="text" onClick={() => void act.card(c.id, 'dismissed')}>{t.dismiss}</Button>
        <span className="grow" />
        <Button size="small" type="text" aria-pressed={done === 'helpful'} aria-label={t.helpful} title={t.helpful} onClick={() => void act.card(c.id, 'helpful')} icon={<LikeOutlined />} />
        <Button size="small" type="text" aria-label={t.muteCard} title={t.muteCard} onClick={() => void act.card(c.id, 'muted')} icon={<DislikeOutlined />} />
      </p>
    </li>
  );
}

export function Cards({ s, call }: { s: DeskState; call: DeskCall }) {
  const t = useWords(w), lang = useLang(), act = useActions(), reading = useReading(), box = useRef<HTMLDivElement>(null), arrived = useRef(0), top = s.cards[0]?.id;
  const [atTop, setAtTop] = useState(true);
  useEffect(() => { arrived.current = performance.now(); }, [top]);
  const marked = () => openCard(s);
  const move = (d: number) => { const i = s.cards.findIndex(c => c.id === marked()?.id), c = s.cards[Math.max(0, Math.min(s.cards.length - 1, i + d))]; if (c) { dispatch({ type: 'select', id: c.id }); document.getElementById(`card-${c.id}`)?.scrollIntoView({ block: 'nearest' }); } };
  // Tab uses a card only where it would not take the keyboard away from somebody who is moving through the page.
  const free = (el: Element | null) => !el || el === document.body || el.id === 'main' || el.classList.contains('transcript-box') || el.classList.contains('cards-box') || el.id === 'desk-reply';
  useKeys(t.cards, [
    { keys: ['Tab'], what: t.k.use, typing: true, run: e => { const c = marked(); if (!c || e.shiftKey || !free(document.activeElement) || performance.now() - arrived.current < 350) return false; void act.card(c.id, 'used'); } },
    { keys: ['Escape'], what: t.k.dismiss, run: () => { const c = marked(); if (!c) return false; void act.card(c.id, 'dismissed'); } },
    { keys: ['1', '2', '3', '4', '5', '6', '7', '8', '9'], label: '1 – 9', what: t.k.pick, run: e => { const id = Object.keys(s.slots).find(k => s.slots[k] === Number(e.key)); if (!id) return false; dispatch({ type: 'select', id }); document.getElementById(`card-${id}`)?.scrollIntoView({ block: 'nearest' }); } },
    { keys: ['ArrowDown', 'ArrowUp'], what: t.k.move, run: e => move(e.key === 'ArrowDown' ? 1 : -1) },
    { keys: ['-'], what: t.k.less, run: () => { const c = marked(); if (!c) return false; void act.card(c.id, 'muted'); } },
    { keys: ['n'], what: t.k.new, run: () => { dispatch({ type: 'seen' }); box.current?.scrollTo({ top: 0 }); } },
  ]);
  const newest = s.cards.filter(c => s.fresh.includes(c.id)), rest = s.cards.filter(c => !s.fresh.includes(c.id));
  return (
    <div className="now-column" {...reading}>
      {s.alerts.length > 0 && <section aria-label={t.alerts}><ul className="notices">{s.alerts.slice(0, 4).map((a, i) => <Alert key={a.id} a={a} fresh={i === 0 && s.said?.id === a.id} />)}</ul></section>}
      {s.held.length > 0 && <button type="button" className="held" onClick={() => { dispatch({ type: 'seen' }); box.current?.scrollTo({ top: 0 }); }}>↑ {t.showNew(s.held.length)} <kbd>n</kbd></button>}
      <div className="cards-box" ref={box} tabIndex={0} role="region" aria-label={t.cards} onScroll={e => setAtTop(e.currentTarget.scrollTop < 8)}>
        {s.cards.length === 0 && <p className="faint pad">{t.noCards}</p>}
        <ul className="cards">
          {newest.map(c => <Card key={c.id} c={c} s={s} call={call} />)}
          {newest.length > 0 && rest.length > 0 && <li className="new-line" aria-hidden={atTop || undefined}><span>↑ {t.newCards(newest.length)}</span></li>}
          {rest.map(c => <Card key={c.id} c={c} s={s} call={call} />)}
        </ul>
      </div>
      <p className="sr" role="status">{s.said ? `${t.severity[s.said.severity]}: ${inLang(lang, s.said, 'text')}` : ''}</p>
    </div>
  );
}

export const bannerText = (s: DeskState, t: (typeof w)['en'], nt: (typeof n)['en']) => Object.values(s.banners).flatMap(b => (b ? [b.part === 'left' ? (b.text ? t.takenOver(b.text) : t.cutOff) : b.part === 'callback' ? t.notReached(named(t.whyNot, b.text)) : t.down(named(nt.parts, b.part), named(nt.troubles, b.text))] : []));
