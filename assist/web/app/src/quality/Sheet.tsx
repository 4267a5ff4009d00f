// A form as it was answered: the machine's answers with their evidence, and a person's in their place.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Input } from 'antd';
import { useRef, useState } from 'react';
import { put, Problem } from '../parts/api';
import { named, useLang, useWords } from '../parts/i18n';
import { useKept } from '../parts/kept';
import { useKeys } from '../parts/keys';
import { explain } from '../parts/states';
import { clock, number, percent, when } from '../parts/time';
import type { Turn } from '../parts/Transcript';
import pw from '../parts/words';
import { useSession } from '../shell/session';
import type { Go } from './Call';
import { Answers } from './Answers';
import cw from './callwords';
import { choices, isMe, sayValue, type Answer, type Scored, type Sheet as Data, type Value } from './model';
import rw from './reasonwords';
import w from './words';

const letters: Record<string, Value> = { y: 'yes', n: 'no', a: 'na' };
// Draft is an answer that is not saved yet. rev is the sheet that its reason was begun with: what others save meanwhile is not lost,
// since the server refuses it. It goes once they were told.
interface Draft { question: string; answer: Value; reason: string; rev?: number }

function useSave(id: string, sheet: Data, done: () => void, stale: () => void) {
  const p = useWords(pw), client = useQueryClient(), { message } = App.useApp();
  return useMutation({
    mutationFn: (d: Draft) => put<Data>(`/api/quality/calls/${encodeURIComponent(id)}/answers/${encodeURIComponent(d.question)}`, { form: sheet.form, answer: d.answer, reason: d.reason.trim(), expect: d.rev ?? sheet.rev }),
    onSuccess: now => { client.setQueryData<Scored>(['quality-call', id], old => old && { ...old, sheets: old.sheets.map(s => (s.form === now.form ? now : s)) }); done(); },
    onError: err => { if (err instanceof Problem && err.status === 409) stale(); else { const e = explain(err, p); void message.error(`${e.title}. ${e.why}`, 6); } },
    onSettled: () => { void client.invalidateQueries({ queryKey: ['quality-call', id] }); void client.invalidateQueries({ queryKey: ['quality-inbox'] }); },
  });
}

function Question({ id, a, here, turns, judge, draft, choose, pick, go, children }: { id: string; a: Answer; here: boolean; turns: Turn[]; judge: boolean; draft: Value | null; choose: (v: Value) => void; pick: () => void; go: Go; children?: React.ReactNode }) {
  const t = useWords(w), c = useWords(cw), r = useWords(rw), zh = useLang() === 'zh', method: Record<string, string> = { ...t.methods, llm: c.byLLM, rule: c.byRule, open: c.byPerson }, text = (zh ? a.text_zh || a.text_en : a.text_en || a.text_zh) || a.question;
  const tone = a.answer === 'cannot_tell' ? 'warn' : '', f = a.fail_chance;
  return (
    <li className={`q-one${here ? ' here' : ''}`} id={id} onClick={pick} aria-current={here ? 'true' : undefined}>
      <p className="q-ask">{text} {a.auto_fail && <span className="tag" title={t.autoFailWhat}>{t.autoFail}</span>}</p>
      <p className="q-meta"><span className={`tag said ${tone}`}>{sayValue(a.answer, a.options, zh, t.values, c.none)}</span>{f ? <span title={t.failChanceWhat(percent(f.from), f.beside)}>{t.failChance(percent(f.p))}</span> : a.method !== 'person' && a.method !== 'open' && <span title={t.sureWhat}>{t.sure} {percent(a.confidence)}</span>}{f?.near && <span className="tag warn">{t.near}</span>}{a.method && <span>{method[a.method] ?? a.method}</span>}{a.reason && <span dir="auto">{a.method === 'person' ? a.reason : named(r.why, a.reason)}</span>}</p>
      {a.evidence.map((e, i) => <button type="button" key={i} className="plain q-quote" dir="auto" title={t.evidence(clock(e.from_s))} onClick={() => go(e.from_s, turns[e.turn]?.n)}><span className="at num">{clock(e.from_s)}</span>{e.quote}</button>)}
      {judge && <Answers type={a.type} options={a.options} value={draft} here={here} label={text} choose={choose} />}
      {children}
    </li>
  );
}

// Of several sheets of a call the keys answer the one that was used last, keys: use is told of that. leave is asked to go on with
// the sheet after or before this one. mark sets its questions apart from those of other sheets with the same ids.
interface Props { id: string; sheet: Data; turns: Turn[]; judge: boolean; keys: boolean; mark: string; go: Go; use: () => void; leave: (by: number) => void; name?: string }

export function Sheet({ id, sheet, turns, judge, keys, mark, go, use, leave, name }: Props) {
  const t = useWords(w), c = useWords(cw), zh = useLang() === 'zh', { session } = useSession(), step = useRef(-1), [at, setAt] = useState(0), [draft, setDraft] = useKept<Draft | null>(`parley.answer.${id}.${sheet.form}.${session?.person?.id ?? ''}`, () => null), [stale, setStale] = useState(false);
  const save = useSave(id, sheet, () => { setDraft(null); setStale(false); }, () => { setStale(true); setDraft(d => d && { ...d, rev: undefined }); });
  const pick = (i: number) => { setAt(i); document.getElementById(`q-${mark}${sheet.answers[i]?.question}`)?.scrollIntoView({ block: 'nearest' }); };
  const choose = (i: number, answer: Value) => { const q = sheet.answers[i]?.question; if (!q) return; setAt(i); setDraft(d => (d?.question === q ? { ...d, answer } : { question: q, answer, reason: '', rev: sheet.rev })); };
  const next = () => { // the next evidence, over all questions
    const all = sheet.answers.flatMap((a, i) => a.evidence.map(e => ({ i, e })));
    if (all.length === 0) return;
    step.current = (step.current + 1) % all.length;
    const { i, e } = all[step.current]!;
    pick(i); go(e.from_s, turns[e.turn]?.n);
  };
  const mine = [
    { keys: ['[', ']'], what: c.k.question, run: (e: KeyboardEvent) => { const by = e.key === ']' ? 1 : -1; if (sheet.answers[at + by]) pick(at + by); else leave(by); } },
    { keys: ['Enter'], what: c.k.evidence, run: next },
    ...(judge ? [
      { keys: Object.keys(letters), what: t.k.answer, run: (e: KeyboardEvent) => { const a = sheet.answers[at], v = letters[e.key]!; if (!a || (v !== 'na' && a.type && a.type !== 'yes_no')) return false; choose(at, v); } },
      { keys: ['1', '2', '3', '4', '5', '6', '7', '8', '9'], what: c.k.level, run: (e: KeyboardEvent) => { const a = sheet.answers[at], v = a?.type === 'scale' ? choices(a.type, a.options, zh, t.values)[Number(e.key) - 1] : undefined; if (!v) return false; choose(at, v.value); } },
    ] : []),
  ];
  useKeys(t.questions, keys ? mine : []);
  const by = sheet.by === 'machine' ? t.byMachine : isMe(sheet.by, session?.person) ? t.byYou : t.byPerson(name || sheet.by || '—');
  return (
    <section aria-label={sheet.form} onClickCapture={use}>
      <h2><span className="q-score num">{sheet.score === null ? t.noScore : number(sheet.score, 1)}</span>{sheet.band && <span>{sheet.band}</span>}{sheet.auto_fail && <span className="tag alert">{t.fail}</span>}<span>{sheet.form}</span><small>{c.rests(sheet.answers.filter(a => a.answer !== 'na' && a.answer !== 'cannot_tell').length, sheet.answers.length)} · {t.version(sheet.version)} · {by} · {when(sheet.at)}{sheet.meaning === '' && <> · <span title={t.wordingOnlyWhat}>{t.wordingOnly}</span></>}</small></h2>
      <ol className="q-list">{sheet.answers.map((a, i) => (
        <Question key={a.question} id={`q-${mark}${a.question}`} a={a} here={keys && i === at} turns={turns} judge={judge} draft={draft?.question === a.question ? draft.answer : null} choose={v => choose(i, v)} pick={() => setAt(i)} go={go}>
          {draft?.question === a.question && (
            <form className="q-write" onSubmit={e => { e.preventDefault(); if (draft.reason.trim() && !save.isPending) save.mutate(draft); }}>
              {stale && <Alert type="warning" showIcon title={t.stale} />}
              <Input autoFocus key={draft.question} maxLength={2000} aria-label={t.reason} placeholder={t.reasonFor(sayValue(draft.answer, a.options, zh, t.values, c.none))} value={draft.reason} onChange={e => setDraft({ ...draft, reason: e.target.value })} onKeyDown={e => { if (e.key === 'Escape') { e.stopPropagation(); setDraft(null); setStale(false); } }} />
              <div className="q-do"><Button size="small" type="primary" htmlType="submit" disabled={!draft.reason.trim()} loading={save.isPending}>{t.save}</Button><Button size="small" onClick={() => { setDraft(null); setStale(false); }}>{t.cancel}</Button></div>
            </form>
          )}
        </Question>
      ))}</ol>
    </section>
  );
}
