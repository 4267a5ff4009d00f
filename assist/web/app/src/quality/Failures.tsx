// Calls that could not be scored, why, and when they are tried again.
import { useQuery } from '@tanstack/react-query';
import { Alert } from 'antd';
import { Link } from 'wouter';
import { get } from '../parts/api';
import { useWords } from '../parts/i18n';
import { when } from '../parts/time';
import cw from './callwords';
import type { Failure, Failures as Page } from './model';

export function Why({ f, link }: { f: Failure; link?: boolean }) {
  const c = useWords(cw);
  return <li>{link && <><Link href={`/quality/calls/${f.call}`}>{f.call}</Link> </>}{f.form && <strong>{f.form} </strong>}{f.code && c.failedBy[f.code]} <span lang="en" className={f.code ? 'q-why faint' : 'q-why'}>{f.why}</span> <span className="faint">{c.tried(f.tries, when(f.next))}</span></li>;
}

export function Failures() {
  const c = useWords(cw), all = useQuery({ queryKey: ['quality-failures'], queryFn: () => get<Page>('/api/quality/failures'), refetchInterval: 60000 }), items = all.data?.items ?? [], total = all.data?.total ?? 0;
  if (total === 0) return null;
  return <Alert className="gap" type="warning" showIcon title={c.notScored(total)} description={<>{c.notScoredWhat}<details><summary>{c.notScoredList}</summary><ul className="faults">{items.map(f => <Why key={`${f.call} ${f.form}`} f={f} link />)}</ul>{total > items.length && <p className="soft">{c.newestOf(items.length)}</p>}</details></>} />;
}
