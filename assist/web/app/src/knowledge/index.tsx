// The knowledge: what the bot may say, entry by entry; what callers asked in vain, drafts, trials, the golden set, the
// calendar, and import.
import { useEffect } from 'react';
import { Link, Route, Switch, useLocation } from 'wouter';
import { useWords } from '../parts/i18n';
import { useKeys } from '../parts/keys';
import { Calendar } from './Calendar';
import { Drafts, useDrafts } from './Drafts';
import { Edit, New } from './Editor';
import { Entries } from './Entries';
import { Gaps } from './Gaps';
import { Golden } from './Golden';
import { Import } from './Import';
import { Try } from './Try';
import w from './words';
import './knowledge.css';

// plain undoes the escapes the router leaves; a lone % is itself.
const plain = (s: string) => { try { return decodeURIComponent(s); } catch { return s; } };

const tabs = ['entries', 'gaps', 'drafts', 'test', 'golden', 'calendar', 'import'] as const;
const place = (tab: (typeof tabs)[number]) => (tab === 'entries' ? '/knowledge' : `/knowledge/${tab}`);

export default function Knowledge() {
  const t = useWords(w), [path, go] = useLocation(), drafts = useDrafts('');
  const current = tabs.find(x => x !== 'entries' && (path === place(x) || path.startsWith(`${place(x)}/`))) ?? 'entries', waiting = (drafts.data?.items ?? []).filter(d => d.entry.state === 'review').length;
  useEffect(() => { document.querySelector('.knowledge > header [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' }); }, [current, waiting, t]);
  useKeys(t.title, tabs.map((x, i) => ({ keys: [String(i + 1)], what: t.tabs[x], run: () => go(place(x)) })));
  return (
    <div className="page knowledge">
      <header><h1>{t.title}</h1><nav aria-label={t.title}>{tabs.map((x, i) => <Link key={x} href={place(x)} aria-current={current === x ? 'page' : undefined} title={`${t.tabs[x]} (${i + 1})`}>{t.tabs[x]}{x === 'drafts' && waiting > 0 && <span className="know-badge num" aria-label={t.waitingN(waiting)}>{waiting}</span>}</Link>)}</nav></header>
      <Switch>
        <Route path="/knowledge/test"><Try /></Route>
        <Route path="/knowledge/import"><Import /></Route>
        <Route path="/knowledge/golden"><Golden /></Route>
        <Route path="/knowledge/calendar"><Calendar /></Route>
        <Route path="/knowledge/gaps/:id?">{p => <Gaps id={p.id} />}</Route>
        <Route path="/knowledge/drafts/:base/:id">{p => <Drafts base={plain(p.base)} id={plain(p.id)} />}</Route>
        <Route path="/knowledge/drafts"><Drafts /></Route>
        <Route path="/knowledge/new"><New /></Route>
        <Route path="/knowledge/entry/:base/:id">{p => <Edit key={`${p.base}/${p.id}`} base={plain(p.base)} id={plain(p.id)} />}</Route>
        <Route><Entries /></Route>
      </Switch>
    </div>
  );
}
