// The recording: play, seek, and lanes of who spoke when.
import { useCallback, useEffect, useRef, useState, type RefObject } from 'react';
import { useWords } from '../parts/i18n';
import { useKeys } from '../parts/keys';
import { clock } from '../parts/time';
import type { Turn } from '../parts/Transcript';
import pw from '../parts/words';
import w from './words';

export interface Seek { (at: number): void }
const rates = [1, 1.5, 2];

export function Player({ src, turns, length, seek, onTime }: { src: string; turns: Turn[]; length: number; seek: RefObject<Seek | null>; onTime: (at: number | undefined) => void }) {
  const t = useWords(w), p = useWords(pw), audio = useRef<HTMLAudioElement>(null), [now, setNow] = useState(0), [playing, setPlaying] = useState(false), [rate, setRate] = useState(1), [total, setTotal] = useState(0), [broken, setBroken] = useState(false);
  const [loaded, setLoaded] = useState(src);
  if (loaded !== src) { setLoaded(src); setBroken(false); setTotal(0); }
  const ready = src !== '' && !broken, end = Math.max(Number.isFinite(total) ? total : 0, length, 1);
  const go = useCallback((at: number) => { if (audio.current && src) { audio.current.currentTime = Math.max(0, at); setNow(at); onTime(at); } }, [src, onTime]);
  useEffect(() => { seek.current = go; return () => { seek.current = null; }; }, [go, seek]);
  useEffect(() => { if (audio.current) audio.current.playbackRate = rate; }, [rate]);
  const toggle = () => { const a = audio.current; if (!a || !ready) return; if (a.paused) a.play().catch((err: unknown) => { if (!(err instanceof DOMException && err.name === 'AbortError')) setBroken(true); }); else a.pause(); }; // paused before it had begun is no fault
  useKeys(t.player, [
    { keys: [' '], what: t.k.play, run: toggle },
    { keys: ['ArrowLeft', 'ArrowRight'], what: t.k.skip, run: e => { if ((e.target as HTMLElement).tagName === 'INPUT') return false; go(now + (e.key === 'ArrowLeft' ? -5 : 5)); } },
  ]);
  const parties = [...new Set(turns.map(x => x.who))];
  return (
    <section className={`player${ready ? '' : ' off'}`} aria-label={t.player}>
      <audio ref={audio} src={src || undefined} preload="metadata" onDurationChange={e => setTotal(e.currentTarget.duration)} onError={e => { if (src && e.currentTarget.error) setBroken(true); }} onPlay={() => setPlaying(true)} onPause={() => setPlaying(false)} onEnded={() => setPlaying(false)}
        onTimeUpdate={e => { setNow(e.currentTarget.currentTime); onTime(e.currentTarget.currentTime); }} />
      <button type="button" className="play" disabled={!ready} onClick={toggle} aria-label={playing ? t.pause : t.play} title={ready ? (playing ? t.pause : t.play) : t.noAudio}>{playing ? <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d="M4 2h3v12H4zM9 2h3v12H9z" fill="currentColor" /></svg> : <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d="M4 2l10 6-10 6z" fill="currentColor" /></svg>}</button>
      <div className="lanes">
        {parties.map(who => (
          <div className="lane" key={who}><span className="lane-name">{p.who[who as keyof typeof p.who] ?? who}</span><div className="lane-track" aria-hidden="true">{turns.filter(x => x.who === who).map(x => <span key={x.n} className={`spoke ${who}`} style={{ left: `${(x.start_s / end) * 100}%`, width: `${Math.max(0.3, ((x.end_s - x.start_s) / end) * 100)}%` }} />)}
            {ready && <span className="head-line" style={{ left: `${Math.min(100, (now / end) * 100)}%` }} />}</div></div>
        ))}
        <input type="range" className="seek" min={0} max={end} step={0.1} value={Math.min(now, end)} disabled={!ready} aria-label={t.position} aria-valuetext={clock(now)} onChange={e => go(Number(e.target.value))} />
      </div>
      <span className="num clock">{ready ? `${clock(now)} / ${clock(end)}` : t.noAudio}</span>
      <button type="button" className="tool" disabled={!ready} title={t.speed} aria-label={`${t.speed}: ${rate}×`} onClick={() => setRate(r => rates[(rates.indexOf(r) + 1) % rates.length]!)}>{rate}×</button>
    </section>
  );
}
