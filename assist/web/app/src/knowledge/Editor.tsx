import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button } from 'antd';
import { useState, type ReactNode } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { del, get, post, Problem, put, query } from '../parts/api';
import { named, speech, useWords } from '../parts/i18n';
import { keep, recall } from '../parts/kept';
import { useKeys } from '../parts/keys';
import { explain, Load } from '../parts/states';
import { when } from '../parts/time';
import pw from '../parts/words';
import { useMe } from '../shell/session';
import { CallLink, Funnel, Text } from './bits';
import { useBases, useUses } from './bases';
import { Listen } from './Listen';
import { at, backwards, added, body, changed, draftOf, here, language, lines, newID, paired, states, type Audience, type Draft, type Entry, type State, type Waiting } from './model';
import { WhatIf } from './WhatIf';
import w from './words';

function Versions({ e, done }: { e: Entry; done(e: Entry): void }) {
  const t = useWords(w), p = useWords(pw), { message } = App.useApp();
  const all = useQuery({ queryKey: ['knowledge', 'versions', e.base, e.id, e.version], queryFn: () => get<{ items: Entry[] | null }>(`${at(e.base, e.id)}/versions`) });
  const back = useMutation({ mutationFn: (version: number) => post<Entry>(`${at(e.base, e.id)}/rollback`, { version }), onSuccess: done, onError: err => { const x = explain(err, p); void message.error(`${x.title}. ${x.why}`, 6); } });
  return (
    <section className="know-versions"><h2>{t.versions}</h2>
      <Load of={all} rows={2}>{d => <ol>{(d.items ?? []).map(v => (
        <li key={v.version}><span className="know-vhead"><b>{t.version(v.version)}</b> <span className="faint">{when(v.updated)}{v.by && ` · ${v.by}`} · {t.states[v.state]}</span><span className="grow" />{v.version === e.version ? <span className="tag">{t.now}</span> : <Button size="small" loading={back.isPending && back.variables === v.version} aria-label={`${t.rollback}: ${t.version(v.version)}`} onClick={() => back.mutate(v.version)}>{t.rollback}</Button>}</span>
          <p lang={speech(v.lang)} dir="auto">{v.question}</p><p className="soft" lang={speech(v.lang)} dir="auto">{v.answer}</p></li>
      ))}</ol>}</Load>
    </section>
  );
}

// Partner is the entry in the other language, read beside the one that is written.
function Partner({ e, stale, children }: { e: Entry; stale?: boolean; children?: ReactNode }) {
  const t = useWords(w);
  return (
    <section className="know-panel" aria-labelledby="know-pair"><header><h2 id="know-pair">{t.pair}</h2>{children}</header>
      {stale && <p className="know-note">{t.pairStale}</p>}
      <p><Text lang={e.lang} className="know-q">{e.question}</Text></p><Text lang={e.lang} className="know-answer">{e.answer}</Text></section>
  );
}

function Other({ e }: { e: Entry }) {
  const t = useWords(w), pair = e.pair!, other = useQuery({ queryKey: ['knowledge', 'entry', e.base, pair.id], queryFn: () => get<Entry>(at(e.base, pair.id)) });
  return <Load of={other} rows={2}>{o => <Partner e={o} stale={pair.stale}><Link href={here(e.base, pair.id)}>{t.edit}</Link></Partner>}</Load>;
}

// Alone leads to writing the entry in the other language.
function Alone({ e }: { e: Entry }) {
  const t = useWords(w), lang = e.lang === 'zh' ? 'en' : 'zh';
  return <section className="know-panel" aria-labelledby="know-pair"><header><h2 id="know-pair">{t.pair}</h2><Link className="know-button" href={query('/knowledge/new', { base: e.base, pair: e.id, lang })}>{t.writeIn(named(t.langs, lang))}</Link></header><p className="soft">{t.pairWhy}</p></section>;
}

// Worth is what became of the entry in calls.
function Worth({ base, id }: { base: string; id: string }) {
  const t = useWords(w), uses = useUses(base), use = uses.data?.items?.find(u => u.base === base && u.id === id);
  return <section className="know-panel" aria-labelledby="know-worth"><header><h2 id="know-worth">{t.inCalls}</h2><span className="faint">{t.days(90)}</span></header><Load of={uses} rows={2}>{() => (use ? <Funnel use={use} wide /> : <p className="soft">{t.neverShown}</p>)}</Load></section>;
}

function Returned({ e }: { e: Entry }) {
  const t = useWords(w), drafts = useQuery({ queryKey: ['knowledge', 'drafts', e.base], queryFn: () => get<{ items: Waiting[] | null }>(query('/api/knowledge/drafts', { base: e.base })), enabled: e.state === 'draft' || e.state === 'review' });
  const o = drafts.data?.items?.find(d => d.entry.id === e.id)?.origin;
  if (!o) return null;
  return <>{o.decision === 'returned' && e.state === 'draft' && <Alert type="warning" showIcon title={t.returned} description={<><span dir="auto">{o.reason}</span> <span className="faint">{o.decider} {when(o.decided)}</span></>} />}{!!o.calls?.length && <p className="know-foot"><span>{t.fromGap}</span>{o.calls.slice(0, 5).map(c => <CallLink key={`${c.call}${c.turn}`} c={c} />)}</p>}</>;
}

// Unsaved is what somebody wrote and did not save, and of which version.
interface Unsaved { d: Draft; version: number }

// Again tells who comes back to an entry that what they wrote is still there, and what somebody else has saved in between.
function Again({ old, was, drop }: { old?: Entry; was: Unsaved; drop(): void }) {
  const t = useWords(w), moved = !!old && was.version !== old.version;
  return <Alert type={moved ? 'warning' : 'info'} showIcon title={moved ? t.mineMoved(old.version, old.by) : t.mine} action={<Button size="small" onClick={drop}>{t.dropMine}</Button>} description={moved ? <><Text lang={old.lang} className="know-q">{old.question}</Text><Text lang={old.lang} className="know-answer">{old.answer}</Text></> : undefined} />;
}

function Form({ old, start, add = [], partner, reload }: { old?: Entry; start: Draft; add?: string[]; partner?: Entry; reload(): void }) {
  const t = useWords(w), p = useWords(pw), client = useQueryClient(), [, go] = useLocation(), { message, modal } = App.useApp(), bases = useBases();
  const name = `parley.know.${old ? `${old.base}/${old.id}` : partner ? `pair/${partner.base}/${partner.id}` : `new/${start.question}`}.${useMe()}`;
  const [was, setWas] = useState(() => { const u = recall<Unsaved>(name); return u && changed(u.d, start) ? u : undefined; }), [d, setD] = useState(() => added(was?.d ?? start, add)), [id] = useState(() => old?.id ?? newID()), [bad, setBad] = useState('');
  const write = (x: Draft) => { setD(x); keep(name, changed(x, start) ? { d: x, version: old?.version ?? 0 } satisfies Unsaved : null); };
  const set = (v: Partial<Draft>) => { setBad(''); write({ ...d, ...v }); };
  const drop = () => { setWas(undefined); write(start); };
  const stored = (e: Entry) => { client.setQueryData(['knowledge', 'entry', e.base, e.id], e); void client.invalidateQueries({ queryKey: ['knowledge', 'entries'] }); void client.invalidateQueries({ queryKey: ['knowledge', 'bases'] }); };
  const save = useMutation({
    mutationFn: async (state: State) => {
      const e = await put<Entry>(at(d.base.trim(), id), { ...body({ ...d, state }, old), ...(partner ? { pair: partner.id } : {}) });
      if (partner) await put(at(partner.base, partner.id), paired(partner, e.id));
      return e;
    },
    onSuccess: e => { keep(name, null); stored(e); void message.success(e.state === 'published' ? t.saved : t.savedDraft); if (!old) go(here(e.base, e.id), { replace: true }); },
  });
  const send = (state: State) => {
    if (!d.question.trim() || !d.answer.trim() || !d.base.trim()) return setBad(t.needed);
    if (backwards(d)) return setBad(t.backwards);
    save.mutate(state);
  };
  const remove = () => modal.confirm({ title: t.removeSure, okText: t.remove, cancelText: t.cancel, okButtonProps: { danger: true }, onOk: () => del(at(old!.base, old!.id)).then(() => { keep(name, null); void client.invalidateQueries({ queryKey: ['knowledge'] }); go('/knowledge'); }, (err: unknown) => { const x = explain(err, p); void message.error(`${x.title}. ${x.why}`, 6); }) });
  useKeys(t.title, [{ keys: ['Escape'], what: t.k.back, run: () => { if (changed(d, start)) return false; go('/knowledge'); } }, { keys: ['s'], what: t.k.save, run: () => send(d.state) }]);
  const full = !!d.question.trim() && !!d.answer.trim() && !!d.base.trim();
  const tried = () => { const b = body(d, old); return { question: b.question, answer: b.answer, similar: b.similar, lang: b.lang, audience: b.audience, from: b.from, until: b.until, state: d.state === 'expired' || (old?.state === 'published' && d.state !== 'published') ? d.state : 'published' }; };
  const stale = save.error instanceof Problem && save.error.status === 409, why = save.error && !(save.error instanceof Problem && save.error.status === 401) ? explain(save.error, p) : null; // who is not signed in any more is asked to, and saves again
  return (
    <div className="know-edit">
    <form className="know-form" onSubmit={e => { e.preventDefault(); send(d.state); }}>
      {old?.pair?.stale && <Alert type="warning" showIcon title={t.pairStale} action={<Link href={here(old.base, old.pair.id)}>{t.pair}</Link>} />}
      {was && <Again old={old} was={was} drop={drop} />}
      {bad && <Alert type="error" showIcon title={bad} />}
      {why && <Alert type="error" showIcon title={stale ? t.stale : why.title} description={stale ? undefined : why.why} action={stale ? <Button size="small" onClick={reload}>{t.reload}</Button> : undefined} />}
      <label className="wide">{t.question}<input className="field" value={d.question} maxLength={500} lang={speech(d.lang)} dir="auto" autoFocus={!old} onChange={e => set({ question: e.target.value, ...(old || partner ? {} : { lang: language(e.target.value) }) })} /></label>
      <label className="wide">{t.answer}<textarea className="field" rows={5} value={d.answer} maxLength={6000} lang={speech(d.lang)} dir="auto" onChange={e => set({ answer: e.target.value })} /></label>
      <label className="wide">{t.similar}<textarea className="field" rows={4} value={d.similar} lang={speech(d.lang)} dir="auto" onChange={e => set({ similar: e.target.value })} /></label>
      <div className="know-grid">
        <label>{t.base}<input className="field" list="know-bases" value={d.base} maxLength={64} disabled={!!old} onChange={e => set({ base: e.target.value })} /><datalist id="know-bases">{(bases.data?.items ?? []).map(b => <option key={b.name} value={b.name} />)}</datalist></label>
        <label>{t.lang}<select className="field" value={d.lang} onChange={e => set({ lang: e.target.value })}>{Object.entries(t.langs).map(([v, n]) => <option key={v} value={v}>{n}</option>)}</select></label>
        <label>{t.audience}<select className="field" value={d.audience} onChange={e => set({ audience: e.target.value as Audience })}>{Object.entries(t.audiences).map(([v, n]) => <option key={v} value={v}>{n}</option>)}</select></label>
        <label>{t.state}<select className="field" value={d.state} onChange={e => set({ state: e.target.value as State })}>{states.map(v => <option key={v} value={v}>{t.states[v]}</option>)}</select></label>
        <label>{t.from}<input className="field" type="datetime-local" value={d.from} onChange={e => set({ from: e.target.value })} /></label>
        <label>{t.until}<input className="field" type="datetime-local" value={d.until} onChange={e => set({ until: e.target.value })} /></label>
        <label>{t.category}<input className="field" value={d.category} maxLength={200} onChange={e => set({ category: e.target.value })} /></label>
        <label>{t.queues}<input className="field" value={d.queues} placeholder={t.queuesHint} onChange={e => set({ queues: e.target.value })} /></label>
      </div>
      <p className="know-foot"><Button type="primary" htmlType="submit" loading={save.isPending}>{t.save}</Button>{(!old || old.state === 'draft' || old.state === 'review') && <Button loading={save.isPending} onClick={() => { set({ state: 'published' }); send('published'); }}>{t.publish}</Button>}{changed(d, start) && <span className="tag warn">{t.unsaved}</span>}<span className="grow" />{old && <Button danger type="text" onClick={remove}>{t.remove}</Button>}</p>
      {old && <Versions e={old} done={stored} />}
    </form>
    <aside className="know-aside" aria-label={t.beside}>
      {old && <Returned e={old} />}
      <WhatIf base={d.base.trim() || 'x'} id={id} ready={full} entry={tried} />
      <Listen base={d.base.trim()} id={id} text={d.answer} lang={d.lang} />
      {old && <Worth base={old.base} id={old.id} />}
      {partner && <Partner e={partner} />}
      {old && (old.pair ? <Other e={old} /> : <Alone e={old} />)}
    </aside>
    </div>
  );
}

export function Edit({ base, id }: { base: string; id: string }) {
  const t = useWords(w), entry = useQuery({ queryKey: ['knowledge', 'entry', base, id], queryFn: () => get<Entry>(at(base, id)), refetchOnWindowFocus: false }), [n, setN] = useState(0);
  const add = lines(new URLSearchParams(useSearch()).get('add') ?? '');
  const reload = () => void entry.refetch().then(() => setN(x => x + 1));
  return <><p><Link href="/knowledge">‹ {t.back}</Link></p><Load of={entry}>{e => <Form key={`${e.version}/${n}`} old={e} start={draftOf(e)} add={n === 0 ? add : undefined} reload={reload} />}</Load></>;
}

// Second is a new entry in the other language of one that is there.
function Second({ base, pair, lang }: { base: string; pair: string; lang: string }) {
  const first = useQuery({ queryKey: ['knowledge', 'entry', base, pair], queryFn: () => get<Entry>(at(base, pair)), refetchOnWindowFocus: false });
  return <Load of={first}>{e => <Form key={e.id} partner={e} start={draftOf({ base, lang, audience: e.audience, category: e.category, queues: e.queues, from: e.from, until: e.until })} reload={() => {}} />}</Load>;
}

export function New() {
  const t = useWords(w), q = new URLSearchParams(useSearch()), question = q.get('q') ?? '', base = q.get('base') ?? '', pair = q.get('pair');
  return <><p><Link href="/knowledge">‹ {t.back}</Link></p>{pair ? <Second base={base} pair={pair} lang={q.get('lang') ?? 'en'} /> : <Form start={draftOf({ base, question, lang: language(question) })} reload={() => {}} />}</>;
}
