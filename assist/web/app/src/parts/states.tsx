// What a page shows when it has nothing, not yet, not all, or not for you.
import { Alert, Button } from 'antd';
import type { ReactNode } from 'react';
import { offline, Problem } from './api';
import { useWords } from './i18n';
import w from './words';

// Empty says what to do first.
export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return <div className="state"><h1>{title}</h1>{children && <div className="state-why">{children}</div>}{action}</div>;
}

// Skeleton has the shape of the list it stands for.
export function Skeleton({ rows = 6, height = 44 }: { rows?: number; height?: number }) {
  const t = useWords(w);
  return <div className="skeleton" role="status" aria-label={t.loading}>{Array.from({ length: rows }, (_, i) => <span key={i} style={{ height }} />)}</div>;
}

// because says why something was refused. The server words that in English: the page has words of its own for what it knows by
// its code, or by its status. On a Chinese page the server's are added only where they tell what is to be mended.
export function because(err: Problem, t: (typeof w)['en']): string {
  const known = (t.problems as Record<string, string>)[err.code], own = known ?? (t.statuses as Record<number, string>)[err.status] ?? (err.status === 404 ? t.goneWhy : t.failedWhy);
  const call = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(err.detail)?.[0] ?? ''; // {call} in the words of a code
  if (t !== w.zh) return err.detail || own.replace('{call}', call);
  const mends = !known && (err.status === 400 || err.status === 422 || err.status >= 500);
  return [own.replace('{call}', call), mends ? err.detail : ''].filter(Boolean).join('\n');
}

export function explain(err: unknown, t: (typeof w)['en']): { title: string; why: string } {
  if (err instanceof Problem) {
    if (err.status === offline) return { title: t.offline, why: t.offlineWhy };
    if (err.status === 403) return { title: t.noRight, why: t.noRightWhy };
    if (err.status === 404) return { title: t.gone, why: because(err, t) };
    const more = err.errors.map(e => [e.location, e.message].filter(Boolean).join(': ')).join('\n');
    return { title: t.failed, why: [because(err, t), more].filter(Boolean).join('\n') };
  }
  return { title: t.failed, why: err instanceof Error ? err.message : t.failedWhy };
}

// Failed says what happened and what to do.
export function Failed({ error, retry }: { error: unknown; retry?: () => void }) {
  const t = useWords(w), e = explain(error, t);
  return (
    <div className="state" role="alert">
      <h1>{e.title}</h1><p className="state-why pre">{e.why}</p>
      {retry && !taken(error) && <Button type="primary" onClick={retry}>{t.retry}</Button>}
    </div>
  );
}

// Partial is a line above what still works.
export function Partial({ children }: { children: ReactNode }) {
  return <Alert className="partial-note" type="warning" showIcon title={children} />;
}

// ReconnectBar is quiet: the page catches up by itself.
export function ReconnectBar({ lost }: { lost: boolean }) {
  const t = useWords(w);
  return <div className="reconnect" role="status" hidden={!lost}>{lost ? t.reconnecting : ''}</div>;
}

interface Loaded<T> { data?: T; error: unknown; isPending: boolean; refetch(): unknown }

// taken: what was shown is not there any more, or no longer for who looks at it.
export const taken = (error: unknown) => error instanceof Problem && (error.status === 403 || error.status === 404);

// Load shows a query's skeleton, failure or content; content that is already there stays while it is renewed, but not when it
// was erased meanwhile.
export function Load<T>({ of, rows, children }: { of: Loaded<T>; rows?: number; children(data: T): ReactNode }) {
  if (of.data !== undefined && !taken(of.error)) return children(of.data);
  if (of.error) return <Failed error={of.error} retry={() => void of.refetch()} />;
  return <Skeleton rows={rows} />;
}
