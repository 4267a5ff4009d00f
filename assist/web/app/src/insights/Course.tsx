// A figure by day, queue, agent, intent or topic: with its interval, as a chart and as a table.
import { Select } from 'antd';
import { Link } from 'wouter';
import { useWords } from '../parts/i18n';
import n, { intentName } from '../parts/namewords';
import { number } from '../parts/time';
import { useFigureName } from './Figures';
import { between, scale, write, type By, type Figure, type Group, type View } from './model';
import w from './words';

export const groupings: By[] = ['day', 'queue', 'agent', 'intent', 'topic'];

const dayName = (iso: string) => iso.slice(5).replace('-', '/');

// Days draws the figure of each day with its interval.
function Days({ groups, f }: { groups: Group[]; f: Figure }) {
  const t = useWords(w), name = useFigureName()(f), width = 720, height = 200, left = 54, bottom = 22, top = 8;
  const values = groups.map(g => g.figures[f.id]), most = scale(values.flatMap(v => [v?.value, v?.high]), f.unit);
  const x = (i: number) => left + (groups.length > 1 ? (i * (width - left - 12)) / (groups.length - 1) : (width - left) / 2);
  const y = (v: number) => top + (1 - Math.min(v, most) / most) * (height - top - bottom);
  const runs: string[][] = [[]];
  values.forEach((v, i) => { if (v?.value === null || v === undefined) { if (runs.at(-1)!.length) runs.push([]); } else runs.at(-1)!.push(`${x(i).toFixed(1)},${y(v.value).toFixed(1)}`); });
  if (values.every(v => !v || v.value === null)) return <p className="soft">{t.noValue}</p>;
  const every = Math.ceil(groups.length / 10), ticks = [0, 0.5, 1].map(s => s * most);
  return (
    <svg className="in-chart" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`${name}, ${t.bys.day}`}>
      {ticks.map(v => <g key={v}><path d={`M${left} ${y(v)}H${width - 8}`} className="grid" /><text x={left - 6} y={y(v) + 4} textAnchor="end">{write(v, f.unit, '', f.currency)}</text></g>)}
      {values.map((v, i) => v && v.low !== null && v.high !== null && <path key={groups[i]!.key} d={`M${x(i)} ${y(v.low)}V${y(v.high)}`} className="range" />)}
      {runs.filter(r => r.length > 1).map(r => <polyline key={r[0]} points={r.join(' ')} fill="none" />)}
      {values.map((v, i) => v && v.value !== null && <circle key={groups[i]!.key} cx={x(i)} cy={y(v.value)} r="3"><title>{`${groups[i]!.key}: ${write(v.value, f.unit, t.none, f.currency)} ${between(v, f.unit, f.currency)} ${t.n(number(v.n))}`}</title></circle>)}
      {groups.map((g, i) => i % every === 0 && <text key={g.key} x={x(i)} y={height - 5} textAnchor="middle">{dayName(g.key)}</text>)}
    </svg>
  );
}

export function useGroupName(by: By) {
  const t = useWords(w), nt = useWords(n);
  return (g: Group) => (by === 'intent' ? intentName(nt, g.name) : g.name) || (by === 'agent' ? t.nobody : by === 'intent' ? t.noIntent : by === 'topic' ? t.noTopic : t.noName);
}

function Table({ groups, f, by }: { groups: Group[]; f: Figure; by: By }) {
  const t = useWords(w), name = useGroupName(by), most = scale(groups.map(g => g.figures[f.id]?.value), f.unit);
  return (
    <div className="table-box" tabIndex={0} role="group" aria-label={t.table}><table className="table in-table">
      <thead><tr><th scope="col">{by === 'day' ? t.bys.day : t.bys[by]}</th><th scope="col" className="num">{t.calls}</th><th scope="col" className="num">{t.value}</th><th scope="col"><span className="sr">{t.value}</span></th><th scope="col">{t.range}</th><th scope="col" className="num">n</th></tr></thead>
      <tbody>{groups.map(g => { const v = g.figures[f.id]; return (
        <tr key={g.key}><th scope="row" dir="auto">{name(g)}</th><td className="num"><Link href={`/insights/calls?${g.calls_query}`} aria-label={`${name(g)}: ${number(g.calls)}`}>{number(g.calls)}</Link></td>
          <td className="num"><strong>{write(v?.value, f.unit, t.none, f.currency)}</strong></td><td className="in-bar"><span style={{ width: `${Math.round(((v?.value ?? 0) / most) * 100)}%` }} /></td><td className="faint">{v && between(v, f.unit, f.currency)}</td><td className="num faint">{number(v?.n ?? 0)}</td></tr>
      ); })}</tbody>
    </table></div>
  );
}

export function Course({ v, figure, set }: { v: View; figure: string; set(p: Record<string, string>): void }) {
  const t = useWords(w), name = useFigureName(), f = v.figures.find(x => x.id === figure) ?? v.figures[1] ?? v.figures[0];
  if (!f) return null;
  return (
    <section className="in-part" aria-labelledby="in-course">
      <header><h2 id="in-course">{t.course}</h2>
        <Select aria-label={t.show} value={f.id} onChange={id => set({ figure: id })} options={v.figures.filter(x => x.id !== 'saved').map(x => ({ value: x.id, label: name(x) }))} popupMatchSelectWidth={false} />
        <div className="in-by" role="group" aria-label={t.by}>{groupings.map(b => <button type="button" key={b} aria-pressed={v.by === b} onClick={() => set({ by: b })}>{t.bys[b]}</button>)}</div>
      </header>
      {v.by === 'day' ? <><Days groups={v.series} f={f} /><details><summary>{t.table}</summary><Table groups={v.series} f={f} by="day" /></details></> : <Table groups={v.series} f={f} by={v.by} />}
    </section>
  );
}
