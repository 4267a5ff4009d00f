// The line above the columns: who is on the line, for how long, how they sound, and what can be done with the call.
import { Button, Input, Modal, Popover } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { Curve } from '../parts/Curve';
import { named, useWords } from '../parts/i18n';
import { useKeys } from '../parts/keys';
import n, { intentName } from '../parts/namewords';
import { clock, since, useNow } from '../parts/time';
import pw from '../parts/words';
import { useMe } from '../shell/session';
import { useActions } from './actions';
import { Devices, Level, TroubleNote } from './Devices';
import { callerName, isChat, rung, type DeskCall, type Target } from './model';
import { hangUp, isMine, renew, unblock, useVoice } from './voice';
import w from './words';

function Keypad({ send, close }: { send: (d: string) => void; close: () => void }) {
  const t = useWords(w), [pressed, setPressed] = useState('');
  const press = (d: string) => { setPressed(v => (v + d).slice(-20)); send(d); };
  useKeys(t.keys, [{ keys: [...'0123456789*#'], label: '0 – 9 * #', what: t.keys, run: e => press(e.key) }, { keys: ['Escape'], what: '', run: close }]);
  return (
    <div className="keypad"><p aria-live="polite" className="num">{pressed && `${t.pressed}: ${pressed}`}</p>
      <div>{[...'123456789*0#'].map(d => <button type="button" key={d} onClick={() => press(d)}>{d}</button>)}</div></div>
  );
}

function TransferDialog({ open, close, targets, chat }: { open: boolean; close: () => void; targets: Target[]; chat: boolean }) {
  const t = useWords(w), act = useActions(), [find, setFind] = useState(''), [to, setTo] = useState(''), [busy, setBusy] = useState(''), first = useRef<HTMLInputElement>(null);
  const all = targets.filter(x => !(chat && x.kind === 'phone') && x.name.toLowerCase().includes(find.trim().toLowerCase())), picked = all.find(x => x.id === to) ?? (all.length === 1 ? all[0] : undefined);
  const talks = !chat && picked?.kind !== 'queue'; // with a queue nobody speaks first
  const go = async (kind: 'blind' | 'warm') => {
    if (!picked || busy) return;
    setBusy(kind);
    const ok = await act.transfer(kind, picked.id);
    setBusy('');
    if (ok) close();
  };
  return (
    <Modal open={open} onCancel={close} title={t.transferTo} destroyOnHidden afterOpenChange={v => { if (v) first.current?.focus(); }} footer={
      <div className="dialog-foot"><Button disabled={!picked} loading={busy === 'blind'} title={t.blindWhat} onClick={() => void go('blind')}>{t.blind}</Button>{!chat && <Button type="primary" disabled={!picked || !talks} loading={busy === 'warm'} title={t.warmWhat} onClick={() => void go('warm')}>{t.warm}</Button>}</div>}>
      <form onSubmit={e => { e.preventDefault(); void go(talks ? 'warm' : 'blind'); }}>
        <Input ref={r => { first.current = r?.input ?? null; }} aria-label={t.findTarget} placeholder={t.findTarget} value={find} onChange={e => setFind(e.target.value)} />
        {all.length === 0 ? <p className="faint pad">{t.noTargets}</p> : (
          <div className="targets" role="radiogroup" aria-label={t.transferTo}>{all.map(x => (
            <label key={x.id} className={picked?.id === x.id ? 'on' : ''}><input type="radio" name="to" checked={picked?.id === x.id} onChange={() => setTo(x.id)} /><span>{x.name}</span><span className="tag">{t.targets[x.kind]}</span></label>
          ))}</div>
        )}
      </form>
    </Modal>
  );
}

function VoiceState({ call }: { call: DeskCall }) {
  const t = useWords(w), voice = useVoice(), act = useActions(), here = voice.call === call.call;
  // After the page was loaded again the sound comes back by itself, but only in the tab that had it.
  useEffect(() => { if (voice.state === 'off' && voice.trouble === null && isMine(call.call)) void renew(call.call).catch(() => {}); }, [call.call, voice.state, voice.trouble]);
  const bring = () => void renew(call.call).catch((err: unknown) => { if (!(err instanceof Error && err.name === 'VoiceError')) act.say(err); });
  if (voice.blocked) return <Button type="primary" onClick={unblock}>{t.unblock}</Button>;
  if (voice.trouble === 'failed' || (!here && voice.trouble)) return <Button onClick={bring}>{t.again}</Button>;
  if (!here) return <span className="voice-note"><span className="tag warn">{t.voice.elsewhere}</span> <Button size="small" onClick={bring}>{t.bringHere}</Button></span>;
  return (
    <Popover trigger="click" placement="bottomRight" content={<Devices />}>
      <button type="button" className={`voice-note plain ${voice.state}`} aria-label={`${t.sound}: ${t.voice[voice.state]}`} title={t.voice[voice.state]}>
        {voice.state === 'connected' ? <Level value={call.muted ? 0 : voice.level} label={t.level} /> : <span className={`tag${voice.state === 'broken' ? ' warn' : ''}`}>{t.voice[voice.state]}</span>}
      </button>
    </Popover>
  );
}

export function Header({ call, targets, sentiment }: { call: DeskCall; targets: Target[]; sentiment: number[] }) {
  const t = useWords(w), p = useWords(pw), nt = useWords(n), act = useActions(), voice = useVoice(), now = useNow();
  const [moving, setMoving] = useState(false), [pad, setPad] = useState(false), [sure, setSure] = useState(false), [doing, setDoing] = useState('');
  // once does what gives the call away: not again while the server has not answered. To end the call waits for nothing else.
  const once = (what: string, f: () => Promise<boolean>) => { if (doing === what || doing && what !== 'end') return; setDoing(what); void f().then(ok => { if (ok && what !== 'cancel' && what !== 'merge') hangUp(); }).finally(() => setDoing(d => (d === what ? '' : d))); };
  const me = useMe(), chat = isChat(call), calling = rung(call), asked = call.parties?.some(x => x.id === me && x.who === 'colleague'), bare = asked || !!calling; // the call is a colleague's, who asked us in; or nobody is on the line yet
  const colleague = call.parties?.find(x => x.state === 'consult'), others = (call.parties ?? []).filter(x => x.who !== 'caller' && x.id !== me && (asked || x.who !== 'agent'));
  useEffect(() => { if (!sure) return; const timer = setTimeout(() => setSure(false), 3000); return () => clearTimeout(timer); }, [sure]);
  const end = () => { if (!sure) { setSure(true); return; } setSure(false); once('end', act.end); };
  useKeys(t.title, [
    ...(chat ? [] : [{ keys: ['m'], what: t.k.mute, run: () => void act.mute() }]),
    ...(chat || bare ? [] : [
      { keys: ['h'], what: t.k.hold, run: () => void act.hold() }, { keys: ['k'], what: t.k.keypad, run: () => setPad(v => !v) }, { keys: ['r'], what: t.k.record, run: () => void act.recording() },
    ]),
    ...(bare ? [] : [{ keys: ['t'], what: t.k.transfer, run: () => setMoving(true) }]), { keys: ['E'], label: 'Shift E', what: asked ? t.leaveCall : t.k.end, run: end },
  ]);
  const rec = call.recording;
  return (
    <header className="desk-head">
      <div className="desk-line">
        <span className="num big">{clock(since(call.started, now))}</span>
        <h1 dir="auto" title={call.caller.name || undefined}>{callerName(call.caller, t.unknownCaller)}</h1>
        {call.caller.tier && <span className="tag tier">{call.caller.tier}</span>}
        {call.intent && <span className="tag">{intentName(nt, call.intent)}</span>}
        <Curve values={sentiment} />
        {call.on_hold && <span className="tag warn">‖ {t.onHold}</span>}{call.muted && <span className="tag warn">{t.muted}</span>}
        {others.map((o, i) => <span key={i} className="tag">{named(p.who, o.who)}: {o.name} · {named(t.states, o.state === 'consult' && !call.on_hold ? 'talking' : o.state)}</span>)}
        <span className="grow" />
        {!chat && <VoiceState call={call} />}
        <div className="desk-do" role="toolbar" aria-label={t.controls}>
          {!chat && !bare && <Button aria-pressed={call.on_hold} onClick={() => void act.hold()}>{call.on_hold ? t.resume : t.hold}<kbd>h</kbd></Button>}
          {!chat && <Button aria-pressed={call.muted} onClick={() => void act.mute()}>{call.muted ? t.unmute : t.mute}<kbd>m</kbd></Button>}
          {!bare && <Button onClick={() => setMoving(true)}>{t.transfer}<kbd>t</kbd></Button>}
          {/* Never empty: what has no content does not open by mouse. */}
          {!chat && !bare && <Popover open={pad} onOpenChange={setPad} trigger="click" placement="bottom" content={<>{pad && <Keypad send={d => void act.dtmf(d)} close={() => setPad(false)} />}</>}><Button aria-expanded={pad}>{t.keypad}<kbd>k</kbd></Button></Popover>}
          {!chat && !bare && (rec === 'off' ? <span className="tag">{t.recordingOff}</span> : <Button aria-pressed={rec === 'paused'} onClick={() => void act.recording()}><span className={`rec ${rec}`} aria-hidden="true">{rec === 'on' ? '●' : '‖'}</span>{rec === 'on' ? t.pauseRecording : t.resumeRecording}<kbd>r</kbd></Button>)}
          {!bare && <Button loading={doing === 'bot'} onClick={() => once('bot', act.toBot)}>{t.toBot}</Button>}
          <Button danger type={sure ? 'primary' : 'default'} loading={doing === 'end'} onClick={end}>{asked ? sure ? t.leaveSure : t.leaveCall : sure ? t.endSure : t.end}<kbd>⇧E</kbd></Button>
        </div>
      </div>
      {calling && <div className="consult" role="status"><span>{t.calling(calling)}</span></div>}
      {asked && <div className="consult" role="status"><span>{call.on_hold ? t.askedIn : t.askedAll}</span></div>}
      {!asked && call.asking && <div className="consult" role="status"><span>{t.asking(call.asking)}</span><Button loading={doing === 'cancel'} onClick={() => once('cancel', () => act.consult('cancel'))}>{t.cancelTransfer}</Button></div>}
      {!asked && colleague && <div className="consult" role="status"><span>{call.on_hold ? t.consulting(colleague.name) : t.together(colleague.name)}</span><Button type="primary" loading={doing === 'complete'} onClick={() => once('complete', () => act.consult('complete'))}>{t.complete}</Button>{call.on_hold && <Button loading={doing === 'merge'} onClick={() => once('merge', () => act.consult('merge'))}>{t.merge}</Button>}<Button loading={doing === 'cancel'} onClick={() => once('cancel', () => act.consult('cancel'))}>{call.on_hold ? t.cancelTransfer : t.letGo}</Button></div>}
      {!chat && <TroubleNote trouble={voice.trouble} />}
      <TransferDialog open={moving} close={() => setMoving(false)} targets={targets} chat={chat} />
    </header>
  );
}
