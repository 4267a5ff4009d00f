// What may be answered to a question: buttons for yes and no and for levels, boxes where several hold at once.
import { Button } from 'antd';
import { useState } from 'react';
import { useLang, useWords } from '../parts/i18n';
import { choices, type Kind, type Option, type Value } from './model';
import cw from './callwords';
import w from './words';

interface Props { type?: Kind; options?: Option[]; value: Value | null; here: boolean; label: string; told?: boolean; choose: (v: Value) => void }

const keyOf = (v: Value, i: number) => ({ yes: 'y', no: 'n', na: 'a', cannot_tell: 'x' })[v] ?? String(i + 1);

export function Answers({ type, options, value, here, label, told, choose }: Props) {
  const t = useWords(w), c = useWords(cw), zh = useLang() === 'zh', given = type === 'several' && value && value !== 'na' && value !== 'cannot_tell' ? value.split(',').filter(k => k !== 'none') : [];
  const [ticked, setTicked] = useState<string[] | null>(null), on = ticked ?? given, all = [...choices(type, options, zh, t.values), ...(told ? [{ value: 'cannot_tell', label: t.values.cannot_tell }] : [])];
  const text = (o: Option) => (zh ? o.text_zh || o.text_en : o.text_en || o.text_zh) || o.key;
  const tick = (key: string) => {
    const now = on.includes(key) ? on.filter(k => k !== key) : (options ?? []).map(o => o.key).filter(k => k === key || on.includes(k));
    setTicked(now);
    if (told) choose(now.join(',') || 'none');
  };
  return <>
    {type === 'several' && <fieldset className="q-level" style={{ border: 0, margin: 0, padding: 0 }}><legend className="sr">{label}: {c.choose}</legend>{(options ?? []).map(o => <label key={o.key}><input type="checkbox" checked={on.includes(o.key)} onChange={() => tick(o.key)} /> {text(o)}</label>)}</fieldset>}
    <div className="q-do" role="group" aria-label={label}>
      {type === 'several' && !told && <Button size="small" type={value && given.length > 0 ? 'primary' : 'default'} onClick={() => choose(on.join(',') || 'none')}>{on.length ? c.pickDone : c.none}</Button>}
      {type === 'several' && told && <Button size="small" type={value === 'none' ? 'primary' : 'default'} aria-pressed={value === 'none'} onClick={() => { setTicked([]); choose('none'); }}>{c.none}</Button>}
      {all.map((x, i) => <Button key={x.value} size="small" type={value === x.value ? 'primary' : 'default'} aria-pressed={value === x.value} onClick={() => choose(x.value)}>{x.label}{here && <> <kbd>{keyOf(x.value, i)}</kbd></>}</Button>)}
    </div>
  </>;
}
