// What comes into force and what ends, month by month.
import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { get, query } from '../parts/api';
import { locale, useLang, useWords } from '../parts/i18n';
import { useKeys } from '../parts/keys';
import { Load } from '../parts/states';
import { when } from '../parts/time';
import { StateTag, Text } from './bits';
import { PickBase } from './bases';
import { here, sameDay, weeks, type Dated } from './model';
import w from './words';

const monthOf = (v: string | null) => { const m = /^(\d{4})-(\d\d)$/.exec(v ?? ''), now = new Date(); return m ? new Date(Number(m[1]), Number(m[2]) - 1, 1) : new Date(now.getFullYear(), now.getMonth(), 1); };
const monthKey = (d: Date) => `${d.getFullYear()}-${String(d.getMonth() + 1).padStart(2, '0')}`;

export const useCalendar = (base: string, from: Date, to: Date) => useQuery({ queryKey: ['knowledge', 'calendar', base, from.getTime(), to.getTime()], queryFn: () => get<{ items: Dated[] | null }>(query('/api/knowledge/calendar', { base, from: from.toISOString(), to: to.toISOString() })), placeholderData: old => old });

function Item({ x }: { x: Dated }) {
  const t = useWords(w);
  return <li><span className={`tag ${x.what === 'ends' ? 'warn' : 'good'}`}>{x.past ? t.pastWhat[x.what] : t.what[x.what]}</span><span className="num soft">{when(x.at)}</span><Link href={here(x.base, x.id)}><Text lang={x.lang}>{x.question}</Text></Link><span className="know-foot"><span>{x.base}</span><StateTag state={x.state} /></span></li>;
}

export function Calendar() {
  const t = useWords(w), lang = useLang(), [, go] = useLocation(), q = new URLSearchParams(useSearch()), base = q.get('base') ?? '', month = monthOf(q.get('month')), grid = weeks(month.getFullYear(), month.getMonth()), today = new Date(), [day, setDay] = useState<Date>();
  const set = (d: Date, b = base) => { setDay(undefined); go(query('/knowledge/calendar', { base: b, month: monthKey(d) === monthKey(today) ? undefined : monthKey(d) }), { replace: true }); };
  const turn = (n: number) => set(new Date(month.getFullYear(), month.getMonth() + n, 1));
  const end = grid.at(-1)!.at(-1)!, list = useCalendar(base, grid[0]![0]!, new Date(end.getFullYear(), end.getMonth(), end.getDate() + 1));
  useKeys(t.tabs.calendar, [{ keys: ['ArrowLeft', 'ArrowRight'], what: t.k.month, run: e => turn(e.key === 'ArrowLeft' ? -1 : 1) }, { keys: ['t'], what: t.thisMonth, run: () => set(today) }]);
  const at = locale(), name = new Intl.DateTimeFormat(at, { month: 'long', year: 'numeric' }).format(month), dayName = new Intl.DateTimeFormat(at, { weekday: 'short' }), full = new Intl.DateTimeFormat(at, { dateStyle: 'full' });
  return (
    <>
      <p className="soft know-lead">{t.calendarWhy}</p>
      <div className="know-do"><PickBase value={base} change={b => set(month, b)} /><span className="grow" /><span className="know-months"><Button aria-label={t.monthBefore} title={t.monthBefore} onClick={() => turn(-1)}>‹</Button><Button onClick={() => set(today)} disabled={monthKey(month) === monthKey(today)}>{t.thisMonth}</Button><Button aria-label={t.monthAfter} title={t.monthAfter} onClick={() => turn(1)}>›</Button></span></div>
      <Load of={list}>{d => {
        const all = (d.items ?? []).map(x => ({ ...x, d: new Date(x.at) })), here2 = all.filter(x => x.d.getMonth() === month.getMonth() && x.d.getFullYear() === month.getFullYear()), shown = day ? all.filter(x => sameDay(x.d, day)) : here2;
        const ends = here2.filter(x => x.what === 'ends').length, begins = here2.length - ends;
        return (
          <div className="know-cal">
            <section aria-labelledby="know-month">
              <h2 id="know-month" lang={lang === 'zh' ? 'zh-Hans' : undefined}>{name}</h2>
              <p className={ends ? '' : 'soft'} role="status">{here2.length === 0 ? t.quietMonth : t.monthSays(ends, begins)}</p>
              <table className="know-days"><thead><tr>{grid[0]!.map(x => <th key={x.getDay()} scope="col">{dayName.format(x)}</th>)}</tr></thead>
                <tbody>{grid.map(week => <tr key={week[0]!.getTime()}>{week.map(x => {
                  const mine = all.filter(y => sameDay(y.d, x)), e = mine.filter(y => y.what === 'ends').length, b = mine.length - e, outside = x.getMonth() !== month.getMonth();
                  return <td key={x.getTime()} className={`${outside ? 'outside' : ''}${sameDay(x, today) ? ' today' : ''}`} aria-current={sameDay(x, today) ? 'date' : undefined}>{mine.length === 0 ? <span className="num">{x.getDate()}</span> : (
                    <button type="button" aria-pressed={!!day && sameDay(day, x)} title={full.format(x)} onClick={() => setDay(day && sameDay(day, x) ? undefined : x)}><span className="num">{x.getDate()}</span>{e > 0 && <span className="know-dot ends">{t.endsN(e)}</span>}{b > 0 && <span className="know-dot begins">{t.beginsN(b)}</span>}</button>
                  )}</td>;
                })}</tr>)}</tbody></table>
            </section>
            <section aria-labelledby="know-listed"><h2 id="know-listed">{day ? full.format(day) : t.inMonth}</h2>{day && <p><Button size="small" onClick={() => setDay(undefined)}>{t.wholeMonth}</Button></p>}
              {shown.length === 0 ? <p className="faint">{t.nothingDated}</p> : <ul className="know-dated">{shown.map(x => <Item key={`${x.base}${x.id}${x.what}`} x={x} />)}</ul>}</section>
          </div>
        );
      }}</Load>
    </>
  );
}
