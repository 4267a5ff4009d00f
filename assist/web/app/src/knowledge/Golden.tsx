// The golden set: questions whose right answers are known, asked again whenever somebody wants to know, with the history.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { useRef, useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { get, post, put, query } from '../parts/api';
import { named, useWords } from '../parts/i18n';
import { useKeys } from '../parts/keys';
import { Empty, explain, Failed, Load } from '../parts/states';
import { number, percent, when } from '../parts/time';
import pw from '../parts/words';
import { Progress, Text } from './bits';
import { useBases } from './bases';
import { passed, share, verdict, type Failure, type Golden as Question, type Run, type Task, type Titles, type Trial, type Verdict } from './model';
import { useTask } from '../parts/task';
import w from './words';

interface Kept { items: Question[] | null; titles: Titles }
interface Runs { items: Run[] | null; titles: Titles }

export const useRuns = (base: string, on = true) => useQuery({ queryKey: ['knowledge', 'runs', base], queryFn: () => get<Runs>(query('/api/knowledge/golden/runs', { base })), enabled: on });
const glyphs: Record<Verdict, string> = { passed: '✓', missed: '–', wrong: '✗', absent: '·' };

// Trend draws the share that passed, run by run, and the wrong answers as bars.
function Trend({ runs }: { runs: Run[] }) {
  const t = useWords(w), width = 420, height = 96, all = runs.slice(0, 20).reverse();
  if (all.length < 2) return null;
  const x = (i: number) => 46 + (i * (width - 58)) / (all.length - 1), y = (v: number) => 8 + (1 - v) * (height - 20);
  const points = all.map((r, i) => `${x(i).toFixed(1)},${y(share(passed(r), r.n)).toFixed(1)}`);
  return (
    <svg className="know-trend" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={t.trendOf(all.length, percent(share(passed(all[0]!), all[0]!.n)), percent(share(passed(all.at(-1)!), all.at(-1)!.n)))}>
      {[0, 0.5, 1].map(v => <g key={v}><path d={`M42 ${y(v)}H${width - 4}`} className="grid" /><text x={38} y={y(v) + 4} textAnchor="end">{percent(v)}</text></g>)}
      {all.map((r, i) => r.wrong > 0 && <path key={r.at} d={`M${x(i)} ${y(0)}V${y(r.wrong)}`} className="bad" />)}
      <polyline points={points.join(' ')} fill="none" />
      {all.map((r, i) => <circle key={r.at} cx={x(i)} cy={y(share(passed(r), r.n))} r="3"><title>{`${when(r.at)}: ${passed(r)} / ${r.n}`}</title></circle>)}
    </svg>
  );
}

function Scores({ runs }: { runs: Run[] }) {
  const t = useWords(w), r = runs[0];
  if (!r) return <p className="soft">{t.neverRun}</p>;
  const before = runs[1], now = passed(r), was = before && before.n === r.n ? passed(before) : undefined;
  const cards = [[t.passedQuestions, `${number(now)} / ${number(r.n)}`, t.passedWhat], [t.answeredRight, percent(r.answered), t.answeredWhat], [t.helped, percent(r.helped), t.helpedWhat], [t.wrongAnswers, percent(r.wrong), t.wrongWhat]] as const;
  return (
    <div className="know-scores">
      <dl>{cards.map(([name, v, what], i) => <div key={name} title={what} className={i === 3 && r.wrong > 0 ? 'bad' : ''}><dt>{name}</dt><dd className="num">{v}{i === 0 && was !== undefined && was !== now && <span className={`know-delta ${now < was ? 'worse' : 'better'}`}>{now < was ? '▼' : '▲'} {number(Math.abs(now - was))}</span>}</dd></div>)}</dl>
      <Trend runs={runs} />
      <p className="faint">{t.lastRun} {when(r.at)}{r.by && ` · ${r.by}`}</p>
    </div>
  );
}

function Why({ f, titles }: { f: Failure; titles: Titles }) {
  const t = useWords(w);
  return <div className="know-whyfail"><p><b>{named(t.decisions, f.decision)}</b>{f.got && <> · {t.foundFirst} <Text>{titles[f.got] ?? f.got}</Text></>}{!!f.p_right && <span className="num faint"> {percent(f.p_right)}</span>}{f.offered && <span className="tag good">{t.wasOffered}</span>}</p>{f.text && <p className="soft" dir="auto">{f.text}</p>}</div>;
}

function Add({ base, have, add, busy }: { base: string; have: Question[]; add(q: Question): void; busy: boolean }) {
  const t = useWords(w), p = useWords(pw), [text, setText] = useState(''), [picked, setPicked] = useState<string[]>([]), box = useRef<HTMLInputElement>(null);
  const find = useMutation({ mutationFn: () => post<Trial>('/api/knowledge/test', { text: text.trim(), base }), onSuccess: () => setPicked([]) });
  const hits = (find.data?.hits ?? []).slice(0, 5), twice = have.some(q => q.query.toLowerCase() === text.trim().toLowerCase());
  const done = (relevant: string[]) => { add({ query: text.trim(), relevant }); setText(''); find.reset(); box.current?.focus(); };
  useKeys(t.tabs.golden, [{ keys: ['n'], what: t.addQuestion, run: () => box.current?.focus() }]);
  return (
    <form className="know-add" onSubmit={e => { e.preventDefault(); if (text.trim() && !twice) find.mutate(); }}>
      <div className="know-do"><input ref={box} className="field know-find" aria-label={t.addQuestion} placeholder={t.addQuestion} value={text} maxLength={500} dir="auto" onChange={e => { setText(e.target.value); find.reset(); }} /><Button htmlType="submit" disabled={!text.trim() || twice} loading={find.isPending}>{t.pickAnswer}</Button>{twice && <span className="faint">{t.twice}</span>}</div>
      {find.error && <p className="know-warn" role="alert">{explain(find.error, p).why}</p>}
      {find.data && <fieldset className="know-pickers"><legend>{t.whichRight}</legend>
        {hits.map(h => <label key={h.id}><input type="checkbox" checked={picked.includes(h.id)} onChange={e => setPicked(x => (e.target.checked ? [...x, h.id] : x.filter(i => i !== h.id)))} /> <Text>{h.question}</Text> <span className="faint num">{percent(h.p_right)}</span></label>)}
        <p className="know-foot"><Button type="primary" disabled={picked.length === 0} loading={busy} onClick={() => done(picked)}>{t.add2}</Button><Button onClick={() => done([])} loading={busy}>{t.noneRight}</Button></p>
      </fieldset>}
    </form>
  );
}

function Line({ q, runs, titles, open, toggle, remove }: { q: Question; runs: Run[]; titles: Titles; open: boolean; toggle(): void; remove(): void }) {
  const t = useWords(w), last = runs[0] ? verdict(runs[0], q.query) : 'absent', f = runs[0]?.failures?.find(x => x.query === q.query), want = q.relevant ?? [];
  return (
    <li className={`know-golden ${last}`}>
      <div className="know-grow">
        <span className={`know-verdict ${last}`} title={t.verdicts[last]}><span aria-hidden="true">{glyphs[last]}</span><span className="sr">{t.verdicts[last]}</span></span>
        <span className="know-gq"><Text className="know-asks">{q.query}</Text><span className="faint">{want.length === 0 ? t.noAnswerRight : want.map(id => <Text key={id} className="know-want">{titles[id] ?? t.entryGone(id)}</Text>)}</span></span>
        <span className="know-history" role="img" aria-label={t.history(runs.slice(0, 10).map(r => t.verdicts[verdict(r, q.query)]).reverse().join(', '))}>{runs.slice(0, 10).reverse().map(r => { const v = verdict(r, q.query); return <span key={r.at} className={v} title={`${when(r.at)}: ${t.verdicts[v]}`}>{glyphs[v]}</span>; })}</span>
        {f ? <Button size="small" aria-expanded={open} onClick={toggle}>{t.why}</Button> : <span />}
        <Button size="small" type="text" aria-label={`${t.remove}: ${q.query}`} title={t.remove} onClick={remove}>×</Button>
      </div>
      {open && f && <Why f={f} titles={titles} />}
    </li>
  );
}

function Questions({ base }: { base: string }) {
  const t = useWords(w), p = useWords(pw), client = useQueryClient(), [failing, setFailing] = useState(false), [open, setOpen] = useState('');
  const key = ['knowledge', 'golden', base], set = useQuery({ queryKey: key, queryFn: () => get<Kept>(query('/api/knowledge/golden', { base })) }), runs = useRuns(base);
  const keep = useMutation({ mutationFn: (items: Question[]) => put<Kept>('/api/knowledge/golden', { base, items: items.map(q => ({ query: q.query, relevant: q.relevant ?? [] })) }), onSuccess: v => client.setQueryData(key, v) });
  const run = useTask('knowledge', (x: Task) => x.run, () => { void client.invalidateQueries({ queryKey: ['knowledge', 'runs'] }); });
  const items = set.data?.items ?? [], all = runs.data?.items ?? [], titles = { ...runs.data?.titles, ...set.data?.titles };
  const start = () => { if (items.length && !run.busy) run.run(() => post<Task>('/api/knowledge/golden/run', { base })); };
  useKeys(t.tabs.golden, [{ keys: ['r'], what: t.runAll, run: start }, { keys: ['f'], what: t.onlyFailing, run: () => setFailing(v => !v) }]);
  const last = all[0], shown = failing && last ? items.filter(q => ['missed', 'wrong'].includes(verdict(last, q.query))) : items;
  return (
    <Load of={set}>{() => (
      <>
        <section className="know-panel" aria-label={t.lastRun}>
          <header><h2>{t.results}</h2><Button type="primary" onClick={start} loading={run.busy} disabled={items.length === 0}>{t.runAll} <kbd aria-hidden="true">r</kbd></Button></header>
          {run.busy && <Progress task={run.task} what={t.asking} />}
          {run.error !== undefined && <Failed error={run.error} retry={start} />}
          <Load of={runs} rows={2}>{() => <Scores runs={all} />}</Load>
        </section>
        <section className="know-panel" aria-label={t.questions}>
          <header><h2>{t.questions} <span className="faint num">{number(items.length)}</span></h2>{all.length > 0 && <label className="know-check"><input type="checkbox" checked={failing} onChange={e => setFailing(e.target.checked)} /> {t.onlyFailing}</label>}</header>
          <Add base={base} have={items} busy={keep.isPending} add={q => keep.mutate([...items, q])} />
          {keep.error && <p className="know-warn" role="alert">{explain(keep.error, p).title}. {explain(keep.error, p).why}</p>}
          {items.length === 0 ? <p className="soft">{t.goldenEmpty}</p> : shown.length === 0 ? <p className="know-calm">{t.noneFailing}</p> : <ul className="know-goldens">{shown.map(q => <Line key={q.query} q={q} runs={all} titles={titles} open={open === q.query} toggle={() => setOpen(open === q.query ? '' : q.query)} remove={() => keep.mutate(items.filter(x => x !== q))} />)}</ul>}
        </section>
      </>
    )}</Load>
  );
}

export function Golden() {
  const t = useWords(w), bases = useBases(), [, go] = useLocation(), all = bases.data?.items ?? [], asked = new URLSearchParams(useSearch()).get('base') ?? '', base = asked || (all[0]?.name ?? '');
  return (
    <>
      <p className="soft know-lead">{t.goldenWhy}</p>
      <Load of={bases}>{() => (all.length === 0 ? <Empty title={t.emptyTitle} action={<Link href="/knowledge/import">{t.tabs.import}</Link>}>{t.emptyWhy}</Empty> : (
        <><div className="know-do"><label>{t.base} <select className="field" value={base} onChange={e => go(query('/knowledge/golden', { base: e.target.value }))}>{all.map(b => <option key={b.name} value={b.name}>{b.name}</option>)}</select></label></div><Questions key={base} base={base} /></>
      ))}</Load>
    </>
  );
}

