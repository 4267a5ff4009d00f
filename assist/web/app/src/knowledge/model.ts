// What the page of the knowledge works with, and how a form becomes an entry.
export type State = 'draft' | 'review' | 'published' | 'expired';
export type Audience = 'bot' | 'agent';
export const states: State[] = ['draft', 'review', 'published', 'expired'];

export interface Entry {
  id: string; base: string; state: State; lang: string; question: string; similar: string[] | null; answer: string; category: string; audience: Audience;
  queues: string[] | null; from?: string; until?: string; version: number; pair?: { id: string; lang: string; stale: boolean }; updated: string; by: string;
}
export interface Base { name: string; entries: number; langs: Record<string, number> | null }
export interface Hit { id: string; base: string; question: string; answer: string; p_right: number; ranks: { lexical: number; pinyin: number; dense: number } }
export interface Trial { decision: string; entry: string; text: string; bar: number; hits: Hit[] | null }
export interface Gap { id: string; question: string; base: string; lang: string; count: number; examples: { call: string; turn: number; text: string; at: string }[] | null; nearest?: { id: string; base: string; question: string; p_right: number } }
export interface Text { question: string; answer: string; similar: string[] | null }
export interface Row { where: string; state: 'new' | 'changed' | 'same' | 'invalid'; why?: string; question?: string; before?: Text; after?: Text }
export interface Counts { new: number; changed: number; same: number; invalid: number }
export interface Checked { id: string; rows: Row[] | null; counts: Counts; report: { kind: string; where: string; text: string }[] | null }

export interface Draft { base: string; question: string; similar: string; answer: string; lang: string; audience: Audience; category: string; queues: string; from: string; until: string; state: State }

export const at = (base: string, id: string) => `/api/knowledge/entries/${encodeURIComponent(base)}/${encodeURIComponent(id)}`;
export const here = (base: string, id: string) => `/knowledge/entry/${encodeURIComponent(base)}/${encodeURIComponent(id)}`;

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

// body is what is sent to store a draft in place of old (none for a new entry).
export const body = (d: Draft, old?: Entry) => ({
  question: d.question.trim(), answer: d.answer.trim(), similar: lines(d.similar), lang: d.lang, audience: d.audience, category: d.category.trim(), state: d.state,
  queues: [...new Set(d.queues.split(/[,，、]/).map(s => s.trim()).filter(Boolean))], from: instant(d.from), until: instant(d.until), pair: old?.pair?.id, version: old?.version ?? 0,
});

export const changed = (a: Draft, b: Draft) => (Object.keys(a) as (keyof Draft)[]).some(k => a[k] !== b[k]);
export const backwards = (d: Draft) => !!d.from && !!d.until && d.from >= d.until;
export const newID = () => `e-${Array.from(crypto.getRandomValues(new Uint8Array(6)), b => b.toString(16).padStart(2, '0')).join('')}`;
// language guesses what a question is written in.
export const language = (text: string) => (/\p{Script=Han}/u.test(text) ? 'zh' : 'en');
