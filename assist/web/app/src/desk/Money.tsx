// What may be offered to make good: at once up to the ceiling, above it a supervisor is asked.
import { Button, Input } from 'antd';
import { useState } from 'react';
import { useLang, useWords } from '../parts/i18n';
import { money } from '../parts/time';
import { useActions } from './actions';
import { reasonsIn, type DeskCall, type Grant } from './model';
import w from './moneywords';

export function Money({ call }: { call: DeskCall }) {
  const t = useWords(w), lang = useLang(), act = useActions(), c = call.ceiling, [amount, setAmount] = useState(''), [note, setNote] = useState(''), [busy, setBusy] = useState(false);
  if (!c) return null;
  const v = Number(amount.replace(',', '.')), good = v > 0 && Number.isFinite(v), most = Math.max(c.amount, c.with_more ?? 0);
  const offer = async () => { setBusy(true); if (await act.offer(v, note)) { setAmount(''); setNote(''); } setBusy(false); };
  return (
    <section className="ceiling" aria-label={t.title}>
      <strong>{t.upTo(money(c.amount, c.currency))}</strong>{most > c.amount && <span> {t.more(money(most, c.currency))}</span>}
      <p className="soft">{t.why}: {reasonsIn(lang, c).join(' · ')}</p>
      {!!call.grants?.length && <ul className="grants">{call.grants.map(g => <li key={g.id}>{money(g.amount, g.currency)} <strong>{mark[g.state]} {t.state[g.state]}</strong>{g.answer && <span className="soft" dir="auto"> {g.answer}</span>}</li>)}</ul>}
      {most > 0 && (
        <form className="offer-money" onSubmit={e => { e.preventDefault(); if (good && v <= most) void offer(); }}>
          <Input size="small" inputMode="decimal" aria-label={`${t.amount} (${c.currency})`} prefix={c.currency} placeholder={`≤ ${c.amount}`} value={amount} onChange={e => setAmount(e.target.value)} />
          <Input size="small" aria-label={t.note} placeholder={t.note} maxLength={500} value={note} onChange={e => setNote(e.target.value)} />
          <Button size="small" htmlType="submit" loading={busy} disabled={!good || v > most}>{good && v > c.amount ? t.ask : t.offer}</Button>
          {good && v > most && <span role="alert">{t.tooMuch(money(most, c.currency))}</span>}
        </form>
      )}
    </section>
  );
}

const mark: Record<Grant['state'], string> = { asked: '…', granted: '✓', refused: '✕', withdrawn: '–' };
