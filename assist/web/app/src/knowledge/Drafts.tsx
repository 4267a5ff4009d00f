// Drafts: what callers do not hear yet. An answer somebody gave, with where it comes from and what it would change, is
// published, edited or sent back.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button } from 'antd';
import { useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { get, post, Problem, query } from '../parts/api';
import { useWords } from '../parts/i18n';
import { useKeys } from '../parts/keys';
import { Empty, explain, Load } from '../parts/states';
import { number, when } from '../parts/time';
import pw from '../parts/words';
import { Ask, CallLink, LangTag, StateTag, Text } from './bits';
import { PickBase } from './bases';
import { Listen } from './Listen';
import { at, here, type Waiting } from './model';
import { WhatIf } from './WhatIf';
import w from './words';

export const useDrafts = (base: string) => useQuery({ queryKey: ['knowledge', 'drafts', base], queryFn: () => get<{ items: Waiting[] | null }>(query('/api/knowledge/drafts', { base })) });

function Where({ d }: { d: Waiting }) {
  const t = useWords(w), o = d.origin;
  if (!o) return <p className="faint">{t.byHand}</p>;
  return (
    <dl className="know-facts">
      {o.count > 0 && <div><dt>{t.fromGap}</dt><dd>{t.askedTimes(number(o.count))}{o.rated_bad > 0 && <span className="tag warn">{t.ratedBad(o.rated_bad)}</span>}</dd></div>}
      {o.reply && <div><dt>{t.saidBy}</dt><dd><CallLink c={o.reply} /></dd></div>}
      {!!o.calls?.length && <div><dt>{t.behind}</dt><dd className="know-calls">{o.calls.map(c => <CallLink key={`${c.call}${c.turn}`} c={c} />)}</dd></div>}
      <div><dt>{t.by}</dt><dd>{[o.by, when(o.at)].filter(Boolean).join(' · ')}</dd></div>
      {o.decision === 'returned' && <div><dt>{t.returned}</dt><dd><span dir="auto">{o.reason || t.noReason}</span> <span className="faint">{[o.decider, when(o.decided)].filter(Boolean).join(' · ')}</span></dd></div>}
    </dl>
  );
}

function One({ d, next }: { d: Waiting; next(): void }) {
  const t = useWords(w), p = useWords(pw), client = useQueryClient(), [, go] = useLocation(), { message } = App.useApp(), [returning, setReturning] = useState(false), e = d.entry, edit = here(e.base, e.id);
  const decide = useMutation({
    mutationFn: (v: { decision: 'approved' | 'returned'; reason?: string }) => post(`${at(e.base, e.id)}/decide`, { ...v, version: e.version }),
    onSuccess: (_, v) => { setReturning(false); void message.success(v.decision === 'approved' ? t.saved : t.wasReturned); next(); void client.invalidateQueries({ queryKey: ['knowledge'] }); },
    onError: err => { setReturning(false); const x = explain(err, p); void message.error(err instanceof Problem && err.status === 409 ? t.stale : `${x.title}. ${x.why}`, 6); void client.invalidateQueries({ queryKey: ['knowledge', 'drafts'] }); },
  });
  const approve = () => { if (!decide.isPending) decide.mutate({ decision: 'approved' }); };
  useKeys(t.tabs.drafts, [{ keys: ['a'], what: t.approve, run: approve }, { keys: ['e'], what: t.edit, run: () => go(edit) }, { keys: ['r'], what: t.sendBack, run: () => setReturning(true) }]);
  return (
    <article className="know-one" aria-labelledby="know-draft">
      <p className="know-foot"><StateTag state={e.state} /><span>{e.base}</span><LangTag lang={e.lang} />{e.audience === 'agent' && <span>{t.audiences.agent}</span>}</p>
      <h2 id="know-draft"><Text lang={e.lang}>{e.question}</Text></h2>
      <Text lang={e.lang} className="know-answer">{e.answer}</Text>
      {!!e.similar?.length && <p className="faint" dir="auto">{t.alsoAsked} {e.similar.join(' · ')}</p>}
      <p className="know-do"><Button type="primary" loading={decide.isPending && decide.variables?.decision === 'approved'} onClick={approve}>{t.approve} <kbd aria-hidden="true">a</kbd></Button><Link href={edit} className="know-button">{t.edit} <kbd aria-hidden="true">e</kbd></Link>{e.state === 'review' && <Button onClick={() => setReturning(true)}>{t.sendBack} <kbd aria-hidden="true">r</kbd></Button>}</p>
      <Where d={d} />
      <WhatIf base={e.base} id={e.id} ready entry={() => ({ question: e.question, answer: e.answer, similar: e.similar ?? [], lang: e.lang, state: 'published', audience: e.audience })} />
      <Listen base={e.base} id={e.id} text={e.answer} lang={e.lang} />
      <Ask open={returning} title={t.sendBackTitle} why={t.sendBackWhy} label={t.reason} ok={t.sendBack} needed busy={decide.isPending} done={reason => decide.mutate({ decision: 'returned', reason })} cancel={() => setReturning(false)} />
    </article>
  );
}

export function Drafts({ base: inBase, id }: { base?: string; id?: string }) {
  const t = useWords(w), [, go] = useLocation(), q = new URLSearchParams(useSearch()), base = q.get('base') ?? '', drafts = useDrafts(base), all = drafts.data?.items ?? [];
  const index = all.findIndex(d => d.entry.id === id && d.entry.base === inBase), one = all[index];
  const to = (d?: Waiting, b = base) => query(d ? `/knowledge/drafts/${encodeURIComponent(d.entry.base)}/${encodeURIComponent(d.entry.id)}` : '/knowledge/drafts', { base: b });
  const move = (n: number) => { const d = all[index < 0 ? 0 : Math.max(0, Math.min(all.length - 1, index + n))]; if (d) go(to(d)); };
  useKeys(t.tabs.drafts, [{ keys: ['j', 'k'], what: t.k.next, run: e => move(e.key === 'j' ? 1 : -1) }, { keys: ['Escape'], what: t.k.back, run: () => { if (!id) return false; go(to()); } }]);
  const group = (state: 'review' | 'draft', title: string) => {
    const mine = all.filter(d => d.entry.state === state);
    return mine.length > 0 && <section><h2>{title} <span className="faint num">{number(mine.length)}</span></h2><ul>{mine.map(d => (
      <li key={`${d.entry.base}/${d.entry.id}`}><Link href={to(d)} aria-current={d === one ? 'true' : undefined}>
        <span className="know-gq"><Text lang={d.entry.lang}>{d.entry.question}</Text><Text lang={d.entry.lang} className="know-a soft">{d.entry.answer}</Text>
          <span className="know-foot"><span>{d.entry.base}</span>{!!d.origin?.count && <span>{t.askedTimes(number(d.origin.count))}</span>}{d.origin?.decision === 'returned' && <span className="tag warn">{t.returned}</span>}<span>{when(d.entry.updated)}{d.entry.by && ` · ${d.entry.by}`}</span></span></span>
      </Link></li>
    ))}</ul></section>;
  };
  return (
    <>
      <p className="soft know-lead">{t.draftsWhy}</p>
      <div className="know-do"><PickBase value={base} change={b => go(to(undefined, b))} /></div>
      <Load of={drafts}>{() => (all.length === 0 ? <Empty title={t.noDrafts} action={<Button onClick={() => go('/knowledge/gaps')}>{t.tabs.gaps}</Button>}>{t.noDraftsWhy}</Empty> : (
        <div className={`know-two${one ? ' one' : ''}`}>
          <div className="know-ranked know-waiting">{group('review', t.waiting)}{group('draft', t.unfinished)}</div>
          <div className="know-detail">{one ? <><p className="know-back"><Link href={to()}>‹ {t.tabs.drafts}</Link></p><One key={`${one.entry.base}/${one.entry.id}/${one.entry.version}`} d={one} next={() => go(to(all[index + 1] ?? all[index - 1]))} /></> : <p className="faint know-pick">{id ? t.draftGone : t.pickDraft}</p>}</div>
        </div>
      ))}</Load>
    </>
  );
}
