// A reply's marks on the wire clock: zero is the caller's last voiced packet, the right edge is the scale of the call.
import { named, useWords } from '../parts/i18n';
import n from '../parts/namewords';
import { ms } from '../parts/time';
import { gapOf, type Fall } from './talk';
import w from './words';

type Name = keyof (typeof w)['en']['mark'];

export function Waterfall({ fall, scale }: { fall: Fall; scale: number }) {
  const t = useWords(w), nt = useWords(n), zero = fall.last_voice_s ?? 0, gap = gapOf(fall);
  const at = (v: number | undefined) => (v ? Math.round((v - zero) * 1000) : null);
  const end = at(fall.end_of_turn_s), text = at(fall.final_text_s), answered = at(fall.answered_s), sound = at(fall.first_audio_s), wire = at(fall.first_voice_s);
  const bars: [Name, number | null, number | null][] = [['zero', 0, 0], ['end_of_turn', 0, end], ['final_text', 0, text], ['answered', text, answered], ['first_audio', answered, sound], ['first_voice', Math.max(end ?? 0, sound ?? 0), wire]];
  const pct = (v: number) => `${Math.min(100, Math.max(0, (v / scale) * 100))}%`;
  const said = bars.filter(b => b[2] !== null).map(([name, , to]) => `${t.mark[name]} ${ms(to!)}`).join(', ');
  return (
    <figure className="fall" aria-label={`${t.waterfall}: ${t.gapOf} ${gap ? ms(gap) : t.noGap}. ${said}`}>
      <figcaption><strong title={t.gapWhat}>{t.gapOf} {gap ? ms(gap) : t.noGap}</strong>{fall.speculated && <span className="tag" title={t.earlyWhat}>{t.early}</span>}{fall.why && <span className="faint">{named(nt.turns, fall.why)}</span>}</figcaption>
      {zero > 0 && (
        <div className="bars" aria-hidden="true">{bars.map(([name, from, to]) => to !== null && (
          <div key={name} className="bar"><span className="bar-name" title={`${t.markWhat[name]}, ${t.sinceVoice}`}>{t.mark[name]}</span>
            <span className="track"><span className={`fill ${name}`} style={{ left: pct(Math.max(0, from ?? 0)), width: pct(Math.max(0, to - Math.max(0, from ?? 0))) }} /></span><span className="bar-ms num">{ms(to)}</span></div>
        ))}</div>
      )}
    </figure>
  );
}
