// The browser's end of a call: microphone in, the other side out, one WebRTC connection set up with a single offer and
// answer (the offer is sent when all its addresses are known).

export type Trouble = 'insecure' | 'refused' | 'missing' | 'taken' | 'old' | 'failed';
export class VoiceError extends Error { constructor(readonly trouble: Trouble) { super(trouble); } }

const gatherAtMost = 2500, patience = 4000;

// openMic asks for the microphone. It throws a VoiceError.
export async function openMic(device: string): Promise<MediaStream> {
  if (!window.isSecureContext) throw new VoiceError('insecure');
  if (!navigator.mediaDevices?.getUserMedia || typeof RTCPeerConnection === 'undefined') throw new VoiceError('old');
  const audio: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: device ? { ...audio, deviceId: { exact: device } } : audio });
  } catch (err) {
    const name = err instanceof DOMException ? err.name : '';
    if (device && (name === 'OverconstrainedError' || name === 'NotFoundError')) return openMic(''); // it was unplugged
    throw new VoiceError(name === 'NotAllowedError' || name === 'SecurityError' ? 'refused' : name === 'NotFoundError' ? 'missing' : name === 'NotReadableError' || name === 'AbortError' ? 'taken' : 'refused');
  }
}

// meter calls back with 0..1 about ten times a second until the function it returns is called.
export function meter(stream: MediaStream, level: (v: number) => void): () => void {
  let context: AudioContext;
  try { context = new AudioContext(); } catch { return () => {}; }
  const source = context.createMediaStreamSource(stream), analyser = context.createAnalyser(), samples = new Float32Array(512);
  analyser.fftSize = 512;
  source.connect(analyser);
  const timer = window.setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    let sum = 0;
    for (const s of samples) sum += s * s;
    const db = 10 * Math.log10(sum / samples.length + 1e-9);
    level(Math.max(0, Math.min(1, (db + 55) / 45)));
  }, 100);
  return () => { clearInterval(timer); source.disconnect(); void context.close(); };
}

export class Phone {
  private pc: RTCPeerConnection | null = null;
  private mic: MediaStream | null = null;
  private waiting = 0;
  private stopMeter = () => {};
  readonly sound = document.createElement('audio');

  constructor(private on: { state(s: 'connecting' | 'connected' | 'broken'): void; level(v: number): void; blocked(): void }) { this.sound.autoplay = true; }

  // tell has the phone tell somebody else what happens from now on.
  tell(on: typeof this.on) { this.on = on; }

  // offer opens the microphone and returns what to send to the server. With listen it opens none: microphone() does later.
  async offer(device: string, ice: RTCIceServer[], listen = false): Promise<string> {
    this.close();
    if (listen && typeof RTCPeerConnection === 'undefined') throw new VoiceError('old');
    const mic = this.mic = listen ? null : await openMic(device);
    const pc = this.pc = new RTCPeerConnection({ iceServers: ice });
    if (mic) mic.getAudioTracks().forEach(t => pc.addTrack(t, mic)); else pc.addTransceiver('audio', { direction: 'sendrecv' });
    pc.ontrack = e => {
      this.sound.srcObject = e.streams[0] ?? new MediaStream([e.track]);
      this.sound.play().catch(() => this.on.blocked());
    };
    pc.onconnectionstatechange = () => this.changed(pc);
    if (mic) this.stopMeter = meter(mic, v => this.on.level(v));
    await pc.setLocalDescription(await pc.createOffer());
    await new Promise<void>(done => {
      if (pc.iceGatheringState === 'complete') return done();
      const timer = setTimeout(done, gatherAtMost);
      pc.onicegatheringstatechange = () => { if (pc.iceGatheringState === 'complete') { clearTimeout(timer); done(); } };
    });
    return pc.localDescription?.sdp ?? '';
  }

  async answer(sdp: string) {
    await this.pc?.setRemoteDescription({ type: 'answer', sdp });
    this.on.state('connecting');
  }

  private changed(pc: RTCPeerConnection) {
    if (pc !== this.pc) return;
    clearTimeout(this.waiting);
    if (pc.connectionState === 'connected') this.on.state('connected');
    else if (pc.connectionState === 'failed') this.on.state('broken');
    else if (pc.connectionState === 'disconnected') this.waiting = window.setTimeout(() => this.on.state('broken'), patience);
  }

  mute(on: boolean) { this.mic?.getAudioTracks().forEach(t => { t.enabled = !on; }); }
  play() { void this.sound.play().catch(() => this.on.blocked()); }
  async speaker(device: string) {
    const s = this.sound as HTMLAudioElement & { setSinkId?(id: string): Promise<void> };
    await s.setSinkId?.(device).catch(() => {});
  }
  // microphone changes the device in the middle of the call.
  async microphone(device: string, muted: boolean) {
    if (!this.pc) return;
    const next = await openMic(device), track = next.getAudioTracks()[0];
    if (!track) return;
    track.enabled = !muted;
    await this.pc.getTransceivers()[0]?.sender.replaceTrack(track);
    this.stopMeter();
    this.mic?.getTracks().forEach(t => t.stop());
    this.mic = next;
    this.stopMeter = meter(next, v => this.on.level(v));
  }
  close() {
    clearTimeout(this.waiting);
    this.stopMeter(); this.stopMeter = () => {};
    this.mic?.getTracks().forEach(t => t.stop());
    this.pc?.close();
    this.sound.srcObject = null;
    this.pc = this.mic = null;
  }
}
