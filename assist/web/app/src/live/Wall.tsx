// The wallboard: read from five metres, nothing to press.
import { Link } from 'wouter';
import { named, useLang, useWords } from '../parts/i18n';
import { inLang } from '../desk/model';
import { Severity } from '../parts/Severity';
import { clock, number, since, useNow } from '../parts/time';
import { written } from './Figures';
import type { LiveBody } from './model';
import w from './words';

export function Wall({ body, lost }: { body: LiveBody; lost: boolean }) {
  const t = useWords(w), lang = useLang(), now = useNow(), states = ['ready', 'busy', 'wrapup', 'away'] as const, open = (body.alerts ?? []).filter(a => !a.seen), first = open[0];
  return (
    <div className="wall">
      <h1 className="sr">{t.wall}</h1>
      <dl className="wall-figures">{(body.figures ?? []).map(f => <div key={f.id} title={lang === 'zh' ? f.definition_zh : f.definition_en}><dt>{named(t.name, f.id)}</dt><dd>{written(f, '–')}</dd></div>)}</dl>
      <ul className="wall-agents">{states.map(s => <li key={s}><span className={`presence-dot ${s}`} aria-hidden="true" /><strong>{number((body.agents ?? []).filter(a => a.state === s).length)}</strong> {t.states[s]}</li>)}<li><strong>{number(body.calls?.length ?? 0)}</strong> {t.calls}</li></ul>
      {first && <p className={`wall-alert ${first.severity}`}><Severity of={first.severity} /> {inLang(lang, first, 'text')}{open.length > 1 && ` +${open.length - 1}`}</p>}
      <footer><span>{new Intl.DateTimeFormat(lang === 'zh' ? 'zh-CN' : 'en-GB', { timeStyle: 'short' }).format(now)}</span>{(lost || since(body.at, now) > 10) && <span className="tag warn">{t.stale(clock(since(body.at, now)))}</span>}<Link href="/live">{t.leaveWall}</Link></footer>
    </div>
  );
}
