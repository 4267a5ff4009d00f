// The recording of a scored call: both sides as waveforms from the server's outline, what lies beside them as tracks, and
// one playhead over all of it. A long call opens at once, since no sound is read before it is played.
import { useQuery } from '@tanstack/react-query';
import { App, Select } from 'antd';
import { useCallback, useEffect, useRef, useState, type ReactNode, type RefObject } from 'react';
import { get, Problem } from '../parts/api';
import { useWords } from '../parts/i18n';
import { useKeys } from '../parts/keys';
import { clock } from '../parts/time';
import type { Turn } from '../parts/Transcript';
import pw from '../parts/words';
import cw from '../calls/words';
import type { Seek } from '../calls/Player';
import { config } from '../shell/config';
import { skipTo, type Tracks } from './model';
import w from './callwords';

export interface Peaks { duration_s: number; channels: number[][] }
const missing = 3; // seconds at the end of a call that a whole recording may lack
const rates = [0.75, 1, 1.25, 1.5, 2], zooms = [1, 2, 4, 8, 16, 32];

// share is how much of the call the recording has, from its beginning.
function Shape({ audio, peaks, sides, share, failed }: { audio: RefObject<HTMLAudioElement | null>; peaks: Peaks; sides: number; share: number; failed: () => void }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let gone = false, stop = () => { /* not drawn yet */ };
    void import('wavesurfer.js').then(({ default: WaveSurfer }) => {
      const el = box.current, media = audio.current;
      if (gone || !el || !media) return;
      const css = getComputedStyle(document.documentElement), colour = (name: string) => css.getPropertyValue(name).trim();
      const top = Math.max(15, ...peaks.channels.map(c => c.reduce((a, v) => Math.max(a, v), 0))); // a soft recording is drawn as high as a loud one
      const ws = WaveSurfer.create({
        container: el, media, peaks: peaks.channels.slice(0, sides).map(c => c.map(v => v / top)), duration: peaks.duration_s, cspNonce: config.nonce, interact: false, cursorWidth: 0, hideScrollbar: true, normalize: false, barWidth: 0,
        splitChannels: [{ waveColor: colour('--accent-mid'), progressColor: colour('--accent') }, { waveColor: colour('--wait'), progressColor: colour('--soft') }].slice(0, sides).map(c => ({ ...c, height: sides === 1 ? 64 : 38 })), height: sides === 1 ? 64 : 38,
      });
      stop = () => ws.destroy();
    }).catch(failed);
    return () => { gone = true; stop(); };
  }, [audio, peaks, sides, failed]);
  return <div ref={box} className="w-shape" aria-hidden="true" style={{ width: `${share * 100}%` }} />;
}

function Strip({ name, title, children, tall }: { name: string; title?: string; children: ReactNode; tall?: boolean }) {
  return <div className={`w-row${tall ? ' tall' : ''}`}><span className="w-name" title={title}>{name}</span><div className="w-strip">{children}</div></div>;
}

function Mood({ tracks, end }: { tracks: Tracks; end: number }) {
  const line = (who: string) => (tracks.sentiment[who] ?? []).map(([t, v]) => `${((t / end) * 1000).toFixed(1)},${(20 - v * 18).toFixed(1)}`).join(' ');
  return <svg viewBox="0 0 1000 40" preserveAspectRatio="none" className="w-mood" aria-hidden="true"><line x1="0" x2="1000" y1="20" y2="20" /><polyline className="caller" points={line('caller')} /><polyline className="agent" points={line('agent')} /></svg>;
}

interface Props { src: string; peaksAt: string; tracks: Tracks; turns: Turn[]; length: number; seek: RefObject<Seek | null>; onTime: (at: number | undefined) => void; go: (at: number, turn?: number) => void }

export function Wave({ src, peaksAt, tracks, turns, length, seek, onTime, go: show }: Props) {
  const t = useWords(w), p = useWords(pw), c = useWords(cw), { message } = App.useApp(), audio = useRef<HTMLAudioElement>(null), scroll = useRef<HTMLDivElement>(null);
  const [now, setNow] = useState(0), [playing, setPlaying] = useState(false), [rate, setRate] = useState(1), [skip, setSkip] = useState(false), [zoom, setZoom] = useState(1), [broken, setBroken] = useState(false), [plain, setPlain] = useState(false);
  const peaks = useQuery({ queryKey: ['peaks', peaksAt], queryFn: () => get<Peaks>(peaksAt), enabled: peaksAt !== '', retry: false, staleTime: Infinity });
  const ready = src !== '' && !broken, end = Math.max(peaks.data?.duration_s ?? 0, length, 1), at = (s: number) => `${(Math.min(s, end) / end) * 100}%`;
  const quiet = useRef({ skip, tracks });
  useEffect(() => { quiet.current = { skip, tracks }; }, [skip, tracks]);
  const go = useCallback((s: number) => { const a = audio.current; if (!a) return; const to = Math.max(0, Math.min(s, end)); if (src) a.currentTime = to; setNow(to); onTime(to); }, [src, onTime, end]);
  useEffect(() => { seek.current = go; return () => { seek.current = null; }; }, [go, seek]);
  useEffect(() => { if (audio.current) audio.current.playbackRate = rate; }, [rate, src]);
  useEffect(() => { // the playhead stays in sight
    const el = scroll.current;
    if (!el || zoom === 1) return;
    const x = (now / end) * el.scrollWidth;
    if (x < el.scrollLeft || x > el.scrollLeft + el.clientWidth - 20) el.scrollLeft = x - el.clientWidth * 0.2;
  }, [now, zoom, end]);
  const toggle = () => { const a = audio.current; if (!a || !ready) return; if (a.paused) a.play().catch((err: unknown) => { if (!(err instanceof DOMException && err.name === 'AbortError')) setBroken(true); }); else a.pause(); };
  const tick = (s: number) => {
    const to = quiet.current.skip && !audio.current?.paused ? skipTo(s, quiet.current.tracks) : undefined;
    if (to !== undefined && audio.current) audio.current.currentTime = to;
    setNow(to ?? s); onTime(to ?? s);
  };
  const share = () => {
    const url = new URL(location.href); url.search = ''; url.searchParams.set('t', now.toFixed(1)); history.replaceState(history.state, '', url);
    if (!navigator.clipboard) { void message.info(t.notShared, 5); return; }
    navigator.clipboard.writeText(url.href).then(() => message.success(t.shared, 5), () => message.info(t.notShared, 5));
  };
  useKeys(t.recording, [
    { keys: [' '], what: c.k.play, run: toggle },
    { keys: ['j', 'k', 'l'], what: t.k.shuttle, run: e => { if (e.key === 'k') toggle(); else go(now + (e.key === 'j' ? -5 : 5)); } },
    { keys: ['ArrowLeft', 'ArrowRight'], what: '', run: e => { if ((e.target as HTMLElement).tagName === 'INPUT') return false; go(now + (e.key === 'ArrowLeft' ? -5 : 5)); } },
    { keys: ['s'], what: t.k.share, run: share },
  ]);
  const spans = (name: 'silence' | 'overlap' | 'hold' | 'bot') => tracks[name].length > 0 && <Strip name={t.tracks[name]}>{tracks[name].map(([a, b], i) => <span key={i} className={`w-span ${name}`} title={`${t.tracks[name]}: ${t.between(clock(a), clock(b))}`} style={{ left: at(a), width: `max(2px, ${((b - a) / end) * 100}%)` }} />)}</Strip>;
  const parties = [...new Set(turns.map(x => x.who))], sides = Math.min(2, peaks.data?.channels.length ?? 0), drawn = ready && peaks.data && sides > 0 && !plain, failed = useCallback(() => setPlain(true), []);
  const names = parties.filter(x => x !== 'caller'), other = names.map(x => p.who[x as keyof typeof p.who] ?? x).join(' · ');
  return (
    <section className="wave" aria-label={t.recording}>
      <audio ref={audio} src={src || undefined} preload="metadata" onError={e => { if (src && e.currentTarget.error) setBroken(true); }} onPlay={() => setPlaying(true)} onPause={() => setPlaying(false)} onEnded={() => setPlaying(false)} onTimeUpdate={e => tick(e.currentTarget.currentTime)} />
      <div className="w-bar">
        <button type="button" className="play" disabled={!ready} onClick={toggle} aria-label={playing ? c.pause : c.play}>{playing ? <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d="M4 2h3v12H4zM9 2h3v12H9z" fill="currentColor" /></svg> : <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d="M4 2l10 6-10 6z" fill="currentColor" /></svg>}</button>
        <span className="num clock" aria-live="off">{ready ? `${clock(now)} / ${clock(end)}` : `${t.noAudio} · ${clock(end)}`}</span>
        <Select size="small" disabled={!ready} aria-label={t.speed} value={rate} onChange={setRate} options={rates.map(r => ({ value: r, label: `${r}×` }))} />
        <label className="w-check"><input type="checkbox" checked={skip} disabled={!ready} onChange={e => setSkip(e.target.checked)} /> {t.skipSilence}</label>
        <span className="grow" />
        <span className="w-zoom"><button type="button" className="tool" aria-label={t.zoomOut} title={t.zoomOut} disabled={zoom === zooms[0]} onClick={() => setZoom(z => zooms[Math.max(0, zooms.indexOf(z) - 1)]!)}>−</button><button type="button" className="tool" aria-label={t.zoomIn} title={t.zoomIn} disabled={zoom === zooms.at(-1)} onClick={() => setZoom(z => zooms[Math.min(zooms.length - 1, zooms.indexOf(z) + 1)]!)}>+</button></span>
        <button type="button" className="tool" onClick={share}>{t.share} <kbd>s</kbd></button>
      </div>
      {(peaks.error || broken) && src && <p className="w-note" role="status">{broken || peaks.error instanceof Problem && peaks.error.status === 422 ? t.damaged : t.notDrawn}</p>}
      {drawn && end - peaks.data!.duration_s > missing && <p className="w-note" role="status">{t.endsAt(clock(peaks.data!.duration_s), clock(end))}</p>}
      <div className="w-scroll" ref={scroll} tabIndex={zoom > 1 ? 0 : undefined}><div className="w-inner" style={{ width: `${zoom * 100}%` }}>
        <div className={`w-row wave-row sides-${sides || 2}`}><span className="w-name">{sides === 1 ? <b /> : <><span>{p.who.caller}</span><span>{other || '—'}</span></>}</span>
          <div className="w-strip">{drawn ? <Shape audio={audio} peaks={peaks.data!} sides={sides} share={Math.min(1, peaks.data!.duration_s / end)} failed={failed} /> : peaks.isLoading && src ? <span className="w-wait" role="status">{t.drawing}</span> : <div className="w-lanes" aria-hidden="true">{['caller', ''].map(side => <div key={side}>{turns.filter(x => (x.who === 'caller') === (side === 'caller')).map(x => <span key={x.n} className={`w-span spoke ${x.who}`} style={{ left: at(x.start_s), width: `max(2px, ${((x.end_s - x.start_s) / end) * 100}%)` }} />)}</div>)}</div>}</div></div>
        {spans('bot')}{spans('silence')}{spans('overlap')}{spans('hold')}
        {tracks.alerts.length > 0 && <Strip name={t.tracks.alerts}>{tracks.alerts.map((a, i) => <button type="button" key={i} className={`w-alert ${a.severity}`} style={{ left: at(a.at_s) }} title={`${clock(a.at_s)} ${a.text || a.rule}`} aria-label={`${t.tracks.alerts}: ${a.text || a.rule}, ${clock(a.at_s)}`} onClick={() => show(a.at_s, a.turn)}>!</button>)}</Strip>}
        <Strip name={t.tracks.mood} title={t.moodWhat} tall><Mood tracks={tracks} end={end} /></Strip>
        <div className="w-over"><span className="w-head" style={{ left: at(now) }} /><input type="range" className="w-seek" min={0} max={end} step={0.1} value={Math.min(now, end)} disabled={!ready && turns.length === 0} aria-label={t.position} aria-valuetext={clock(now)} onChange={e => go(Number(e.target.value))} /></div>
      </div></div>
    </section>
  );
}
