import { Alert, Button, Form, Input, Modal } from 'antd';
import { useState, type ReactNode } from 'react';
import { useSearch } from 'wouter';
import { barred, Problem, setToken } from '../parts/api';
import { useWords } from '../parts/i18n';
import { explain } from '../parts/states';
import pw from '../parts/words';
import { LangButton, ThemeButton } from './Tools';
import { useSession } from './session';
import w from './words';

// Doorway is the page without the shell: a card in the middle.
export function Doorway({ title, why, children }: { title: string; why?: string; children: ReactNode }) {
  return (
    <div className="doorway">
      <header><span className="brand"><img src="/icon.svg" alt="" width="24" height="24" />Parley</span><span><LangButton /><ThemeButton /></span></header>
      <main><h1>{title}</h1>{why && <p className="soft">{why}</p>}{children}</main>
    </div>
  );
}

export function SignInForm({ done, barred }: { done?: () => void; barred?: () => void }) {
  const t = useWords(w), p = useWords(pw), { session, signIn, reload } = useSession();
  const [busy, setBusy] = useState(false), [wrong, setWrong] = useState(''), [byToken, setByToken] = useState(false);
  const attempt = async (f: () => Promise<void>) => {
    setBusy(true); setWrong('');
    try { await f(); done?.(); } catch (err) {
      if (barred && err instanceof Problem && err.status === 403) { barred(); return; }
      setWrong(err instanceof Problem && err.status === 401 ? (byToken ? t.tokenWrong : t.wrong) : err instanceof Problem && err.status === 403 ? t.barred : err instanceof Problem && err.status === 429 ? t.many : explain(err, p).why);
    } finally { setBusy(false); }
  };
  if (byToken) {
    return (
      <Form layout="vertical" requiredMark={false} onFinish={(v: { token: string }) => attempt(async () => {
        setToken(v.token);
        const res = await fetch('/api/calls?limit=1', { headers: { Authorization: `Bearer ${v.token}` } });
        if (res.status === 401) { setToken(''); throw new Problem(401, '', ''); }
        await reload();
      })}>
        {wrong && <Alert type="error" showIcon title={wrong} className="gap" />}
        <Form.Item label={t.token} name="token" extra={t.tokenWhy} rules={[{ required: true, message: '' }]}><Input.Password autoFocus autoComplete="off" /></Form.Item>
        <Button type="primary" htmlType="submit" block loading={busy}>{t.enter}</Button>
        <Button type="link" block onClick={() => setByToken(false)}>{t.usePassword}</Button>
      </Form>
    );
  }
  return (
    <Form layout="vertical" requiredMark={false} onFinish={(v: { login: string; password: string }) => attempt(() => signIn(v.login, v.password))}>
      {wrong && <Alert type="error" showIcon title={wrong} className="gap" />}
      {session?.first_start && <Alert type="info" showIcon title={t.firstStart} className="gap" />}
      <Form.Item label={t.login} name="login" rules={[{ required: true, message: '' }]}><Input autoFocus autoComplete="username" autoCapitalize="none" spellCheck={false} /></Form.Item>
      <Form.Item label={t.password} name="password" rules={[{ required: true, message: '' }]}><Input.Password autoComplete="current-password" /></Form.Item>
      <Button type="primary" htmlType="submit" block loading={busy}>{t.enter}</Button>
      {session?.oidc && <Button block className="gap-top" href="/api/session/oidc">{t.oidc}</Button>}
      <Button type="link" block onClick={() => setByToken(true)}>{t.useToken}</Button>
    </Form>
  );
}

export function SignIn() {
  const t = useWords(w), failed = new URLSearchParams(useSearch()).get('failed');
  return <Doorway title={t.signIn} why={t.signInWhy}>{failed && <Alert type="error" showIcon title={failed === 'disabled' ? t.barred : t.oidcFailed} />}<SignInForm done={() => { if (location.pathname === '/signin') location.replace('/'); }} /></Doorway>;
}

// Expired lies over the page when the session has run out; the page keeps what it has, unless whoever signs in is disabled.
export function Expired() {
  const t = useWords(w), { expired, session } = useSession();
  return <Modal open={expired && !!session?.person} closable={false} keyboard={false} mask={{ closable: false }} footer={null} title={t.expired} destroyOnHidden><p>{t.expiredWhy}</p><SignInForm barred={barred} /></Modal>;
}

export function Welcome() {
  const t = useWords(w), p = useWords(pw), { welcome, session } = useSession(), link = new URLSearchParams(useSearch()), token = link.get('token') ?? '', login = link.get('login') ?? '';
  const first = !login && (session?.first_start ?? true); // who is invited has a login, also before there is an admin
  const [busy, setBusy] = useState(false), [bad, setBad] = useState(!token), [wrong, setWrong] = useState('');
  if (bad) return <Doorway title={t.badLink} why={t.badLinkWhy}><Button href="/">{t.home}</Button></Doorway>;
  const create = async (v: { login: string; name: string; password: string }) => {
    setBusy(true); setWrong('');
    try {
      await welcome(first ? { token, login: v.login, name: v.name, password: v.password } : { token, password: v.password });
      history.replaceState(null, '', '/');
      location.assign('/');
    } catch (err) {
      if (err instanceof Problem && [401, 403, 404, 410].includes(err.status)) setBad(true); else setWrong(explain(err, p).why);
    } finally { setBusy(false); }
  };
  return (
    <Doorway title={t.welcome} why={t.welcomeWhy}>
      <Form layout="vertical" requiredMark={false} onFinish={create}>
        {wrong && <Alert type="error" showIcon title={wrong} className="gap" />}
        {first && <><Form.Item label={t.name} name="name" rules={[{ required: true, message: '' }]}><Input autoFocus autoComplete="name" /></Form.Item>
        <Form.Item label={t.login} name="login" rules={[{ required: true, message: '' }]}><Input autoComplete="username" autoCapitalize="none" spellCheck={false} /></Form.Item></>}
        {login && <Form.Item label={t.login} htmlFor="whose"><Input id="whose" value={login} readOnly autoComplete="username" /></Form.Item>}
        <Form.Item label={t.password} name="password" rules={[{ required: true, min: 10, message: t.short }]} extra={t.short}><Input.Password autoComplete="new-password" /></Form.Item>
        <Form.Item label={t.passwordAgain} name="again" dependencies={['password']} rules={[({ getFieldValue }) => ({ validator: (_, v) => (v === getFieldValue('password') ? Promise.resolve() : Promise.reject(new Error(t.notSame))) })]}><Input.Password autoComplete="new-password" /></Form.Item>
        <Button type="primary" htmlType="submit" block loading={busy}>{t.create}</Button>
      </Form>
    </Doorway>
  );
}
