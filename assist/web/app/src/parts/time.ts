// How numbers and times are written, and the clock that makes live things show their age.
import { useSyncExternalStore } from 'react';
import { locale } from './i18n';

// clock writes an offset or duration in seconds as m:ss or h:mm:ss.
export function clock(seconds: number | undefined): string {
  const s = Math.max(0, Math.floor(seconds ?? 0));
  const ss = String(s % 60).padStart(2, '0'), mm = Math.floor(s / 60) % 60;
  return s >= 3600 ? `${Math.floor(s / 3600)}:${String(mm).padStart(2, '0')}:${ss}` : `${mm}:${ss}`;
}

const minus = (s: string) => s.replace('-', '−');
export const number = (v: number, digits = 0) =>
  minus(new Intl.NumberFormat(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(v));
export const percent = (share: number, digits = 0) =>
  minus(new Intl.NumberFormat(locale(), { style: 'percent', minimumFractionDigits: digits, maximumFractionDigits: digits }).format(share));
export const ms = (v: number) => `${number(Math.round(v))} ms`;
export const money = (v: number, currency: string) => {
  try {
    return new Intl.NumberFormat(locale(), { style: 'currency', currency, maximumFractionDigits: Number.isInteger(v) ? 0 : 2 }).format(v);
  } catch { return `${number(v, 2)} ${currency}`; }
};

// when writes a moment in the viewer's zone: the time today, the date too on other days.
export function when(iso: string | undefined): string {
  if (!iso) return '';
  const d = new Date(iso);
  if (Number.isNaN(d.getTime())) return iso;
  const today = new Date().toDateString() === d.toDateString();
  const thisYear = new Date().getFullYear() === d.getFullYear();
  return new Intl.DateTimeFormat(locale(), today ? { timeStyle: 'short' }
    : { year: thisYear ? undefined : 'numeric', month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' }).format(d);
}

// skew is how far the server's clock is ahead of this one's, in milliseconds. Less than two seconds is none, nor is it a change: the server
// tells whole ones, and answers take a while.
let skew = 0;
export const setSkew = (v: number) => { if (Math.abs(v - skew) > 2000) skew = Math.abs(v) > 2000 ? v : 0; };
export const serverNow = () => Date.now() + skew;
export const since = (iso: string | undefined, now = serverNow()) => (iso ? Math.max(0, (now - Date.parse(iso)) / 1000) : 0);

// until is how long it is to a moment, in seconds; 0 once it has come.
export const until = (iso: string | undefined, now = serverNow()) => (iso ? Math.max(0, (Date.parse(iso) - now) / 1000) : 0);

// useNow is the server's time, renewed once a second by one timer for the whole page.
const watchers = new Set<() => void>();
let timer = 0, current = 0;
const tick = () => { current = Math.floor(serverNow() / 1000) * 1000; watchers.forEach(f => f()); };
export function useNow(): number {
  return useSyncExternalStore(f => {
    watchers.add(f);
    if (!timer) { tick(); timer = window.setInterval(tick, 1000); }
    return () => {
      watchers.delete(f);
      if (watchers.size === 0) { clearInterval(timer); timer = 0; }
    };
  }, () => current || (current = Math.floor(serverNow() / 1000) * 1000));
}
