// The forms in use and those to begin with, their text, and what a changed one would change.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Input, Popconfirm, Segmented, Select } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { get, post, Problem, put } from '../parts/api';
import { FaultList } from '../parts/FaultList';
import { faults, lineRange, type Wrong } from '../parts/faults';
import { useLang, useWords } from '../parts/i18n';
import { keep, useKept } from '../parts/kept';
import { useMe } from '../shell/session';
import { explain, Load } from '../parts/states';
import { useTask } from '../parts/task';
import { number, when } from '../parts/time';
import pw from '../parts/words';
import { Tabs } from './Inbox';
import fw from './formwords';
import cw from './callwords';
import { between, lineOf, partAt, sayValue, tidy, unsure, type Begun, type DraftForm, type Form, type Report, type Spread } from './model';
import { Parts } from './Parts';
import { useReadings } from './readings';
import w from './words';

interface All { items: Form[] | null; packs: Form[] | null }
const useForms = () => useQuery({ queryKey: ['quality-forms'], queryFn: () => get<All>('/api/quality/forms') });

export function Forms() {
  const t = useWords(w), fo = useWords(fw), all = useForms(), [, to] = useLocation(), [name, setName] = useState('');
  const good = /^[a-z0-9-]{1,64}$/.test(name);
  return (
    <div className="page quality">
      <header><h1>{t.title}</h1><Tabs here="forms" /></header>
      <Load of={all}>{d => {
        const stored = d.items ?? [], used = stored.filter(f => !f.retired), retired = stored.filter(f => f.retired), packs = (d.packs ?? []).filter(p => !stored.some(u => u.id === p.id));
        const there = [...stored, ...packs].some(x => x.id === name);
        const list = (forms: Form[]) => <ul className="q-forms">{forms.map(f => <li key={f.id}><Link href={`/quality/forms/${f.id}`}>{f.id}</Link> <span className="soft">{t.version(f.version)}</span> <span className="faint">{when(f.at)}</span></li>)}</ul>;
        return <>
          <h2>{t.inUse}</h2>
          {used.length === 0 ? <p className="soft">{t.noForms}</p> : list(used)}
          {retired.length > 0 && <><h2 className="gap-top">{fo.outOfUse}</h2>{list(retired)}</>}
          {packs.length > 0 && <><h2 className="gap-top">{t.packs}</h2><p className="soft">{t.packsWhy}</p><ul className="q-forms">{packs.map(f => <li key={f.id}><Link href={`/quality/forms/${f.id}`}>{f.id}</Link></li>)}</ul></>}
          <h2>{t.newForm}</h2>
          <form className="q-do gap-top" onSubmit={e => { e.preventDefault(); if (good) to(`/quality/forms/${name}`); }}><Input style={{ width: 260 }} aria-label={t.formID} placeholder={t.formID} value={name} onChange={e => setName(e.target.value)} /><Button htmlType="submit" disabled={!good || there}>{t.start}</Button>{name !== '' && (!good || there) && <span className="warn-text" role="status">{there ? fo.nameThere : t.formID}</span>}</form>
        </>;
      }}</Load>
    </div>
  );
}

export function OneForm({ id }: { id: string }) {
  const all = useForms();
  return <div className="page quality"><Load of={all}>{d => {
    const used = d.items?.find(f => f.id === id), pack = d.packs?.find(f => f.id === id);
    return <Editor id={id} retired={!!used?.retired} version={used?.version ?? 0} yaml={used?.yaml ?? pack?.yaml ?? `form: ${id}\nversion: 1\nlanguages: [en, zh]\nquestions:\n  - {id: thanks, text_en: "Did the agent thank the caller?", text_zh: "坐席是否感谢了来电者？"}\n`} />;
  }}</Load></div>;
}

// Kept is a changed form that is not saved yet.
interface Kept { version: number; yaml: string; text: string; parts: DraftForm | null }

function Editor({ id, version, yaml, retired }: { id: string; version: number; yaml: string; retired: boolean }) {
  const t = useWords(w), zh = useLang() === 'zh', f = useWords(fw), p = useWords(pw), client = useQueryClient(), { message } = App.useApp(), box = useRef<HTMLTextAreaElement>(null);
  const name = `parley.form.${id}.${useMe()}`, [kept] = useKept<Kept | null>(name, () => null), [base, setBase] = useState(kept ?? { version, yaml }), [text, setText] = useState(kept?.text ?? yaml), [stale, setStale] = useState(false), [wrong, setWrong] = useState<Wrong[]>([]), [days, setDays] = useState(30), [past, setPast] = useState(0);
  // In the editor parts is the truth, else text is. Whatever is saved or tried goes through the text.
  const [parts, setParts] = useState<DraftForm | null>(kept?.parts ?? null), [mode, setMode] = useState<'editor' | 'yaml'>('editor'), [touched, setTouched] = useState(!!kept?.parts), [at, setAt] = useState<number | null>(0), [looked, setLooked] = useState('');
  const editing = mode === 'editor' && parts ? parts : null, readings = useReadings(editing ?? text), doubtful = [...readings.values()].filter(unsure);
  const fail = (err: unknown) => {
    if (err instanceof Problem && err.status === 422) return setWrong(faults(err, zh));
    if (err instanceof Problem && err.status === 409) return setStale(true);
    const e = explain(err, p); void message.error(`${e.title}. ${e.why}`, 6);
  };
  const read = useMutation({ mutationFn: (yaml: string) => post<DraftForm>('/api/quality/form-parts', { yaml }), onSuccess: d => { setParts(d); setTouched(false); setWrong([]); setMode('editor'); }, onError: err => { setMode('yaml'); fail(err); } });
  const first = useRef(read.mutate), begun = useRef(kept);
  useEffect(() => { if (!begun.current?.parts) first.current(begun.current?.text ?? yaml); begun.current = null; }, [yaml]);
  const current = async () => { // the text of what is shown
    if (mode === 'yaml' || !parts || !touched) return text;
    const made = (await post<{ yaml: string }>('/api/quality/form-text', tidy(parts))).yaml;
    setText(made);
    return made;
  };
  const turn = useMutation({ mutationFn: current, onSuccess: () => setMode('yaml'), onError: fail });
  const save = useMutation({
    mutationFn: async () => put<Form>(`/api/quality/forms/${id}`, { yaml: await current(), expect: base.version, past_days: past }),
    onSuccess: d => { setBase({ version: d.version, yaml: d.yaml }); setText(d.yaml); setTouched(false); setWrong([]); setStale(false); setPast(0); void message.success(past ? f.savedPast(d.version, past) : t.savedForm(d.version), 5); void client.invalidateQueries({ queryKey: ['quality-forms'] }); }, onError: fail,
  });
  const replay = useTask('quality', (x: Begun) => x.report, () => setWrong([])), { error: failed } = replay, failing = useRef(fail);
  useEffect(() => { failing.current = fail; });
  useEffect(() => { if (failed) failing.current(failed); }, [failed]);
  const attempt = () => replay.run(async () => post<Begun>(`/api/quality/forms/${id}/replay`, { yaml: await current(), days }));
  const newest = useMutation({ mutationFn: () => get<Form>(`/api/quality/forms/${id}`), onSuccess: d => { setBase({ version: d.version, yaml: d.yaml }); setText(d.yaml); setStale(false); setWrong([]); if (mode === 'editor') read.mutate(d.yaml); }, onError: fail });
  const show = (line: number) => { setMode('yaml'); setTimeout(() => { const el = box.current; if (!el) return; const [a, b] = lineRange(el.value, line); el.focus(); el.setSelectionRange(a, b); el.scrollTop = Math.max(0, (line - 4) * 19.5); }, 0); };
  const changed = touched || text !== base.yaml;
  useEffect(() => keep(name, changed ? { version: base.version, yaml: base.yaml, text, parts: touched ? parts : null } satisfies Kept : null), [name, changed, base, text, touched, parts]);
  const discard = () => { setText(base.yaml); setTouched(false); setWrong([]); setStale(false); read.mutate(base.yaml); };
  const use = useMutation({ mutationFn: (on: boolean) => put<Form>(`/api/quality/forms/${id}/use`, { in_use: on, expect: base.version }), onSuccess: () => void client.invalidateQueries({ queryKey: ['quality-forms'] }), onError: fail });
  // next shows the next question that is not sure, after the one that is shown.
  const next = () => {
    const ids = doubtful.map(r => r.id), here = looked ? ids.indexOf(looked) : -1, id = ids[(here + 1) % ids.length]!;
    setLooked(id);
    setAt(editing!.questions.findIndex(x => x.id === id));
  };
  return <>
    <header><Link href="/quality/forms">‹ {t.allForms}</Link><h1>{id}</h1>{base.version > 0 && <span className="soft">{t.version(base.version)}</span>}{retired && <span className="tag">{f.retired}</span>}{changed && <><span className="tag warn">{t.unsaved}</span><Button size="small" onClick={discard}>{f.discard}</Button></>}{base.version > 0 && (retired ? <Button size="small" loading={use.isPending} onClick={() => use.mutate(true)}>{f.reuse}</Button> : <Popconfirm title={f.retire} description={f.retireWhy} okText={f.retire} cancelText={t.cancel} onConfirm={() => use.mutate(false)}><Button size="small" loading={use.isPending}>{f.retire}</Button></Popconfirm>)}</header>
    {stale && <Alert className="gap" type="warning" showIcon title={t.formStale} action={<Button size="small" loading={newest.isPending} onClick={() => newest.mutate()}>{t.newest}</Button>} />}
    {wrong.length > 0 && <Alert className="gap" type="error" showIcon title={t.wrong} description={editing ? <FaultList of={wrong} show={line => setAt(partAt(text, line))} part={line => { const q = editing.questions[partAt(text, line) ?? -1]; return q ? (zh ? q.text_zh || q.text_en : q.text_en || q.text_zh) || q.id : f.general; }} /> : <FaultList of={wrong} show={show} />} />}
    <div className="q-mode"><Segmented aria-label={f.view} value={mode} onChange={v => (v === 'yaml' ? turn.mutate() : read.mutate(text))} options={[{ value: 'editor', label: f.editor }, { value: 'yaml', label: f.yaml }]} /><span className="faint">{/(^|\n)\s*#/.test(text) ? f.comments : ''}</span></div>
    {editing ? <Parts form={editing} change={d => { setParts(d); setTouched(true); }} at={at !== null && at < editing.questions.length ? at : null} setAt={setAt} readings={readings} />
      : <><label htmlFor="q-yaml" className="soft">{t.yaml}</label><textarea id="q-yaml" ref={box} className="q-yaml" spellCheck={false} wrap="off" maxLength={200000} value={text} onChange={e => setText(e.target.value)} />
        {doubtful.length > 0 && <Alert className="gap-top f-why" type="warning" showIcon title={f.unsureOf(doubtful.length)} description={<><ul className="faults">{doubtful.map(r => { const line = lineOf(text, r.id); return <li key={r.id}>{line > 0 && <><button type="button" className="link" onClick={() => show(line)}>{p.line(line)}</button>: </>}<strong>{r.id}</strong>. {[f.asks[r.asks], ...r.doubts!.map(d => f.doubts[d])].join(' ')}</li>; })}</ul><p>{f.sayBad}</p></>} />}</>}
    <div className="q-do gap-top q-pick">
      <Button loading={replay.busy} disabled={!text.trim()} title={t.replayWhat} onClick={attempt}>{f.preview}</Button><Select aria-label={t.replay} value={days} onChange={setDays} options={[7, 30, 90, 366].map(n => ({ value: n, label: t.days(n) }))} />{replay.busy && <span className="soft" role="status">{f.tried(replay.task?.done ?? 0, replay.task?.total ?? 0)}</span>}
      <Select aria-label={f.past} title={f.pastWhat} value={past} onChange={setPast} options={[0, 7, 30, 90, 366].map(n => ({ value: n, label: n ? f.andPast(n) : f.fromNow }))} />
      <Button type="primary" loading={save.isPending} disabled={!text.trim() || (base.version > 0 && !changed && !past)} onClick={() => save.mutate()}>{base.version ? t.saveForm(base.version + 1) : t.useForm}</Button>
      {editing && doubtful.length > 0 && <span className="f-doubts warn-text">! {f.unsureOf(doubtful.length)} <Button size="small" onClick={next}>{f.look}</Button></span>}
    </div>
    {replay.result && <Result r={replay.result} />}
  </>;
}

function Bars({ name, s }: { name: string; s: Spread }) {
  const t = useWords(w), f = useWords(fw), most = Math.max(1, ...s.histogram);
  return <figure><figcaption><strong>{name}</strong> · {t.mean} {s.n ? number(s.mean, 1) : '—'} <span className="faint"><span title={f.range}>{between(s.mean_range, 1)}</span> {f.n(s.n)}</span> · {t.fails} {f.ofN(s.fails, s.judged)} {s.judged > 0 && <>{number((s.fails / s.judged) * 100, 1)} % <span className="faint" title={f.range}>{between(s.fail_range, 1, 100)}</span></>}</figcaption><div className="q-bars" role="img" aria-label={s.histogram.map((n, i) => `${i * 10}–${i * 10 + 10}: ${n}`).join(', ')}>{s.histogram.map((n, i) => <span key={i} title={`${i * 10}–${i * 10 + 10}: ${n}`} style={{ height: `${(n / most) * 100}%` }} />)}</div></figure>;
}

function Result({ r }: { r: Report }) {
  const t = useWords(w), f = useWords(fw), c = useWords(cw), zh = useLang() === 'zh', had = r.calls - (r.new ?? 0), said = (v: string) => (v ? sayValue(v, undefined, zh, t.values, c.none) : t.gone);
  if (r.calls === 0) return <p className="soft gap-top" role="status">{t.noCalls}</p>;
  return (
    <section className="gap-top" role="status"><h2>{t.replayed(r.calls, r.changed)}</h2>
      {had > 0 && <p>{f.changedShare(`${number((r.changed / had) * 100, 1)} %`, between(r.changed_range, 1, 100), had)}{r.shift.n > 0 && <> {f.shift(`${r.shift.mean > 0 ? '+' : r.shift.mean < 0 ? '−' : ''}${number(Math.abs(r.shift.mean), 1)}`, between(r.shift.range, 1), r.shift.n)} {r.shift.range && Math.abs(r.shift.mean) >= 0.05 && (r.shift.range.low > 0 || r.shift.range.high < 0 ? f.sure : f.chance)}</>}</p>}
      {!!r.new && <p className="soft">{f.newOnes(r.new)}</p>}{!!r.wording && <p className="soft">{t.byWords(r.wording)}</p>}{!!r.anew && <p className="soft">{t.anew(r.anew)}</p>}
      <div className="q-spread"><Bars name={t.before} s={r.before} /><Bars name={t.after} s={r.after} /></div>
      {r.examples.length > 0 && <><h3>{t.examples}</h3><ul className="q-forms">{r.examples.map((x, i) => <li key={i}><Link href={`/quality/calls/${x.call}`}>{x.call}</Link> {x.question}: {said(x.before)} → <strong>{said(x.after)}</strong></li>)}</ul></>}
    </section>
  );
}
