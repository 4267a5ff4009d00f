// The form editor: what the form is for, its sections, and one question at a time.
import { Button, Checkbox, Input, Segmented, Select } from 'antd';
import type { ReactNode } from 'react';
import { useLang, useWords } from '../parts/i18n';
import { freshID, unsure, type DraftForm, type DraftOption, type DraftQuestion, type Kind, type Reading } from './model';
import w from './formwords';

interface Props { form: DraftForm; change: (f: DraftForm) => void }
type Lang = 'en' | 'zh';
const langs: Lang[] = ['en', 'zh'], lines = (s: string) => s.split('\n').map(x => x.trimStart()).filter((x, i, all) => x !== '' || i === all.length - 1);
const amount = (s: string) => (s.trim() === '' || Number.isNaN(Number(s)) ? undefined : Number(s));
function moved<T>(list: T[], from: number, to: number): T[] { if (to < 0 || to >= list.length) return list; const out = [...list], [x] = out.splice(from, 1); out.splice(to, 0, x!); return out; }

function Row({ name, what, children, wide }: { name: string; what?: string; children: ReactNode; wide?: boolean }) {
  return <label className={`f-row${wide ? ' wide' : ''}`}><span>{name}</span>{children}{what && <small>{what}</small>}</label>;
}

// at is the question that is shown, null for the form itself.
export function Parts({ form, change, at, setAt, readings }: Props & { at: number | null; setAt: (at: number | null) => void; readings: Map<string, Reading> }) {
  const t = useWords(w), lang = useLang(), here = at === null ? undefined : form.questions[at];
  const set = (q: DraftQuestion) => change({ ...form, questions: form.questions.map((x, i) => (i === at ? q : x)) });
  const add = (section?: string) => {
    const id = freshID('question', form.questions.map(q => q.id)), last = form.questions.findLastIndex(q => (q.section ?? '') === (section ?? '')), place = last < 0 ? form.questions.length : last + 1;
    const made: DraftQuestion = { id, type: 'yes_no', ...(section ? { section } : {}), ...(form.languages.includes('en') ? { text_en: t.newText.en } : {}), ...(form.languages.includes('zh') ? { text_zh: t.newText.zh } : {}) };
    change({ ...form, questions: form.questions.toSpliced(place, 0, made) }); setAt(place);
  };
  const text = (q: DraftQuestion) => (lang === 'zh' ? q.text_zh || q.text_en : q.text_en || q.text_zh) || q.id;
  const groups = [...(form.sections ?? []).map(s => ({ id: s.id, name: (lang === 'zh' ? s.title_zh : s.title_en) || s.title || s.id, weight: s.weight })), { id: '', name: t.noSection, weight: undefined }];
  return (
    <div className="f-edit">
      <nav className="f-list" aria-label={t.contents}>
        <button type="button" className="f-item" aria-current={at === null ? 'true' : undefined} onClick={() => setAt(null)}>{t.general}</button>
        {groups.map(g => {
          const inside = form.questions.map((q, i) => ({ q, i })).filter(({ q }) => (q.section ?? '') === g.id || (g.id === '' && !(form.sections ?? []).some(s => s.id === q.section)));
          if (g.id === '' && inside.length === 0 && (form.sections ?? []).length > 0) return null;
          return <section key={g.id}><h2>{g.name}{g.weight ? <span className="tag">{t.weight} {g.weight}</span> : null}</h2>
            <ol>{inside.map(({ q, i }) => <li key={i}><button type="button" className="f-item" aria-current={i === at ? 'true' : undefined} onClick={() => setAt(i)}><span dir="auto">{text(q)}</span><small>{t.types[q.type]}{q.weight !== undefined ? ` · ${t.weight} ${q.weight}` : ''}{q.auto_fail ? ` · ${t.fails}` : ''}{q.answer_by ? ` · ${t.ways[q.answer_by as keyof typeof t.ways]?.split(/[:：]/)[0]}` : ''}{unsure(readings.get(q.id)) && <> · <span className="warn-text">! {t.unsure}</span></>}</small></button></li>)}</ol>
            <Button type="link" size="small" onClick={() => add(g.id || undefined)}>+ {t.addQuestion}</Button></section>;
        })}
      </nav>
      <div className="f-detail">{here && at !== null ? <One key={at} q={here} form={form} set={set} reading={readings.get(here.id)}
        move={by => { const to = Math.max(0, Math.min(form.questions.length - 1, at + by)); change({ ...form, questions: moved(form.questions, at, to) }); setAt(to); }}
        copy={() => { change({ ...form, questions: form.questions.toSpliced(at + 1, 0, { ...here, id: freshID(here.id, form.questions.map(q => q.id)) }) }); setAt(at + 1); }}
        drop={() => { change({ ...form, questions: form.questions.filter((_, i) => i !== at) }); setAt(form.questions.length > 1 ? Math.max(0, at - 1) : null); }} /> : <General form={form} change={change} />}</div>
    </div>
  );
}

function General({ form, change }: Props) {
  const t = useWords(w), sections = form.sections ?? [], bands = form.bands ?? [];
  return <section aria-label={t.general} className="f-form">
    <h2>{t.general}</h2>
    <div className="f-row"><span>{t.languages}</span><Checkbox.Group value={form.languages} onChange={v => { if (v.length) change({ ...form, languages: langs.filter(l => v.includes(l)) }); }} options={langs.map(l => ({ value: l, label: t.langs[l] }))} /></div>
    <Row name={t.queues} what={t.queuesWhat}><Select mode="tags" aria-label={t.queues} value={form.queues ?? []} onChange={queues => change({ ...form, queues: queues.length ? queues : undefined })} open={false} suffixIcon={null} tokenSeparators={[',', '，', ' ']} /></Row>
    <h3>{t.sections}</h3><p className="soft">{t.sectionsWhat}</p>
    {sections.map((s, i) => { const set = (v: Partial<typeof s>) => change({ ...form, sections: sections.map((x, k) => (k === i ? { ...x, ...v } : x)), ...(v.id !== undefined ? { questions: form.questions.map(q => (q.section === s.id ? { ...q, section: v.id } : q)) } : {}) }); return (
      <div className="f-line" key={i}><Input aria-label={`${t.id} ${i + 1}`} value={s.id} onChange={e => set({ id: e.target.value })} /><Input aria-label={`${t.title}, ${t.en} ${i + 1}`} placeholder={t.en} value={s.title_en ?? s.title ?? ''} onChange={e => set({ title_en: e.target.value, title: undefined })} /><Input aria-label={`${t.title}, ${t.zh} ${i + 1}`} placeholder={t.zh} value={s.title_zh ?? ''} onChange={e => set({ title_zh: e.target.value })} />
        <Input className="f-num" type="number" min={0} aria-label={`${t.weight} ${i + 1}`} placeholder={t.weight} value={s.weight ?? ''} onChange={e => set({ weight: amount(e.target.value) })} /><Button size="small" aria-label={t.remove(s.id)} onClick={() => change({ ...form, sections: sections.filter((_, k) => k !== i), questions: form.questions.map(q => (q.section === s.id ? { ...q, section: undefined } : q)) })}>×</Button></div>); })}
    <Button size="small" onClick={() => change({ ...form, sections: [...sections, { id: freshID('section', sections.map(s => s.id)) }] })}>{t.addSection}</Button>
    <h3>{t.bands}</h3><p className="soft">{t.bandsWhat}</p>
    {bands.map((b, i) => { const set = (v: Partial<typeof b>) => change({ ...form, bands: bands.map((x, k) => (k === i ? { ...x, ...v } : x)) }); return (
      <div className="f-line" key={i}><Input aria-label={`${t.band} ${i + 1}`} value={b.name} onChange={e => set({ name: e.target.value })} /><Input className="f-num" type="number" min={0} max={100} aria-label={`${t.from} ${i + 1}`} value={b.from} onChange={e => set({ from: amount(e.target.value) ?? 0 })} /><Button size="small" aria-label={t.remove(b.name)} onClick={() => change({ ...form, bands: bands.filter((_, k) => k !== i) })}>×</Button></div>); })}
    <Button size="small" onClick={() => change({ ...form, bands: [...bands, { name: '', from: 0 }] })}>{t.addBand}</Button>
    {form.words !== undefined && <p className="faint">{t.words}</p>}
  </section>;
}

function Hints({ of, change, langs: some }: { of: Record<string, string[]> | undefined; change: (h: Record<string, string[]> | undefined) => void; langs: Lang[] }) {
  const t = useWords(w);
  return <div className="f-two">{some.map(l => <Row key={l} name={t.hints[l]}><Input.TextArea aria-label={t.hints[l]} rows={2} value={(of?.[l] ?? []).join('\n')} onChange={e => change({ ...of, [l]: e.target.value === '' ? [] : lines(e.target.value) })} /></Row>)}</div>;
}

function Choices({ q, set, langs: some }: { q: DraftQuestion; set: (q: DraftQuestion) => void; langs: Lang[] }) {
  const t = useWords(w), all = q.options ?? [], put = (options: DraftOption[]) => set({ ...q, options }), ruled = q.answer_by === 'rule' || all.some(o => o.rule), hinted = !q.answer_by || q.answer_by === 'meaning';
  return <fieldset className="f-options"><legend>{q.type === 'scale' ? t.levels : t.options}</legend>
    {all.map((o, i) => { const one = (v: Partial<DraftOption>) => put(all.map((x, k) => (k === i ? { ...x, ...v } : x))); return (
      <div key={i} className="f-option"><div className="f-line">
        <Input className="f-num" aria-label={`${t.key} ${i + 1}`} placeholder={t.key} value={o.key} onChange={e => one({ key: e.target.value })} />
        {some.map(l => <Input key={l} aria-label={`${t[l]} ${i + 1}`} placeholder={t[l]} value={o[`text_${l}`] ?? ''} onChange={e => one({ [`text_${l}`]: e.target.value || undefined })} />)}
        <Input className="f-num" type="number" min={-100} max={100} title={t.scoreWhat} aria-label={`${t.score} ${i + 1}`} placeholder={t.score} value={o.score ?? ''} onChange={e => one({ score: amount(e.target.value) })} />
        <Checkbox checked={!!o.fail} onChange={e => one({ fail: e.target.checked || undefined })}>{t.fails}</Checkbox>
        <Button size="small" aria-label={`${t.up} ${o.key}`} disabled={i === 0} onClick={() => put(moved(all, i, i - 1))}>↑</Button><Button size="small" aria-label={t.remove(o.key)} onClick={() => put(all.filter((_, k) => k !== i))}>×</Button></div>
        {(ruled || hinted) && <details><summary>{ruled ? t.optionRule : t.hintsWhat}</summary>{ruled ? <Input.TextArea className="mono" rows={2} aria-label={`${t.optionRule} ${o.key}`} value={o.rule ?? ''} onChange={e => one({ rule: e.target.value || undefined })} /> : <Hints of={o.hints} langs={some} change={hints => one({ hints })} />}</details>}
      </div>); })}
    <Button size="small" onClick={() => put([...all, { key: q.type === 'scale' ? freshID('', all.map(o => o.key), all.length + 1) : freshID('option', all.map(o => o.key)) }])}>{q.type === 'scale' ? t.addLevel : t.addOption}</Button><small className="faint"> {t.scoreWhat}</small>
  </fieldset>;
}

// Read tells how the question was read: which answer is the bad one, and what makes that unsure.
function Read({ r, set }: { r: Reading | undefined; set: (bad: string) => void }) {
  const t = useWords(w);
  if (!r) return null;
  if (!unsure(r)) return r.stated ? null : <p className="f-read soft">{t.asks[r.asks]}</p>;
  return (
    <div className="f-read unsure">
      <p><strong>! {t.unsureHere}</strong> {t.asks[r.asks]}</p>
      {r.doubts!.map(d => <p key={d}>{t.doubts[d]}</p>)}
      {!r.stated && <div className="q-do"><span>{t.chooseBad}</span>{(['yes', 'no'] as const).map(v => <Button key={v} size="small" onClick={() => set(v)}>{t.isBad[v]}</Button>)}</div>}
    </div>
  );
}

function One({ q, form, reading, set, move, copy, drop }: { q: DraftQuestion; form: DraftForm; reading: Reading | undefined; set: (q: DraftQuestion) => void; move: (by: number) => void; copy: () => void; drop: () => void }) {
  const t = useWords(w), zh = useLang() === 'zh', some = langs.filter(l => form.languages.includes(l)), by = (q.answer_by ?? '') as keyof typeof t.ways;
  const kind = (type: Kind) => set({ ...q, type, fail_on: undefined, rule: type === 'yes_no' ? q.rule : undefined, options: type === 'yes_no' ? undefined : q.options?.length ? q.options : (type === 'scale' ? ['1', '2', '3', '4', '5'] : ['a', 'b']).map(key => ({ key })) });
  return <section aria-label={t.question} className="f-form">
    <div className="q-do"><h2 className="grow">{t.question}</h2><Button size="small" onClick={() => move(-1)}>↑ {t.up}</Button><Button size="small" onClick={() => move(1)}>↓ {t.down}</Button><Button size="small" onClick={copy}>{t.copy}</Button><Button size="small" danger onClick={drop}>{t.delete}</Button></div>
    <div className="f-two">{some.map(l => <Row key={l} name={t.texts[l]}><Input.TextArea aria-label={t.texts[l]} rows={2} value={q[`text_${l}`] ?? ''} onChange={e => set({ ...q, [`text_${l}`]: e.target.value })} /></Row>)}</div>
    <div className="f-row"><span id="f-type">{t.type}</span><Segmented aria-labelledby="f-type" value={q.type} onChange={v => kind(v)} options={(['yes_no', 'scale', 'several'] as const).map(v => ({ value: v, label: t.types[v] }))} /></div>
    <div className="f-three">
      <Row name={t.id}><Input value={q.id} onChange={e => set({ ...q, id: e.target.value })} /></Row>
      <Row name={t.section}><Select aria-label={t.section} value={q.section ?? ''} onChange={v => set({ ...q, section: v || undefined })} options={[{ value: '', label: t.noSection }, ...(form.sections ?? []).map(s => ({ value: s.id, label: (zh ? s.title_zh : s.title_en) || s.title || s.title_en || s.title_zh || s.id }))]} /></Row>
      <Row name={t.weight}><Input type="number" min={0} placeholder="1" value={q.weight ?? ''} onChange={e => set({ ...q, weight: amount(e.target.value) })} /></Row>
      {q.type === 'yes_no' && <Row name={t.badAnswer}><Select aria-label={t.badAnswer} value={q.fail_on ?? ''} onChange={v => set({ ...q, fail_on: v || undefined })} options={(['', 'no', 'yes'] as const).map(v => ({ value: v, label: v === '' && reading && !reading.stated ? t.asSaid(t.bad[reading.fail_on]) : t.bad[v] }))} /></Row>}
    </div>
    {q.type === 'yes_no' && <div role="status"><Read r={reading} set={fail_on => set({ ...q, fail_on })} /></div>}
    <Checkbox checked={!!q.auto_fail} onChange={e => set({ ...q, auto_fail: e.target.checked || undefined })}>{t.autoFail}</Checkbox>
    <Row name={t.answeredBy} what={t.waysWhat[by]}><Select aria-label={t.answeredBy} value={by} onChange={v => set({ ...q, answer_by: v || undefined, rule: v === 'rule' ? q.rule : undefined, options: v === 'rule' ? q.options : q.options?.map(o => ({ ...o, rule: undefined })) })} options={(['', 'meaning', 'rule', 'llm', 'person'] as const).map(v => ({ value: v, label: t.ways[v] }))} /></Row>
    {by === 'rule' && <div className="f-three rule">{q.type === 'yes_no' && <Row name={t.rule} what={t.ruleWhat} wide><Input.TextArea className="mono" aria-label={t.rule} rows={2} spellCheck={false} value={q.rule ?? ''} onChange={e => set({ ...q, rule: e.target.value })} /></Row>}<Row name={t.on}><Select aria-label={t.on} value={q.on ?? 'agent'} onChange={v => set({ ...q, on: v === 'agent' ? undefined : v })} options={(['agent', 'caller', 'any'] as const).map(v => ({ value: v, label: t.sides[v] }))} /></Row></div>}
    {q.type !== 'yes_no' && <Choices q={q} set={set} langs={some} />}
    {q.type === 'yes_no' && (by === '' || by === 'meaning') && <><Hints of={q.hints} langs={some} change={hints => set({ ...q, hints })} /><small className="faint">{t.hintsWhat}</small></>}
  </section>;
}
