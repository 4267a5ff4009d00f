// What became of the calls, what was asked and not answered, and why people called again.
import { Link } from 'wouter';
import { speech, useWords } from '../parts/i18n';
import n, { intentName } from '../parts/namewords';
import { number } from '../parts/time';
import { useMay } from '../shell/session';
import { Machine, Sure } from './Figures';
import { place, write, type Outcome, type View } from './model';
import w from './words';

export function Outcomes({ v }: { v: View }) {
  const t = useWords(w), told = v.outcomes.filter(o => o.id !== 'cannot_tell');
  return (
    <section className="in-part" aria-labelledby="in-outcomes">
      <header><h2 id="in-outcomes">{t.outcomes}</h2><Machine /></header>
      <div className="in-stack" aria-hidden="true">{told.map(o => (o.share.value ?? 0) > 0 && <span key={o.id} className={o.id} style={{ width: `${(o.share.value ?? 0) * 100}%` }} />)}</div>
      <ul className="in-outcomes">{v.outcomes.map(o => (
        <li key={o.id}><span className={`in-dot ${o.id}`} aria-hidden="true" /><Link href={`/insights/calls?${o.calls_query}`}>{t.outcome[o.id]}</Link><span className="num">{number(o.n)}</span><strong className="num">{write(o.share.value, 'share', t.none)}</strong><Sure v={o.share} />{o.before && o.before.value !== null && <span className="faint num">{t.before(write(o.before.value, 'share', t.none))} {t.n(number(o.before.n))}</span>}{o.judged > 0 && <span className="faint">{t.judged(o.judged)}</span>}</li>
      ))}</ul>
      <p className="faint">{t.ofTold}</p>
    </section>
  );
}

export function Blind({ v }: { v: View }) {
  const t = useWords(w), know = useMay('knowledge'), judge = useMay('quality');
  return (
    <section className="in-part" aria-labelledby="in-blind">
      <header><h2 id="in-blind">{t.blind}</h2><Machine />{know && <Link href="/knowledge/gaps">{t.writeAnswer}</Link>}</header>
      {v.blind_spots.length === 0 ? <p className="soft">{t.noBlind}</p> : <ul className="in-spots">{v.blind_spots.slice(0, 12).map(s => (
        <li key={s.id}><p lang={speech(s.lang)} dir="auto">“{s.examples?.[0] ? <Link href={place(judge, s.examples[0])}>{s.question}</Link> : s.question}”</p><p><Link href={`/insights/calls?${s.calls_query}`} aria-label={`${s.question}: ${t.callsN(s.n)}`}>{t.callsN(s.n)}</Link> <span className="faint">· {t.callersN(s.callers)}</span></p></li>
      ))}</ul>}
    </section>
  );
}

export function Repeats({ v }: { v: View }) {
  const t = useWords(w), nt = useWords(n), order: Outcome[] = ['resolved_bot', 'resolved_person', 'promised', 'open', 'cannot_tell'];
  return (
    <section className="in-part" aria-labelledby="in-repeats">
      <header><h2 id="in-repeats">{t.repeats(v.repeat_days)}</h2></header>
      {v.repeats.length === 0 ? <p className="soft">{t.noRepeats}</p> : (
        <div className="table-box" tabIndex={0} role="group" aria-label={t.repeats(v.repeat_days)}><table className="table in-table">
          <thead><tr><th scope="col">{t.reason}</th><th scope="col" className="num">{t.calls}</th><th scope="col" className="num">{t.share}</th><th scope="col" className="num">{t.same}</th><th scope="col">{t.after}</th></tr></thead>
          <tbody>{v.repeats.slice(0, 12).map(r => (
            <tr key={r.key}><th scope="row" dir="auto">{(r.key.startsWith('intent:') ? intentName(nt, r.name) : r.name) || t.unknownReason}</th><td className="num"><Link href={`/insights/calls?${r.calls_query}`} aria-label={`${(r.key.startsWith('intent:') ? intentName(nt, r.name) : r.name) || t.unknownReason}: ${number(r.n)}`}>{number(r.n)}</Link> <span className="faint">{t.callersN(r.callers)}</span></td><td className="num">{write(r.share.value, 'share', t.none)} <Sure v={r.share} /></td><td className="num">{number(r.same)}</td>
              <td>{order.filter(o => r.after[o]).map(o => <span className="tag" key={o}>{t.outcome[o]} {number(r.after[o]!)}</span>)}</td></tr>
          ))}</tbody>
        </table></div>
      )}
    </section>
  );
}
