// What the server says about scored calls and forms.
import type { Turn } from '../parts/Transcript';

export type Value = 'yes' | 'no' | 'na' | 'cannot_tell';
export type State = 'open' | 'reviewed' | 'acknowledged' | 'appealed' | 'decided';
export interface Item { call: string; at: string; queue: string; lang: string; duration_s: number; form: string; version: number; by: string; score: number | null; band: string; fails: string[] | null; open: number; state: State; agent?: string; agent_name?: string; alerts?: string[] | null; critical?: boolean; risk?: number; why?: string[] | null }
export interface Inbox { items: Item[] | null; next?: string }
export interface Evidence { turn: number; from_s: number; to_s: number; quote: string }
export interface Answer { question: string; text_en?: string; text_zh?: string; auto_fail: boolean; answer: Value; confidence: number; method: string; evidence: Evidence[]; reason: string }
export interface Sheet { form: string; version: number; by: string; at: string; rev: number; score: number | null; band: string; auto_fail: boolean; fails: string[]; answers: Answer[] }
export interface Note { n: number; kind: string; by: string; at: string; text: string; at_s?: number; turn?: number; word?: string }
export interface Scored { call: { from: string; to: string; started_at: string; duration_s: number; lang: string; route: string }; turns: Turn[] | null; state: State; sheets: Sheet[]; notes: Note[] | null; audio_url?: string; agents?: string[] | null; appeal_until?: string }
export interface Form { id: string; version: number; yaml: string; by: string; at: string }
export interface Spread { n: number; mean: number; histogram: number[]; fails: number }
export interface Report { calls: number; changed: number; before: Spread; after: Spread; examples: { call: string; question: string; before: Value | ''; after: Value | '' }[] }
export interface Search { name: string; query: string }
export interface Clip { id: string; agent: string; call: string; from_s: number; to_s: number; text: string; by: string; at: string; done: boolean }
export interface Concord { items: number; ratings: number; percent: number; percent_range: { low: number; high: number } | null; kappa: number | null; kappa_range: { low: number; high: number } | null }
export interface Row { question: string; people: Concord; machine: Concord; untold: number; reword: boolean }
export interface Calibration { id: string; name: string; form: string; version: number; calls: string[]; by: string; at: string; closed: boolean; answered: number; asked: number }
export interface Asked { id: string; text_en?: string; text_zh?: string; auto_fail: boolean }
export interface Vote { call: string; question: string; by: string; answer: Value }
export interface Studied { calibration: Calibration; questions: Asked[]; mine: Vote[]; result?: { raters: string[]; all: Row; questions: Row[] } }

// figure reports whether two people or more answered, so that there is something to compare.
export const figure = (r: Row) => r.people.items > 0;

// mayAppeal: the time for an appeal is over after until.
export const mayAppeal = (until: string | undefined, now: number) => !until || Date.parse(until) > now;

// exports are the addresses of a call in other formats.
const formats = [['contactlens.json', 'Contact Lens JSON'], ['vcon.json', 'vCon'], ['vtt', 'WebVTT']] as const;
export const exports = (call: string) => formats.map(([ext, name]) => ({ name, href: `/api/quality/export/${encodeURIComponent(call)}.${ext}` }));

// possible says what may be done in a state: the same table as on the server, which has the last word.
export const possible = (s: State) => ({ reviewed: s === 'open', acknowledge: s === 'open' || s === 'reviewed', appeal: s === 'open' || s === 'reviewed', decide: s === 'appealed' });

// faults cuts the server's words about a form into lines: "line 7: weight is negative".
export function faults(detail: string): { line: number; text: string }[] {
  return detail.split('\n').filter(l => l.trim()).map(l => { const m = /^(?:.*?\b)?line (\d+): (.*)$/.exec(l); return m ? { line: Number(m[1]), text: m[2]! } : { line: 0, text: l }; });
}

// lineRange is where a line (from 1) begins and ends in a text.
export function lineRange(text: string, line: number): [number, number] {
  const lines = text.split('\n'), from = lines.slice(0, line - 1).reduce((n, l) => n + l.length + 1, 0);
  return [Math.min(from, text.length), Math.min(from + (lines[line - 1]?.length ?? 0), text.length)];
}

// isMe: a server without accounts writes down its one user as "local".
export const isMe = (by: string, me: { id: string } | null | undefined) => by === (me ? me.id : 'local');
