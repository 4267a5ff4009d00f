// The bases there are and how their entries are used, as several views ask for them.
import { useQuery } from '@tanstack/react-query';
import { get, query } from '../parts/api';
import { useWords } from '../parts/i18n';
import { number } from '../parts/time';
import type { Base, Use } from './model';
import w from './words';

export const useBases = () => useQuery({ queryKey: ['knowledge', 'bases'], queryFn: () => get<{ items: Base[] | null }>('/api/knowledge/bases') });

export function PickBase({ value, change }: { value: string; change(v: string): void }) {
  const t = useWords(w), bases = useBases();
  return <label>{t.base} <select className="field" value={value} onChange={e => change(e.target.value)}><option value="">{t.allBases}</option>{(bases.data?.items ?? []).map(b => <option key={b.name} value={b.name}>{b.name} ({number(b.entries)})</option>)}</select></label>;
}

export const useUses = (base: string) => useQuery({ queryKey: ['knowledge', 'uses', base], queryFn: () => get<{ items: Use[] | null }>(query('/api/knowledge/uses', { base, days: 90 })), staleTime: 60_000 });
