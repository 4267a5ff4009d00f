// Small things that several views of the knowledge share.
import { Modal } from 'antd';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { named, speech, useWords } from '../parts/i18n';
import { number, percent, when } from '../parts/time';
import { useMay } from '../shell/session';
import { callAt, share, type State, type Task, type Use } from './model';
import w from './words';

export function StateTag({ state }: { state: State }) {
  const t = useWords(w);
  return <span className={`tag ${state === 'published' ? 'good' : state === 'expired' || state === 'review' ? 'warn' : ''}`}>{t.states[state]}</span>;
}

// Text shows what somebody wrote or said, in its own language.
export const Text = ({ lang, className, children }: { lang?: string; className?: string; children: ReactNode }) => <span className={className} lang={speech(lang)} dir="auto">{children}</span>;

// CallLink leads to a call at a turn, for those who may see calls; others see when it was.
export function CallLink({ c }: { c: { call: string; turn?: number; at?: string } }) {
  const t = useWords(w), may = useMay('supervisor', 'quality'), label = c.at ? when(c.at) : t.theCall;
  return may ? <Link href={callAt(c)} title={t.toTurn}>{label}</Link> : <span className="faint" title={t.callsOther}>{label}</span>;
}

// Progress is a bar with its figures; without a total it only says that something goes on.
export function Progress({ task, what }: { task?: Task; what: string }) {
  const total = task?.total ?? 0, done = Math.min(task?.done ?? 0, total);
  return (
    <div className="know-progress" role="status">
      <span>{what}{total > 0 && <span className="num faint"> {number(done)} / {number(total)}</span>}</span>
      <progress max={total || undefined} value={total ? done : undefined} aria-label={what} />
    </div>
  );
}

// Funnel is what became of an entry: shown, of those used, of those resolved.
export function Funnel({ use, wide }: { use: Use; wide?: boolean }) {
  const t = useWords(w), steps = [[t.shown, use.shown, t.shownWhat], [t.used, use.used, t.usedWhat], [t.resolved, use.resolved, t.resolvedWhat]] as const;
  if (!wide) return <span className="know-mini" title={`${t.shown} ${use.shown}, ${t.used} ${use.used}, ${t.resolved} ${use.resolved}`}><span className="sr">{t.resolved}: </span><span className="know-mini-bar" aria-hidden="true"><span style={{ width: `${share(use.resolved, use.shown) * 100}%` }} /></span><span className="num">{t.helpedOf(percent(share(use.resolved, use.shown)), number(use.shown))}</span></span>;
  return (
    <ul className="know-funnel">{steps.map(([name, n, what]) => (
      <li key={name} title={what}><span>{name}</span><span className="know-bar" aria-hidden="true"><span style={{ width: `${Math.max(share(n, use.shown) * 100, n ? 2 : 0)}%` }} /></span><b className="num">{number(n)}</b></li>
    ))}{use.rejected > 0 && <li className="know-rejected" title={t.rejectedWhat}><span>{t.rejected}</span><span className="know-bar alert" aria-hidden="true"><span style={{ width: `${Math.max(share(use.rejected, use.shown) * 100, 2)}%` }} /></span><b className="num">{number(use.rejected)}</b></li>}</ul>
  );
}

// Ask asks for a few words before something is done.
export function Ask({ open, title, why, label, ok, danger, needed, done, cancel, busy }: { open: boolean; title: string; why?: ReactNode; label: string; ok: string; danger?: boolean; needed?: boolean; busy?: boolean; done(text: string): void; cancel(): void }) {
  const t = useWords(w), [text, setText] = useState(''), box = useRef<HTMLTextAreaElement>(null);
  useEffect(() => { if (open) setTimeout(() => box.current?.focus(), 60); }, [open]);
  return (
    <Modal open={open} title={title} onCancel={cancel} okText={ok} cancelText={t.cancel} destroyOnHidden afterClose={() => setText('')} confirmLoading={busy} okButtonProps={{ danger, disabled: needed && !text.trim() }} onOk={() => done(text.trim())}>
      {why && <p className="soft gap">{why}</p>}
      <label className="know-asked">{label}<textarea ref={box} className="field" rows={3} maxLength={500} value={text} onChange={e => setText(e.target.value)} onKeyDown={e => { if (e.key === 'Enter' && (e.ctrlKey || e.metaKey) && (!needed || text.trim())) done(text.trim()); }} /></label>
    </Modal>
  );
}

export const LangTag = ({ lang }: { lang: string }) => { const t = useWords(w); return <span>{named(t.langs, lang)}</span>; };
