// How often people answered as the machine had: wherever somebody answered or went through a call.
import { useLang, useWords } from '../parts/i18n';
import { More, usePages } from '../parts/pages';
import { Load } from '../parts/states';
import { number } from '../parts/time';
import kw from './calibratewords';
import { between, type Checked, type Concord } from './model';
import w from './words';

// Share is agreement as a cell of a table: percent and kappa with their intervals, and of how many answers.
export function Share({ c }: { c: Concord }) {
  const t = useWords(w);
  return <td className="num" title={t.nItems(c.items)}>{c.items === 0 ? '—' : <>{number(c.percent)} % <span className="faint">{between(c.percent_range)}</span> · κ {c.kappa === null ? '—' : number(c.kappa, 2)} <span className="faint">{between(c.kappa_range, 2)}</span> <span className="faint">n {c.items}</span></>}</td>;
}

type Line = Checked & { text_en?: string; text_zh?: string };

export function Agreement() {
  const t = useWords(w), k = useWords(kw), zh = useLang() === 'zh';
  const all = usePages<Line>(['quality-agreement'], '/api/quality/agreement');
  return <section className="gap-top">
    <h2>{k.agreement}</h2><p className="soft">{k.agreementWhat}</p>
    <Load of={all}>{items => (items.length === 0 ? <p className="soft">{k.noAgreement}</p> : <><div className="table-box" tabIndex={0} role="region" aria-label={k.agreement}><table className="table q-table"><thead><tr><th>{t.col.form}</th><th>{t.question}</th><th>{t.machine}</th><th title={t.untoldWhat}>{t.untold}</th></tr></thead>
      <tbody>{items.map(x => <tr key={`${x.form} ${x.question}`} className={x.question ? undefined : 'total'}><td>{x.form}</td><td>{x.question ? (zh ? x.text_zh || x.text_en : x.text_en || x.text_zh) || x.question : t.allQuestions}</td><Share c={x.agreement} /><td className="num">{x.untold || ''}</td></tr>)}</tbody></table></div>
      <More of={all} label={k.moreQuestions} /></>)}</Load>
  </section>;
}
