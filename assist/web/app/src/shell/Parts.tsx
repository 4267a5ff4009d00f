// What does not work now, above every page of those who serve callers.
import { useQuery } from '@tanstack/react-query';
import { named, useWords } from '../parts/i18n';
import { Partial } from '../parts/states';
import { down, ready } from './ready';
import w from './words';

export function Parts() {
  const t = useWords(w), { data } = useQuery({ queryKey: ['readyz'], queryFn: ({ signal }) => ready(signal), refetchInterval: 10_000, retry: false });
  const parts = down(data);
  return <div role="status">{parts.length > 0 && <Partial>{t.missing(parts.map(p => named(t.parts, p)))}</Partial>}</div>;
}
