// What the page knows: rows of the list and one call in full, both made from events. Events come at least once and kept
// ones carry a number, so each is applied once; partial transcripts have no number and replace each other.

// Talk is one call in full.
export class Talk {
  constructor(id) {
    Object.assign(this, {id, seq: 0, started: null, ended: null, turns: new Map(), falls: new Map(), marks: [], moods: [],
      partial: null, heard: null, answer: null, answers: new Map(), last: 0});
  }

  // apply returns true when something to be seen changed.
  apply(e) {
    if (e.seq) {
      if (e.seq <= this.seq) return false;
      this.seq = e.seq;
    }
    this.last = Math.max(this.last, e.at || 0);
    const b = e.body || {};
    switch (e.kind) {
      case 'call.started': this.started = b; break;
      case 'asr.partial': return this.hear(b);
      case 'asr.final': this.heard = b.text ? b : null; this.partial = null; break;
      case 'assist.answer': this.answer = b; break;
      case 'turn.completed': this.turn(b); break;
      case 'turn.waterfall': this.falls.set(b.turn, b); break;
      case 'call.ended': this.ended = {...b, at: e.at}; this.partial = this.heard = this.answer = null; break;
      case 'call.key': case 'call.hold': case 'bot.interrupt': case 'call.transfer': case 'call.trouble':
        this.marks.push({at: e.at, seq: e.seq, kind: e.kind, ...b}); break;
      default: return false;
    }
    return true;
  }

  // A partial that was overtaken by its final, or by the turn it belongs to, is stale.
  hear(b) {
    if (this.ended || !b.text || (b.end_s || 0) <= this.heardUntil()) return false;
    this.partial = b;
    return true;
  }

  heardUntil() {
    let until = this.heard?.end_s || 0;
    for (const x of this.turns.values()) if (x.who === 'caller') until = Math.max(until, x.end_s);
    return until;
  }

  turn(b) {
    this.turns.set(b.n, b);
    if (b.who === 'caller') {
      this.heard = null;
      if (this.partial && (this.partial.end_s || 0) <= b.end_s) this.partial = null;
      this.moods.push(b.sentiment || 0);
    } else if (this.answer && (this.answer.decision === b.decision || !b.decision)) {
      this.answers.set(b.n, this.answer);
      this.answer = null;
    }
  }

  // items are the lines of the transcript in the order of time.
  items() {
    const out = [...this.turns.values()].map(x => ({type: 'turn', at: x.start_s, key: `t${x.n}`, turn: x, fall: this.falls.get(x.n), answer: this.answers.get(x.n)}));
    for (const m of this.marks) out.push({type: 'mark', at: m.at, key: `m${m.seq}`, mark: m});
    out.sort((a, b) => a.at - b.at || (a.key < b.key ? -1 : 1));
    if (this.ended) out.push({type: 'end', at: this.ended.at, key: 'end', ended: this.ended});
    return out;
  }

  gaps() { return [...this.falls.values()].map(gapOf).filter(v => v > 0).sort((a, b) => a - b); }
}

export const gapOf = w => (w.last_voice_s && w.first_voice_s ? Math.round((w.first_voice_s - w.last_voice_s) * 1000) : 0);
export const median = sorted => sorted[(sorted.length - 1) >> 1];

// Rows are the calls of the list, by id.
export class Rows {
  constructor() { this.map = new Map(); }

  take(calls) { for (const c of calls) this.map.set(c.id, {...c, partial: ''}); }

  // apply changes a row, or adds one when a call starts and adding is wanted.
  apply(e, adding) {
    const b = e.body || {};
    let c = this.map.get(e.call);
    if (!c) {
      if (e.kind !== 'call.started' || !adding) return;
      c = {id: e.call, state: 'running', turn_count: 0, duration_s: 0, started_at: b.started_at};
      this.map.set(e.call, c);
    }
    switch (e.kind) {
      case 'call.started': Object.assign(c, {from: b.from, to: b.to, route: b.route, base: b.base, codec: b.codec, lang: b.langs?.[0] || '', started_at: b.started_at, recorded: b.recorded}); break;
      case 'asr.partial': if (c.state === 'running') c.partial = b.text; break;
      case 'turn.completed':
        c.turn_count = Math.max(c.turn_count || 0, b.n);
        if (b.text) { c.last_text = b.text; c.last_who = b.who; }
        if (b.who === 'caller') { c.partial = ''; if (b.lang) c.lang = b.lang; }
        break;
      case 'call.ended': Object.assign(c, {state: b.why === 'cut' ? 'cut' : 'ended', duration_s: b.duration_s, partial: '', ended_by: b.by, ended_why: b.why}); break;
    }
  }

  sorted(running) {
    return [...this.map.values()].filter(c => (c.state === 'running') === running)
      .sort((a, b) => (a.started_at < b.started_at ? 1 : a.started_at > b.started_at ? -1 : a.id < b.id ? 1 : -1));
  }
}
