// The words of the pages. Each page keeps its own in words.ts as words(en, zh): the Chinese side must have exactly the
// English side's keys, or it does not compile. What people said or wrote is never translated.
import { useSyncExternalStore } from 'react';

export type Lang = 'en' | 'zh';

type Same<T> = {
  [K in keyof T]: T[K] extends string ? string : T[K] extends (...a: infer A) => string ? (...a: A) => string : Same<T[K]>;
};

export interface Words<T> { en: T; zh: T }

export function words<T>(en: T, zh: Same<NoInfer<T>>): Words<T> {
  return { en, zh: zh as unknown as T };
}

function store<T extends string>(key: string, fallback: () => T, allowed: readonly T[]) {
  let value = fallback();
  try {
    const kept = localStorage.getItem(key) as T | null;
    if (kept && allowed.includes(kept)) value = kept;
  } catch { /* private mode */ }
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(v: T) {
      value = v;
      try { localStorage.setItem(key, v); } catch { /* private mode */ }
      listeners.forEach(f => f());
    },
    subscribe(f: () => void) { listeners.add(f); return () => { listeners.delete(f); }; },
  };
}

const browserLang = (): Lang => (typeof navigator !== 'undefined' && navigator.language?.toLowerCase().startsWith('zh') ? 'zh' : 'en');
export const langStore = store<Lang>('parley.lang', browserLang, ['en', 'zh']);
export type Theme = 'auto' | 'light' | 'dark';
export const themeStore = store<Theme>('parley.theme', () => 'auto', ['auto', 'light', 'dark']);
export const onOff = (key: string, first: boolean) => store<'on' | 'off'>(key, () => (first ? 'on' : 'off'), ['on', 'off']);

export const useLang = () => useSyncExternalStore(langStore.subscribe, langStore.get);
export const useTheme = () => useSyncExternalStore(themeStore.subscribe, themeStore.get);
export function useWords<T>(w: Words<T>): T { return w[useLang()]; }

// locale is the one numbers and dates are written in.
export function locale(): string {
  if (langStore.get() === 'zh') return 'zh-CN';
  return typeof navigator !== 'undefined' && navigator.language?.startsWith('en') ? navigator.language : 'en-GB';
}

// speech is the lang attribute for what was said, so that browsers choose the right glyphs and voice.
export const speech = (code?: string) => (code ? (code.startsWith('zh') ? 'zh-Hans' : code) : undefined);

// named looks a value up in a group of words and falls back to the value itself.
export const named = (group: Record<string, string>, value: string | undefined): string => (value === undefined ? '' : group[value] ?? value);
