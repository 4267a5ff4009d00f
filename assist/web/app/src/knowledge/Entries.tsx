import { useInfiniteQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { address, get, query } from '../parts/api';
import { useComposing } from '../parts/composing';
import { named, speech, useWords } from '../parts/i18n';
import { useKeys } from '../parts/keys';
import { Empty, Load } from '../parts/states';
import { when } from '../parts/time';
import { PickBase, useUses } from './bases';
import { Funnel, StateTag } from './bits';
import { here, soon, states, type Entry } from './model';
import { Today } from './Today';
import w from './words';

interface Page { items: Entry[] | null; total: number; next?: string }

export function Entries() {
  const t = useWords(w), [, go] = useLocation(), q = new URLSearchParams(useSearch()), box = useRef<HTMLInputElement>(null);
  const filter = { base: q.get('base') ?? '', q: q.get('q') ?? '', state: q.get('state') ?? '', lang: q.get('lang') ?? '', audience: q.get('audience') ?? '' };
  const set = (v: Partial<typeof filter>) => go(query('/knowledge', { ...filter, ...v }), { replace: true });
  const [text, setText] = useState(filter.q), [shown, setShown] = useState(filter.q), { composing, field } = useComposing();
  if (shown !== filter.q) { setShown(filter.q); setText(filter.q); }
  useEffect(() => {
    if (composing || text.trim() === filter.q) return;
    const timer = setTimeout(() => set({ q: text.trim() }), 250);
    return () => clearTimeout(timer);
  });
  const list = useInfiniteQuery({ queryKey: ['knowledge', 'entries', filter], initialPageParam: '', queryFn: ({ pageParam }) => get<Page>(query('/api/knowledge/entries', { ...filter, cursor: pageParam })), getNextPageParam: last => last.next || undefined });
  const uses = useUses(filter.base), used = new Map((uses.data?.items ?? []).map(u => [`${u.base}/${u.id}`, u]));
  const step = (d: number) => { const all = [...document.querySelectorAll<HTMLElement>('.know-list a')], i = all.indexOf(document.activeElement as HTMLElement); all[Math.max(0, Math.min(all.length - 1, i < 0 ? 0 : i + d))]?.focus(); };
  const fresh = () => go(query('/knowledge/new', { base: filter.base }));
  useKeys(t.title, [{ keys: ['/'], what: t.k.search, run: () => { box.current?.focus(); box.current?.select(); } }, { keys: ['n'], what: t.k.new, run: fresh }, { keys: ['j', 'k'], what: t.k.next, run: e => step(e.key === 'j' ? 1 : -1) }]);
  const pick = (label: string, key: 'state' | 'lang' | 'audience', options: Record<string, string>) => <label>{label} <select className="field" value={filter[key]} onChange={e => set({ [key]: e.target.value })}><option value="">{t.all}</option>{Object.entries(options).map(([v, n]) => <option key={v} value={v}>{n}</option>)}</select></label>;
  const filtered = Object.values(filter).some(Boolean);
  return (
    <>
      {!Object.entries(filter).some(([k, v]) => v && k !== 'base') && !!list.data?.pages[0]?.total && <Today base={filter.base} />}
      <div className="know-do"><input ref={box} {...field} className="field know-find" type="search" aria-label={t.find} placeholder={t.find} value={text} onChange={e => setText(e.target.value)} /><PickBase value={filter.base} change={base => set({ base })} />{pick(t.state, 'state', Object.fromEntries(states.map(s => [s, t.states[s]])))}{pick(t.lang, 'lang', t.langs)}{pick(t.audience, 'audience', t.audiences)}<span className="grow" /><Button href={address(query('/api/knowledge/export', { base: filter.base }))} download="knowledge.jsonl">{t.exportAll}</Button><Button type="primary" onClick={fresh}>{t.add}</Button></div>
      <Load of={list}>{d => { const all = d.pages.flatMap(p => p.items ?? []); return all.length === 0 ? (filtered ? <Empty title={t.noneTitle} action={<Button onClick={() => go('/knowledge')}>{t.clear}</Button>} /> : <Empty title={t.emptyTitle} action={<Button type="primary" onClick={() => go('/knowledge/import')}>{t.tabs.import}</Button>}>{t.emptyWhy}</Empty>) : (
        <><p className="faint">{t.count(d.pages[0]!.total)}{uses.data && ` · ${t.usesOf}`}</p>
          <ul className="know-list">{all.map(e => (
            <li key={`${e.base}/${e.id}`}><Link href={here(e.base, e.id)}>
              <span className="know-q" lang={speech(e.lang)} dir="auto">{e.question}</span><span className="know-a soft" lang={speech(e.lang)} dir="auto">{e.answer}</span>
              <span className="know-foot"><StateTag state={e.state} /><span>{e.base}</span><span>{named(t.langs, e.lang)}</span>{e.audience === 'agent' && <span>{t.audiences.agent}</span>}{soon(e.until, 31) && <span className="tag warn">{t.endsAt(when(e.until))}</span>}{soon(e.from, 366) && <span className="tag">{t.beginsAt(when(e.from))}</span>}{e.pair?.stale && <span className="tag warn" title={t.pairStale}>{t.pairNewer}</span>}<span>{when(e.updated)}{e.by && ` · ${e.by}`}</span><span className="grow" />{used.get(`${e.base}/${e.id}`) && <Funnel use={used.get(`${e.base}/${e.id}`)!} />}</span>
            </Link></li>
          ))}</ul>{list.hasNextPage && <Button onClick={() => void list.fetchNextPage()} loading={list.isFetchingNextPage}>{t.more}</Button>}</>
      ); }}</Load>
    </>
  );
}
