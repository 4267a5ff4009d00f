// What was masked in a call, from the vault: for admins, who say why. It is asked for anew each time and kept nowhere.
import { useMutation } from '@tanstack/react-query';
import { Alert, Button, Input, Modal, type InputRef } from 'antd';
import { useId, useRef, useState } from 'react';
import { get, Problem, query } from '../parts/api';
import { useWords } from '../parts/i18n';
import { explain } from '../parts/states';
import { clock } from '../parts/time';
import { Masks } from '../parts/Transcript';
import pw from '../parts/words';
import { useMay } from '../shell/session';
import { pieces, type Original } from './originals';
import w from './originalwords';

const leastReason = 3, mostReason = 300; // as the server wants it

function Pair({ o }: { o: Original }) {
  const t = useWords(w), p = useWords(pw), who = p.who[o.who as keyof typeof p.who] ?? o.who, parts = pieces(o.masked, o.text);
  return (
    <li>
      <p className="original-head"><span className="num">{clock(o.start_s ?? 0)}</span> <strong>{who}</strong></p>
      <dl>
        <div><dt>{t.masked}</dt><dd dir="auto"><Masks text={o.masked} /></dd></div>
        <div><dt>{t.said}</dt><dd dir="auto">{parts.map((x, i) => (x.mask && x.mask !== x.text ? <mark key={i}>{x.text}</mark> : x.text))}</dd></div>
      </dl>
    </li>
  );
}

export function Originals({ id }: { id: string }) {
  const t = useWords(w), p = useWords(pw), admin = useMay(), [open, setOpen] = useState(false), [reason, setReason] = useState(''), note = useId(), first = useRef<InputRef>(null);
  const look = useMutation({ mutationFn: (why: string) => get<{ items: Original[] | null }>(query(`/api/calls/${encodeURIComponent(id)}/originals`, { reason: why })), gcTime: 0 });
  if (!admin) return null;
  const close = () => { setOpen(false); setReason(''); look.reset(); };
  const ready = Array.from(reason.trim()).length >= leastReason, said = look.data?.items ?? [], failed = look.error && explain(look.error, p);
  return (
    <>
      <button type="button" className="tool" aria-haspopup="dialog" title={t.openWhat} onClick={() => setOpen(true)}>{t.open}</button>
      <Modal open={open} onCancel={close} title={t.title} footer={null} width={760} destroyOnHidden afterOpenChange={v => { if (v) first.current?.focus(); }}>
        {look.data ? (
          <>
            <p className="soft">{t.noted(reason.trim())}</p>
            {said.length > 0 ? <ol className="originals" tabIndex={0} aria-label={t.title}>{said.map((o, i) => <Pair key={i} o={o} />)}</ol> : <p>{t.nothing}</p>}
            <p className="soft">{t.never}</p>
            <div className="original-foot"><Button autoFocus type="primary" onClick={close}>{p.close}</Button></div>
          </>
        ) : (
          <form onSubmit={e => { e.preventDefault(); if (ready && !look.isPending) look.mutate(reason.trim()); }}>
            <p id={note} className="soft">{t.why}</p>
            <label className="original-reason"><span>{t.reason}</span><Input ref={first} maxLength={mostReason} autoComplete="off" aria-describedby={note} placeholder={t.example} value={reason} onChange={e => setReason(e.target.value)} /></label>
            {failed && <Alert type="error" showIcon role="alert" title={look.error instanceof Problem && look.error.status === 409 ? t.noKey : failed.title} description={look.error instanceof Problem && look.error.status === 409 ? t.noKeyWhat : failed.why} />}
            <div className="original-foot"><Button onClick={close}>{p.cancel}</Button><Button type="primary" htmlType="submit" disabled={!ready} loading={look.isPending}>{t.show}</Button></div>
          </form>
        )}
      </Modal>
    </>
  );
}
