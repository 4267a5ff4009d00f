// What the page knows of calls, made from events. Events come at least once and kept ones carry a number, so each is
// applied once; partial transcripts have no number and replace each other.
import { voice } from '../parts/speaker';
import type { Turn } from '../parts/Transcript';

export interface CallEvent { call: string; seq?: number; at?: number; kind: string; body: Record<string, unknown> | null }
export interface Row {
  id: string; state: 'running' | 'ended' | 'cut'; from: string; to: string; route: string; base: string; lang: string; codec: string; started_at: string; duration_s: number;
  turn_count: number; last_text?: string; last_who?: string; partial?: string; gap_p50_ms?: number; recorded?: boolean; ended_by?: string; ended_why?: string;
}
export interface Fall { turn: number; last_voice_s?: number; end_of_turn_s?: number; final_text_s?: number; answered_s?: number; first_audio_s?: number; first_voice_s?: number; speculated?: boolean; why?: string }
export interface Answer { decision: string; entry?: string; text: string; p_right?: number; ms?: number; lang?: string }
export interface Mark { at: number; seq: number; kind: string; body: Record<string, unknown> }
interface Heard { who: string; by?: string; text: string; lang?: string; start_s: number; end_s?: number }
export interface Started { from: string; to: string; route: string; base: string; codec: string; langs?: string[]; started_at: string; recorded?: boolean }
export interface Ended { by?: string; why: string; duration_s: number }

export interface Talk {
  id: string; seq: number; last: number; started: Started | null; ended: Ended | null; turns: Turn[]; falls: Record<number, Fall>; answers: Record<number, Answer>; marks: Mark[];
  partials: Record<string, Heard>; heard: Heard | null; answer: Answer | null; people: Record<string, string>; // names of those who took part, by id
}
export const newTalk = (id: string): Talk => ({ id, seq: 0, last: 0, started: null, ended: null, turns: [], falls: {}, answers: {}, marks: [], partials: {}, heard: null, answer: null, people: {} });

// fromDetail is the talk as the record has it, to be shown until the events are there.
export interface Detail extends Row { audio: boolean; originals?: boolean; turns: Turn[] | null; waterfalls: Fall[] | null }
export function fromDetail(d: Detail): Talk {
  return { ...newTalk(d.id), turns: d.turns ?? [], falls: Object.fromEntries((d.waterfalls ?? []).map(f => [f.turn, f])), last: Math.max(0, ...(d.turns ?? []).map(x => x.end_s)), ended: d.state === 'running' ? null : { by: d.ended_by, why: d.ended_why ?? (d.state === 'cut' ? 'cut' : ''), duration_s: d.duration_s } };
}

const quiet = new Set(['call.key', 'call.hold', 'bot.interrupt', 'call.transfer', 'call.trouble', 'desk.identity']);
const heardUntil = (t: Talk) => Math.max(t.heard?.end_s ?? 0, ...t.turns.filter(x => x.who === 'caller').map(x => x.end_s));

// apply returns the talk with an event in it, or the same one when nothing changed.
export function apply(t: Talk, e: CallEvent): Talk {
  if (e.seq && e.seq <= t.seq) return t;
  const b = (e.body ?? {}) as never, next: Talk = { ...t, seq: e.seq || t.seq, last: Math.max(t.last, e.at ?? 0) };
  switch (e.kind) {
    case 'call.started': return { ...next, started: b };
    case 'asr.partial': {
      const p = b as Heard, who = p.who || 'caller';
      if (t.ended || !p.text || (who === 'caller' && (p.end_s ?? 0) <= heardUntil(t))) return t;
      return { ...next, partials: { ...t.partials, [voice({ ...p, who })]: { ...p, who } } };
    }
    case 'asr.final': {
      const h = b as Heard, { [voice({ ...h, who: h.who || 'caller' })]: _, ...partials } = t.partials;
      return { ...next, heard: h.text && (h.who || 'caller') === 'caller' ? h : null, partials };
    }
    case 'call.party': { const x = b as { id?: string; name?: string }; return x.id && x.name ? { ...next, people: { ...t.people, [x.id]: x.name } } : next; }
    case 'assist.answer': return { ...next, answer: b };
    case 'turn.completed': return turn(next, b as Turn);
    case 'turn.waterfall': { const f = b as Fall; return { ...next, falls: { ...t.falls, [f.turn]: f } }; }
    case 'call.ended': return { ...next, ended: b, partials: {}, heard: null, answer: null };
    default: return quiet.has(e.kind) ? { ...next, marks: [...t.marks, { at: e.at ?? 0, seq: e.seq ?? 0, kind: e.kind, body: b }] } : next;
  }
}

function turn(t: Talk, x: Turn): Talk {
  const turns = [...t.turns.filter(o => o.n !== x.n), x].sort((a, b) => a.start_s - b.start_s || a.n - b.n);
  const p = t.partials[voice(x)], { [voice(x)]: _, ...others } = t.partials;
  const partials = p && (p.end_s ?? 0) > x.end_s ? t.partials : others;
  if (x.who === 'caller') return { ...t, turns, partials, heard: null };
  if (t.answer && x.who === 'bot' && (t.answer.decision === x.decision || !x.decision)) return { ...t, turns, partials, answers: { ...t.answers, [x.n]: t.answer }, answer: null };
  return { ...t, turns, partials };
}

export const gapOf = (f: Fall): number => (f.last_voice_s && f.first_voice_s && f.first_voice_s > f.last_voice_s ? (f.first_voice_s - f.last_voice_s) * 1000 : 0);
export const gaps = (t: Talk): number[] => Object.values(t.falls).map(gapOf).filter(g => g > 0).sort((a, b) => a - b);
export const median = (sorted: number[]): number => { const n = sorted.length; return n === 0 ? 0 : n % 2 ? sorted[(n - 1) / 2]! : (sorted[n / 2 - 1]! + sorted[n / 2]!) / 2; };
export const moods = (t: Talk): number[] => t.turns.filter(x => x.who === 'caller').map(x => x.sentiment ?? 0);

// applyRow brings a row of the list up to date; add says whether a call that is not in the list may join it.
export function applyRow(rows: Map<string, Row>, e: CallEvent, add: boolean): Map<string, Row> {
  const old = rows.get(e.call), b = (e.body ?? {}) as Partial<Row> & { langs?: string[]; text?: string; who?: string; n?: number; by?: string; why?: string };
  if (!old && (e.kind !== 'call.started' || !add)) return rows;
  const c: Row = { ...(old ?? { id: e.call, state: 'running', from: '', to: '', route: '', base: '', lang: '', codec: '', started_at: '', duration_s: 0, turn_count: 0 }) };
  switch (e.kind) {
    case 'call.started': Object.assign(c, { from: b.from, to: b.to, route: b.route, base: b.base, codec: b.codec, lang: b.langs?.[0] ?? '', started_at: b.started_at, recorded: b.recorded }); break;
    case 'asr.partial': if (c.state !== 'running') return rows; c.partial = b.text; break;
    case 'turn.completed':
      c.turn_count = Math.max(c.turn_count, b.n ?? 0);
      if (b.text) { c.last_text = b.text; c.last_who = b.who; }
      if (b.who === 'caller') { c.partial = ''; if (b.lang) c.lang = b.lang; }
      break;
    case 'call.ended': Object.assign(c, { state: b.why === 'cut' ? 'cut' : 'ended', duration_s: b.duration_s, partial: '', ended_by: b.by, ended_why: b.why }); break;
    default: return rows;
  }
  return new Map(rows).set(c.id, c);
}
export const newestFirst = (a: Row, b: Row) => (a.started_at < b.started_at ? 1 : a.started_at > b.started_at ? -1 : a.id < b.id ? 1 : -1);
