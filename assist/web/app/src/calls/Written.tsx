// What those who had a call wrote down about it, each of them beside what was made for them.
import { useQuery } from '@tanstack/react-query';
import d from '../desk/words';
import { get, Problem } from '../parts/api';
import { named, useWords } from '../parts/i18n';
import n from '../parts/namewords';
import { Failed } from '../parts/states';
import { showTurn } from '../parts/Transcript';
import { when } from '../parts/time';
import w from './words';

interface Said { text: string; turn?: number }
interface Summary { reason: Said; said?: Said[] | null; promised?: Said[] | null; open?: Said[] | null; numbers?: Said[] | null; disposition: string; notes?: string }
interface Version { person: string; name?: string; made?: string; original: Summary; edited?: Summary }

const Line = ({ s }: { s: Said }) => <>{s.turn ? <button type="button" className="plain evidence" onClick={() => showTurn(s.turn!)}><span dir="auto">{s.text}</span> <sup aria-hidden="true">{s.turn}</sup></button> : <span dir="auto">{s.text}</span>}</>;

function Sheet({ s }: { s: Summary }) {
  const t = useWords(d), nt = useWords(n), lists = [[t.saidList, s.said], [t.promised, s.promised], [t.open, s.open], [t.numbers, s.numbers]] as const;
  return (
    <dl className="written-sheet">
      {s.reason.text && <div><dt>{t.reason}</dt><dd><Line s={s.reason} /></dd></div>}
      {lists.map(([title, all]) => !!all?.length && <div key={title}><dt>{title}</dt><dd><ul>{all.map((x, i) => <li key={i}><Line s={x} /></li>)}</ul></dd></div>)}
      {s.notes && <div><dt>{t.notes}</dt><dd className="pre" dir="auto">{s.notes}</dd></div>}
      {s.disposition && <div><dt>{t.disposition}</dt><dd>{named(nt.outcomes, s.disposition)}</dd></div>}
    </dl>
  );
}

export function Written({ id }: { id: string }) {
  const t = useWords(w), all = useQuery({ queryKey: ['written', id], queryFn: () => get<{ versions: Version[] | null }>(`/api/calls/${id}/written`), retry: false }), versions = all.data?.versions ?? [];
  if (all.error && !(all.error instanceof Problem && all.error.status === 404)) return <div className="written"><Failed error={all.error} retry={() => void all.refetch()} /></div>; // 404: no desk here
  if (versions.length === 0) return null;
  return (
    <details className="written"><summary>{t.written}</summary>
      {versions.map(v => (
        <section key={v.person}>
          <h2><span dir="auto">{v.name || v.person || t.asMade}</span>{v.made && <span className="faint num"> {when(v.made)}</span>}{v.edited && <> <span className="tag">{t.edited}</span></>}</h2>
          <Sheet s={v.edited ?? v.original} />
          {v.edited && <details><summary>{t.asMade}</summary><Sheet s={v.original} /></details>}
        </section>
      ))}
    </details>
  );
}
