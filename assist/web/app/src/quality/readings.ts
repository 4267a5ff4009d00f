// Which answer to each question counts against the agent, as Parley reads the form that is being edited.
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api } from '../parts/api';
import { tidy, type DraftForm, type Reading } from './model';

const pause = 500; // nobody types for so long: then the form is read

// useReadings reads the form that is shown, its parts or its text, a moment after it was last changed. What was read before
// stays until then, and while the form has mistakes.
export function useReadings(form: DraftForm | string): Map<string, Reading> {
  const [asked, setAsked] = useState(form);
  useEffect(() => { const timer = setTimeout(() => setAsked(form), pause); return () => clearTimeout(timer); }, [form]);
  const read = useQuery<Reading[]>({
    queryKey: ['form-reading', typeof asked === 'string' ? asked : JSON.stringify(tidy(asked))], retry: false, staleTime: Infinity, refetchOnWindowFocus: false, placeholderData: old => old,
    queryFn: async ({ signal }) => {
      const yaml = typeof asked === 'string' ? asked : (await api<{ yaml: string }>('POST', '/api/quality/form-text', tidy(asked), { signal })).yaml;
      return (await api<{ items: Reading[] | null }>('POST', '/api/quality/form-reading', { yaml }, { signal })).items ?? [];
    },
  });
  return new Map(read.data?.map(r => [r.id, r]));
}
