import { langStore, themeStore, useLang, useTheme, useWords, type Theme } from '../parts/i18n';
import w from './words';

export const otherLang = () => langStore.set(langStore.get() === 'zh' ? 'en' : 'zh');
const themes: Theme[] = ['auto', 'light', 'dark'];
export const nextTheme = () => themeStore.set(themes[(themes.indexOf(themeStore.get()) + 1) % themes.length]!);

export function LangButton() {
  const t = useWords(w), lang = useLang();
  return <button type="button" className="tool" onClick={otherLang} title={t.language} aria-label={`${t.languageShort} · ${t.language}`} lang={lang === 'zh' ? 'en' : 'zh-Hans'}>{t.languageShort}</button>;
}

export function ThemeButton() {
  const t = useWords(w), theme = useTheme(), label = `${t.theme}: ${t.themes[theme]}`;
  return (
    <button type="button" className="tool" onClick={nextTheme} title={label} aria-label={label}>
      <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true"><path d="M10 2a8 8 0 1 0 0 16Z" fill="currentColor" /><circle cx="10" cy="10" r="7.2" fill="none" stroke="currentColor" strokeWidth="1.6" />{theme === 'auto' && <circle cx="10" cy="10" r="2" fill="var(--accent)" />}</svg>
    </button>
  );
}
