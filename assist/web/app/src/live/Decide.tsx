// What waits for a supervisor: offers above an agent's ceiling, and who is to be called back.
import { Button, Input } from 'antd';
import { useState } from 'react';
import { Link } from 'wouter';
import { post } from '../parts/api';
import { callerName, reasonsIn } from '../desk/model';
import { named, useLang, useWords } from '../parts/i18n';
import { clock, money, since, until, useNow } from '../parts/time';
import pw from '../parts/words';
import w from '../desk/moneywords';
import type { Approval, CallBack } from './model';

type Attempt = (f: () => Promise<unknown>) => Promise<boolean>;

export function Approvals({ all, attempt }: { all: Approval[]; attempt: Attempt }) {
  const t = useWords(w);
  if (all.length === 0) return null;
  return <><h2>{t.approvals} <span className="count">{all.length}</span></h2><ul className="live-approvals">{all.map(a => <One key={a.id} a={a} attempt={attempt} />)}</ul></>;
}

function One({ a, attempt }: { a: Approval; attempt: Attempt }) {
  const t = useWords(w), lang = useLang(), [answer, setAnswer] = useState(''), title = t.asks(a.agent, money(a.amount, a.currency));
  const decide = (grant: boolean) => void attempt(() => post(`/api/live/approvals/${encodeURIComponent(a.id)}`, { grant, note: answer }));
  return (
    <li>
      <p><strong dir="auto">{title}</strong> <Link href={`/calls/${a.call}`} dir="auto">{callerName(a.caller, a.call)}</Link></p>
      {a.note && <p dir="auto">“{a.note}”</p>}
      <p className="faint">{[t.alone(money(a.ceiling ?? 0, a.currency)), t.limit(money(a.limit, a.currency)), ...reasonsIn(lang, a)].join(' · ')}</p>
      <p className="do"><Input size="small" aria-label={`${t.answer}: ${title}`} placeholder={t.answer} value={answer} onChange={e => setAnswer(e.target.value)} /><Button size="small" type="primary" aria-label={`${t.grant}: ${title}`} onClick={() => decide(true)}>{t.grant}</Button><Button size="small" aria-label={`${t.refuse}: ${title}`} onClick={() => decide(false)}>{t.refuse}</Button></p>
    </li>
  );
}

export function CallBacks({ all, attempt }: { all: CallBack[]; attempt: Attempt }) {
  const t = useWords(w), p = useWords(pw), now = useNow();
  if (all.length === 0) return null;
  return (
    <><h2>{t.callbacks} <span className="count">{all.length}</span></h2>
      <ul className="live-callbacks">{all.map(c => { const wait = until(c.next, now); return (
        <li key={c.id}><span dir="auto">{c.name || c.number}</span><span className="soft">{c.queue}{c.lang && ` · ${named(p.langs, c.lang)}`}</span><span className="num">{clock(since(c.since, now))}</span>
          <span className="faint">{[c.tries > 0 && t.tries(c.tries), c.state === 'talking' ? t.talkingNow : c.state === 'dialling' ? t.dialling : wait > 0 ? t.next(clock(wait)) : t.soon].filter(Boolean).join(' · ')}</span>
          {c.state === 'waiting' && <Button size="small" type="text" aria-label={`${t.cancel}: ${c.name || c.number}`} onClick={() => void attempt(() => post(`/api/live/callbacks/${encodeURIComponent(c.id)}/cancel`))}>{t.cancel}</Button>}</li>
      ); })}</ul></>
  );
}
