// Stretches of calls that an agent is to hear, each a link to the second.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Input } from 'antd';
import { useState } from 'react';
import { Link } from 'wouter';
import { del, get, post, query } from '../parts/api';
import { useWords } from '../parts/i18n';
import { explain, Load } from '../parts/states';
import { clock, when } from '../parts/time';
import pw from '../parts/words';
import { Tabs } from './Inbox';
import type { Clip } from './model';
import w from './words';

function useDo(done?: () => void) {
  const p = useWords(pw), client = useQueryClient(), { message } = App.useApp();
  return { onSuccess: () => { done?.(); void client.invalidateQueries({ queryKey: ['coaching'] }); }, onError: (err: unknown) => { const e = explain(err, p); void message.error(`${e.title}. ${e.why}`, 6); } };
}

export function Clips({ judge }: { judge: boolean }) {
  const t = useWords(w), all = useQuery({ queryKey: ['coaching'], queryFn: () => get<{ items: Clip[] | null; names?: Record<string, string> | null }>('/api/quality/coaching') });
  const done = useMutation({ mutationFn: (id: string) => post(`/api/quality/coaching/${id}/done`), ...useDo() }), remove = useMutation({ mutationFn: (id: string) => del(`/api/quality/coaching/${id}`), ...useDo() });
  return <Load of={all}>{d => {
    const items = d.items ?? [], name = (id: string) => d.names?.[id] || id, agents = [...new Set(items.map(c => c.agent))];
    if (items.length === 0) return <p className="soft">{t.noClips}</p>;
    return <>{agents.map(a => <section key={a} aria-label={name(a)}>{judge && <h2 dir="auto">{name(a)}</h2>}<ul className="q-forms">{items.filter(c => c.agent === a).map(c => (
      <li key={c.id}><Link href={query(`/quality/calls/${c.call}`, { t: c.from_s })} className="num">{clock(c.from_s)}–{clock(c.to_s)}</Link> <span dir="auto">{c.text}</span> <span className="faint">{name(c.by)} · {when(c.at)}</span> {c.done ? <span className="tag">{t.heardIt}</span> : !judge && <Button size="small" loading={done.isPending} onClick={() => done.mutate(c.id)}>{t.markHeard}</Button>}{judge && <Button size="small" type="text" aria-label={`${t.remove}: ${c.text}`} onClick={() => remove.mutate(c.id)}>{t.remove}</Button>}</li>
    ))}</ul></section>)}</>;
  }}</Load>;
}

export function Coaching() {
  const t = useWords(w);
  return <div className="page quality"><header><h1>{t.title}</h1><Tabs here="coaching" /></header><p className="soft">{t.coachingWhat}</p><Clips judge /></div>;
}

// Coach puts the place being played on the list of an agent who took part.
export function Coach({ call, agents, names, at }: { call: string; agents: string[]; names: Record<string, string>; at: number }) {
  const t = useWords(w), { message } = App.useApp(), [open, setOpen] = useState<number | null>(null), [text, setText] = useState(''), add = useMutation({ mutationFn: (agent: string) => post('/api/quality/coaching', { agent, call, from_s: Math.max(0, open! - 5), to_s: open! + 10, text: text.trim() }), ...useDo(() => { setOpen(null); setText(''); void message.success(t.coached, 3); }) });
  if (agents.length === 0) return null;
  if (open === null) return <Button size="small" onClick={() => setOpen(at)}>{t.coach(clock(at))}</Button>;
  return (
    <form className="q-write" onSubmit={e => e.preventDefault()}>
      <label htmlFor="q-coach">{t.coachWhy(clock(open))}</label><Input id="q-coach" autoFocus maxLength={2000} value={text} onChange={e => setText(e.target.value)} onKeyDown={e => { if (e.key === 'Escape') setOpen(null); }} />
      <div className="q-do">{agents.map(a => <Button key={a} size="small" type="primary" disabled={!text.trim()} loading={add.isPending} onClick={() => add.mutate(a)}>{t.coachFor(names[a] || a)}</Button>)}<Button size="small" onClick={() => setOpen(null)}>{t.cancel}</Button></div>
    </form>
  );
}
