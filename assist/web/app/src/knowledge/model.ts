// What the page of the knowledge works with, and how a form becomes an entry.
import type { Task as Begun } from '../parts/task';
import type { Said } from './reasons';

export type State = 'draft' | 'review' | 'published' | 'expired';
export type Audience = 'bot' | 'agent';
export const states: State[] = ['draft', 'review', 'published', 'expired'];

export interface Entry {
  id: string; base: string; state: State; lang: string; question: string; similar: string[] | null; answer: string; category: string; audience: Audience;
  queues: string[] | null; from?: string; until?: string; version: number; pair?: { id: string; lang: string; stale: boolean }; updated: string; by: string;
}
export interface Base { name: string; entries: number; langs: Record<string, number> | null }
export interface Reason { kind: 'same' | 'words' | 'sound' | 'meaning' | 'rival' | 'bar'; words?: string[] | null; rank?: number; yes?: boolean }
export interface Hit { id: string; base: string; question: string; answer: string; p_right: number; ranks: { lexical: number; pinyin: number; dense: number }; reasons?: Reason[] | null }
export interface Trial { decision: string; entry: string; text: string; bar: number; hits: Hit[] | null }
export interface Asked { call: string; turn: number; text: string; at: string; rated_bad: boolean; entry?: string }
export interface Gap {
  id: string; question: string; texts: string[] | null; base: string; lang: string; count: number; rated_bad: number; last: string; examples: Asked[] | null;
  nearest?: { id: string; base: string; question: string; p_right: number }; draft?: { base: string; id: string };
}
export interface Reply { call: string; turn: number; text: string }
export interface Dismissal { base: string; question: string; wordings: number; reason: string; by: string; at: string }
export interface CallTurn { call: string; turn: number; at?: string }
export interface Origin { count: number; rated_bad: number; calls: CallTurn[] | null; reply?: CallTurn; by: string; at: string; decision?: 'approved' | 'returned'; reason?: string; decider?: string; decided?: string }
export interface Waiting { entry: Entry; origin?: Origin }
export interface Use { id: string; base: string; question: string; shown: number; used: number; resolved: number; rejected: number; last?: string }
export interface Golden { query: string; relevant: string[] | null }
export interface Failure { query: string; want: string[] | null; got: string; decision: string; text?: string; p_right?: number; offered?: boolean; wrong: boolean }
export interface Run { base: string; at: string; by?: string; n: number; answered: number; helped: number; wrong: number; r1: number; failures: Failure[] | null; passed?: string[] | null }
export type Titles = Record<string, string>;
export interface Outcome { entry: string; decision: string; text: string; p_right: number; choices: string[] | null }
export interface Change { kind: 'gain' | 'loss' | 'changed'; query: string; lang: string; golden: boolean; want?: string[] | null; before: Outcome; after: Outcome }
export interface Preview { changes: Change[] | null; n: number; golden: number; gains: number; losses: number; titles?: Titles }
export interface Task extends Begun { counts?: Counts; run?: Run; preview?: Preview }
export interface VoiceChoice { voice: string; lang: string; route?: string; base: boolean }
export interface Dated { at: string; what: 'begins' | 'ends'; id: string; base: string; lang: string; question: string; state: State; past: boolean }
export interface Note extends Said { kind: string; where: string; text: string }
export interface Folder extends Said { folder: string; base: string; state: 'waiting' | 'fine' | 'held' | 'failed'; why?: string; looked?: string; imported?: string; id?: string; new: number; changed: number; same: number; problems: ({ where: string; why: string } & Said)[] | null; report: Note[] | null }
export interface Text { question: string; answer: string; similar: string[] | null; other?: Record<string, string> | null }
export interface Row extends Said { where: string; state: 'new' | 'changed' | 'same' | 'invalid'; why?: string; question?: string; differs?: string[] | null; before?: Text; after?: Text }
export interface Counts { new: number; changed: number; same: number; invalid: number }
export interface Imported { id: string; base: string; at: string; by: string; new: number; changed: number }
export interface Checked { id: string; rows: Row[] | null; counts: Counts; report: Note[] | null }

export interface Draft { base: string; question: string; similar: string; answer: string; lang: string; audience: Audience; category: string; queues: string; from: string; until: string; state: State }

export const at = (base: string, id: string) => `/api/knowledge/entries/${encodeURIComponent(base)}/${encodeURIComponent(id)}`;
export const here = (base: string, id: string) => `/knowledge/entry/${encodeURIComponent(base)}/${encodeURIComponent(id)}`;

// badly is the entry that callers heard and took badly, '' where they heard none: it is to be changed, not another one written.
export const badly = (g: Gap) => (g.base && g.examples?.find(x => x.rated_bad && x.entry)?.entry) || '';

// lines splits a text box into its lines without what is empty or said twice.
export const lines = (text: string) => [...new Set(text.split('\n').map(s => s.trim()).filter(Boolean))];

// local writes a time for a field of date and time, in the zone of the person; '' for none.
export function local(iso: string | undefined): string {
  const d = new Date(iso ?? '');
  if (Number.isNaN(d.getTime())) return '';
  const two = (n: number) => String(n).padStart(2, '0');
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}T${two(d.getHours())}:${two(d.getMinutes())}`;
}
const instant = (v: string) => { const d = new Date(v); return v && !Number.isNaN(d.getTime()) ? d.toISOString() : undefined; };

export const draftOf = (e: Partial<Entry>): Draft => ({
  base: e.base ?? '', question: e.question ?? '', similar: (e.similar ?? []).join('\n'), answer: e.answer ?? '', lang: e.lang ?? 'en', audience: e.audience ?? 'bot',
  category: e.category ?? '', queues: (e.queues ?? []).join(', '), from: local(e.from), until: local(e.until), state: e.state ?? 'draft',
});

// sameTime keeps the seconds of a time that the form, which shows none, did not change.
const sameTime = (field: string, old: string | undefined) => (old && field === local(old) ? old : instant(field));

// paired is what is sent to tie an entry, otherwise as it is, to the one in the other language.
export const paired = (e: Entry, other: string) => ({ question: e.question, answer: e.answer, similar: e.similar ?? [], lang: e.lang, audience: e.audience, category: e.category, state: e.state, queues: e.queues ?? [], from: e.from, until: e.until, pair: other, version: e.version });

// body is what is sent to store a draft in place of old (none for a new entry).
export const body = (d: Draft, old?: Entry) => ({
  question: d.question.trim(), answer: d.answer.trim(), similar: lines(d.similar), lang: d.lang, audience: d.audience, category: d.category.trim(), state: d.state,
  queues: [...new Set(d.queues.split(/[,，、]/).map(s => s.trim()).filter(Boolean))], from: sameTime(d.from, old?.from), until: sameTime(d.until, old?.until), pair: old?.pair?.id, version: old?.version ?? 0,
});

// added is a draft with more ways to ask.
export const added = (d: Draft, add: string[]): Draft => (add.length ? { ...d, similar: lines([d.similar, ...add.filter(x => x !== d.question)].join('\n')).join('\n') } : d);

export const changed = (a: Draft, b: Draft) => (Object.keys(a) as (keyof Draft)[]).some(k => a[k] !== b[k]);
export const backwards = (d: Draft) => !!d.from && !!d.until && d.from >= d.until;
export const newID = () => `e-${Array.from(crypto.getRandomValues(new Uint8Array(6)), b => b.toString(16).padStart(2, '0')).join('')}`;
// language guesses what a question is written in.
export const language = (text: string) => (/\p{Script=Han}/u.test(text) ? 'zh' : 'en');

// callAt is where a call is shown at a turn.
export const callAt = (c: { call: string; turn?: number }) => `/calls/${encodeURIComponent(c.call)}${c.turn ? `?turn=${c.turn}` : ''}`;

export type Verdict = 'passed' | 'missed' | 'wrong' | 'absent';
// verdict tells how a question did in a run; absent means it was not in it, as far as the run tells.
export function verdict(run: Run, query: string): Verdict {
  const f = (run.failures ?? []).find(x => x.query === query);
  if (f) return f.wrong ? 'wrong' : 'missed';
  return (run.passed ?? []).includes(query) ? 'passed' : 'absent';
}
export const passed = (run: Run) => run.passed?.length ?? run.n - (run.failures?.length ?? 0);

// days of a month as a grid of whole weeks that begin on Monday.
export function weeks(year: number, month: number): Date[][] {
  const first = new Date(year, month, 1), start = new Date(year, month, 1 - ((first.getDay() + 6) % 7)), out: Date[][] = [];
  for (let d = start; out.length === 0 || d.getMonth() === month; d = new Date(d.getFullYear(), d.getMonth(), d.getDate() + 7)) {
    out.push(Array.from({ length: 7 }, (_, i) => new Date(d.getFullYear(), d.getMonth(), d.getDate() + i)));
  }
  return out;
}
export const sameDay = (a: Date, b: Date) => a.getFullYear() === b.getFullYear() && a.getMonth() === b.getMonth() && a.getDate() === b.getDate();

// share of a part, 0 for a part of nothing.
export const share = (n: number, of: number) => (of > 0 ? n / of : 0);
// soon reports whether a moment lies in the next days.
export const soon = (iso: string | undefined, days: number, now = Date.now()) => { const t = Date.parse(iso ?? ''); return !Number.isNaN(t) && t > now && t < now + days * 86400000; };
