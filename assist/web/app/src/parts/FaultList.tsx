// What is wrong in a file, each with its line, which a click shows.
import type { Wrong } from './faults';
import { useWords } from './i18n';
import w from './words';

// Where a file is shown in parts, part names the one that a line is in.
export function FaultList({ of, show, part }: { of: Wrong[]; show: (line: number) => void; part?: (line: number) => string }) {
  const t = useWords(w);
  return <ul className="faults">{of.map((x, i) => <li key={i}>{x.line > 0 && <><button type="button" className="link" onClick={() => show(x.line)}>{part ? part(x.line) : t.line(x.line)}</button>: </>}{x.text}</li>)}</ul>;
}
