// How rows, turns and waterfalls look.
import {h, svg} from './dom.js';
import {t, named, clock, ms, number, when, language} from './words.js';
import {gapOf} from './state.js';
import {skew} from './net.js';

export const lasted = c => (c.state === 'running' ? (Date.now() + skew - Date.parse(c.started_at)) / 1000 : c.duration_s);

const speech = code => ({lang: code === 'zh' ? 'zh-Hans' : code || undefined});

export function row(c, selected, pick) {
  const line = c.partial || c.last_text || '';
  return h('li', {class: `row ${c.state}${selected ? ' selected' : ''}`},
    h('a', {href: `#${c.id}`, 'aria-current': selected ? 'true' : null, onclick: e => { e.preventDefault(); pick(c.id); }},
      h('span', {class: 'row-top'},
        h('span', {class: 'from'}, c.from || '—'), h('span', {class: 'to'}, `→ ${c.to || '—'}`),
        h('span', {class: 'age', 'data-age': c.state === 'running' ? c.started_at : null}, clock(lasted(c)))),
      h('span', {class: 'row-line'}, h('span', {class: c.partial ? 'said forming-text' : 'said', ...speech(c.lang)}, line || named('state', c.state))),
      h('span', {class: 'row-foot'},
        c.state !== 'ended' && h('span', {class: `state ${c.state}`}, h('span', {class: 'dot', 'aria-hidden': 'true'}), named('state', c.state)),
        c.state !== 'running' && h('span', {}, when(c.started_at)),
        c.lang && h('span', {}, named('langs', c.lang)),
        c.gap_p50_ms > 0 && h('span', {title: t('gapWhat')}, ms(c.gap_p50_ms)))));
}

export function skeleton(n) {
  return Array.from({length: n}, () => h('li', {class: 'row ghost', 'aria-hidden': 'true'}, h('span'), h('span'), h('span')));
}

const who = p => named2(p);
function named2(p) { return ['caller', 'bot', 'agent'].includes(p) ? t(p) : p || ''; }

export function item(x, scale, seek) {
  if (x.type === 'mark') return mark(x);
  if (x.type === 'end') return endLine(x.ended);
  const b = x.turn;
  const at = h('button', {type: 'button', class: 'at', onclick: () => seek(b.start_s)}, clock(b.start_s));
  return h('li', {class: `turn ${b.who}`, 'data-from': b.start_s, 'data-to': b.end_s}, at, h('span', {class: 'who'}, who(b.who)),
    h('div', {class: 'body'},
      h('p', {class: 'text', ...speech(b.lang)}, b.text, b.cut && h('span', {class: 'broken', title: t('interruptedWhat'), lang: language()}, t('interrupted'))),
      b.who === 'bot' ? reasons(b, x.answer) : heardHow(b), x.fall && waterfall(x.fall, scale)));
}

function reasons(b, a) {
  const d = b.decision || a?.decision;
  if (!d && !b.entry) return null;
  const parts = [];
  if (d) parts.push(h('span', {class: `decision ${d}`}, h('span', {'aria-hidden': 'true'}, t('icon')[d] || '·'), ' ', named('decision', d)));
  if (b.entry) parts.push(h('span', {class: 'mono', title: t('entryWhat')}, b.entry));
  if (a?.p_right > 0) parts.push(h('span', {title: t('pRightWhat')}, `${t('pRight')} ${number(a.p_right)}`));
  if (a?.ms > 0) parts.push(h('span', {title: t('tookWhat')}, a.ms < 10 ? `${number(a.ms, 1)} ms` : ms(a.ms)));
  return h('p', {class: 'why'}, parts);
}

function heardHow(b) {
  const parts = [];
  if (b.sentiment) parts.push(h('span', {title: t('moodWhat')}, `${t('mood')} ${number(b.sentiment)}`));
  if (b.intent) parts.push(h('span', {class: 'mono'}, b.intent));
  if (b.confidence) parts.push(h('span', {title: t('sureWhat')}, `${t('sure')} ${number(b.confidence)}`));
  return parts.length ? h('p', {class: 'why'}, parts) : null;
}

// waterfall draws a reply's marks on the wire clock: zero is the caller's last voiced packet, the right edge is the scale.
function waterfall(w, scale) {
  const zero = w.last_voice_s || 0;
  const at = name => (w[`${name}_s`] ? Math.round((w[`${name}_s`] - zero) * 1000) : null);
  const end = at('end_of_turn'), text = at('final_text'), answered = at('answered'), sound = at('first_audio'), wire = at('first_voice');
  const bars = [['zero', 0, 0], ['end_of_turn', 0, end], ['final_text', 0, text], ['answered', text, answered], ['first_audio', answered, sound], ['first_voice', Math.max(end ?? 0, sound ?? 0), wire]];
  const gap = gapOf(w);
  const pct = v => `${Math.min(100, Math.max(0, v / scale * 100))}%`;
  const say = bars.filter(b => b[2] !== null).map(([n, , to]) => `${t(n)} ${ms(to)}`).join(', ');
  return h('figure', {class: 'fall', 'aria-label': `${t('gapOf')} ${gap ? ms(gap) : t('noGap')}. ${say}`},
    h('figcaption', {}, h('strong', {title: t('gapWhat')}, `${t('gapOf')} ${gap ? ms(gap) : t('noGap')}`),
      w.speculated && h('span', {class: 'tag', title: t('earlyWhat')}, t('early')), w.why && h('span', {class: 'mono'}, w.why)),
    zero ? h('div', {class: 'bars', 'aria-hidden': 'true'}, bars.map(([name, from, to]) => to === null ? null : [
      h('span', {class: 'bar-name', title: `${t('what')[name]}, ${t('sinceVoice')}`}, t(name)),
      h('span', {class: 'track'}, h('span', {class: `fill ${name}`, style: {left: pct(Math.max(0, from ?? 0)), width: pct(Math.max(0, to - Math.max(0, from ?? 0)))}})),
      h('span', {class: 'bar-ms'}, ms(to))])) : null);
}

function mark(x) {
  const m = x.mark;
  let text, cls = 'mark';
  switch (m.kind) {
    case 'call.key': text = t('key')(m.digit); break;
    case 'call.hold': text = m.on ? t('hold') : t('unhold'); break;
    case 'bot.interrupt': text = t(['duck', 'resume', 'cancel'].includes(m.action) ? m.action : 'duck') + (m.why ? ` (${m.why})` : ''); break;
    case 'call.transfer': text = t('transfer')(m.target, named('transferState', m.state)) + (m.why ? ` (${m.why})` : ''); break;
    default: text = `⚠ ${t('trouble')(m.part, m.then)}`; cls += ' trouble';
  }
  return h('li', {class: cls}, h('span', {class: 'at'}, clock(x.at)), h('span', {class: 'what'}, text));
}

function endLine(b) {
  const text = b.why === 'cut' ? t('cutOff') : t('endedBy')(who(b.by), named('why', b.why));
  return h('li', {class: 'mark end'}, h('span', {class: 'at'}, clock(b.duration_s ?? b.at ?? 0)), h('span', {class: 'what'}, text));
}

// forming is what is being said right now and may still change.
export function forming(talk, running) {
  const out = [];
  const line = (kind, text, code, cls) => h('div', {class: `turn ${kind} ${cls}`}, h('span', {class: 'at'}, ''), h('span', {class: 'who'}, who(kind)),
    h('div', {class: 'body'}, h('p', {class: 'text', ...speech(code)}, text, cls === 'partial' && h('span', {class: 'caret', 'aria-hidden': 'true'}))));
  if (!running) return out;
  if (talk.heard) out.push(line('caller', talk.heard.text, talk.heard.lang, 'pending'));
  if (talk.partial) out.push(line('caller', talk.partial.text, talk.partial.lang, 'partial'));
  if (talk.answer?.text) out.push(line('bot', talk.answer.text, talk.answer.lang, 'pending'));
  return out;
}

// mood draws sentiment over the caller's turns as a thin line, -1 at the bottom and 1 at the top.
export function mood(values) {
  const w = 64, y = v => 9 - Math.max(-1, Math.min(1, v)) * 7, step = values.length > 1 ? w / (values.length - 1) : 0;
  return svg('svg', {viewBox: `0 0 ${w} 18`, width: w, height: 18, class: 'mood', role: 'img', 'aria-label': values.map(v => number(v, 1)).join(', ')},
    svg('path', {d: `M0 9H${w}`, class: 'zero'}),
    values.length > 1 ? svg('polyline', {points: values.map((v, i) => `${i * step},${y(v)}`).join(' '), fill: 'none'}) : svg('circle', {cx: w / 2, cy: y(values[0]), r: 2}));
}

export function start(config) {
  const uri = `sip:bank@${config.sip || '127.0.0.1:5060'}`;
  return [h('h2', {}, t('emptyTitle')), h('p', {}, t('emptyWhy')), h('pre', {}, h('code', {}, `parley call ${uri} --say "I lost my card"`)), h('p', {class: 'faint'}, uri)];
}
