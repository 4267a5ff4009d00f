// How well each queue is served, against its own target.
import { useWords } from '../parts/i18n';
import { clock, number, percent } from '../parts/time';
import type { Level } from './model';
import w from './words';

export function Levels({ all }: { all: Level[] }) {
  const t = useWords(w);
  if (all.length === 0) return null;
  return (
    <><h2>{t.queues} <span className="count">{all.length}</span></h2>
      <table className="live-levels"><thead><tr>{Object.values(t.levelCol).map(c => <th key={c} scope="col">{c}</th>)}</tr></thead>
        <tbody>{all.map(q => { const low = q.level !== null && q.target > 0 && q.level < q.target; return (
          <tr key={q.queue}><th scope="row" dir="auto">{q.queue}{!q.open && <span className="tag"> {t.closed}</span>}</th>
            <td className="num" title={t.levelWhat(clock(q.within_s))}>{q.level === null ? <span className="faint">{t.noneYet}</span> : percent(q.level)}{low && <span className="tag warn"> ▼ {t.below}</span>}</td>
            <td className="num faint">{q.target > 0 ? <><span className="keep">{percent(q.target)}</span> · {clock(q.within_s)}</> : clock(q.within_s)}</td>
            <td className="num keep">{number(q.waiting)}{q.waiting > 0 && ` · ${clock(q.longest_wait_s)}`}</td><td className="num keep">{t.ofStaff(q.ready, q.staff)}</td></tr>
        ); })}</tbody></table></>
  );
}
