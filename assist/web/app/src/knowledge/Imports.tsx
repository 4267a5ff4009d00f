// The last imports, each of which can be taken back; back is told when one was.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button } from 'antd';
import { get, post } from '../parts/api';
import { useWords } from '../parts/i18n';
import { explain } from '../parts/states';
import { useTask } from '../parts/task';
import { when } from '../parts/time';
import pw from '../parts/words';
import { Progress } from './bits';
import type { Imported, Task } from './model';
import w from './words';

export function Imports({ back }: { back?(): void }) {
  const t = useWords(w), p = useWords(pw), client = useQueryClient(), { modal } = App.useApp();
  const all = useQuery({ queryKey: ['knowledge', 'imports'], queryFn: () => get<{ items: Imported[] | null }>('/api/knowledge/imports') }), items = all.data?.items ?? [];
  const undo = useTask('knowledge', (x: Task) => x.counts, () => { back?.(); void client.invalidateQueries({ queryKey: ['knowledge'] }); });
  const ask = (x: Imported) => modal.confirm({ title: t.undoSure(x.base), content: t.undoWhy, okText: t.undo, cancelText: t.cancel, onOk: () => undo.run(() => post<Task>(`/api/knowledge/imports/${encodeURIComponent(x.id)}/undo`)) });
  if (items.length === 0 && !undo.result && !undo.busy) return null;
  const why = undo.error !== undefined ? explain(undo.error, p) : null;
  return (
    <section className="know-panel know-imports" aria-labelledby="know-imports">
      <header><h2 id="know-imports">{t.lastImports}</h2></header>
      {undo.busy && <Progress task={undo.task} what={t.undoing} />}
      {undo.result && <Alert type="success" showIcon role="status" title={t.undone(undo.result.new + undo.result.changed, undo.result.same)} />}
      {why && <Alert type="error" showIcon role="alert" title={why.title} description={why.why} />}
      <ul className="know-folders">{items.map(x => <li key={x.id} className="know-folder know-foot"><span>{when(x.at)}</span><b>{x.base}</b><span>{x.by}</span><span>{t.applied(x.new, x.changed)}</span><span className="grow" /><Button size="small" disabled={undo.busy} onClick={() => ask(x)}>{t.undo}</Button></li>)}</ul>
    </section>
  );
}
