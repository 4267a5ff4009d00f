// What callers asked in vain, put together by meaning: the list, and one gap with the calls behind it, what agents answered
// there, and what can be done about it.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button } from 'antd';
import { useEffect, useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { get, post, query } from '../parts/api';
import { useWords } from '../parts/i18n';
import { forget, recall, useKept } from '../parts/kept';
import { useKeys } from '../parts/keys';
import { Empty, explain, Failed, Load, Skeleton } from '../parts/states';
import { number, percent, when } from '../parts/time';
import pw from '../parts/words';
import { useMe } from '../shell/session';
import { Ask, CallLink, LangTag, Text } from './bits';
import { PickBase } from './bases';
import { badly, here, lines, type Dismissal, type Entry, type Gap, type Reply } from './model';
import w from './words';

export const useGaps = (base: string, days: number) => useQuery({ queryKey: ['knowledge', 'gaps', base, days], queryFn: () => get<{ items: Gap[] | null }>(query('/api/knowledge/gaps', { base, days })), staleTime: 20_000 });
const gapAt = (id: string) => `/api/knowledge/gaps/${encodeURIComponent(id)}`;

// Written is an answer to a gap while it is written; it outlives a look at another gap, and the page.
interface Written { question: string; answer: string; similar: string; base: string; from?: Reply }

function Compose({ g, name, days, replies, close }: { g: Gap; name: string; days: number; replies?: Reply[]; close(): void }) {
  const t = useWords(w), p = useWords(pw), client = useQueryClient(), { message } = App.useApp(), [, go] = useLocation();
  const [{ question, answer, similar, base, from }, write] = useKept<Written>(name, () => ({ question: g.question, answer: '', similar: (g.texts ?? []).filter(x => x !== g.question).slice(0, 8).join('\n'), base: g.base }));
  const set = (v: Partial<Written>) => write(x => ({ ...x, ...v }));
  const save = useMutation({
    mutationFn: () => post<Entry>(query(`${gapAt(g.id)}/draft`, { days }), { base: base.trim(), lang: g.lang, question: question.trim(), similar: lines(similar), answer: answer.trim(), ...(from ? { reply: { call: from.call, turn: from.turn } } : {}) }),
    onSuccess: e => { forget(name); void client.invalidateQueries({ queryKey: ['knowledge'] }); void message.success(t.drafted); go(`/knowledge/drafts/${encodeURIComponent(e.base)}/${encodeURIComponent(e.id)}`); },
  });
  const why = save.error ? explain(save.error, p) : null;
  useKeys(t.tabs.gaps, [{ keys: ['Escape'], what: '', typing: true, run: () => { if (answer) return false; close(); } }]);
  return (
    <form className="know-form know-compose" onSubmit={e => { e.preventDefault(); if (question.trim() && answer.trim() && base.trim()) save.mutate(); }}>
      {!!replies?.length && <div className="know-replies"><h3>{t.agentsSaid}</h3><ul>{replies.map(r => <li key={`${r.call}${r.turn}`}><Text lang={g.lang}>{r.text}</Text><span className="know-foot"><CallLink c={r} /><Button size="small" aria-pressed={from?.call === r.call && from.turn === r.turn} onClick={() => set({ answer: r.text, from: r })}>{t.useAnswer}</Button></span></li>)}</ul></div>}
      <label className="wide">{t.question}<input className="field" value={question} maxLength={500} dir="auto" onChange={e => set({ question: e.target.value })} /></label>
      <label className="wide">{t.answer}<textarea className="field" rows={4} value={answer} maxLength={6000} dir="auto" autoFocus onChange={e => set({ answer: e.target.value })} /></label>
      <label className="wide">{t.similar}<textarea className="field" rows={3} value={similar} dir="auto" onChange={e => set({ similar: e.target.value })} /></label>
      {!g.base && <label className="wide">{t.base}<input className="field" list="know-bases" value={base} maxLength={64} onChange={e => set({ base: e.target.value })} /></label>}
      {why && <p className="know-warn" role="alert">{why.title}. {why.why}</p>}
      <p className="know-foot"><Button type="primary" htmlType="submit" loading={save.isPending} disabled={!question.trim() || !answer.trim() || !base.trim()}>{t.keepDraft}</Button><Button type="text" onClick={close}>{t.cancel}</Button><span className="faint">{t.draftWhy}</span></p>
    </form>
  );
}

function One({ g, days, next }: { g: Gap; days: number; next(): void }) {
  const t = useWords(w), p = useWords(pw), client = useQueryClient(), { message } = App.useApp(), [, go] = useLocation(), name = `parley.gap.${g.base}/${g.id}.${useMe()}`, [writing, setWriting] = useState(() => !!recall(name)), [dismissing, setDismissing] = useState(false);
  const replies = useQuery({ queryKey: ['knowledge', 'replies', g.id, days], queryFn: () => get<{ items: Reply[] | null }>(query(`${gapAt(g.id)}/replies`, { base: g.base, days })) });
  const dismiss = useMutation({
    mutationFn: (reason: string) => post(query(`${gapAt(g.id)}/dismiss`, { base: g.base, days }), { reason }),
    onSuccess: () => { setDismissing(false); void message.success(t.dismissed); next(); void client.invalidateQueries({ queryKey: ['knowledge'] }); },
    onError: err => { const x = explain(err, p); void message.error(`${x.title}. ${x.why}`, 6); },
  });
  const add = g.nearest ? query(here(g.nearest.base, g.nearest.id), { add: (g.texts ?? [g.question]).slice(0, 8).join('\n') }) : '';
  useKeys(t.tabs.gaps, [{ keys: ['d'], what: t.write, run: () => { if (g.draft || writing) return false; setWriting(true); } }, { keys: ['x'], what: t.dismiss, run: () => setDismissing(true) }, { keys: ['a'], what: t.addWords, run: () => { if (!add || g.nearest?.id === said) return false; go(add); } }]);
  const said = badly(g), wrong = said ? here(g.base, said) : '';
  const texts = (g.texts ?? []).filter(x => x !== g.question);
  return (
    <article className="know-one" aria-labelledby="know-gap">
      <h2 id="know-gap"><Text lang={g.lang}>{g.question}</Text></h2>
      <p className="know-foot"><span>{t.asked} <b className="num">{t.times(g.count)}</b></span>{g.rated_bad > 0 && <span className="tag warn">{t.ratedBad(g.rated_bad)}</span>}<span>{g.base}</span><LangTag lang={g.lang} /><span>{t.lastAsked} {when(g.last)}</span></p>
      {g.draft ? <p className="know-note">{t.hasDraft} <Link href={`/knowledge/drafts/${encodeURIComponent(g.draft.base)}/${encodeURIComponent(g.draft.id)}`}>{t.toDraft}</Link></p>
        : writing ? <Compose g={g} name={name} days={days} replies={replies.data?.items ?? undefined} close={() => { forget(name); setWriting(false); }} />
          : <p className="know-do">{wrong && <Link href={wrong} className="know-button first">{t.changeIt}</Link>}<Button type={wrong ? 'default' : 'primary'} onClick={() => setWriting(true)}>{t.write} <kbd aria-hidden="true">d</kbd></Button>{g.nearest && g.nearest.id !== said && <Link href={add} className="know-button">{t.addWords} <kbd aria-hidden="true">a</kbd></Link>}<Button onClick={() => setDismissing(true)}>{t.dismiss} <kbd aria-hidden="true">x</kbd></Button></p>}
      {wrong && <p className="faint">{t.changeWhy}</p>}
      {g.nearest && <section><h3>{t.nearest}</h3><p><Link href={here(g.nearest.base, g.nearest.id)}><Text>{g.nearest.question}</Text></Link> <span className="faint num">{percent(g.nearest.p_right)}</span></p><p className="faint">{t.nearestWhy}</p></section>}
      {!writing && <section><h3>{t.agentsSaid}</h3>{replies.data ? ((replies.data.items ?? []).length === 0 ? <p className="faint">{t.nothingSaid}</p> : <ul className="know-quotes">{(replies.data.items ?? []).map(r => <li key={`${r.call}${r.turn}`}><Text lang={g.lang}>{r.text}</Text> <CallLink c={r} /></li>)}</ul>) : replies.error ? <Failed error={replies.error} retry={() => void replies.refetch()} /> : <Skeleton rows={2} height={22} />}</section>}
      <section><h3>{t.behind}</h3><ul className="know-quotes">{(g.examples ?? []).map(x => <li key={`${x.call}-${x.turn}-${x.text}`}><Text lang={g.lang}>{x.text}</Text> <CallLink c={x} />{x.rated_bad && <span className="tag warn">{t.tookBadly}</span>}</li>)}</ul></section>
      {texts.length > 0 && <details><summary>{t.otherWords(texts.length)}</summary><ul className="know-quotes">{texts.map(x => <li key={x}><Text lang={g.lang}>{x}</Text></li>)}</ul></details>}
      <Ask open={dismissing} title={t.dismissTitle} why={t.dismissWhy} label={t.reason} ok={t.dismiss} busy={dismiss.isPending} needed done={x => dismiss.mutate(x)} cancel={() => setDismissing(false)} />
    </article>
  );
}

function Dismissed({ base }: { base: string }) {
  const t = useWords(w), p = useWords(pw), client = useQueryClient(), { message } = App.useApp(), [open, setOpen] = useState(false);
  const all = useQuery({ queryKey: ['knowledge', 'dismissed', base], queryFn: () => get<{ items: Dismissal[] | null }>(query('/api/knowledge/dismissed', { base })), enabled: open });
  const back = useMutation({ mutationFn: (d: Dismissal) => post('/api/knowledge/dismissed/reopen', { base: d.base, question: d.question }), onSuccess: () => client.invalidateQueries({ queryKey: ['knowledge'] }), onError: err => { const x = explain(err, p); void message.error(`${x.title}. ${x.why}`, 6); } });
  return (
    <details className="know-gone" onToggle={e => setOpen(e.currentTarget.open)}><summary>{t.dismissedList}</summary>
      {open && <Load of={all} rows={2}>{d => ((d.items ?? []).length === 0 ? <p className="faint">{t.none}</p> : <ul>{(d.items ?? []).map(x => <li key={`${x.base}${x.question}`}><Text>{x.question}</Text><span className="soft" dir="auto">{x.reason || t.noReason}</span><span className="know-foot"><span>{x.base}</span><span>{when(x.at)}{x.by && ` · ${x.by}`}</span><Button size="small" loading={back.isPending && back.variables === x} onClick={() => back.mutate(x)}>{t.reopen}</Button></span></li>)}</ul>)}</Load>}
    </details>
  );
}

export function Gaps({ id }: { id?: string }) {
  const t = useWords(w), [, go] = useLocation(), q = new URLSearchParams(useSearch()), base = q.get('base') ?? '', days = Number(q.get('days')) || 30;
  const gaps = useGaps(base, days), all = gaps.data?.items ?? [], most = Math.max(1, ...all.map(g => g.count)), at = all.findIndex(g => g.id === id), [shown, setShown] = useState<Gap>();
  if (all[at] && all[at] !== shown) setShown(all[at]);
  const g = all[at] ?? (shown?.id === id ? shown : undefined); // who writes an answer goes on, though another call has changed the gap
  const to = (gap: string, v: { base?: string; days?: number } = {}) => query(gap ? `/knowledge/gaps/${encodeURIComponent(gap)}` : '/knowledge/gaps', { base: v.base ?? base, days: (v.days ?? days) === 30 ? undefined : v.days ?? days });
  const move = (d: number) => { const n = all[at < 0 ? 0 : Math.max(0, Math.min(all.length - 1, at + d))]; if (n) go(to(n.id)); };
  useKeys(t.tabs.gaps, [{ keys: ['j', 'k'], what: t.k.next, run: e => move(e.key === 'j' ? 1 : -1) }, { keys: ['Escape'], what: t.k.back, run: () => { if (!id) return false; go(to('')); } }]);
  useEffect(() => { document.querySelector('.know-ranked [aria-current]')?.scrollIntoView({ block: 'nearest' }); }, [id]);
  return (
    <>
      <p className="soft know-lead">{t.gapsWhy}</p>
      <div className="know-do"><PickBase value={base} change={v => go(to('', { base: v }))} /><label>{t.period} <select className="field" value={days} onChange={e => go(to('', { days: Number(e.target.value) }))}>{[7, 30, 90, 365].map(n => <option key={n} value={n}>{t.days(n)}</option>)}</select></label></div>
      <Load of={gaps}>{() => (all.length === 0 ? <Empty title={t.noGaps}>{t.noGapsWhy}</Empty> : (
        <div className={`know-two${g ? ' one' : ''}`}>
          <ol className="know-ranked" aria-label={t.tabs.gaps}>{all.map(x => (
            <li key={x.id}><Link href={to(x.id)} aria-current={x.id === id ? 'true' : undefined}>
              <span className="know-count num" aria-label={t.times(x.count)}>{number(x.count)}</span>
              <span className="know-gq"><Text lang={x.lang}>{x.question}</Text><span className="know-bar" aria-hidden="true"><span style={{ width: `${(x.count / most) * 100}%` }} /></span>
                <span className="know-foot"><span>{x.base}</span><span>{when(x.last)}</span>{x.rated_bad > 0 && <span className="tag warn">{t.ratedBad(x.rated_bad)}</span>}{x.draft && <span className="tag good">{t.drafting}</span>}</span></span>
            </Link></li>
          ))}</ol>
          <div className="know-detail">{g ? <><p className="know-back"><Link href={to('')}>‹ {t.tabs.gaps}</Link></p><One key={g.id} g={g} days={days} next={() => go(to(all[at + 1]?.id ?? all[at - 1]?.id ?? ''))} /></> : <p className="faint know-pick">{id ? t.gapGone : t.pickGap}</p>}</div>
        </div>
      ))}</Load>
      <Dismissed base={base} />
    </>
  );
}
