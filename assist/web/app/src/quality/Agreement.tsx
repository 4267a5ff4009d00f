// How often people answered as the machine had: wherever somebody answered or went through a call.
import { useQuery } from '@tanstack/react-query';
import { get } from '../parts/api';
import { useLang, useWords } from '../parts/i18n';
import { Load } from '../parts/states';
import { number } from '../parts/time';
import kw from './calibratewords';
import type { Checked, Concord } from './model';
import w from './words';

// Share is agreement as a cell of a table: percent and kappa with their intervals, and of how many answers.
export function Share({ c }: { c: Concord }) {
  const t = useWords(w), range = (x: { low: number; high: number } | null, digits: number) => (x ? `${number(x.low, digits)}–${number(x.high, digits)}` : '');
  return <td className="num" title={t.nItems(c.items)}>{c.items === 0 ? '—' : <>{number(c.percent)} % <span className="faint">{range(c.percent_range, 0)}</span> · κ {c.kappa === null ? '—' : number(c.kappa, 2)} <span className="faint">{range(c.kappa_range, 2)}</span> <span className="faint">n {c.items}</span></>}</td>;
}

export function Agreement() {
  const t = useWords(w), k = useWords(kw), zh = useLang() === 'zh';
  const all = useQuery({ queryKey: ['quality-agreement'], queryFn: () => get<{ items: (Checked & { text_en?: string; text_zh?: string })[] | null }>('/api/quality/agreement') });
  return <section className="gap-top">
    <h2>{k.agreement}</h2><p className="soft">{k.agreementWhat}</p>
    <Load of={all}>{d => ((d.items ?? []).length === 0 ? <p className="soft">{k.noAgreement}</p> : <div className="table-box" tabIndex={0} role="region" aria-label={k.agreement}><table className="table q-table"><thead><tr><th>{t.col.form}</th><th>{t.question}</th><th>{t.machine}</th><th title={t.untoldWhat}>{t.untold}</th></tr></thead>
      <tbody>{(d.items ?? []).map(x => <tr key={`${x.form} ${x.question}`} className={x.question ? undefined : 'total'}><td>{x.form}</td><td>{x.question ? (zh ? x.text_zh || x.text_en : x.text_en || x.text_zh) || x.question : t.allQuestions}</td><Share c={x.agreement} /><td className="num">{x.untold || ''}</td></tr>)}</tbody></table></div>)}</Load>
  </section>;
}
