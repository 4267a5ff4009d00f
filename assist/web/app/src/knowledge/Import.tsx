import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, Button } from 'antd';
import { useState } from 'react';
import { Link } from 'wouter';
import { api, get, post, query } from '../parts/api';
import { useWords } from '../parts/i18n';
import { Failed } from '../parts/states';
import { useBases } from './Entries';
import type { Checked, Counts, Row, Text } from './model';
import w from './words';

interface Task { id: string; state: 'running' | 'done' | 'failed'; done: number; total: number; why?: string; counts?: Counts }

// finished waits for the end of an import, which may take minutes.
async function finished(task: Task): Promise<{ counts: Counts }> {
  let t = task;
  while (t.state === 'running') {
    await new Promise(r => setTimeout(r, 1000));
    t = await get<Task>(`/api/knowledge/tasks/${encodeURIComponent(t.id)}`);
  }
  if (t.state === 'failed' || !t.counts) throw new Error(t.why ?? 'failed');
  return { counts: t.counts };
}

const Side = ({ v }: { v?: Text }) => (v ? <><b dir="auto">{v.question}</b><p dir="auto">{v.answer}</p>{!!v.similar?.length && <p className="faint" dir="auto">{v.similar.join(' | ')}</p>}</> : null);

function Preview({ c }: { c: Checked }) {
  const t = useWords(w), shown = (c.rows ?? []).filter(r => r.state !== 'same');
  const line = (r: Row, i: number) => <tr key={i}><td><span className={`tag ${r.state === 'invalid' ? 'alert' : r.state === 'changed' ? 'warn' : 'good'}`}>{t.rows[r.state]}</span></td><td className="faint">{r.where}</td>{r.state === 'invalid' ? <td colSpan={2} className="know-why">{r.why}</td> : <><td><Side v={r.before} /></td><td><Side v={r.after} /></td></>}</tr>;
  return (
    <>
      <p className="know-counts">{(['new', 'changed', 'same', 'invalid'] as const).map(k => <span key={k} className={`tag ${k === 'invalid' && c.counts.invalid ? 'alert' : ''}`}>{t.rows[k]}: {c.counts[k]}</span>)}</p>
      {!!c.report?.length && <details><summary>{t.report} ({c.report.length})</summary><ul className="know-report">{c.report.map((n, i) => <li key={i}><span className="faint">{n.where}</span> {n.text}</li>)}</ul></details>}
      {shown.length > 0 && <div className="know-box" tabIndex={0} role="region" aria-label={t.tabs.import}><table className="know-table"><thead><tr><th>{t.state}</th><th>{t.where}</th><th>{t.before}</th><th>{t.after}</th></tr></thead><tbody>{shown.map(line)}</tbody></table></div>}
    </>
  );
}

export function Import() {
  const t = useWords(w), client = useQueryClient(), bases = useBases(), [base, setBase] = useState(''), [files, setFiles] = useState<File[]>([]), [urls, setUrls] = useState(''), [round, setRound] = useState(0);
  const check = useMutation({ mutationFn: () => { const f = new FormData(); files.forEach(x => f.append('files', x)); if (urls.trim()) f.append('urls', urls); return api<Checked>('POST', query('/api/knowledge/import', { base: base.trim() }), f); } });
  const apply = useMutation({ mutationFn: (id: string) => post<Task>(`/api/knowledge/import/${encodeURIComponent(id)}/apply`).then(finished), onSuccess: () => { void client.invalidateQueries({ queryKey: ['knowledge'] }); } });
  const again = () => { check.reset(); apply.reset(); setFiles([]); setUrls(''); setRound(n => n + 1); };
  if (apply.data) return <><Alert type="success" showIcon title={t.applied(apply.data.counts.new, apply.data.counts.changed)} /><p className="know-foot"><Link href={query('/knowledge', { base: base.trim() })}>{t.back}</Link><Button onClick={again}>{t.another}</Button></p></>;
  const c = check.data, n = c ? c.counts.new + c.counts.changed : 0;
  return (
    <>
      <p className="soft">{t.filesWhy}</p>
      <form className="know-do" onSubmit={e => { e.preventDefault(); apply.reset(); check.mutate(); }}>
        <label>{t.files} <input key={round} className="field" type="file" multiple accept=".csv,.tsv,.txt,.xlsx,.jsonl,.ndjson,.md,.markdown,.html,.htm,.docx,.pdf" onChange={e => { check.reset(); apply.reset(); setFiles([...(e.target.files ?? [])]); }} /></label>
        <label>{t.intoBase} <input className="field" list="know-bases" value={base} maxLength={64} placeholder={t.baseHint} onChange={e => { check.reset(); apply.reset(); setBase(e.target.value); }} /></label><datalist id="know-bases">{(bases.data?.items ?? []).map(b => <option key={b.name} value={b.name} />)}</datalist>
        <label>{t.urls} <textarea className="field" rows={2} value={urls} placeholder="https://" onChange={e => { check.reset(); apply.reset(); setUrls(e.target.value); }} /></label>
        <Button htmlType="submit" type={c ? 'default' : 'primary'} disabled={(!files.length && !urls.trim()) || !base.trim()} loading={check.isPending}>{t.check}</Button>
      </form>
      {check.error && <Failed error={check.error} />}{apply.error && <Failed error={apply.error} />}
      {c && <><Preview c={c} /><p className="know-foot">{c.counts.invalid > 0 ? <span className="soft">{t.mend}</span> : n === 0 ? <span className="soft">{t.nothing}</span> : <Button type="primary" loading={apply.isPending} onClick={() => apply.mutate(c.id)}>{t.apply(n)}</Button>}</p></>}
    </>
  );
}
