// Calibrations: several reviewers answer the same form about the same calls without seeing each other's answers, then see
// how far they and the machine agree.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Input, Popconfirm, Select } from 'antd';
import { useRef, useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { Player, type Seek } from '../calls/Player';
import { address, get, post } from '../parts/api';
import { useLang, useWords } from '../parts/i18n';
import { forget, useKept } from '../parts/kept';
import { useKeys } from '../parts/keys';
import { More, usePages } from '../parts/pages';
import { explain, Load } from '../parts/states';
import { useTask } from '../parts/task';
import { when } from '../parts/time';
import { Transcript, type Line } from '../parts/Transcript';
import pw from '../parts/words';
import type { Detail } from '../calls/talk';
import { Agreement, Share } from './Agreement';
import { Answers } from './Answers';
import cw from './callwords';
import kw from './calibratewords';
import { Tabs, useInboxHref } from './Inbox';
import { differing, figure, sayValue, type Asked, type Begun, type Calibration, type Form, type Row, type Studied, type Value, type Vote } from './model';
import { useSession } from '../shell/session';
import w from './words';

const letters: [string, Value][] = [['y', 'yes'], ['n', 'no'], ['a', 'na'], ['x', 'cannot_tell']];

function useFail() {
  const p = useWords(pw), { message } = App.useApp();
  return (err: unknown) => { const e = explain(err, p); void message.error(`${e.title}. ${e.why}`, 6); };
}

export function Calibrations() {
  const t = useWords(w), k = useWords(kw), all = usePages<Calibration>(['calibrations'], '/api/quality/calibrations');
  return (
    <div className="page quality">
      <header><h1>{t.title}</h1><Tabs here="calibrations" /></header>
      <p className="soft">{t.calibrateWhat}</p>
      {all.data && <Begin first={all.data.length === 0} />}
      <Load of={all}>{items => (items.length === 0 ? <p className="soft">{t.noCalibrations}</p> : <><ul className="q-forms">{items.map(c => <li key={c.id}><Link href={`/quality/calibrations/${c.id}`}>{c.name}</Link> <span className="soft">{c.form} · {t.calls(c.calls.length)} · {t.answered(c.answered, c.asked)}</span> <span className="faint">{when(c.at)}</span> {c.closed && <span className="tag">{t.closed}</span>}{c.away && <span className="tag">{k.away}</span>}</li>)}</ul><More of={all} label={k.moreCalibrations} /></>)}</Load>
      <Agreement />
    </div>
  );
}

// Begin lies open for who comes with calls, and where there is nothing else yet.
function Begin({ first }: { first: boolean }) {
  const inbox = useInboxHref(), t = useWords(w), k = useWords(kw), p = useWords(pw), q = new URLSearchParams(useSearch()), [, to] = useLocation(), client = useQueryClient();
  const [name, setName] = useState(''), [form, setForm] = useState<string | undefined>(q.get('form') ?? undefined), [calls, setCalls] = useState(q.get('calls') ?? '');
  const forms = useQuery({ queryKey: ['quality-forms'], queryFn: () => get<{ items: Form[] | null }>('/api/quality/forms') }), ids = [...new Set(calls.split(/[\s,]+/).filter(Boolean))];
  const begin = useTask('quality', (x: Begun) => x.calibration, d => { void client.invalidateQueries({ queryKey: ['calibrations'] }); void client.invalidateQueries({ queryKey: ['quality-inbox'] }); to(`/quality/calibrations/${d.calibration.id}`); });
  const start = () => begin.run(() => post<Begun>('/api/quality/calibrations', { name: name.trim(), form, calls: ids })), why = begin.error ? explain(begin.error, p) : undefined;
  return (
    <details className="gap" open={first || !!q.get('calls')}><summary>{t.newCalibration}</summary><form className="q-write q-begin" onSubmit={e => { e.preventDefault(); if (name.trim() && form && ids.length) start(); }}>
      <label>{t.calibrationName}<Input maxLength={100} value={name} onChange={e => setName(e.target.value)} /></label>
      <label>{t.col.form}<Select aria-label={t.col.form} value={form} onChange={setForm} options={(forms.data?.items ?? []).filter(f => !f.retired).map(f => ({ value: f.id, label: f.id }))} /></label>
      <label>{t.callIDs}<Input.TextArea rows={3} value={calls} onChange={e => setCalls(e.target.value)} /></label>
      {!calls && <p className="soft"><Link href={inbox}>{k.tick}</Link></p>}
      <div className="q-do"><Button type="primary" htmlType="submit" loading={begin.busy} disabled={!name.trim() || !form || ids.length === 0 || ids.length > 50}>{t.begin(ids.length)}</Button>{begin.busy && <span className="soft" role="status">{k.machineFirst(begin.task?.done ?? 0, ids.length)}</span>}</div>
      {why && <Alert type="error" showIcon title={why.title} description={why.why} />}
    </form></details>
  );
}

// Sure asks before what cannot be undone.
function Sure({ what, why, busy, run }: { what: string; why: string; busy: boolean; run: () => void }) {
  const t = useWords(w);
  return <Popconfirm title={what} description={why} okText={what} cancelText={t.cancel} onConfirm={run} styles={{ root: { maxWidth: 420 } }}><Button size="small" title={why} loading={busy}>{what}</Button></Popconfirm>;
}

export function OneCalibration({ id }: { id: string }) {
  const t = useWords(w), client = useQueryClient(), fail = useFail(), [at, setAt] = useState<string>();
  const one = useQuery({ queryKey: ['calibration', id], queryFn: () => get<Studied>(`/api/quality/calibrations/${encodeURIComponent(id)}`), retry: false });
  const k = useWords(kw), again = () => { for (const key of [['calibration', id], ['calibrations'], ['quality-inbox'], ['quality-call']]) void client.invalidateQueries({ queryKey: key }); };
  const leave = useMutation({ mutationFn: () => post(`/api/quality/calibrations/${encodeURIComponent(id)}/leave`), onSuccess: again, onError: fail });
  const close = useMutation({ mutationFn: () => post(`/api/quality/calibrations/${encodeURIComponent(id)}/close`), onSuccess: again, onError: fail });
  return <div className="page quality"><Load of={one}>{d => {
    const done = (call: string) => d.mine.filter(v => v.call === call).length, next = d.calibration.calls.find(c => done(c) < d.questions.length), here = at ?? next;
    return <>
      <header><Link href="/quality/calibrations">‹ {t.calibrations}</Link><h1>{d.calibration.name}</h1><span className="soft">{d.calibration.form} {t.version(d.calibration.version)}</span><span className="soft" role="status">{t.answered(d.calibration.answered, d.calibration.asked)}</span>{!d.calibration.closed && <Sure what={t.closeCalibration} why={k.closeWhat} busy={close.isPending} run={() => close.mutate()} />}{!d.result && <Sure what={k.leave} why={k.leaveWhat} busy={leave.isPending} run={() => leave.mutate()} />}{d.calibration.away && <span className="tag">{k.away}</span>}</header>
      {d.result ? <Outcome d={d} /> : <>
        <Alert className="gap" type="info" showIcon title={t.blind} />
        <nav className="q-tabs gap" aria-label={t.callIDs}>{d.calibration.calls.map((c, i) => <button type="button" key={c} className="tool" aria-current={c === here ? 'true' : undefined} onClick={() => setAt(c)}>{t.nth(i + 1)} {done(c) >= d.questions.length ? '✓' : ''}</button>)}</nav>
        {here && <Blind key={here} id={id} call={here} questions={d.questions} mine={d.mine.filter(v => v.call === here)} saved={() => setAt(undefined)} />}
      </>}
    </>;
  }}</Load></div>;
}

// Blind is one call without any score.
function Blind({ id, call, questions, mine, saved }: { id: string; call: string; questions: Asked[]; mine: Vote[]; saved: () => void }) {
  const t = useWords(w), zh = useLang() === 'zh', client = useQueryClient(), fail = useFail(), seek = useRef<Seek>(null), [now, setNow] = useState<number>(), [at, setAt] = useState(0);
  const { session } = useSession(), name = `parley.calibration.${id}.${call}.${session?.person?.id ?? ''}`, [said, setSaid] = useKept<Record<string, Value>>(name, () => Object.fromEntries(mine.map(v => [v.question, v.answer])));
  const detail = useQuery({ queryKey: ['call', call], queryFn: () => get<Detail>(`/api/calls/${encodeURIComponent(call)}`) });
  const send = useMutation({
    mutationFn: () => post(`/api/quality/calibrations/${encodeURIComponent(id)}/answers`, { call, answers: questions.map(q => ({ question: q.id, answer: said[q.id] })) }),
    onSuccess: async () => { forget(name); await client.invalidateQueries({ queryKey: ['calibration', id] }); void client.invalidateQueries({ queryKey: ['calibrations'] }); saved(); }, onError: fail,
  });
  const answer = (i: number, v: Value) => { const q = questions[i]; if (!q) return; setSaid(s => ({ ...s, [q.id]: v })); setAt(Math.min(questions.length - 1, i + 1)); };
  useKeys(t.questions, [
    { keys: ['j', 'k'], what: t.k.pick, run: e => setAt(i => Math.max(0, Math.min(questions.length - 1, i + (e.key === 'j' ? 1 : -1)))) },
    { keys: letters.map(c => c[0]), what: t.k.answerAll, run: e => { const v = letters.find(c => c[0] === e.key)![1], kind = questions[at]?.type; if ((v === 'yes' || v === 'no') && kind && kind !== 'yes_no') return false; answer(at, v); } },
    { keys: ['1', '2', '3', '4', '5', '6', '7', '8', '9'], what: '', run: e => { const q = questions[at], o = q?.type === 'scale' ? q.options?.[Number(e.key) - 1] : undefined; if (!o) return false; answer(at, o.key); } },
  ]);
  return <Load of={detail}>{d => {
    const turns = d.turns ?? [], lines: Line[] = turns.map(turn => ({ key: `t${turn.n}`, at: turn.start_s, turn }));
    return <div className="q-blind">
      <div><Player src={d.audio ? address(`/api/calls/${encodeURIComponent(call)}/audio`) : ''} turns={turns} length={d.duration_s} seek={seek} onTime={setNow} /><Transcript lines={lines} live={false} now={now} onSeek={s => { seek.current?.(s); setNow(s); }} /></div>
      <form onSubmit={e => { e.preventDefault(); if (questions.every(q => said[q.id])) send.mutate(); }}>
        <ol className="q-list">{questions.map((q, i) => { const text = (zh ? q.text_zh || q.text_en : q.text_en || q.text_zh) || q.id; return (
          <li key={q.id} className={`q-one${i === at ? ' here' : ''}`} onClick={() => setAt(i)} aria-current={i === at ? 'true' : undefined}>
            <p className="q-ask">{text} {q.auto_fail && <span className="tag" title={t.autoFailWhat}>{t.autoFail}</span>}</p>
            <Answers type={q.type} options={q.options} value={said[q.id] ?? null} here={i === at} label={text} told choose={v => (q.type === 'several' ? setSaid(s => ({ ...s, [q.id]: v })) : answer(i, v))} />
          </li>); })}</ol>
        <div className="q-do gap-top"><Button type="primary" htmlType="submit" loading={send.isPending} disabled={!questions.every(q => said[q.id])}>{t.sendAnswers}</Button></div>
      </form>
    </div>;
  }}</Load>;
}

function Line2({ r, text, all }: { r: Row; text: string; all?: boolean }) {
  const t = useWords(w);
  return <tr className={all ? 'total' : undefined}><td>{text} {r.reword && <span className="tag warn" title={t.rewordWhat}>{t.reword}</span>}</td><Share c={r.people} /><Share c={r.machine} /><td className="num">{r.untold || ''}</td></tr>;
}

// Differing is what reviewers talk about: who answered what where they do not agree.
function Differing({ d, text }: { d: Studied; text: (id: string) => string }) {
  const t = useWords(w), c = useWords(cw), k = useWords(kw), zh = useLang() === 'zh', rows = differing(d), raters = d.result!.raters;
  const say = (question: string, v: Value | undefined) => (v === undefined ? '—' : sayValue(v, d.questions.find(q => q.id === question)?.options, zh, t.values, c.none));
  if (raters.length < 2) return null;
  return <>
    <h2 className="gap-top">{k.differing}</h2>
    {rows.length === 0 ? <p className="soft">{k.allAgree}</p> : <div className="table-box" tabIndex={0} role="region" aria-label={k.differing}><table className="table q-table"><thead><tr><th>{t.question}</th><th>{t.call}</th>{raters.map(r => <th key={r} dir="auto">{d.names?.[r] || r}</th>)}<th>{k.theMachine}</th></tr></thead>
      <tbody>{rows.map(x => <tr key={`${x.question} ${x.call}`}><td>{text(x.question)}</td><td><Link href={`/quality/calls/${x.call}`}>{t.nth(d.calibration.calls.indexOf(x.call) + 1)}</Link></td>{raters.map(r => <td key={r}>{say(x.question, x.by[r])}</td>)}<td>{say(x.question, x.by.machine)}</td></tr>)}</tbody></table></div>}
  </>;
}

function Outcome({ d }: { d: Studied }) {
  const t = useWords(w), zh = useLang() === 'zh', r = d.result!, text = (id: string) => { const q = d.questions.find(x => x.id === id); return (zh ? q?.text_zh || q?.text_en : q?.text_en || q?.text_zh) || id; };
  return <section>
    <p className="soft">{t.raters(r.raters.length)} {figure(r.all) ? '' : t.fewRaters}</p>
    <div className="table-box" tabIndex={0} role="region" aria-label={t.result}><table className="table q-table"><thead><tr><th>{t.question}</th><th>{t.people}</th><th>{t.machine}</th><th title={t.untoldWhat}>{t.untold}</th></tr></thead>
      <tbody><Line2 r={r.all} text={t.allQuestions} all />{r.questions.map(q => <Line2 key={q.question} r={q} text={text(q.question)} />)}</tbody></table></div>
    <p className="faint gap-top">{t.kappaWhat}</p>
    <Differing d={d} text={text} />
  </section>;
}
