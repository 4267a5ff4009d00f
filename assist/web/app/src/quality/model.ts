// What the server says about scored calls and forms.
import type { Task } from '../parts/task';
import { number } from '../parts/time';
import type { Turn } from '../parts/Transcript';

// Value of a question of yes or no is yes or no; of a scale the key of a level; of several choices their keys with commas
// between, or none. All have na and cannot_tell.
export type Value = string;
export type Kind = 'yes_no' | 'scale' | 'several';
export interface Option { key: string; text_en?: string; text_zh?: string; score?: number; fail?: boolean }
export interface Mark { at_s: number; rule: string; text: string; severity: string; turn?: number }
export type Span = [number, number];
export interface Tracks { silence: Span[]; overlap: Span[]; hold: Span[]; bot: Span[]; alerts: Mark[]; sentiment: Record<string, Span[]> }
export type State = 'open' | 'reviewed' | 'acknowledged' | 'appealed' | 'decided';
export interface Item { call: string; at: string; queue: string; lang: string; duration_s: number; form: string; version: number; by: string; score: number | null; band: string; fails: string[] | null; near?: string[] | null; open: number; state: State; agent?: string; agent_name?: string; alerts?: string[] | null; critical?: boolean; risk?: number; why?: string[] | null }
export interface OwnScore { call: string; form: string; score: number | null; band: string; fail: boolean; state: State }
export interface Name { en: string; zh: string }
export interface Inbox { items: Item[] | null; names?: Record<string, Name>; next?: string }
export interface Hot { word: string; calls: number; heard: string[] | null }
export interface Heard { route: string; calls: number; turns: number; words: number; errors: number; rate: number; rate_range: Interval | null; hot: Hot[] | null }
export interface Evidence { turn: number; from_s: number; to_s: number; quote: string }
// FailChance is how likely an answer fails the call, from what on it does, and how many other calls it was compared with.
export interface FailChance { p: number; from: number; beside: number; near: boolean }
export interface Answer { question: string; text_en?: string; text_zh?: string; auto_fail: boolean; type?: Kind; options?: Option[]; answer: Value; confidence: number; method: string; evidence: Evidence[]; reason: string; fail_chance?: FailChance }
export interface Sheet { form: string; hidden?: string; version: number; by: string; at: string; rev: number; meaning?: string; score: number | null; band: string; auto_fail: boolean; fails: string[]; answers: Answer[] }
export interface Note { n: number; kind: string; by: string; at: string; text: string; at_s?: number; turn?: number; word?: string }
export interface Scored { call: { from: string; to: string; started_at: string; duration_s: number; lang: string; route: string }; turns: Turn[] | null; state: State; sheets: Sheet[]; notes: Note[] | null; failures?: Failure[] | null; audio_url?: string; peaks_url?: string; tracks: Tracks; agents?: string[] | null; names?: Record<string, string>; appeal_until?: string }
export interface Form { id: string; version: number; yaml: string; by: string; at: string; retired?: boolean }
// Failure is a call that could not be scored, by a form or, without one, by any.
export interface Failure { call: string; form: string; tries: number; last: string; next: string; code?: string; why: string }
export interface Failures { items: Failure[] | null; total: number }
export interface Interval { low: number; high: number }
export interface Spread { n: number; mean: number; mean_range: Interval | null; histogram: number[]; judged: number; fails: number; fail_range: Interval | null }
export interface Shift { n: number; mean: number; range: Interval | null }
export interface Report { calls: number; new?: number; changed: number; changed_range: Interval | null; shift: Shift; wording?: number; anew?: number; before: Spread; after: Spread; examples: { call: string; question: string; before: Value | ''; after: Value | '' }[] }
export interface Search { name: string; query: string }
export interface Clip { id: string; agent: string; call: string; from_s: number; to_s: number; text: string; by: string; at: string; done: boolean }
export interface Concord { items: number; ratings: number; percent: number; percent_range: Interval | null; kappa: number | null; kappa_range: Interval | null }
export interface Row { question: string; people: Concord; machine: Concord; untold: number; reword: boolean }
export interface Calibration { id: string; name: string; form: string; version: number; calls: string[]; by: string; at: string; closed: boolean; answered: number; asked: number; away?: boolean }
// What takes a while: a form tried on past calls, a calibration that begins.
export interface Begun extends Task { report?: Report; calibration?: Studied }
export interface Checked { form: string; question: string; agreement: Concord; untold: number }
export interface Asked { id: string; text_en?: string; text_zh?: string; auto_fail: boolean; type?: Kind; options?: Option[] }
export interface Vote { call: string; question: string; by: string; answer: Value }
export interface Studied { calibration: Calibration; questions: Asked[]; mine: Vote[]; result?: { raters: string[]; all: Row; questions: Row[] }; votes?: Vote[] | null; names?: Record<string, string> | null }

// differing are the questions that people answered differently in a call, in the order of the form, with each one's answer and the
// machine's by who gave it.
export function differing(d: Pick<Studied, 'calibration' | 'questions' | 'votes'>): { question: string; call: string; by: Record<string, Value> }[] {
  const of = new Map<string, Record<string, Value>>(), key = (question: string, call: string) => `${question} ${call}`; // one look at each answer: there may be 50,000
  for (const v of d.votes ?? []) { const k = key(v.question, v.call), by = of.get(k) ?? {}; by[v.by] = v.answer; of.set(k, by); }
  return d.questions.flatMap(q => d.calibration.calls.map(call => ({ question: q.id, call, by: of.get(key(q.id, call)) ?? {} }))).filter(x => new Set(Object.entries(x.by).filter(([by]) => by !== 'machine').map(([, v]) => v)).size > 1);
}

// between writes an interval, '' where there is none; scale 100 writes shares as percent.
export const between = (r: Interval | null | undefined, digits = 0, scale = 1) => (r ? `${number(r.low * scale, digits)} – ${number(r.high * scale, digits)}` : '');

// figure reports whether two people or more answered, so that there is something to compare.
export const figure = (r: Row) => r.people.items > 0;

// mayAppeal: the time for an appeal is over after until.
export const mayAppeal = (until: string | undefined, now: number) => !until || Date.parse(until) > now;

// exports are the addresses of a call in other formats.
const formats = [['contactlens.json', 'Contact Lens JSON'], ['vcon.json', 'vCon'], ['vtt', 'WebVTT']] as const;
export const exports = (call: string) => formats.map(([ext, name]) => ({ name, href: `/api/quality/export/${encodeURIComponent(call)}.${ext}` }));

// possible says what may be done in a state: the same table as on the server, which has the last word.
export const possible = (s: State) => ({ reviewed: s === 'open', acknowledge: s === 'open' || s === 'reviewed' || s === 'acknowledged', appeal: s === 'open' || s === 'reviewed' || s === 'acknowledged', decide: s === 'appealed' });

// acknowledged reports whether somebody acknowledged the answers as they are now.
export const acknowledged = (notes: Pick<Note, 'kind' | 'by'>[], by: string) => { const last = notes.filter(n => n.kind === 'answer' || (n.kind === 'acknowledged' && n.by === by)).at(-1); return last?.kind === 'acknowledged'; };

// isMe: a server without accounts writes down its one user as "local".
export const isMe = (by: string, me: { id: string } | null | undefined) => by === (me ? me.id : 'local');

// skipTo is where playing goes on at once when at lies in a silence or a hold; undefined elsewhere. A little of both ends is
// heard, so that nothing seems cut.
export function skipTo(at: number, tracks: Pick<Tracks, 'silence' | 'hold'>): number | undefined {
  const lead = 0.4, here = [...tracks.silence, ...tracks.hold].filter(([a, b]) => at >= a + lead && at < b - lead);
  return here.length ? Math.max(...here.map(([, b]) => b)) - lead : undefined;
}

// choices are what may be answered to a question, in order, with what they are called; na comes last.
export function choices(kind: Kind | undefined, options: Option[] | undefined, zh: boolean, names: Record<string, string>): { value: Value; label: string }[] {
  const text = (o: Option) => (zh ? o.text_zh || o.text_en : o.text_en || o.text_zh) || o.key;
  if (kind === 'scale') return [...(options ?? []).map(o => ({ value: o.key, label: text(o) === o.key ? o.key : `${o.key} ${text(o)}` })), { value: 'na', label: names.na! }];
  return (kind === 'several' ? ['na'] : ['yes', 'no', 'na']).map(value => ({ value, label: names[value]! }));
}

// sayValue is an answer in words.
export function sayValue(v: Value, options: Option[] | undefined, zh: boolean, names: Record<string, string>, none: string): string {
  if (names[v]) return names[v];
  if (v === 'none') return none;
  return v.split(',').map(k => { const o = options?.find(x => x.key === k), text = o && (zh ? o.text_zh || o.text_en : o.text_en || o.text_zh); return text && text !== k ? (/^[0-9]+$/.test(k) ? `${k} ${text}` : text) : k; }).join(zh ? '、' : ', ');
}

// sayNote is why an answer was changed, which the server writes as "question: answer: reason", in the words of the question.
export function sayNote(text: string, sheets: Pick<Sheet, 'answers'>[], zh: boolean, names: Record<string, string>, none: string): string {
  const [, id, value, reason] = /^([^:]+): ([a-z0-9_,-]+): (.*)$/s.exec(text) ?? [], a = sheets.flatMap(s => s.answers).find(x => x.question === id);
  if (!a || value === undefined) return text;
  return `${(zh ? a.text_zh || a.text_en : a.text_en || a.text_zh) || id} ${sayValue(value, a.options, zh, names, none)}${zh ? '：' : ': '}${reason}`;
}

// A form as the editor has it.
export interface DraftOption { key: string; text_en?: string; text_zh?: string; score?: number; fail?: boolean; rule?: string; hints?: Record<string, string[]> }
export interface DraftQuestion { id: string; section?: string; text_en?: string; text_zh?: string; type: Kind; weight?: number; auto_fail?: boolean; fail_on?: string; answer_by?: string; rule?: string; on?: string; options?: DraftOption[]; hints?: Record<string, string[]> }
export interface DraftForm { form: string; version?: string; languages: string[]; queues?: string[]; sections?: { id: string; title?: string; title_en?: string; title_zh?: string; weight?: number }[]; bands?: { name: string; from: number }[]; words?: unknown; questions: DraftQuestion[] }

// A reading is which answer to a question of yes and no is the bad one, and why whoever writes the form had better look.
export interface Reading { id: string; fail_on: 'yes' | 'no'; stated?: boolean; asks: 'done' | 'skipped' | 'avoided' | 'happened'; doubts?: ('stated' | 'languages' | 'meaning' | 'unknown')[] | null }
export const unsure = (r: Reading | undefined) => !!r?.doubts?.length;

// lineOf is the line, from 1, where a question with this id stands in a form, 0 where it is not found.
export const lineOf = (yaml: string, id: string) => yaml.split('\n').findIndex(l => new RegExp(`\\bid:\\s*["']?${id.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}["']?\\s*(?:,|\\}|#|$)`).test(l)) + 1;

// partAt is the question that a line of a form belongs to, by its place, null for the rest of the form.
export function partAt(yaml: string, line: number): number | null {
  const lines = yaml.split('\n'), begin = lines.findIndex(l => /^questions:/.test(l)), items = lines.slice(begin + 1, line), indent = /^ *(?=- )/.exec(items[0] ?? '')?.[0];
  if (begin < 0 || line < begin + 2 || indent === undefined || items.some(l => /^[^\s#-]/.test(l))) return null;
  return items.filter(l => l.startsWith(`${indent}- `)).length - 1;
}

// freshID is a name beginning like base that nothing has yet.
export function freshID(base: string, taken: string[], from = 1): string {
  const stem = base.replace(/-?[0-9]+$/, '');
  for (let i = from; ; i++) { const id = stem ? `${stem}-${i}` : String(i); if (!taken.includes(id)) return id; }
}

// tidy is a form as it is sent: without empty lines among the hints.
export function tidy(f: DraftForm): DraftForm {
  const clean = (h?: Record<string, string[]>) => h && Object.fromEntries(Object.entries(h).map(([l, list]) => [l, list.map(x => x.trim()).filter(Boolean)]));
  return { ...f, questions: f.questions.map(q => ({ ...q, hints: clean(q.hints), options: q.options?.map(o => ({ ...o, hints: clean(o.hints) })) })) };
}

// nameOf is what an id stands for in a language, the id itself where nobody knows.
export function nameOf(names: Record<string, Name>, key: string, id: string, zh: boolean): string {
  const n = names[key];
  return (n && (zh ? n.zh || n.en : n.en || n.zh)) || id;
}

// hotLine is how a list of words stands in the configuration of a route.
export const hotLine = (words: string[]) => `hot: [${words.map(x => (/^[\p{L}\p{N} ]+$/u.test(x) ? x : JSON.stringify(x))).join(', ')}]`;
