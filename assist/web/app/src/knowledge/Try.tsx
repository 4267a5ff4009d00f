// What the bot would say to a question, what it found and why; the right answer can be kept in the golden set.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button } from 'antd';
import { useRef, useState } from 'react';
import { Link, useSearch } from 'wouter';
import { get, post, put, query } from '../parts/api';
import { named, useWords } from '../parts/i18n';
import { useKeys } from '../parts/keys';
import { explain, Failed } from '../parts/states';
import { number, percent } from '../parts/time';
import pw from '../parts/words';
import { Text } from './bits';
import { PickBase } from './bases';
import { here, language, type Golden, type Hit, type Reason, type Trial } from './model';
import w from './words';

function Why({ r }: { r: Reason }) {
  const t = useWords(w);
  if (r.kind === 'bar') return <span className={`tag ${r.yes ? 'good' : ''}`}>{r.yes ? t.overBar : t.underBar}</span>;
  if (r.kind === 'words') return <span className="tag">{t.reasons.words}: <span dir="auto">{(r.words ?? []).slice(0, 6).join(' ')}</span></span>;
  return <span className={`tag ${r.kind === 'rival' ? 'warn' : ''}`}>{t.reasons[r.kind]}</span>;
}

function Found({ h, asked, bar, first, keep, busy }: { h: Hit; asked: string; bar: number; first: boolean; keep(): void; busy: boolean }) {
  const t = useWords(w);
  return (
    <li className={`know-hit${first ? ' first' : ''}`}>
      <div className="know-grow"><Link href={here(h.base, h.id)} className="know-q"><Text>{h.question}</Text></Link><span className="faint">{h.base}</span></div>
      <div className="know-p" title={t.right}><span className="know-bar wide" aria-hidden="true"><span style={{ width: `${Math.round(h.p_right * 100)}%` }} className={h.p_right >= bar ? 'over' : ''} /><i style={{ left: `${bar * 100}%` }} /></span><b className="num"><span className="sr">{t.right} </span>{percent(h.p_right)}</b></div>
      <Text className="know-clip soft">{h.answer}</Text>
      <div className="know-foot">{(h.reasons ?? []).map((r, i) => <Why key={i} r={r} />)}<span className="grow" /><span className="faint num">{(['lexical', 'pinyin', 'dense'] as const).map(k => `${t.rank[k]} ${h.ranks[k] ? number(h.ranks[k]) : '—'}`).join(' · ')}</span>{!(first && h.p_right >= bar) && <Link className="know-button" href={query(here(h.base, h.id), { add: asked })}>{t.addAsked}</Link>}<Button size="small" loading={busy} onClick={keep}>{t.isRight}</Button></div>
    </li>
  );
}

export function Try() {
  const t = useWords(w), p = useWords(pw), client = useQueryClient(), { message } = App.useApp(), start = new URLSearchParams(useSearch()), box = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(start.get('q') ?? ''), [base, setBase] = useState(start.get('base') ?? ''), [asked, setAsked] = useState('');
  const trial = useMutation({ mutationFn: () => { setAsked(text.trim()); return post<Trial>('/api/knowledge/test', { text: text.trim(), ...(base ? { base } : {}) }); } }), d = trial.data, hits = d?.hits ?? [];
  const keep = useMutation({
    mutationFn: async ({ base: b, relevant }: { base: string; relevant: string[] }) => {
      const old = (await get<{ items: Golden[] | null }>(query('/api/knowledge/golden', { base: b }))).items ?? [];
      return put('/api/knowledge/golden', { base: b, items: [...old.filter(q => q.query.toLowerCase() !== asked.toLowerCase()), { query: asked, relevant }].map(q => ({ query: q.query, relevant: q.relevant ?? [] })) });
    },
    onSuccess: () => { void message.success(t.kept); void client.invalidateQueries({ queryKey: ['knowledge', 'golden'] }); },
    onError: err => { const x = explain(err, p); void message.error(`${x.title}. ${x.why}`, 6); },
  });
  useKeys(t.tabs.test, [{ keys: ['/'], what: t.ask, run: () => { box.current?.focus(); box.current?.select(); } }]);
  const none = base || hits[0]?.base;
  return (
    <>
      <p className="soft know-lead">{t.tryWhy}</p>
      <form className="know-do" onSubmit={e => { e.preventDefault(); if (text.trim()) trial.mutate(); }}><input ref={box} className="field know-find" aria-label={t.ask} placeholder={t.ask} value={text} maxLength={500} dir="auto" autoFocus onChange={e => setText(e.target.value)} /><PickBase value={base} change={setBase} /><Button type="primary" htmlType="submit" disabled={!text.trim()} loading={trial.isPending}>{t.try}</Button></form>
      {trial.error && <Failed error={trial.error} retry={() => trial.mutate()} />}
      {d && !trial.error && (
        <div className="know-trial" role="status">
          {d.decision && <div className={`know-says ${d.decision}`}><span className="faint">{t.says}</span> <b>{named(t.decisions, d.decision)}</b><p dir="auto">{d.text || t.saysNothing}</p></div>}
          <h2>{t.hits}</h2><p className="faint">{t.bar(percent(d.bar))}</p>
          {hits.length === 0 ? <p>{t.noHits}</p> : <ul className="know-hits">{hits.map((h, i) => <Found key={`${h.base}/${h.id}`} h={h} asked={asked} bar={d.bar} first={i === 0} busy={keep.isPending && keep.variables?.relevant[0] === h.id} keep={() => keep.mutate({ base: h.base, relevant: [h.id] })} />)}</ul>}
          <p className="know-do">{none && <Button size="small" loading={keep.isPending && keep.variables?.relevant.length === 0} onClick={() => keep.mutate({ base: none, relevant: [] })}>{t.noneIsRight}</Button>}<Link href={query('/knowledge/new', { q: asked, base: none, lang: language(asked) })} className="know-button">{t.write}</Link></p>
        </div>
      )}
    </>
  );
}
