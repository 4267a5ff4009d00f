// The frame around every page: the rail, the top bar, and what a page looks like while it loads or when it may not be seen.
import { App as Ant, Badge, Button, Dropdown, Popover } from 'antd';
import { lazy, Suspense, useEffect, useRef, useState, type ComponentType } from 'react';
import { Link, Redirect, Route, Switch, useLocation } from 'wouter';
import { callerName, inLang } from '../desk/model';
import { put } from '../parts/api';
import { useLang, useWords } from '../parts/i18n';
import n, { reasonName } from '../parts/namewords';
import { KeyHelp, showKeys, useKeys } from '../parts/keys';
import { Empty, explain, Failed, Skeleton } from '../parts/states';
import { clock, since, useNow } from '../parts/time';
import pw from '../parts/words';
import { ring } from '../desk/sounds';
import { end, start, useDesk } from '../desk/store';
import { Boundary } from './Boundary';
import { BellOutlined, SearchOutlined, UserOutlined } from './icons';
import { Parts } from './Parts';
import { pages, type Page } from './pages';
import { Expired, SignIn, Welcome } from './SignIn';
import { may, useSession } from './session';
import { LangButton, nextTheme, otherLang, ThemeButton } from './Tools';
import w from './words';

const loaded = new Map<string, ComponentType>(pages.map(p => [p.id, lazy(p.load)]));

function Presence() {
  const t = useWords(w), p = useWords(pw), { message } = Ant.useApp(), { state, status } = useDesk(), now = useNow(), me = state.body?.me, rings = !!state.body?.offer && !state.body.call;
  if (!me || status === 403 || status === 404) return null;
  const set = (s: 'ready' | 'away', reason?: string) => { put('/api/desk/state', { state: s, reason }).catch((err: unknown) => { const e = explain(err, p); void message.error(`${e.title}. ${e.why}`, 6); }); };
  const locked = me.state === 'busy' || me.state === 'wrapup';
  return (
    <Dropdown disabled={locked} trigger={['click']} menu={{
      items: [{ key: 'ready', label: t.goReady }, { type: 'divider' }, ...Object.entries(t.away).map(([key, label]) => ({ key, label: `${t.goAway} · ${label}` }))],
      onClick: ({ key }) => (key === 'ready' ? set('ready') : set('away', key)),
    }}>
      <button type="button" className={`presence ${me.state}`} title={t.presence}>
        <span className="dot" aria-hidden="true" /><span className="sr">{t.presence}: </span><span>{rings ? t.rings : me.state === 'away' && me.reason ? t.away[me.reason as keyof typeof t.away] ?? t.sentAway[me.reason] ?? me.reason : t.state[me.state]}</span>
        <span className="age">{clock(since(me.since, now))}</span>
      </button>
    </Dropdown>
  );
}

function Alerts() {
  const t = useWords(w), lang = useLang(), { state } = useDesk(), [, go] = useLocation(), many = state.alerts.length;
  return (
    <Popover trigger="click" placement="bottomRight" content={many === 0 ? t.noAlerts : (
      <ul className="alerts-list">{state.alerts.map(a => <li key={a.id}><button type="button" className="plain" onClick={() => go('/desk')}>{inLang(lang, a, 'text')}</button></li>)}</ul>
    )}>
      <button type="button" className="tool" aria-label={t.alerts(many)} title={t.alerts(many)}><Badge count={many} size="small"><BellOutlined /></Badge></button>
    </Popover>
  );
}

function Search() {
  const t = useWords(w), [, go] = useLocation(), box = useRef<HTMLInputElement>(null), [text, setText] = useState('');
  useKeys(t.goSearch, [{ keys: ['/'], what: t.searchCalls, run: () => { box.current?.focus(); box.current?.select(); } }]);
  return (
    <form role="search" aria-label={t.searchCalls} className="top-search" onSubmit={e => { e.preventDefault(); go(`/calls?q=${encodeURIComponent(text.trim())}`); box.current?.blur(); }}>
      <SearchOutlined aria-hidden="true" />
      <input ref={box} value={text} onChange={e => setText(e.target.value)} onKeyDown={e => { if (e.key === 'Escape') e.currentTarget.blur(); }} type="search" aria-label={t.searchCalls} placeholder={t.searchHint} autoComplete="off" spellCheck={false} />
      <kbd aria-hidden="true">/</kbd>
    </form>
  );
}

function PersonMenu() {
  const t = useWords(w), { session, signOut } = useSession(), [, go] = useLocation(), p = session?.person;
  if (!p) return <span className="open-note" title={t.openWhat}>{t.open}</span>;
  return (
    <Dropdown trigger={['click']} menu={{ items: [{ key: 'settings', label: t.settings }, { type: 'divider' }, { key: 'out', label: t.signOut }], onClick: ({ key }) => (key === 'out' ? void signOut() : go('/settings')) }}>
      <button type="button" className="person" aria-label={`${t.person}: ${p.name}`}><UserOutlined aria-hidden="true" /><span>{p.name}</span></button>
    </Dropdown>
  );
}

function Rail({ mine, at }: { mine: Page[]; at?: Page }) {
  const t = useWords(w);
  return (
    <nav className="rail" aria-label={t.pages}>
      {mine.map(p => { const Icon = p.icon; return (
        <Link key={p.id} href={p.path} className={p.id === at?.id ? 'here' : ''} aria-current={p.id === at?.id ? 'page' : undefined}><Icon /><span>{t.page[p.id]}</span></Link>
      ); })}
    </nav>
  );
}

// Ringing is the bar on other pages while a call rings for this agent.
function Ringing({ away }: { away: boolean }) {
  const t = useWords(w), nt = useWords(n), { state } = useDesk(), [, go] = useLocation(), o = state.body?.offer, id = o?.id;
  useEffect(() => (id ? ring() : undefined), [id]);
  return <div role="status">{away && o && <div className="ringing-bar"><strong>{t.ringing}</strong><span>{[callerName(o.caller, ''), reasonName(nt, o.reason)].filter(Boolean).join(' · ')}</span><Button type="primary" onClick={() => go('/desk')}>{t.toDesk}</Button></div>}</div>;
}

function Frame() {
  const t = useWords(w), p = useWords(pw), { session } = useSession(), [path, go] = useLocation(), main = useRef<HTMLElement>(null);
  const mine = pages.filter(x => !x.later && may(session, x.roles)), at = pages.find(x => path === x.path || path.startsWith(`${x.path}/`));
  const wall = at?.id === 'live' && new URLSearchParams(location.search).has('wall');
  const agent = may(session, ['agent', 'supervisor']);
  useEffect(() => { if (agent) start(); return end; }, [agent]);
  const { state: { body } } = useDesk(), rings = !!body?.offer;
  useEffect(() => { document.title = `${rings ? `(1) ${t.ringing} · ` : ''}${at ? `${t.page[at.id]} · ` : ''}Parley`; }, [at, t, rings]);
  const first = useRef(true);
  useEffect(() => { if (first.current) first.current = false; else main.current?.focus(); }, [at?.id]);
  useKeys(p.everywhere, [
    ...mine.map(x => ({ keys: [`g ${x.id[0]!}`], what: t.goPage(t.page[x.id]), run: () => go(x.path) })),
    { keys: ['L'], label: 'Shift L', what: t.goLang, run: otherLang }, { keys: ['T'], label: 'Shift T', what: t.goTheme, run: nextTheme },
  ]);
  if (wall) return <main className="wall-main"><Boundary><Suspense fallback={<Skeleton />}>{(() => { const P = loaded.get('live')!; return <P />; })()}</Suspense></Boundary></main>;
  return (
    <div className="shell">
      <a className="skip" href="#main" onClick={e => { e.preventDefault(); main.current?.focus(); }}>{t.skip}</a>
      <Rail mine={mine} at={at} />
      <header className="top">
        <Link href="/" className="brand" aria-label="Parley"><img src="/icon.svg" alt="" width="22" height="22" /></Link>
        <Presence />
        <span className="grow" />
        <Search />
        <Alerts />
        <LangButton /><ThemeButton />
        <button type="button" className="tool keys-tool" onClick={showKeys} aria-label={p.showKeys} title={p.showKeys}>?</button>
        <PersonMenu />
      </header>
      <div className="bars"><Ringing away={at?.id !== 'desk'} />{agent && <Parts />}</div>
      <main id="main" className="main" ref={main} tabIndex={-1}>
        <Boundary key={at?.id}>
          <Suspense fallback={<Skeleton />}>
            <Switch>
              {pages.map(x => { const P = loaded.get(x.id)!; return <Route key={x.id} path={`${x.path}/*?`}>{may(session, x.roles) ? <P /> : <Empty title={p.noRight}>{p.noRightWhy}</Empty>}</Route>; })}
              <Route path="/">{mine[0] ? <Redirect to={mine.find(x => x.id === (session?.person ? 'desk' : 'calls'))?.path ?? mine[0].path} replace /> : <Empty title={t.nothingFor}>{t.nothingForWhy}</Empty>}</Route>
              <Route><Empty title={t.noPage} action={<Link href="/">{t.home}</Link>} /></Route>
            </Switch>
          </Suspense>
        </Boundary>
      </main>
    </div>
  );
}

export function App() {
  const { session, error, reload } = useSession(), [path] = useLocation();
  if (error && !session) return <main className="doorway"><Failed error={error} retry={() => void reload()} /></main>;
  if (session && path === '/welcome') return <Welcome />;
  if (session && path === '/signin' && !session.person) return <SignIn />;
  if (!session) return <main className="doorway"><Skeleton rows={4} /></main>;
  return (
    <>
      {session.person || session.insecure ? <Frame /> : <SignIn />}
      <Expired /><KeyHelp />
    </>
  );
}
