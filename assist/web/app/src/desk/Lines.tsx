import { showTurn } from '../parts/Transcript';
import { useWords } from '../parts/i18n';
import pw from '../parts/words';
import type { Said } from './model';

// Line is a sentence that opens the turn it comes from.
export function Line({ said }: { said: Said }) {
  const t = useWords(pw);
  if (!said.turn) return <span dir="auto">{said.text}</span>;
  return <button type="button" className="plain evidence" title={t.toTurn} onClick={() => showTurn(said.turn!)}><span dir="auto">{said.text}</span> <sup aria-hidden="true">{said.turn}</sup></button>;
}

export function Lines({ all }: { all: Said[] | null | undefined }) {
  return <ul className="said-list">{(all ?? []).map((s, i) => <li key={i}><Line said={s} /></li>)}</ul>;
}
