// Import: files or addresses are checked, what would change is shown row by row, and then all of it is stored or nothing.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, Button } from 'antd';
import { useRef, useState } from 'react';
import { Link } from 'wouter';
import { api, post, Problem, query } from '../parts/api';
import { named, useLang, useWords } from '../parts/i18n';
import { useKeys } from '../parts/keys';
import { Failed } from '../parts/states';
import { number, when } from '../parts/time';
import { Progress } from './bits';
import { useBases } from './bases';
import { Imports } from './Imports';
import type { Checked, Row, Task, Text } from './model';
import { useTask } from '../parts/task';
import { place, reason } from './reasons';
import { Watch } from './Watch';
import w from './words';

const kinds = ['invalid', 'changed', 'new', 'same'] as const;
const tone = { new: 'good', changed: 'warn', same: '', invalid: 'alert' } as const;
const most = 200; // rows drawn at once

// Other is what differs beside the texts, in words.
function Other({ of }: { of: Record<string, string> }) {
  const t = useWords(w), said = (k: string, v: string) => (k === 'from' || k === 'until' ? when(v) : k === 'state' ? named(t.states, v) : k === 'audience' ? named(t.audiences, v) : k === 'lang' ? named(t.langs, v) : v);
  return <dl className="know-other">{Object.entries(of).map(([k, v]) => <div key={k}><dt>{named(t.fields, k)}</dt><dd dir="auto">{v ? said(k, v) : '—'}</dd></div>)}</dl>;
}

const Side = ({ v }: { v?: Text }) => (v ? <><b dir="auto">{v.question}</b><p dir="auto">{v.answer}</p>{!!v.similar?.length && <p className="faint" dir="auto">{v.similar.join(' | ')}</p>}{v.other && Object.keys(v.other).length > 0 && <Other of={v.other} />}</> : <span className="faint">—</span>);

function Line({ r }: { r: Row }) {
  const t = useWords(w), lang = useLang(), why = r.why && reason(lang, r.why, r);
  return (
    <tr><td><span className={`tag ${tone[r.state]}`}>{t.rows[r.state]}</span></td><td className="faint" data-label={t.where}>{place(lang, r.where)}</td>
      {r.state === 'invalid' ? <td colSpan={2} className="know-why">{r.question && <b dir="auto">{r.question} </b>}{why}</td> : r.state === 'same' ? <td colSpan={2}><span className="soft" dir="auto">{r.question}</span></td> : <><td data-label={t.before}><Side v={r.before} /></td><td data-label={t.after}><Side v={r.after} />{why && <p className="know-warn" dir="auto">{why}</p>}</td></>}</tr>
  );
}

function save(c: Checked, lang: string, name: (k: Row['state']) => string, field: (k: string) => string) {
  const cell = (s: string) => `"${(/^[=+\-@\t\r]/.test(s) ? `'${s}` : s).replaceAll('"', '""')}"`; // a spreadsheet must not take it for a formula
  const text = ['state,where,question,why', ...(c.rows ?? []).map(r => [name(r.state), place(lang, r.where), r.question ?? r.after?.question ?? '', (r.why && reason(lang, r.why, r)) ?? r.differs?.map(field).join(', ') ?? ''].map(cell).join(',')), ...(c.report ?? []).map(n => [n.kind, place(lang, n.where), '', reason(lang, n.text, n)].map(cell).join(','))].join('\r\n');
  const a = document.createElement('a');
  a.href = URL.createObjectURL(new Blob([`\uFEFF${text}`], { type: 'text/csv' }));
  a.download = 'import-report.csv';
  a.click();
  setTimeout(() => URL.revokeObjectURL(a.href), 10_000);
}

function Preview({ c }: { c: Checked }) {
  const t = useWords(w), lang = useLang(), [kind, setKind] = useState<Row['state'] | ''>(''), [all, setAll] = useState(false), rows = (c.rows ?? []).filter(r => (kind ? r.state === kind : r.state !== 'same')), shown = all ? rows : rows.slice(0, most);
  const total = kinds.reduce((n, k) => n + c.counts[k], 0), cut = total - (c.rows ?? []).length, notes = [...new Set((c.report ?? []).map(n => n.kind))].map(k => [k, (c.report ?? []).filter(n => n.kind === k)] as const);
  return (
    <>
      <div className="know-chips" role="group" aria-label={t.state}>{kinds.map(k => <button type="button" key={k} className={`know-chip ${k}`} aria-pressed={kind === k} disabled={c.counts[k] === 0} onClick={() => { setAll(false); setKind(kind === k ? '' : k); }}>{t.rows[k]} <b className="num">{number(c.counts[k])}</b></button>)}<span className="grow" /><Button size="small" onClick={() => save(c, lang, k => t.rows[k], k => named(t.fields, k))}>{t.saveReport}</Button></div>
      {notes.length > 0 && <details open={c.report!.length <= 6}><summary>{t.report} ({number(c.report!.length)})</summary><div className="know-notes">{notes.map(([k, list]) => <section key={k}><h3>{named(t.noteKinds, k)} <span className="faint num">{number(list.length)}</span></h3><ul className="know-report">{list.slice(0, 50).map((n, i) => <li key={i}><span className="faint">{place(lang, n.where)}</span> <span dir="auto">{reason(lang, n.text, n)}</span></li>)}{list.length > 50 && <li className="faint">{t.andMore(number(list.length - 50))}</li>}</ul></section>)}</div></details>}
      {shown.length > 0 && <div className="know-box" tabIndex={0} role="region" aria-label={t.rowsOf}><table className="know-table know-rows"><thead><tr><th>{t.state}</th><th>{t.where}</th><th>{t.before}</th><th>{t.after}</th></tr></thead><tbody>{shown.map((r, i) => <Line key={i} r={r} />)}</tbody></table></div>}
      {rows.length > shown.length && <p className="know-foot"><Button size="small" onClick={() => setAll(true)}>{t.showAll(number(rows.length))}</Button></p>}
      {cut > 0 && <p className="faint">{t.rowsCut(number(cut))}</p>}
    </>
  );
}

function Drop({ files, set, input }: { files: File[]; set(f: File[]): void; input: React.RefObject<HTMLInputElement | null> }) {
  const t = useWords(w), [over, setOver] = useState(false);
  return (
    <div className={`know-drop${over ? ' over' : ''}`} onDragOver={e => { e.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)} onDrop={e => { e.preventDefault(); setOver(false); set([...e.dataTransfer.files]); }}>
      <label><b>{t.dropHere}</b><span className="soft">{t.filesWhy}</span><span className="know-button">{t.choose} <kbd aria-hidden="true">o</kbd></span><input ref={input} className="sr" type="file" aria-label={t.files} multiple accept=".csv,.tsv,.txt,.xlsx,.json,.jsonl,.ndjson,.md,.markdown,.html,.htm,.docx,.pdf" onChange={e => set([...(e.target.files ?? [])])} /></label>
      {files.length > 0 && <ul className="know-files">{files.map(f => <li key={f.name}><span className="tag good">{f.name}</span> <span className="faint num">{t.kb(number(Math.max(1, Math.round(f.size / 1024))))}</span></li>)}</ul>}
    </div>
  );
}

export function Import() {
  const t = useWords(w), client = useQueryClient(), bases = useBases(), input = useRef<HTMLInputElement>(null), [base, setBase] = useState(''), [files, setFiles] = useState<File[]>([]), [urls, setUrls] = useState(''), [round, setRound] = useState(0), [back, setBack] = useState(false);
  const check = useMutation({ mutationFn: () => { const f = new FormData(); files.forEach(x => f.append('files', x)); if (urls.trim()) f.append('urls', urls); return api<Checked>('POST', query('/api/knowledge/import', { base: base.trim() }), f); } });
  const apply = useTask('knowledge', (x: Task) => x.counts, () => { void client.invalidateQueries({ queryKey: ['knowledge'] }); });
  const clear = () => { check.reset(); apply.reset(); };
  const again = () => { clear(); setBack(false); setFiles([]); setUrls(''); setRound(n => n + 1); };
  useKeys(t.tabs.import, [{ keys: ['o'], what: t.files, run: () => input.current?.click() }]);
  if (apply.result) return <><div className="know-done" role="status">{!back && <Alert type="success" showIcon title={t.applied(apply.result.new, apply.result.changed)} />}<p className="know-do"><Link href={query('/knowledge', { base: base.trim() })} className="know-button">{t.seeEntries}</Link><Link href={query('/knowledge/golden', { base: base.trim() })} className="know-button">{t.runGolden}</Link><Button onClick={again}>{t.another}</Button></p></div><Imports back={() => setBack(true)} /></>;
  const c = check.data, n = c ? c.counts.new + c.counts.changed : 0, ready = (files.length > 0 || !!urls.trim()) && !!base.trim();
  return (
    <>
      <form className="know-import" onSubmit={e => { e.preventDefault(); apply.reset(); if (ready) check.mutate(); }}>
        <Drop key={round} files={files} input={input} set={f => { clear(); setFiles(f); const name = f[0]?.name.replace(/\.[^.]*$/, '').replace(/[^\p{L}\p{N}._-]+/gu, '-'); if (!base && name && /^[\p{L}\p{N}]/u.test(name)) setBase((bases.data?.items ?? []).find(b => name.startsWith(b.name))?.name ?? name.slice(0, 64)); }} />
        <label>{t.urls}<textarea className="field" rows={2} value={urls} placeholder="https://" onChange={e => { clear(); setUrls(e.target.value); }} /></label>
        <div className="know-do"><label>{t.intoBase} <input className="field" list="know-bases" value={base} maxLength={64} placeholder={t.baseHint} onChange={e => { clear(); setBase(e.target.value); }} /></label><datalist id="know-bases">{(bases.data?.items ?? []).map(b => <option key={b.name} value={b.name} />)}</datalist>
          <Button htmlType="submit" type={c ? 'default' : 'primary'} disabled={!ready || apply.busy} loading={check.isPending}>{t.check}</Button></div>
      </form>
      {check.isPending && <Progress what={t.reading} />}
      {check.error && <Failed error={check.error} />}
      {c && <section className="know-panel" aria-labelledby="know-would"><header><h2 id="know-would">{t.would}</h2></header><Preview c={c} />
        <p className="know-do know-apply">{c.counts.invalid > 0 ? <span className="know-warn">{t.mend}</span> : n === 0 ? <span className="soft">{t.nothing}</span> : apply.busy ? <Progress task={apply.task} what={t.storing} /> : apply.error !== undefined ? <Button type="primary" loading={check.isPending} onClick={() => { apply.reset(); check.mutate(); }}>{t.checkAgain}</Button> : <Button type="primary" onClick={() => apply.run(() => post<Task>(`/api/knowledge/import/${encodeURIComponent(c.id)}/apply`))}>{t.apply(n)}</Button>}</p>
        {apply.error !== undefined && (apply.error instanceof Problem && apply.error.status === 409 ? <Alert type="warning" showIcon title={t.moved} description={t.movedWhy} role="alert" /> : <Failed error={apply.error} />)}</section>}
      <Imports />
      <Watch />
    </>
  );
}
