import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Form, Input, Modal, Select } from 'antd';
import { useState } from 'react';
import { del, get, patch, post } from '../parts/api';
import { useWords } from '../parts/i18n';
import { Empty, explain, Load } from '../parts/states';
import pw from '../parts/words';
import { useSession, type Person, type Role } from '../shell/session';
import w from './words';

interface Member extends Person { state: 'invited' | 'active' | 'disabled' }

const roles: Role[] = ['agent', 'supervisor', 'knowledge', 'quality', 'admin'];

function Edit({ person, close }: { person: Partial<Person> | null; close: () => void }) {
  const t = useWords(w), p = useWords(pw), client = useQueryClient(), { message } = App.useApp();
  const save = useMutation({
    mutationFn: ({ login, ...v }: Partial<Person>) => (person?.id ? patch(`/api/people/${person.id}`, v) : post('/api/people', { login, ...v })), // a login stays what it is
    onSuccess: () => { void client.invalidateQueries({ queryKey: ['people'] }); close(); },
    onError: err => { const e = explain(err, p); void message.error(`${e.title}. ${e.why}`, 6); },
  });
  return (
    <Modal open={!!person} onCancel={close} title={person?.id ? t.edit : t.add} footer={null} destroyOnHidden>
      {person && (
        <Form layout="vertical" requiredMark={false} initialValues={{ queues: [], langs: ['en', 'zh'], skills: [], roles: ['agent'], ...Object.fromEntries(Object.entries(person).map(([k, v]) => [k, v ?? []])) }} onFinish={v => save.mutate(v as Partial<Person>)}>
          <Form.Item label={t.name} name="name" rules={[{ required: true, message: '' }]}><Input autoFocus autoComplete="off" /></Form.Item>
          <Form.Item label={t.login} name="login" rules={[{ required: true, message: '' }]}><Input autoComplete="off" autoCapitalize="none" spellCheck={false} disabled={!!person.id} /></Form.Item>
          <Form.Item label={t.roles} name="roles" rules={[{ required: true, message: t.rolesNeeded, type: 'array', min: 1 }]}><Select mode="multiple" options={roles.map(r => ({ value: r, label: `${t.roleName[r]}: ${t.roleWhat[r]}` }))} /></Form.Item>
          <Form.Item label={t.langs} name="langs"><Select mode="multiple" options={Object.entries(t.langName).map(([value, label]) => ({ value, label }))} /></Form.Item>
          <Form.Item label={t.queues} name="queues" extra={`${t.manyHint} · ${t.none} = ${t.allQueues}`}><Select mode="tags" open={false} suffixIcon={null} /></Form.Item>
          <Form.Item label={t.skills} name="skills" extra={t.manyHint}><Select mode="tags" open={false} suffixIcon={null} /></Form.Item>
          <div className="dialog-foot"><Button onClick={close}>{t.cancel}</Button><Button type="primary" htmlType="submit" loading={save.isPending}>{t.save}</Button></div>
        </Form>
      )}
    </Modal>
  );
}

export function People() {
  const t = useWords(w), p = useWords(pw), { session } = useSession(), client = useQueryClient(), { message, modal } = App.useApp();
  const people = useQuery({ queryKey: ['people'], queryFn: () => get<{ items: Member[] | null }>('/api/people') });
  const [editing, setEditing] = useState<Partial<Person> | null>(null), [link, setLink] = useState<{ name: string; link: string } | null>(null), [copied, setCopied] = useState(false);
  const fail = (err: unknown) => { const e = explain(err, p); void message.error(`${e.title}. ${e.why}`, 6); };
  const invite = (x: Person) => post<{ link: string }>(`/api/people/${x.id}/invite`).then(d => { setCopied(false); setLink({ name: x.name, link: d.link }); }, fail);
  const remove = (x: Person) => modal.confirm({ title: t.removeSure(x.name), okText: t.remove, cancelText: t.cancel, okButtonProps: { danger: true }, onOk: () => del(`/api/people/${x.id}`).then(() => client.invalidateQueries({ queryKey: ['people'] }), fail) });
  const enable = (x: Member, on: boolean) => patch(`/api/people/${x.id}`, { disabled: !on }).then(() => { void message.success(on ? t.enabled(x.name) : t.disabled(x.name)); return client.invalidateQueries({ queryKey: ['people'] }); }, fail);
  const disable = (x: Member) => modal.confirm({ title: t.disableSure(x.name), content: t.disableWhy, okText: t.disable, cancelText: t.cancel, okButtonProps: { danger: true }, onOk: () => enable(x, false) });
  const list = (v: string[] | null | undefined, none: string) => (v?.length ? v.join(', ') : none);
  return (
    <>
      <p className="settings-do"><Button type="primary" onClick={() => setEditing({})}>{t.add}</Button></p>
      <Load of={people}>{d => ((d.items ?? []).length <= 0 ? <Empty title={t.emptyPeople}>{t.emptyPeopleWhy}</Empty> : (
        <div className="table-box" tabIndex={0} role="region" aria-label={t.tabs.people}><table className="table stack"><thead><tr><th>{t.name}</th><th>{t.login}</th><th>{t.roles}</th><th>{t.queues}</th><th>{t.langs}</th><th>{t.skills}</th><th><span className="sr">{t.edit}</span></th></tr></thead>
          <tbody>{(d.items ?? []).map(x => (
            <tr key={x.id} className={x.state}><td data-k={t.name}><span>{x.name}{x.id === session?.person?.id && <> <span className="tag">{t.you}</span></>}{x.state !== 'active' && <> <span className={`tag${x.state === 'disabled' ? ' warn' : ''}`} title={t.stateWhat[x.state]}>{t.state[x.state]}</span></>}</span></td><td className="mono" data-k={t.login}>{x.login}</td><td data-k={t.roles}><span>{x.roles.map(r => <span className="tag" key={r} title={t.roleWhat[r]}>{t.roleName[r] ?? r}</span>)}</span></td><td data-k={t.queues}>{list(x.queues, t.allQueues)}</td><td data-k={t.langs}>{list(x.langs?.map(l => t.langName[l as 'en' | 'zh'] ?? l), t.none)}</td><td data-k={t.skills}>{list(x.skills, t.none)}</td>
              <td className="table-do"><Button size="small" aria-label={`${t.edit}: ${x.name}`} onClick={() => setEditing(x)}>{t.edit}</Button>{x.state !== 'disabled' && <Button size="small" aria-label={`${t.invite}: ${x.name}`} onClick={() => void invite(x)}>{t.invite}</Button>}{x.id !== session?.person?.id && <><Button size="small" aria-label={`${x.state === 'disabled' ? t.enable : t.disable}: ${x.name}`} onClick={() => { if (x.state === 'disabled') void enable(x, true); else disable(x); }}>{x.state === 'disabled' ? t.enable : t.disable}</Button><Button size="small" danger type="text" aria-label={`${t.remove}: ${x.name}`} onClick={() => remove(x)}>{t.remove}</Button></>}</td></tr>
          ))}</tbody></table></div>
      ))}</Load>
      <Edit person={editing} close={() => setEditing(null)} />
      <Modal open={!!link} onCancel={() => setLink(null)} title={t.inviteFor(link?.name ?? '')} footer={<Button onClick={() => setLink(null)}>{t.close}</Button>} destroyOnHidden>
        <p>{t.inviteWhy}</p><p className="invite-link"><code>{link?.link}</code> <Button size="small" onClick={() => void navigator.clipboard?.writeText(link?.link ?? '').then(() => setCopied(true), () => {})}>{copied ? `✓ ${t.copied}` : t.copy}</Button></p>
      </Modal>
    </>
  );
}
