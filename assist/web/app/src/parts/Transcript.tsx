// What was said, by both sides: facts highlighted, the line being spoken in grey. It follows the end while the reader is
// at the end; otherwise it stays where it is and says how much is new.
import { memo, useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import { speech, useWords } from './i18n';
import { clock } from './time';
import w from './words';

export interface Fact { kind: string; text: string; from: number; to: number }
export interface Turn {
  n: number; who: string; text: string; lang?: string; start_s: number; end_s: number; cut?: boolean; confidence?: number;
  sentiment?: number; intent?: string; entry?: string; decision?: string; facts?: Fact[] | null;
}
export interface Partial { who: string; text: string; start_s: number; lang?: string }

// marked cuts a text at the facts in it. Offsets count code points, not UTF-16 units.
export function marked(text: string, facts: Fact[] | null | undefined): { text: string; fact?: Fact }[] {
  if (!facts?.length) return [{ text }];
  const runes = Array.from(text), out: { text: string; fact?: Fact }[] = [];
  let at = 0;
  for (const f of facts.toSorted((a, b) => a.from - b.from)) {
    if (f.from < at || f.to <= f.from || f.to > runes.length) continue;
    if (f.from > at) out.push({ text: runes.slice(at, f.from).join('') });
    out.push({ text: runes.slice(f.from, f.to).join(''), fact: f });
    at = f.to;
  }
  if (at < runes.length) out.push({ text: runes.slice(at).join('') });
  return out;
}

export function Said({ text, lang, facts }: { text: string; lang?: string; facts?: Fact[] | null }) {
  return <span className="said" dir="auto" lang={speech(lang)}>{marked(text, facts).map((p, i) => (p.fact ? <mark key={i} title={p.fact.kind}>{p.text}</mark> : p.text))}</span>;
}

export interface Line { key: string; at: number; turn?: Turn; mark?: ReactNode }

interface Props {
  lines: Line[];
  partials?: Partial[];
  me?: string; // the side that is written as "you"
  live: boolean;
  now?: number; // offset being played
  label?: string;
  names?: Record<string, string>; // of parties
  onSeek?(at: number): void;
  below?(turn: Turn): ReactNode; // under a turn
}

export function Transcript({ lines, partials = [], me, live, now, label, names = {}, onSeek, below }: Props) {
  const t = useWords(w), box = useRef<HTMLDivElement>(null), atEnd = useRef(true), seen = useRef(lines.length);
  const [fresh, setFresh] = useState(0);
  const name = (who: string) => (who === me ? t.who.you : names[who] ?? t.who[who as keyof typeof t.who] ?? who);

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

  return (
    <div className="transcript">
      <div className="transcript-box" ref={box} onScroll={scrolled} role="log" aria-live={live ? 'polite' : 'off'} aria-relevant="additions" aria-label={label ?? t.transcript} tabIndex={0}>
        <ol>
          {lines.map(l => (l.turn ? <One key={l.key} turn={l.turn} on={now !== undefined && now >= l.turn.start_s && now < l.turn.end_s + 0.2} name={name(l.turn.who)} onSeek={onSeek} below={below} />
            : <li key={l.key} className="mark"><span className="at">{clock(l.at)}</span><span className="what">{l.mark}</span></li>))}
        </ol>
        {partials.filter(p => p.text).map(p => (
          <div key={p.who} className={`turn partial ${p.who}`} aria-live="off">
            <span className="at">{clock(p.start_s)}</span><span className="who">{name(p.who)}</span>
            <div className="body"><p><Said text={p.text} lang={p.lang} /><span className="caret" aria-hidden="true" /></p></div>
          </div>
        ))}
      </div>
      {fresh > 0 && <button type="button" className="jump" onClick={jump}>↓ {t.newTurns(fresh)}</button>}
    </div>
  );
}

// One turn. It is drawn again only when it changes, so that a transcript of hours follows the recording.
const One = memo(function One({ turn, on, name, onSeek, below }: { turn: Turn; on: boolean; name: string; onSeek?: (at: number) => void; below?: (turn: Turn) => ReactNode }) {
  const t = useWords(w);
  return (
    <li id={`turn-${turn.n}`} className={`turn ${turn.who}${on ? ' now' : ''}`}>
      {onSeek ? <button type="button" className="at" onClick={() => onSeek(turn.start_s)}>{clock(turn.start_s)}</button> : <span className="at">{clock(turn.start_s)}</span>}
      <span className="who">{name}</span>
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
  if (!el) return;
  el.scrollIntoView({ block: 'center', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' });
  el.classList.remove('shown');
  void el.offsetWidth;
  el.classList.add('shown');
}
