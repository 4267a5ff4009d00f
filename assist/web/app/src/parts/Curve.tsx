// Sentiment as a thin line, -1 at the bottom and 1 at the top, with its meaning in a word beside it.
import { useWords } from './i18n';
import { number } from './time';
import w from './words';

export type Mood = 'good' | 'calm' | 'tense' | 'angry';
export const mood = (v: number): Mood => (v > 0.25 ? 'good' : v > -0.25 ? 'calm' : v > -0.6 ? 'tense' : 'angry');
export const trend = (values: number[]): 'rising' | 'falling' | 'steady' => {
  if (values.length < 2) return 'steady';
  const half = Math.ceil(values.length / 2), mean = (a: number[]) => a.reduce((s, v) => s + v, 0) / a.length;
  const d = mean(values.slice(-half)) - mean(values.slice(0, half));
  return d > 0.15 ? 'rising' : d < -0.15 ? 'falling' : 'steady';
};

export function Curve({ values, width = 72, word = true }: { values: number[]; width?: number; word?: boolean }) {
  const t = useWords(w);
  if (values.length === 0) return null;
  const h = 20, y = (v: number) => h / 2 - Math.max(-1, Math.min(1, v)) * (h / 2 - 2), last = values.at(-1)!;
  const step = values.length > 1 ? (width - 4) / (values.length - 1) : 0, x = (i: number) => (values.length > 1 ? 2 + i * step : width / 2);
  const said = `${t.moods[mood(last)]}${values.length > 1 ? `, ${t[trend(values)]}` : ''}`;
  return (
    <span className={`curve mood-${mood(last)}`} title={`${t.sentimentWhat} ${values.map(v => number(v, 1)).join(', ')}`}>
      <svg viewBox={`0 0 ${width} ${h}`} width={width} height={h} role="img" aria-label={`${t.sentiment}: ${said}`}>
        <path d={`M0 ${h / 2}H${width}`} className="curve-zero" />
        {values.length > 1 && <polyline points={values.map((v, i) => `${x(i).toFixed(1)},${y(v).toFixed(1)}`).join(' ')} fill="none" />}
        <circle cx={x(values.length - 1)} cy={y(last)} r="2.2" />
      </svg>
      {word && <span aria-hidden="true">{t.moods[mood(last)]}</span>}
    </span>
  );
}
