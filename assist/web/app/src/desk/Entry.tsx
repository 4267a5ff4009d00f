// The approved entry behind an answer: a link for those who may open the knowledge, its name for the others.
import { useMay } from '../shell/session';

export function Entry({ base, entry, name, title }: { base: string; entry: string; name: string; title?: string }) {
  if (!useMay('knowledge')) return <span className="soft" title={title} dir="auto">{name}</span>;
  return <a href={`/knowledge/${encodeURIComponent(base)}/${encodeURIComponent(entry)}`} target="_blank" rel="noopener" title={title}>{name}</a>;
}
