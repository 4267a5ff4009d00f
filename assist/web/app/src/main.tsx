import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { App as Ant, ConfigProvider, theme as ant } from 'antd';
import en from 'antd/locale/en_US';
import zh from 'antd/locale/zh_CN';
import { StrictMode, useEffect, useSyncExternalStore } from 'react';
import { createRoot } from 'react-dom/client';
import { Problem } from './parts/api';
import { useLang, useTheme } from './parts/i18n';
import { config } from './shell/config';
import { SessionProvider } from './shell/session';
import { App } from './shell/Shell';
import './parts/base.css';

// Some parts of the component library make style elements without the nonce they were given. Only this page's own scripts
// can run, so every style element they make may carry it.
const create = document.createElement.bind(document);
document.createElement = ((tag: string, o?: ElementCreationOptions) => {
  const el = create(tag, o);
  if (tag === 'style') el.nonce = config.nonce;
  return el;
}) as typeof document.createElement;

const client = new QueryClient({ defaultOptions: { queries: {
  staleTime: 5_000, refetchOnWindowFocus: true,
  retryDelay: n => 300 * 2 ** n,
  retry: (n, err) => n < 2 && !(err instanceof Problem && err.status >= 400 && err.status < 500),
} } });

const night = matchMedia('(prefers-color-scheme: dark)');
const useNight = () => useSyncExternalStore(f => { night.addEventListener('change', f); return () => night.removeEventListener('change', f); }, () => night.matches);

const font = 'ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "PingFang SC", "Noto Sans CJK SC", "Noto Sans SC", "Microsoft YaHei", "WenQuanYi Micro Hei", sans-serif';

function Root() {
  const lang = useLang(), theme = useTheme(), dark = useNight() ? theme !== 'light' : theme === 'dark';
  useEffect(() => {
    document.documentElement.lang = lang === 'zh' ? 'zh-Hans' : 'en';
    document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  }, [lang, dark]);
  return (
    <ConfigProvider locale={lang === 'zh' ? zh : en} csp={{ nonce: config.nonce }} button={{ autoInsertSpace: false }} wave={{ disabled: true }} theme={{
      algorithm: dark ? ant.darkAlgorithm : ant.defaultAlgorithm,
      token: {
        colorPrimary: dark ? '#2f9c91' : '#0f6e68', colorLink: dark ? '#55c2b6' : '#0f6e68', colorLinkHover: dark ? '#7fd6cc' : '#0b534e', colorLinkActive: dark ? '#7fd6cc' : '#0b534e', colorError: dark ? '#ff8a80' : '#b3261e', colorBgBase: dark ? '#171d1c' : '#ffffff', ...(dark ? { colorBgContainer: '#171d1c', colorBgElevated: '#1e2625', colorBorder: '#3f4b48' } : {}), colorTextBase: dark ? '#e8edeb' : '#17201e',
        colorTextDescription: dark ? '#a9b5b1' : '#4d5956', colorTextPlaceholder: dark ? '#9daba6' : '#5c6764', colorTextDisabled: dark ? '#9daba6' : '#5c6764', fontFamily: font, borderRadius: 8, motion: false, lineHeight: lang === 'zh' ? 1.65 : 1.55,
      },
      components: { Segmented: { trackBg: dark ? '#0b0f0e' : '#e4e9e7', itemColor: dark ? '#a9b5b1' : '#4d5956' }, Button: { primaryColor: dark ? '#06201d' : '#ffffff', ...(dark ? { colorPrimary: '#55c2b6', colorPrimaryHover: '#6fd0c5', colorPrimaryActive: '#3fb0a4' } : {}) } },
    }}>
      <Ant message={{ maxCount: 1 }} notification={{ maxCount: 1 }}><SessionProvider><App /></SessionProvider></Ant>
    </ConfigProvider>
  );
}

createRoot(document.getElementById('root')!).render(<StrictMode><QueryClientProvider client={client}><Root /></QueryClientProvider></StrictMode>);
