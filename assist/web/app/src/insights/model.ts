// What the server says about what calls are about.
import { clock, money, number, percent } from '../parts/time';

export type Unit = 'count' | 'share' | 's' | 'number' | 'money';
export type By = 'day' | 'queue' | 'agent' | 'intent' | 'topic';
export type Outcome = 'resolved_bot' | 'resolved_person' | 'promised' | 'open' | 'cannot_tell';
export interface Value { value: number | null; low: number | null; high: number | null; n: number; unknown: number }
export interface Change { value: number; low: number | null; high: number | null; sure: boolean }
export interface Figure extends Value {
  id: string; name_en: string; name_zh: string; unit: Unit; definition_en: string; definition_zh: string; formula: string; better: number; machine: boolean;
  before?: Value; change?: Change; worked?: string; currency?: string; calls_query: string;
}
export interface Group { key: string; name: string; calls: number; figures: Record<string, Value>; calls_query: string }
export interface Trend { callers: number; callers_before: number; callers_all: number; callers_all_before: number; factor: number | null; factor_low: number | null; factor_high: number | null; p: number; rising: boolean; new: boolean }
export interface Example { call: string; turn: number; at_s: number; text: string }
export interface Topic {
  id: string; name: string; edited: boolean; lang: string; n: number; share: Value; daily: number[]; trend: Trend; rising: boolean; new: boolean; phrases: string[] | null;
  example?: Example; upset: Value; quiet_until?: string; calls_query: string;
}
export interface Alert { id: string; topic: string; name: string; lang: string; level: 'info' | 'warning' | 'critical'; hours: number; trend: Trend; upset: Value; usual_upset: number | null; others_upset: Value; warned: number; phrases: string[] | null; why: string[]; calls_query: string }
export interface OutcomeView { id: Outcome; n: number; judged: number; share: Value; before?: Value; calls_query: string }
export interface Repeat { key: string; name: string; n: number; callers: number; same: number; share: Value; after: Partial<Record<Outcome, number>>; examples: { first: Example; second: Example }[] | null; calls_query: string }
export interface BlindSpot { id: string; lang: string; question: string; n: number; callers: number; phrases: string[] | null; examples: Example[] | null; calls_query: string }
export interface View {
  from: string; to: string; zone: string; days: string[]; compared?: { from: string; to: string }; queue?: string; by: By; queues: string[] | null; figures: Figure[]; series: Group[]; topics: Topic[]; topicked: Value;
  outcomes: OutcomeView[]; repeats: Repeat[]; blind_spots: BlindSpot[]; alerts: Alert[]; missing: number; repeat_days: number;
}
export interface Row { call: string; at: string; queue: string; lang: string; channel: string; agent?: string; intent?: string; topic?: string; outcome: Outcome; judged: boolean; length_s: number; reason?: string; turn?: number; at_s?: number; value: number | null; follows?: string }
export interface Behind { items: Row[] | null; total: number; next?: number }

// write writes a value of a unit, none where there is no value.
export function write(v: number | null | undefined, unit: Unit, none: string, currency = ''): string {
  if (v === null || v === undefined) return none;
  switch (unit) {
    case 'share': return percent(v, 1);
    case 's': return clock(Math.round(v));
    case 'count': return number(v);
    case 'money': return money(Math.round(v), currency);
    default: return number(v, 2);
  }
}

// between writes the interval, '' where there is none.
export function between(v: Value, unit: Unit, currency = ''): string {
  if (v.low === null || v.high === null || v.low === undefined || v.high === undefined) return '';
  return `${write(v.low, unit, '', currency)} – ${write(v.high, unit, '', currency)}`;
}

// signed writes a difference with its interval, that of shares in points: '' where there is none.
export function signed(c: Change | undefined, unit: Unit, points: (v: string) => string, currency = ''): string {
  if (!c) return '';
  const one = (v: number) => `${v > 0 ? '+' : v < 0 ? '−' : ''}${unit === 'share' ? number(Math.abs(v) * 100, 1) : write(Math.abs(v), unit, '', currency)}`, said = unit === 'share' ? points(one(c.value)) : one(c.value);
  return c.low === null || c.high === null ? said : `${said} (${one(c.low)} … ${one(c.high)})`;
}

// shift moves a day of the calendar, written as 2026-11-20.
export function shift(day: string, by: number): string {
  const d = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(d.getTime())) return day;
  d.setUTCDate(d.getUTCDate() + by);
  return d.toISOString().slice(0, 10);
}

// length is how many days from one to another there are, both counted.
export const length = (from: string, to: string) => Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86400000) + 1;

// scale is where a chart's axis ends: a little above the largest value, never 0.
export function scale(values: (number | null | undefined)[], unit: Unit): number {
  const most = Math.max(0, ...values.map(v => v ?? 0));
  if (unit === 'share') return Math.min(1, Math.max(0.1, Math.ceil(most * 10) / 10));
  if (most === 0) return 1;
  const step = 10 ** Math.floor(Math.log10(most));
  return Math.ceil(most / step) * step;
}

// verdict says how a change is to be read: by chance, for the better, for the worse, or neither.
export function verdict(f: Figure): 'none' | 'chance' | 'better' | 'worse' | 'moved' {
  if (!f.change || f.change.value === 0) return 'none';
  if (!f.change.sure) return 'chance';
  if (f.better === 0) return 'moved';
  return f.change.value * f.better > 0 ? 'better' : 'worse';
}

// place is where a page shows a second of a call: the reviewer's, which has the sound with its tracks, or the plain one.
export const place = (judge: boolean, x: { call: string; turn?: number; at_s?: number }) => (judge && (x.turn || x.at_s) ? `/quality/calls/${x.call}?t=${(x.at_s ?? 0).toFixed(1)}` : x.turn ? `/calls/${x.call}?turn=${x.turn}` : `/calls/${x.call}`);
