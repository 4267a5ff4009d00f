// A microphone for pages at a running node, into which sounds are put.
import { readFileSync } from 'node:fs';

// microphone gives the pages of a walk one that is silent until something is said into it, and returns what says it.
export async function microphone(w) {
  await w.browser.context.addInitScript(() => {
    let context, into;
    if (!navigator.mediaDevices) return; // of a page that is no page yet
    navigator.mediaDevices.getUserMedia = async () => {
      context ??= new AudioContext();
      if (!into) { // silence is sent, too: a line that sends nothing counts as lost
        into = context.createMediaStreamDestination();
        const silence = new ConstantSourceNode(context, { offset: 0 });
        silence.connect(into);
        silence.start();
      }
      return into.stream.clone();
    };
    window.speak = async base64 => {
      const sound = await context.decodeAudioData(Uint8Array.from(atob(base64), c => c.charCodeAt(0)).buffer), from = context.createBufferSource();
      from.buffer = sound;
      from.connect(into);
      from.start();
      await new Promise(done => { from.onended = done; });
    };
  });
  // saying puts a sound into the microphone until what it leads to is there: on a busy machine the connection may break and
  // come back, and what was said meanwhile is gone.
  return async (file, then) => {
    for (let left = 2; ; left--) {
      await w.page.evaluate(data => window.speak(data), readFileSync(file).toString('base64'));
      try { return await then.waitFor({ timeout: 45000 }); } catch (err) { if (left === 0) throw err; }
    }
  };
}
