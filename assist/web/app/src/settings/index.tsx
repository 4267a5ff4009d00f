import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Segmented, Select } from 'antd';
import { useState } from 'react';
import { Link, Route, Switch, useLocation } from 'wouter';
import { get, query } from '../parts/api';
import { langStore, named, themeStore, useLang, useTheme, useWords, type Theme } from '../parts/i18n';
import { showKeys } from '../parts/keys';
import { Load } from '../parts/states';
import { when } from '../parts/time';
import { Devices } from '../desk/Devices';
import { config } from '../shell/config';
import { useMay, useSession } from '../shell/session';
import { People } from './People';
import { Rules } from './Rules';
import rw from './rulewords';
import w from './words';
import '../desk/desk.css';
import './settings.css';

function Mine() {
  const t = useWords(w), lang = useLang(), theme = useTheme(), { session } = useSession(), p = session?.person;
  return (
    <div className="mine">
      <section><h2>{t.account}</h2>{p ? <p>{p.name} <span className="mono soft">{p.login}</span> {p.roles.map(r => <span className="tag" key={r} title={t.roleWhat[r]}>{t.roleName[r] ?? r}</span>)}</p> : <p className="soft">{t.noAccount}</p>}</section>
      <section><h2>{t.language}</h2><Segmented aria-label={t.language} value={lang} onChange={v => langStore.set(v)} options={[{ value: 'en' as const, label: <span lang="en">English</span> }, { value: 'zh' as const, label: <span lang="zh-Hans">中文</span> }]} /><p className="faint">{t.contentLang}</p></section>
      <section><h2>{t.theme}</h2><Segmented<Theme> aria-label={t.theme} value={theme} onChange={v => themeStore.set(v)} options={(['auto', 'light', 'dark'] as const).map(value => ({ value, label: t.themes[value] }))} /></section>
      <Devices />
      <section><h2>{t.keys}</h2><p className="soft">{t.keysWhy}</p><Button onClick={showKeys}>{t.showKeys}<kbd className="gap-left">?</kbd></Button></section>
      <p className="faint">Parley · {t.version} {config.version}</p>
    </div>
  );
}

interface Entry { at: string; who: string; name?: string; detail?: string; what: string; call?: string }

function Audit() {
  const t = useWords(w), [who, setWho] = useState(''), [what, setWhat] = useState(''), [call, setCall] = useState('');
  const audit = useInfiniteQuery({ queryKey: ['audit', who, what, call], initialPageParam: '', queryFn: ({ pageParam }) => get<{ items: Entry[] | null; next?: string }>(query('/api/audit', { who, what, call, cursor: pageParam })), getNextPageParam: last => last.next || undefined });
  // What can be chosen is what the newest lines have, and every kind there is a word for.
  const newest = useQueryClient().getQueryData<typeof audit.data>(['audit', '', '', ''])?.pages.flatMap(x => x.items ?? []) ?? [], did = (kind: string) => (kind.startsWith('quality.') ? t.quality(kind.slice(8)) : named(t.did, kind));
  const people = new Map(newest.filter(e => e.who).map(e => [e.who, e.name || e.who])), kinds = new Map([...Object.keys(t.did), ...newest.map(e => e.what)].map(k => [k, did(k)]));
  const withNames = (detail: string) => detail.replace(/^[0-9a-f]{8}-[0-9a-f-]{27} (?=\S)/, '').replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, id => people.get(id) ?? id); // a login says more than an id
  return (
    <>
      <p className="soft">{t.auditWhy}</p>
      <div className="settings-do">
        {([[t.who, who, setWho, people], [t.what, what, setWhat, kinds]] as const).map(([label, v, set, from]) => <label key={label}>{label} <Select className="audit-pick" aria-label={label} showSearch={{ optionFilterProp: 'label' }} allowClear placeholder={t.any} value={v || null} onChange={x => set(x ?? '')} options={[...from].map(([value, text]) => ({ value, label: text }))} /></label>)}
        <label>{t.call} <input className="field" type="search" value={call} onChange={e => setCall(e.target.value.trim())} /></label>
      </div>
      <Load of={audit}>{d => { const all = d.pages.flatMap(x => x.items ?? []); return all.length === 0 ? <p>{who || what || call ? t.noAudit : t.emptyAudit}</p> : (
        <><div className="table-box" tabIndex={0} role="region" aria-label={t.tabs.audit}><table className="table stack"><thead><tr><th>{t.when}</th><th>{t.who}</th><th>{t.what}</th><th>{t.call}</th></tr></thead><tbody>{all.map((e, i) => <tr key={i}><td className="num" data-k={t.when}>{when(e.at)}</td><td data-k={t.who}>{e.name || e.who}</td><td data-k={t.what}><span><span title={e.what}>{did(e.what)}</span> {e.detail && <span className="faint">{withNames(e.detail)}</span>}</span></td><td data-k={t.call}>{e.call && <Link href={`/calls/${e.call}`}>{e.call}</Link>}</td></tr>)}</tbody></table></div>{audit.hasNextPage && <Button onClick={() => void audit.fetchNextPage()} loading={audit.isFetchingNextPage}>{t.more}</Button>}</>
      ); }}</Load>
    </>
  );
}

export default function Settings() {
  const t = useWords(w), rules = useWords(rw), [path] = useLocation(), admin = useMay('admin'), quality = useMay('quality'), watch = useMay('supervisor', 'quality');
  const tabs = [['', t.tabs.me], ...(admin ? [['/people', t.tabs.people]] : []), ...(watch ? [['/rules', rules.tab]] : []), ...(quality ? [['/audit', t.tabs.audit]] : [])] as [string, string][];
  return (
    <div className="page settings">
      <header><h1>{t.title}</h1><nav aria-label={t.title}>{tabs.map(([at, label]) => <Link key={at} href={`/settings${at}`} aria-current={path === `/settings${at}` ? 'page' : undefined}>{label}</Link>)}</nav></header>
      <Switch>
        {admin && <Route path="/settings/people"><People /></Route>}
        {watch && <Route path="/settings/rules"><Rules /></Route>}
        {quality && <Route path="/settings/audit"><Audit /></Route>}
        <Route><Mine /></Route>
      </Switch>
    </div>
  );
}
