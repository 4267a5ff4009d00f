// The recording of the call that is shown: play, seek, the lanes of who spoke when, and which turn is being heard.
import {$, h, sync} from './dom.js';
import {t, clock, label} from './words.js';
import {address} from './net.js';

const audio = $('audio'), rates = [1, 1.5, 2];
let talk = null, ready = false, follow = () => {}, path = '';

export function setUp(onTime) {
  follow = onTime;
  $('play').addEventListener('click', toggle);
  $('rate').addEventListener('click', () => { audio.playbackRate = rates[(rates.indexOf(audio.playbackRate) + 1) % rates.length]; show(); });
  $('seek').addEventListener('input', () => seek(Number($('seek').value)));
  for (const name of ['play', 'pause', 'ended', 'durationchange', 'timeupdate', 'error']) audio.addEventListener(name, show);
}

// load shows the recording of a call, or that there is none.
export function load(call, theTalk, has) {
  talk = theTalk;
  const next = has ? address(`/api/calls/${call}/audio`) : '';
  if (next !== path) {
    path = next;
    audio.pause();
    if (path) audio.src = path; else audio.removeAttribute('src');
    audio.load();
  }
  ready = has;
  show();
}

const total = () => Math.max((ready && Number.isFinite(audio.duration) && audio.duration) || 0, talk?.ended?.duration_s || 0, talk?.last || 0, 1);

export function toggle() {
  if (!ready) return;
  if (audio.paused) audio.play().catch(() => { ready = false; show(); }); else audio.pause();
}

export function seek(s) {
  if (!ready) return;
  audio.currentTime = Math.min(Math.max(0, s), total());
  show();
}

export const skip = d => seek(audio.currentTime + d);

export function show() {
  if (!talk) return;
  const end = total(), now = ready ? audio.currentTime : 0;
  $('player').classList.toggle('off', !ready);
  $('play').disabled = $('seek').disabled = $('rate').disabled = !ready;
  $('play').classList.toggle('playing', !audio.paused);
  $('play').setAttribute('aria-label', t(audio.paused ? 'play' : 'pause'));
  $('play').title = ready ? t(audio.paused ? 'play' : 'pause') : t('noAudio');
  $('rate').textContent = `${audio.playbackRate}×`;
  $('seek').max = end;
  $('seek').value = now;
  $('seek').setAttribute('aria-valuetext', clock(now));
  $('clock').textContent = ready ? `${clock(now)} / ${clock(end)}` : talk.ended ? t('noAudio') : clock(end);
  $('head-line').hidden = !ready;
  $('head-line').style.left = `${now / end * 100}%`;
  for (const party of ['caller', 'bot']) {
    sync($(`lane-${party}`), [...talk.turns.values()].filter(x => x.who === party), {
      key: x => x.n, sig: x => `${x.start_s} ${x.end_s} ${end.toFixed(1)}`,
      build: x => h('span', {class: 'spoke', style: {left: `${x.start_s / end * 100}%`, width: `${Math.max(0.3, (x.end_s - x.start_s) / end * 100)}%`}}),
    });
  }
  follow(ready && (!audio.paused || now > 0) ? now : -1, !audio.paused);
}

export const relabel = () => { label($('player')); show(); };
