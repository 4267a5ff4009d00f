// The machines that take the calls, with their versions and load. They change seldom, so they are asked for now and then.
import { useEffect, useState } from 'react';
import { get } from '../parts/api';
import { useWords } from '../parts/i18n';
import { clock, number, since, useNow } from '../parts/time';
import { versionsDiffer, type LiveBody, type Node } from './model';
import w from './words';

const every = 30_000; // ms

export function Nodes({ first }: { first: Node[] }) {
  const t = useWords(w), now = useNow(), [all, setAll] = useState(first);
  useEffect(() => {
    const timer = setInterval(() => { get<LiveBody>('/api/live').then(b => setAll(b.nodes ?? []), () => {}); }, every); // the bar above tells of a server that is away
    return () => clearInterval(timer);
  }, []);
  if (all.length === 0) return null;
  return (
    <><h2>{t.nodes} <span className="count">{all.filter(x => x.alive).length}</span></h2>
      {versionsDiffer(all) && <p className="tag warn" role="status">{t.versionsDiffer}</p>}
      <ul className="live-nodes">{all.map(x => <li key={x.id} className={x.alive ? undefined : 'faint'}><span dir="auto" title={x.http || undefined}>{x.name}{x.self && all.length > 1 && <span className="faint"> {t.thisNode}</span>}</span> <span className="soft num">{x.version || t.oldVersion}</span> <span className="soft num">{x.alive ? t.nodeLoad(number(x.calls), number(x.calls_limit)) : t.nodeSilent(clock(since(x.seen_at, now)))}</span></li>)}</ul></>
  );
}
