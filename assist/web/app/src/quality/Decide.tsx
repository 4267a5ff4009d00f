// The decision of an appeal: what it says, the answers it is about, and which of them become otherwise.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Input, Select } from 'antd';
import { useState } from 'react';
import { post, Problem } from '../parts/api';
import { useLang, useWords } from '../parts/i18n';
import { because, explain } from '../parts/states';
import pw from '../parts/words';
import cw from './callwords';
import { choices, sayValue, type Answer, type Scored, type Value } from './model';
import w from './words';

export function Decide({ id, d, done }: { id: string; d: Scored; done: () => void }) {
  const t = useWords(w), c = useWords(cw), p = useWords(pw), zh = useLang() === 'zh', client = useQueryClient(), { message } = App.useApp();
  const [text, setText] = useState(''), [other, setOther] = useState<Record<string, Value>>({}), appeal = (d.notes ?? []).findLast(n => n.kind === 'appealed');
  const changes = d.sheets.flatMap(s => s.answers.map(a => ({ form: s.form, question: a.question, was: a.answer, answer: other[`${s.form} ${a.question}`] }))).filter((x): x is typeof x & { answer: Value } => x.answer !== undefined && x.answer !== x.was);
  const send = useMutation({
    mutationFn: () => post(`/api/quality/calls/${encodeURIComponent(id)}/decide`, { text: text.trim(), answers: changes.map(({ form, question, answer }) => ({ form, question, answer })) }),
    onSuccess: done,
    onError: err => { if (err instanceof Problem && (err.status === 409 || err.status === 403)) void message.warning(err.status === 403 ? t.second : ['', 'changed', 'state'].includes(err.code) ? t.refused : because(err, p), 6); else { const e = explain(err, p); void message.error(`${e.title}. ${e.why}`, 6); } },
    onSettled: () => { void client.invalidateQueries({ queryKey: ['quality-call', id] }); void client.invalidateQueries({ queryKey: ['quality-inbox'] }); },
  });
  const ask = (a: Answer) => (zh ? a.text_zh || a.text_en : a.text_en || a.text_zh) || a.question;
  const offered = (a: Answer) => { const all = a.type === 'several' ? [...(a.options ?? []).map(o => ({ value: o.key, label: sayValue(o.key, a.options, zh, t.values, c.none) })), { value: 'none', label: c.none }, { value: 'na', label: t.values.na }] : choices(a.type, a.options, zh, t.values); return all.some(x => x.value === a.answer) ? all : [{ value: a.answer, label: sayValue(a.answer, a.options, zh, t.values, c.none) }, ...all]; };
  return (
    <form className="q-write q-settle gap-top" onSubmit={e => { e.preventDefault(); if (text.trim() && !send.isPending) send.mutate(); }}>
      {appeal && <p dir="auto"><strong>{c.appealSays}:</strong> {appeal.text}</p>}
      <p className="soft">{c.decideAnswers}</p>
      {d.sheets.map(s => s.answers.map(a => { const key = `${s.form} ${a.question}`, now = other[key] ?? a.answer, changed = now !== a.answer; return (
        <div key={key} className={changed ? 'changed' : undefined}><span>{ask(a)} {changed && <span className="tag warn">{c.was} {sayValue(a.answer, a.options, zh, t.values, c.none)}</span>}</span>
          <Select size="small" aria-label={ask(a)} value={now} onChange={v => setOther(o => ({ ...o, [key]: v }))} options={offered(a)} /></div>); }))}
      <label htmlFor="q-settle">{t.decideWhy}</label>
      <Input.TextArea id="q-settle" rows={3} maxLength={2000} value={text} onChange={e => setText(e.target.value)} />
      <div className="q-do"><Button size="small" type="primary" htmlType="submit" disabled={!text.trim()} loading={send.isPending}>{t.send}</Button><span className="soft">{changes.length ? c.decideChange(changes.length) : c.decideKeep}</span><Button size="small" onClick={done}>{t.cancel}</Button></div>
    </form>
  );
}
