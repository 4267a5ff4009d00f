// What would change: the golden set and the last questions of callers, asked before and after.
import { Button } from 'antd';
import { useState } from 'react';
import { post } from '../parts/api';
import { named, useWords } from '../parts/i18n';
import { useKeys } from '../parts/keys';
import { Failed } from '../parts/states';
import { number, percent } from '../parts/time';
import { Progress, Text } from './bits';
import { at, type Change, type Outcome, type Preview, type Task, type Titles } from './model';
import { useTask } from '../parts/task';
import w from './words';

const marks = { gain: '+', loss: '−', changed: '~' } as const;

function Side({ o, mine, title, label }: { o: Outcome; mine: string; title: string; label: string }) {
  const t = useWords(w);
  return (
    <div className={`know-outcome ${o.decision}`}>
      <span className="faint">{label}</span>
      <p><b>{named(t.decisions, o.decision)}</b>{o.entry && <span className="faint"> · {o.entry === mine ? t.thisEntry : <Text>{title || t.otherEntry}</Text>} <span className="num">{percent(o.p_right)}</span></span>}</p>
      <Text className="know-clip soft">{o.text || t.saysNothing}</Text>
    </div>
  );
}

function Line({ c, mine, titles }: { c: Change; mine: string; titles: Titles }) {
  const t = useWords(w), sure = c.golden ? ' sure' : '';
  return (
    <li className={`know-change ${c.kind}${sure}`}>
      <details>
        <summary><span className="know-mark" aria-hidden="true">{marks[c.kind]}</span><Text lang={c.lang} className="know-asks">{c.query}</Text><span className="know-was">{named(t.decisions, c.before.decision)} → {named(t.decisions, c.after.decision)}{c.golden && <span className="tag">{t.tabs.golden}</span>}</span></summary>
        <div className="know-sides"><Side o={c.before} mine={mine} title={titles[c.before.entry] ?? ''} label={t.before} /><Side o={c.after} mine={mine} title={titles[c.after.entry] ?? ''} label={t.after} /></div>
      </details>
    </li>
  );
}

function Result({ p, mine }: { p: Preview; mine: string }) {
  const t = useWords(w), [kind, setKind] = useState<Change['kind'] | ''>(''), all = p.changes ?? [], others = all.length - p.gains - p.losses;
  if (p.n === 0) return <p className="soft">{t.noQuestions}</p>;
  const broken = all.filter(c => c.golden && c.kind === 'loss').length;
  const counts = [['loss', p.losses], ['changed', others], ['gain', p.gains]] as const, shown = all.filter(c => !kind || c.kind === kind);
  return (
    <>
      <p className="soft">{t.replayed(number(p.n), number(p.golden))}</p>
      {broken > 0 && <p className="know-warn" role="alert">{t.goldenBroken(broken)}</p>}
      {all.length === 0 ? <p className="know-calm">{t.noChanges}</p> : (
        <>
          <div className="know-chips" role="group" aria-label={t.whatIf}>{counts.map(([k, n]) => <button type="button" key={k} className={`know-chip ${k}`} aria-pressed={kind === k} disabled={n === 0} onClick={() => setKind(kind === k ? '' : k)}><span aria-hidden="true">{marks[k]}</span> {t.kinds[k]} <b className="num">{number(n)}</b></button>)}</div>
          <ul className="know-changes">{shown.map((c, i) => <Line key={`${c.query}${i}`} c={c} mine={mine} titles={p.titles ?? {}} />)}</ul>
        </>
      )}
    </>
  );
}

export interface Tried { question: string; similar: string[]; answer: string; lang: string; state?: string; audience?: string; queues?: string[]; from?: string; until?: string }

// WhatIf tries entry as it stands in a form. stale says that the form has changed since.
export function WhatIf({ base, id, entry, ready }: { base: string; id: string; entry(): Tried; ready: boolean }) {
  const t = useWords(w), task = useTask('knowledge', (x: Task) => x.preview), [of, setOf] = useState(''), now = JSON.stringify(entry());
  const run = () => { if (!ready || task.busy) return; setOf(now); task.run(() => post<Task>(`${at(base, id)}/preview`, entry())); };
  useKeys(t.title, [{ keys: ['w'], what: t.whatIf, run }]);
  return (
    <section className="know-panel" aria-labelledby="know-whatif">
      <header><h2 id="know-whatif">{t.whatIf}</h2><Button size="small" onClick={run} loading={task.busy} disabled={!ready}>{task.result ? t.askAgain : t.askNow} <kbd aria-hidden="true">w</kbd></Button></header>
      {!task.busy && !task.result && !task.error && <p className="soft">{t.whatIfWhy}</p>}
      {task.busy && <Progress task={task.task} what={t.asking} />}
      {task.error !== undefined && <Failed error={task.error} retry={run} />}
      {task.result && <div className={of !== now ? 'know-old' : ''} role="status">{of !== now && <p className="know-note">{t.changedSince}</p>}<Result p={task.result} mine={id} /></div>}
    </section>
  );
}
