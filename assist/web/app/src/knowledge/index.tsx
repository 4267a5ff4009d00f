// The knowledge: what the bot may say, entry by entry; import, a try, and what callers asked in vain.
import { Link, Route, Switch, useLocation } from 'wouter';
import { useWords } from '../parts/i18n';
import { Edit, New } from './Editor';
import { Entries } from './Entries';
import { Import } from './Import';
import { Gaps, Try } from './Try';
import w from './words';
import './knowledge.css';

// plain undoes the escapes the router leaves; a lone % is itself.
const plain = (s: string) => { try { return decodeURIComponent(s); } catch { return s; } };

export default function Knowledge() {
  const t = useWords(w), [path] = useLocation();
  const tabs = [['/knowledge', t.tabs.entries], ['/knowledge/test', t.tabs.test], ['/knowledge/import', t.tabs.import], ['/knowledge/gaps', t.tabs.gaps]] as const;
  const current = tabs.find(([p]) => p === path)?.[0] ?? '/knowledge';
  return (
    <div className="page knowledge">
      <header><h1>{t.title}</h1><nav aria-label={t.title}>{tabs.map(([p, label]) => <Link key={p} href={p} aria-current={current === p ? 'page' : undefined}>{label}</Link>)}</nav></header>
      <Switch>
        <Route path="/knowledge/test"><Try /></Route>
        <Route path="/knowledge/import"><Import /></Route>
        <Route path="/knowledge/gaps"><Gaps /></Route>
        <Route path="/knowledge/new"><New /></Route>
        <Route path="/knowledge/entry/:base/:id">{p => <Edit key={`${p.base}/${p.id}`} base={plain(p.base)} id={plain(p.id)} />}</Route>
        <Route><Entries /></Route>
      </Switch>
    </div>
  );
}
