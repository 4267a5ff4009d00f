import { Tooltip } from 'antd';
import { named, useLang, useWords } from '../parts/i18n';
import { clock, number, percent } from '../parts/time';
import type { Figure } from './model';
import w from './words';

export const written = (f: Figure, none: string) => (f.value === null || f.value === undefined ? none : f.unit === 'share' ? percent(f.value) : f.unit === 's' ? clock(f.value) : number(f.value, Number.isInteger(f.value) ? 0 : 1));

export function Spark({ values, label }: { values: number[]; label: string }) {
  if (values.length < 2) return null;
  const low = Math.min(...values), high = Math.max(...values), span = high - low || 1, step = 56 / (values.length - 1);
  return <svg className="spark" viewBox="0 0 60 18" width="60" height="18" role="img" aria-label={label}><polyline fill="none" points={values.map((v, i) => `${(2 + i * step).toFixed(1)},${(16 - ((v - low) / span) * 14).toFixed(1)}`).join(' ')} /></svg>;
}

export function Figures({ all }: { all: Figure[] }) {
  const t = useWords(w), lang = useLang();
  return (
    <dl className="figures" aria-label={t.figures}>{all.map(f => {
      const what = lang === 'zh' ? f.definition_zh : f.definition_en, name = named(t.name, f.id);
      return (
        <div key={f.id}>
          <dt><Tooltip title={what}><button type="button" className="plain figure-name" aria-label={`${name}. ${what}`}>{name}</button></Tooltip></dt>
          <dd>{f.calls_query ? <a href={`/calls?${f.calls_query.replace(/^\?/, '')}`} title={t.openCalls}>{written(f, t.noData)}</a> : written(f, t.noData)} <Spark values={f.trend ?? []} label={`${t.trend}: ${(f.trend ?? []).map(v => written({ ...f, value: v }, '')).join(', ')}`} /></dd>
          <dd className="sr">{what}</dd>
        </div>
      );
    })}</dl>
  );
}
