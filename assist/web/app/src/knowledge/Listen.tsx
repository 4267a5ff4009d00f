// An answer as callers hear it.
import { useMutation, useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { get, getBlob, query } from '../parts/api';
import { named, useWords } from '../parts/i18n';
import { useKeys } from '../parts/keys';
import { explain } from '../parts/states';
import { clock } from '../parts/time';
import pw from '../parts/words';
import { at, type VoiceChoice } from './model';
import w from './words';

const bare = (name: string) => name.replace(/^[^:]*:/, '').replace(/^[a-z]{2}_/, '');

export function Listen({ base, id, text, lang }: { base: string; id: string; text: string; lang: string }) {
  const t = useWords(w), p = useWords(pw), audio = useRef<HTMLAudioElement>(null);
  const voices = useQuery({ queryKey: ['knowledge', 'voices', base], queryFn: () => get<{ items: VoiceChoice[] | null }>(query('/api/knowledge/voices', { base })), enabled: !!base, staleTime: 60_000 });
  const [inLang, setLang] = useState(lang), [voice, setVoice] = useState(''), [was, setWas] = useState(lang), [src, setSrc] = useState(''), [playing, setPlaying] = useState(false), [now, setNow] = useState(0), [total, setTotal] = useState(0), [of, setOf] = useState('');
  if (was !== lang) { setWas(lang); setLang(lang); setVoice(''); }
  const all = voices.data?.items ?? [], langs = [...new Set(all.map(v => v.lang))], mine = all.filter(v => v.lang === inLang), wanted = JSON.stringify([text, inLang, voice]);
  const make = useMutation({
    mutationFn: () => getBlob('POST', `${at(base || 'x', id)}/speech`, { text: text.trim(), lang: inLang, ...(voice ? { voice } : {}) }),
    onSuccess: b => { setSrc(old => { if (old) URL.revokeObjectURL(old); return URL.createObjectURL(b); }); setOf(wanted); setNow(0); },
  });
  useEffect(() => () => { if (src) URL.revokeObjectURL(src); }, [src]);
  useEffect(() => { if (src) void audio.current?.play().catch(() => {}); }, [src]);
  const fresh = src !== '' && of === wanted;
  const play = () => {
    const a = audio.current;
    if (!text.trim() || make.isPending) return;
    if (!fresh) return make.mutate();
    if (a?.paused) void a.play().catch(() => {}); else a?.pause();
  };
  useKeys(t.title, [{ keys: ['p'], what: t.listen, run: play }]);
  const why = make.error ? explain(make.error, p) : null;
  return (
    <section className="know-panel" aria-labelledby="know-listen">
      <header><h2 id="know-listen">{t.listen}</h2></header>
      {voices.data && all.length === 0 ? <p className="soft">{t.noVoice}</p> : (
        <>
          <div className="know-voices">
            <label>{t.lang}<select className="field" value={inLang} onChange={e => { setLang(e.target.value); setVoice(''); }}>{(langs.length ? langs : [lang]).map(l => <option key={l} value={l}>{named(t.langs, l)}</option>)}</select></label>
            <label>{t.voice}<select className="field" value={voice} onChange={e => setVoice(e.target.value)}><option value="">{mine[0]?.route ? t.voiceOf(mine[0].route) : t.anyVoice}</option>{mine.map(v => <option key={`${v.route}${v.voice}`} value={v.voice}>{bare(v.voice)}{v.route ? ` · ${t.line} ${v.route}` : ''}</option>)}</select></label>
          </div>
          <div className="know-player">
            <Button shape="round" onClick={play} loading={make.isPending} disabled={!text.trim()}>{make.isPending ? t.speaking : fresh && playing ? t.pause : t.play} <kbd aria-hidden="true">p</kbd></Button>
            <input type="range" min={0} max={total || 1} step={0.05} value={Math.min(now, total || 1)} disabled={!fresh} aria-label={t.position} aria-valuetext={clock(now)} onChange={e => { if (audio.current) audio.current.currentTime = Number(e.target.value); }} />
            <span className="num faint">{clock(now)} / {clock(total)}</span>
            <audio ref={audio} src={src || undefined} onPlay={() => setPlaying(true)} onPause={() => setPlaying(false)} onEnded={() => setPlaying(false)} onTimeUpdate={e => setNow(e.currentTarget.currentTime)} onDurationChange={e => setTotal(Number.isFinite(e.currentTarget.duration) ? e.currentTarget.duration : 0)} />
          </div>
          {src && !fresh && <p className="know-note">{t.soundOld}</p>}
        </>
      )}
      {why && <p className="know-warn" role="alert">{why.title}. {why.why}</p>}
    </section>
  );
}
