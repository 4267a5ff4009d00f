// Holds what pages ask of a real server, and what it answers, against the description that it gives of itself.
import { Contract } from '../mock/contract.mjs';

// hold listens from now on; held, called while somebody is signed in, tells what did not fit.
export function hold({ context }, server) {
  const seen = [];
  context.on('response', r => {
    const url = new URL(r.url());
    if (url.origin !== new URL(server).origin || !url.pathname.startsWith('/api/')) return;
    const req = r.request(), json = /json/.test(r.headers()['content-type'] ?? '');
    const body = json ? r.text().catch(() => undefined) : Promise.resolve(''); // a page that was left takes its answers along
    seen.push(body.then(answer => ({ method: req.method(), url, type: req.headers()['content-type'] ?? '', text: req.postData() ?? '', status: r.status(), json, answer })));
  });
  return {
    async held() {
      const doc = await context.request.get(`${server}/openapi.json`);
      if (!doc.ok()) return [`no description: ${doc.status()}`];
      const contract = new Contract(await doc.json()), wrong = new Set(), all = await Promise.all(seen);
      for (const x of all) {
        const say = (what, list) => list.forEach(y => wrong.add(`${what} ${x.method} ${x.url.pathname.replace(/[0-9a-f-]{20,}/g, 'ID')}: ${y}`));
        if (x.status < 400) say('the page asks', contract.request(x)); // what was refused on purpose is no fault
        if (x.json && x.answer !== undefined) say('the server answers', contract.answer({ ...x, value: JSON.parse(x.answer) }));
      }
      return [...wrong, ...(all.length === 0 ? ['nothing was asked'] : [])];
    },
  };
}
