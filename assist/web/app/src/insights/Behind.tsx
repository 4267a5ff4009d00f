// The calls behind a figure, a topic, an outcome or a blind spot.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { Link, useLocation, useSearch } from 'wouter';
import { get, query } from '../parts/api';
import { speech, useWords } from '../parts/i18n';
import { useKeys } from '../parts/keys';
import { Failed, Skeleton } from '../parts/states';
import { clock, when } from '../parts/time';
import { useMay } from '../shell/session';
import { useFigureName } from './Figures';
import { place, write, type Behind as Page, type Row, type Unit, type View } from './model';
import w from './words';

function Line({ r, unit }: { r: Row; unit: Unit | '' }) {
  const t = useWords(w), judge = useMay('quality');
  return (
    <tr>
      <td data-k={t.col.at}><span><Link href={`/calls/${r.call}`}>{when(r.at)}</Link>{r.follows && <Link href={`/calls/${r.follows}`} className="in-follows" title={t.follows} aria-label={t.follows}>↩</Link>}</span></td>
      <td data-k={t.col.queue}>{r.queue || '—'}</td><td data-k={t.col.with}>{r.agent || t.nobody}</td><td dir="auto" data-k={t.col.topic}>{r.topic || <span className="faint">—</span>}</td>
      <td lang={speech(r.lang)} dir="auto" data-k={t.col.reason}>{r.reason && r.turn ? <Link href={place(judge, r)}>{r.reason}</Link> : r.reason}</td><td data-k={t.col.outcome}><span>{t.outcome[r.outcome]}{r.judged && <span className="faint"> · {t.byPerson}</span>}</span></td><td className="num" data-k={t.col.length}>{clock(r.length_s)}</td>
      {unit && <td className="num" data-k={t.col.value}>{r.value === null ? <span className="faint">{t.whichs.unknown}</span> : unit === 'share' && (r.value === 0 || r.value === 1) ? (r.value ? t.whichs.yes : t.whichs.no) : write(r.value, unit, t.none)}</td>}
    </tr>
  );
}

export function Behind() {
  const t = useWords(w), search = useSearch(), q = new URLSearchParams(search), [path, go] = useLocation(), name = useFigureName();
  const asked = Object.fromEntries(q.entries()), id = asked.figure ?? '';
  const span = { from: asked.from ?? '', to: asked.to ?? '', queue: asked.queue ?? '' };
  const view = useQuery({ queryKey: ['insights', span, 'names'], queryFn: () => get<View>(query('/api/insights', { ...span, compare: 'none' })), enabled: !!id }), f = view.data?.figures.find(x => x.id === id);
  const pages = useInfiniteQuery({
    queryKey: ['insights-calls', search], queryFn: p => get<Page>(`/api/insights/calls?${search}${p.pageParam ? `&cursor=${p.pageParam}` : ''}`, { signal: p.signal }),
    initialPageParam: 0, getNextPageParam: last => last.next || undefined,
  });
  const back = `/insights?${new URLSearchParams(Object.entries(span).filter(([, v]) => v))}`;
  useKeys(t.title, [{ keys: ['Escape'], what: t.k.back, run: () => go(back) }]);
  const items = pages.data?.pages.flatMap(p => p.items ?? []) ?? [], total = pages.data?.pages[0]?.total ?? 0;
  const which = (v: string) => { const next = new URLSearchParams(q); if (v === 'all') next.delete('value'); else next.set('value', v); return `${path}?${next}`; };
  return (
    <div className="page insights">
      <header><Link href={back} className="back-link">← {t.back}</Link><h1>{f ? t.behindOf(name(f)) : t.behind}</h1>{pages.data && <span className="soft">{t.total(total)}</span>}</header>
      {f && f.unit === 'share' && <nav className="in-which" aria-label={t.which}>{(['all', 'yes', 'no', 'unknown'] as const).map(v => <Link key={v} href={which(v)} aria-current={(asked.value || 'all') === v ? 'page' : undefined}>{t.whichs[v]}</Link>)}</nav>}
      {!pages.data ? (pages.error ? <Failed error={pages.error} retry={() => void pages.refetch()} /> : <Skeleton />) : items.length === 0 ? <p className="soft">{t.noCalls}</p> : <>
        <div className="table-box" tabIndex={0} role="region" aria-label={t.behind}><table className="table stack in-table in-calls"><thead><tr>{Object.entries(t.col).map(([k, c]) => (k !== 'value' || f) && <th scope="col" key={k} className={k === 'length' || k === 'value' ? 'num' : undefined}>{c}</th>)}</tr></thead><tbody>{items.map(r => <Line key={r.call} r={r} unit={f?.unit ?? ''} />)}</tbody></table></div>
        {pages.hasNextPage && <Button type="text" block loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>{t.loadMore}</Button>}
      </>}
    </div>
  );
}
