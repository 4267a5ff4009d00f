// The watched folders: how each stands, what is wrong with it, and changes that wait for a person.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button } from 'antd';
import { get, post } from '../parts/api';
import { useLang, useWords } from '../parts/i18n';
import { explain, Load } from '../parts/states';
import { number, when } from '../parts/time';
import pw from '../parts/words';
import type { Folder } from './model';
import { place, reason } from './reasons';
import w from './words';

const tone = { waiting: '', fine: 'good', held: 'warn', failed: 'alert' } as const;

function One({ f, apply, busy }: { f: Folder; apply(): void; busy: boolean }) {
  const t = useWords(w), lang = useLang(), problems = f.problems ?? [], notes = f.report ?? [];
  return (
    <li className="know-folder">
      <p className="know-foot"><span className={`tag ${tone[f.state]}`}>{t.folderStates[f.state]}</span><code className="mono" dir="ltr">{f.folder}</code><span>→ {f.base}</span><span>{f.looked ? `${t.looked} ${when(f.looked)}` : t.notLooked}</span>{f.imported && <span>{t.brought} {when(f.imported)}</span>}</p>
      {f.why && <p className={f.state === 'failed' ? 'know-warn' : ''} dir="auto">{reason(lang, f.why, f)}</p>}
      {problems.length > 0 && <ul className="know-report">{problems.slice(0, 20).map((x, i) => <li key={i}><span className="faint">{place(lang, x.where)}</span> <span dir="auto">{reason(lang, x.why, x)}</span></li>)}{problems.length > 20 && <li className="faint">{t.andMore(number(problems.length - 20))}</li>}</ul>}
      {notes.length > 0 && <details><summary>{t.report} ({number(notes.length)})</summary><ul className="know-report">{notes.map((x, i) => <li key={i}><span className="faint">{place(lang, x.where)}</span> <span dir="auto">{reason(lang, x.text, x)}</span></li>)}</ul></details>}
      {f.state === 'held' && f.id && <p className="know-do"><span>{t.wouldChange(number(f.new), number(f.changed))}</span><Button type="primary" loading={busy} onClick={apply}>{t.agree}</Button></p>}
    </li>
  );
}

export function Watch() {
  const t = useWords(w), p = useWords(pw), client = useQueryClient(), { message } = App.useApp();
  const all = useQuery({ queryKey: ['knowledge', 'watch'], queryFn: () => get<{ items: Folder[] | null }>('/api/knowledge/watch'), refetchInterval: 15_000 });
  const apply = useMutation({ mutationFn: (id: string) => post<Folder>(`/api/knowledge/watch/${encodeURIComponent(id)}/apply`), onSuccess: () => { void message.success(t.agreed); void client.invalidateQueries({ queryKey: ['knowledge'] }); }, onError: err => { const x = explain(err, p); void message.error(`${x.title}. ${x.why}`, 6); void client.invalidateQueries({ queryKey: ['knowledge', 'watch'] }); } });
  return (
    <section className="know-panel" aria-labelledby="know-watch">
      <header><h2 id="know-watch">{t.watched}</h2></header>
      <Load of={all} rows={1}>{d => ((d.items ?? []).length === 0 ? <p className="soft">{t.noWatched} <code className="mono">knowledge.watch</code></p> : <ul className="know-folders">{(d.items ?? []).map(f => <One key={f.folder} f={f} busy={apply.isPending && apply.variables === f.id} apply={() => apply.mutate(f.id!)} />)}</ul>)}</Load>
    </section>
  );
}
