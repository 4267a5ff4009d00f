import { Button, Select, Switch } from 'antd';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { useWords } from '../parts/i18n';
import { meter, openMic, VoiceError, type Trouble } from './phone';
import { alertSound, escalation, ring, ringSound } from './sounds';
import { chooseMic, chooseSpeaker, useVoice } from './voice';
import w from './words';

export function TroubleNote({ trouble }: { trouble: Trouble | null }) {
  const t = useWords(w);
  if (!trouble) return null;
  const [title, what] = t.trouble[trouble];
  return <div className="trouble" role="alert"><strong>! {title}</strong><p>{what}</p></div>;
}

export function Level({ value, label }: { value: number; label: string }) {
  return <span className="level" role="meter" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(value * 100)}>{Array.from({ length: 10 }, (_, i) => <i key={i} className={value * 10 > i + 0.3 ? 'on' : ''} />)}</span>;
}

export function useDevices() {
  const [all, setAll] = useState<MediaDeviceInfo[]>([]);
  useEffect(() => {
    const media = navigator.mediaDevices;
    if (!media?.enumerateDevices) return;
    const read = () => void media.enumerateDevices().then(setAll, () => {});
    read();
    media.addEventListener('devicechange', read);
    return () => media.removeEventListener('devicechange', read);
  }, []);
  return all;
}

function useOnOff(s: typeof ringSound) { return useSyncExternalStore(s.subscribe, s.get) === 'on'; }

// Devices chooses microphone, loudspeaker and sounds, and shows that they work.
export function Devices() {
  const t = useWords(w), voice = useVoice(), all = useDevices(), ringing = useOnOff(ringSound), alerts = useOnOff(alertSound);
  const [testing, setTesting] = useState(false), [level, setLevel] = useState(0), [trouble, setTrouble] = useState<Trouble | null>(window.isSecureContext ? null : 'insecure');
  useEffect(() => {
    if (!testing) return;
    let stop = () => {}, gone = false, stream: MediaStream | null = null;
    openMic(voice.mic).then(s => { stream = s; if (gone) { s.getTracks().forEach(x => x.stop()); return; } setTrouble(null); stop = meter(s, setLevel); }, (err: unknown) => { setTrouble(err instanceof VoiceError ? err.trouble : 'refused'); setTesting(false); });
    return () => { gone = true; stop(); stream?.getTracks().forEach(x => x.stop()); setLevel(0); };
  }, [testing, voice.mic]);
  const options = (kind: MediaDeviceKind) => [{ value: '', label: t.standard }, ...all.filter(d => d.kind === kind && d.deviceId && d.deviceId !== 'default').map(d => ({ value: d.deviceId, label: d.label || d.deviceId.slice(0, 8) }))];
  const live = voice.state === 'connected';
  return (
    <section className="devices">
      <h2>{t.sound}</h2>
      <label><span>{t.mic}</span><Select aria-label={t.mic} value={voice.mic} options={options('audioinput')} onChange={v => void chooseMic(v)} popupMatchSelectWidth={false} /></label>
      <label><span>{t.speaker}</span><Select aria-label={t.speaker} value={voice.speaker} options={options('audiooutput')} onChange={chooseSpeaker} popupMatchSelectWidth={false} /></label>
      <div className="row">{!live && <Button onClick={() => setTesting(v => !v)}>{testing ? t.stopTest : t.test}</Button>}{(testing || live) && <Level value={live ? voice.level : level} label={t.level} />}</div>
      <TroubleNote trouble={trouble ?? voice.trouble} />
      <div className="row"><Switch size="small" checked={ringing} onChange={v => ringSound.set(v ? 'on' : 'off')} aria-label={t.ringSound} /><span>{t.ringSound}</span><Button size="small" type="link" onClick={() => { const stop = ring(); setTimeout(stop, 800); }} disabled={!ringing} aria-label={`${t.ringSound}: ${t.hearRing}`}>{t.hearRing}</Button></div>
      <div className="row"><Switch size="small" checked={alerts} onChange={v => alertSound.set(v ? 'on' : 'off')} aria-label={t.alertSound} /><span>{t.alertSound}</span><Button size="small" type="link" onClick={escalation} disabled={!alerts} aria-label={`${t.alertSound}: ${t.hearRing}`}>{t.hearRing}</Button></div>
    </section>
  );
}
