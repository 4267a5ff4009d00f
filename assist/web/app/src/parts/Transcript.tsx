// What was said, by both sides: figures highlighted, the line being spoken in grey. It follows the end while the reader is
// at the end; otherwise it stays where it is and says how much is new.
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useCallback, useEffect, useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import { speech, useWords } from './i18n';
import { called, speaker, voice } from './speaker';
import { clock } from './time';
import w from './words';

export interface Fact { kind: 'money' | 'percent' | 'date' | 'span' | 'reference'; from: number; to: number }
export interface Turn {
  n: number; who: string; text: string; lang?: string; start_s: number; end_s: number; cut?: boolean; confidence?: number;
  sentiment?: number; intent?: string; entry?: string; decision?: string; facts?: Fact[] | null;
  by?: string; name?: string; // which agent
}
export interface Partial { who: string; text: string; start_s: number; lang?: string; by?: string }

// figured cuts a text at the figures in it, whose places count code points, not UTF-16 units.
export function figured(text: string, facts: Fact[] | null | undefined): { text: string; kind?: Fact['kind'] }[] {
  const runes = Array.from(text), out: { text: string; kind?: Fact['kind'] }[] = [];
  let at = 0;
  for (const f of facts ?? []) {
    if (f.from < at || f.to <= f.from || f.to > runes.length) continue;
    out.push({ text: runes.slice(at, f.from).join('') }, { text: runes.slice(f.from, f.to).join(''), kind: f.kind });
    at = f.to;
  }
  out.push({ text: runes.slice(at).join('') });
  return out.filter(p => p.text !== '');
}

// hidden is what stands for what was masked: [card ••42].
const hidden = /(\[(?:card|id|number|email|phone|account|secret|birth|address|name|redacted)(?: ••\d\d)?\])/;

// Masks writes masks in the person's language.
export function Masks({ text }: { text: string }) {
  const t = useWords(w), parts = text.split(hidden);
  if (parts.length === 1) return text;
  return parts.map((p, i) => {
    const m = i % 2 ? /^\[([a-z]+)(.*)\]$/.exec(p) : null;
    return m ? <span key={i} className="masked" title={t.maskedWhat}>[{t.masked[m[1] as keyof typeof t.masked]}{m[2]}]</span> : p;
  });
}

export function Said({ text, lang, facts }: { text: string; lang?: string; facts?: Fact[] | null }) {
  const t = useWords(w);
  return <span className="said" dir="auto" lang={speech(lang)}>{figured(text, facts).map((p, i) => (p.kind ? <mark key={i} title={t.fact[p.kind]}>{p.text}</mark> : <Masks key={i} text={p.text} />))}</span>;
}

export interface Line { key: string; at: number; turn?: Turn; mark?: ReactNode }

interface Props {
  lines: Line[];
  partials?: Partial[];
  mine?: string; // id of the agent who is written as "you"
  live: boolean;
  now?: number; // offset being played
  label?: string;
  names?: Record<string, string>; // of sides, and of agents by id
  onSeek?(at: number): void;
  below?(turn: Turn): ReactNode; // under a turn
}

export function Transcript({ lines, partials = [], mine, live, now, label, names = {}, onSeek, below }: Props) {
  const t = useWords(w), box = useRef<HTMLDivElement>(null), atEnd = useRef(true), seen = useRef(lines.length);
  const [fresh, setFresh] = useState(0), [drawn, setDrawn] = useState<HTMLDivElement | null>(null), hold = useCallback((el: HTMLDivElement | null) => { box.current = el; setDrawn(el); }, []);
  const name = (x: { who: string; by?: string; name?: string }) => (mine && x.by === mine ? t.who.you : called(x.by, x.name || names[x.by ?? ''], t.who) || names[x.who] || speaker(x, t.who));

  useLayoutEffect(() => {
    const el = box.current;
    if (!el || !live) { seen.current = lines.length; return; }
    if (atEnd.current) { el.scrollTop = el.scrollHeight; seen.current = lines.length; setFresh(0); } else setFresh(Math.max(0, lines.length - seen.current));
  }, [lines.length, partials, live]);

  useLayoutEffect(() => {
    if (now === undefined) return;
    const el = box.current, on = el?.querySelector('.turn.now');
    if (!el || !on) return;
    const b = el.getBoundingClientRect(), r = on.getBoundingClientRect();
    if (r.top < b.top || r.bottom > b.bottom) el.scrollTop += r.top - b.top - b.height / 3;
  }, [now]);

  const scrolled = () => {
    const el = box.current;
    if (!el) return;
    atEnd.current = el.scrollHeight - el.scrollTop - el.clientHeight < 60;
    if (atEnd.current) { seen.current = lines.length; setFresh(0); }
  };
  const jump = () => { atEnd.current = true; box.current?.scrollTo({ top: box.current.scrollHeight }); setFresh(0); };

  const row = (l: Line) => (l.turn ? <One key={l.key} turn={l.turn} on={spoken(l, now)} name={name(l.turn)} onSeek={onSeek} below={below} />
    : <li key={l.key} className="mark"><span className="at">{clock(l.at)}</span><span className="what">{l.mark}</span></li>);
  const long = !live && lines.length > mostDrawn;

  return (
    <div className="transcript">
      <div className={`transcript-box${long ? ' long' : ''}`} ref={hold} onScroll={scrolled} role="log" aria-live={live ? 'polite' : 'off'} aria-relevant="additions" aria-label={label ?? t.transcript} tabIndex={0}>
        {long ? <Long lines={lines} box={drawn} now={now} row={row} /> : <ol>{lines.map(l => row(l))}</ol>}
        {partials.filter(p => p.text).map(p => (
          <div key={voice(p)} className={`turn partial ${p.who}`} aria-live="off">
            <span className="at">{clock(p.start_s)}</span><span className="who">{name(p)}</span>
            <div className="body"><p><Said text={p.text} lang={p.lang} /><span className="caret" aria-hidden="true" /></p></div>
          </div>
        ))}
      </div>
      {fresh > 0 && <button type="button" className="jump" onClick={jump}>↓ {t.newTurns(fresh)}</button>}
    </div>
  );
}

// Of a longer ended call only the turns in sight are in the page.
const mostDrawn = 600;

const spoken = (l: Line, now: number | undefined) => now !== undefined && !!l.turn && now >= l.turn.start_s && now < l.turn.end_s + 0.2;

// wanted tells long transcripts which turn to bring into view.
const wanted = new EventTarget();

// box is null until it is in the page, which is after the first time that this is drawn.
function Long({ lines, box, now, row }: { lines: Line[]; box: HTMLDivElement | null; now: number | undefined; row: (l: Line) => ReactNode }) {
  const list = useVirtualizer({ count: lines.length, getScrollElement: () => box, estimateSize: () => 62, overscan: 10, getItemKey: i => lines[i]!.key });
  const at = now === undefined ? -1 : lines.findIndex(l => spoken(l, now)), shown = list.getVirtualItems(), first = shown[0]?.index ?? 0, last = shown.at(-1)?.index ?? 0;
  useEffect(() => { if (at >= 0 && (at < first || at > last)) list.scrollToIndex(at, { align: 'center' }); }, [at]); // eslint-disable-line react-hooks/exhaustive-deps -- only when another turn is spoken, else nobody could scroll away
  useEffect(() => {
    const bring = (e: Event) => { const n = (e as CustomEvent<number>).detail, i = lines.findIndex(l => l.turn?.n === n); if (i >= 0) { list.scrollToIndex(i, { align: 'center' }); setTimeout(() => mark(document.getElementById(`turn-${n}`)), 120); } };
    wanted.addEventListener('turn', bring);
    return () => wanted.removeEventListener('turn', bring);
  }, [lines, list]);
  return <div style={{ height: list.getTotalSize(), position: 'relative' }}>{shown.map(v => (
    <ol key={v.key} start={v.index + 1} data-index={v.index} ref={list.measureElement} style={{ position: 'absolute', top: 0, left: 0, width: '100%', transform: `translateY(${v.start}px)` }}>{row(lines[v.index]!)}</ol>
  ))}</div>;
}

// One turn. It is drawn again only when it changes, so that a transcript of hours follows the recording.
const One = memo(function One({ turn, on, name, onSeek, below }: { turn: Turn; on: boolean; name: string; onSeek?: (at: number) => void; below?: (turn: Turn) => ReactNode }) {
  const t = useWords(w);
  return (
    <li id={`turn-${turn.n}`} className={`turn ${turn.who}${on ? ' now' : ''}`}>
      {onSeek ? <button type="button" className="at" onClick={() => onSeek(turn.start_s)}>{clock(turn.start_s)}</button> : <span className="at">{clock(turn.start_s)}</span>}
      <span className="who" title={name}>{name}</span>
      <div className="body">
        <p><Said text={turn.text} lang={turn.lang} facts={turn.facts} />{turn.cut && <span className="broken" title={t.interruptedWhat}> {t.interrupted}</span>}</p>
        {below?.(turn)}
      </div>
    </li>
  );
});

// showTurn brings a turn into view and marks it for a moment.
export function showTurn(n: number) {
  const el = document.getElementById(`turn-${n}`);
  if (!el) { wanted.dispatchEvent(new CustomEvent('turn', { detail: n })); return; }
  el.scrollIntoView({ block: 'center', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' });
  mark(el);
}

function mark(el: HTMLElement | null) {
  if (!el) return;
  el.classList.remove('shown');
  void el.offsetWidth;
  el.classList.add('shown');
}
