// The rules in use, and what a changed file would have done in the last calls. Nothing here changes them: files do.
import { useMutation, useQuery } from '@tanstack/react-query';
import { Alert, App, Button, Input, Select } from 'antd';
import type { TextAreaRef } from 'antd/es/input/TextArea';
import { useRef, useState } from 'react';
import { Link } from 'wouter';
import { get, post, Problem } from '../parts/api';
import { useLang, useWords } from '../parts/i18n';
import n, { valueName, variableName } from '../parts/namewords';
import { FaultList } from '../parts/FaultList';
import { faults, lineRange, sayFault, type Fault, type Wrong } from '../parts/faults';
import { explain, Load } from '../parts/states';
import { clock, number } from '../parts/time';
import pw from '../parts/words';
import { inLang } from '../desk/model';
import w from './rulewords';

interface File { name: string; text: string; built_in: boolean }
interface State { files: File[] | null; rules: string[] | null; trouble?: string; fault?: Fault }
interface Reason { variable: string; value: unknown; quote?: string }
interface Firing { call: string; new: boolean; rule: string; text_en: string; text_zh: string; turn: number; end_s: number; reasons: Reason[] | null }
export interface Change { calls: number; changed: number; rules: { rule: string; before: number; after: number; new: number; gone: number }[] | null; firings: Firing[] | null; left: number }

const begun = 'version: 1\nrules:\n  - id: my-rule\n    text_en: What agent and supervisor read.\n    text_zh: 坐席和主管看到的文字。\n    when: said.judgement >= 1.0\n    do: [{alert: {level: warning}}]\n';

export function Rules() {
  const state = useQuery({ queryKey: ['rules'], queryFn: () => get<State>('/api/rules') });
  return <Load of={state}>{d => <Try state={d} />}</Load>;
}

function Try({ state }: { state: State }) {
  const t = useWords(w), p = useWords(pw), { message } = App.useApp(), files = state.files ?? [];
  const [file, setFile] = useState(0), [edits, setEdits] = useState<Record<number, string>>({}), [calls, setCalls] = useState(50), [wrong, setWrong] = useState<Wrong[]>([]), zh = useLang() === 'zh', box = useRef<TextAreaRef>(null);
  const text = edits[file] ?? files[file]?.text ?? begun;
  const run = useMutation({
    mutationFn: () => post<Change>('/api/rules/try', { file, text, calls }),
    onSuccess: () => setWrong([]),
    onError: err => { if (err instanceof Problem && err.status === 422) { setWrong(faults(err, zh)); return; } const e = explain(err, p); void message.error(`${e.title}. ${e.why}`, 6); },
  });
  const show = (line: number) => { const el = box.current?.resizableTextArea?.textArea; if (!el) return; const [a, b] = lineRange(el.value, line); el.focus(); el.setSelectionRange(a, b); };
  return (
    <div className="rules-try">
      <p className="soft">{t.why}</p>
      {state.trouble && <Alert type="error" showIcon title={t.trouble} description={<span className="pre">{state.fault ? `${state.fault.line ? `${p.line(state.fault.line)}: ` : ''}${sayFault(state.fault, zh)}` : state.trouble}</span>} />}
      <p className="settings-do">
        <label>{t.file} <Select aria-label={t.file} style={{ minWidth: 200 }} value={file} onChange={v => { setFile(v); setWrong([]); run.reset(); }} options={[...files.map((f, value) => ({ value, label: f.built_in ? `${f.name} (${t.builtIn})` : f.name })), { value: files.length, label: t.another }]} /></label>
        <label>{t.lastCalls} <Select aria-label={t.lastCalls} value={calls} onChange={setCalls} options={[20, 50, 100, 200].map(value => ({ value, label: number(value) }))} /></label>
        <Button type="primary" loading={run.isPending} onClick={() => run.mutate()}>{t.run}</Button>
        {edits[file] !== undefined && <Button onClick={() => { const { [file]: _, ...rest } = edits; setEdits(rest); setWrong([]); run.reset(); }}>{t.undo}</Button>}
      </p>
      <Input.TextArea className="mono rules-text" aria-label={t.text} ref={box} aria-invalid={wrong.length > 0} spellCheck={false} rows={22} value={text} onChange={e => setEdits({ ...edits, [file]: e.target.value })} />
      {wrong.length > 0 && <Alert className="rules-wrong" type="error" showIcon role="alert" title={t.mistake} description={<FaultList of={wrong} show={show} />} />}
      <div role="status" aria-live="polite">{run.data && <Result of={run.data} />}</div>
    </div>
  );
}

function Result({ of }: { of: Change }) {
  const t = useWords(w), nt = useWords(n), lang = useLang(), all = of.rules ?? [], firings = of.firings ?? [];
  return (
    <section className="rules-result">
      <h2>{t.result(of.calls, of.changed)}</h2>
      {of.calls === 0 ? <p className="soft">{t.noCalls}</p> : all.length === 0 && <p className="soft">{t.same}</p>}
      {all.length > 0 && <div className="table-box" tabIndex={0} role="region" aria-label={t.rule}><table className="table stack"><thead><tr><th>{t.rule}</th><th>{t.before}</th><th>{t.after}</th><th>{t.isNew}</th><th>{t.gone}</th></tr></thead><tbody>{all.map(r => <tr key={r.rule}><td className="mono" data-k={t.rule}>{r.rule}</td><td className="num" data-k={t.before}>{r.before}</td><td className="num" data-k={t.after}>{r.after}</td><td className="num" data-k={t.isNew}>+{r.new}</td><td className="num" data-k={t.gone}>−{r.gone}</td></tr>)}</tbody></table></div>}
      {firings.length > 0 && <ul className="rules-firings">{firings.map((f, i) => <li key={i}><strong>{f.new ? `+ ${t.isNew}` : `− ${t.gone}`}</strong> <Link href={`/calls/${f.call}`}>{t.at(f.turn, clock(f.end_s))}</Link> <span className="mono">{f.rule}</span> {inLang(lang, { ...f, text: f.text_en }, 'text')}{!!f.reasons?.length && <span className="faint"> {f.reasons.slice(0, 3).map(x => (x.quote ? `“${x.quote}”` : `${variableName(nt, x.variable)} ${valueName(nt, x.value)}`)).join(' · ')}</span>}</li>)}</ul>}
      {of.left > 0 && <p className="faint">{t.more(of.left)}</p>}
    </section>
  );
}
