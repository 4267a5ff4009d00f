// One call: microphone, peer connection, the request that opens it and the channel for captions and keys. It knows
// nothing of the page; what happens is told through the handlers it is given.

// Trouble is a call that could not be made; kind names the help to show, retry is in seconds.
export class Trouble extends Error {
  constructor(kind, retry = 0) { super(kind); this.kind = kind; this.retry = retry; }
}

const gatherWait = 2500;

export class Phone {
  // on: {state(name), message(object), sound(stream), over(why)}
  constructor(config, on) { this.config = config; this.on = on; this.done = false; this.stopper = new AbortController(); }

  // open makes the call; it rejects with a Trouble, or resolves with the call under way. chat is the written conversation
  // the call goes on from, about what the caller says of themselves: {name, contact}.
  async open(line, lang, chat, about = {}) {
    this.chat = chat;
    this.about = about;
    this.on.state('asking');
    this.mic = await microphone();
    if (this.done) { this.release(); return; }
    this.on.state('connecting');
    const pc = this.pc = new RTCPeerConnection({ iceServers: this.config.ice || [], bundlePolicy: 'max-bundle' });
    pc.addTrack(this.mic.getAudioTracks()[0], this.mic);
    pc.ontrack = (e) => this.on.sound(e.streams[0] || new MediaStream([e.track]));
    pc.onconnectionstatechange = () => this.follow(pc.connectionState);
    this.channel = pc.createDataChannel('captions');
    this.channel.onmessage = (e) => this.read(e.data);
    await pc.setLocalDescription(await pc.createOffer());
    await gathered(pc);
    const answer = await this.post(line, lang);
    if (this.done) return;
    try { await pc.setRemoteDescription({ type: 'answer', sdp: answer }); } catch { throw new Trouble('server'); }
    this.mic.getAudioTracks()[0].onended = () => this.close('error');
  }

  // headers say who calls, in letters that headers may have.
  headers() {
    const h = { 'Content-Type': 'application/sdp' };
    if (this.config.customer) h['X-Parley-Customer'] = this.config.customer;
    if (this.about.name) h['X-Parley-Name'] = encodeURIComponent(this.about.name);
    if (this.about.contact) h['X-Parley-Contact'] = encodeURIComponent(this.about.contact);
    if (this.chat) h['X-Parley-Chat'] = this.chat.id + ' ' + this.chat.token;
    return h;
  }

  async post(line, lang) {
    let res;
    try {
      res = await fetch(this.config.whip + '/' + encodeURIComponent(line) + '?lang=' + encodeURIComponent(lang), {
        method: 'POST', headers: this.headers(), body: this.pc.localDescription.sdp, signal: this.stopper.signal, cache: 'no-store',
      });
    } catch { throw new Trouble('network'); }
    if (res.status === 201) {
      this.place = new URL(res.headers.get('Location'), res.url).href;
      const answer = await res.text();
      if (this.done) this.tellEnd();
      return answer;
    }
    const retry = Number(res.headers.get('Retry-After')) || 0;
    throw new Trouble({ 429: 'tooMany', 503: 'busy', 486: 'busy', 404: 'noline', 403: 'forbidden' }[res.status] || 'server', retry);
  }

  follow(state) {
    if (this.done) return;
    if (state === 'connected') { this.was = true; this.on.state('incall'); }
    if (state === 'disconnected') this.on.state('reconnecting');
    if (state === 'failed') this.close(this.was ? 'lost' : 'no-connection');
    if (state === 'closed') this.close('hangup');
  }

  read(data) {
    let m;
    try { m = JSON.parse(data); } catch { return; }
    if (!m || typeof m !== 'object') return;
    if (m.type === 'end') this.close(m.why || 'hangup'); else this.on.message(m);
  }

  key(k) {
    if (!this.channel || this.channel.readyState !== 'open') return false;
    this.channel.send(JSON.stringify({ key: k }));
    return true;
  }

  mute(on) { if (this.mic) for (const t of this.mic.getAudioTracks()) t.enabled = !on; }

  // close ends the call from this side, or takes note that it has ended.
  close(why) {
    if (this.done) return;
    this.done = true;
    this.stopper.abort();
    this.tellEnd();
    this.release();
    this.on.over(why);
  }

  tellEnd() { if (this.place) fetch(this.place, { method: 'DELETE', keepalive: true }).catch(() => {}); }

  release() {
    if (this.mic) for (const t of this.mic.getTracks()) { t.onended = null; t.stop(); }
    if (this.pc) { this.pc.onconnectionstatechange = null; this.pc.close(); }
  }

  // fail drops what a failed open left behind.
  fail() { this.done = true; this.release(); }
}

async function microphone() {
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 } });
  } catch (e) {
    throw new Trouble({ NotAllowedError: 'refused', SecurityError: 'refused', NotFoundError: 'missing', OverconstrainedError: 'missing', NotReadableError: 'taken' }[e.name] || 'taken');
  }
}

// gathered waits until all candidates are known, but not for ever.
function gathered(pc) {
  if (pc.iceGatheringState === 'complete') return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, gatherWait);
    pc.addEventListener('icegatheringstatechange', () => {
      if (pc.iceGatheringState === 'complete') { clearTimeout(timer); resolve(); }
    });
  });
}

// Meter tells the level of two streams, 0 to 4, ten times a second.
export class Meter {
  constructor(tell) { this.tell = tell; this.taps = {}; }

  add(name, stream) {
    try {
      this.context ||= new AudioContext();
      this.context.resume().catch(() => {});
      const tap = this.context.createAnalyser();
      tap.fftSize = 1024;
      this.context.createMediaStreamSource(stream).connect(tap);
      this.taps[name] = tap;
      this.timer ||= setInterval(() => this.measure(), 100);
    } catch { /* the call works without a meter */ }
  }

  measure() {
    const buf = new Float32Array(1024);
    for (const [name, tap] of Object.entries(this.taps)) {
      tap.getFloatTimeDomainData(buf);
      let sum = 0;
      for (const v of buf) sum += v * v;
      const db = 10 * Math.log10(sum / buf.length + 1e-12);
      this.tell(name, db < -50 ? 0 : Math.min(4, 1 + Math.floor((db + 50) / 9)));
    }
  }

  stop() {
    clearInterval(this.timer);
    if (this.context) this.context.close().catch(() => {});
    this.timer = this.context = null;
    this.taps = {};
  }
}
