// What the server wrote into the page when it sent it.
export interface Config { sip: string; version: string; nonce: string }

export const config: Config = (() => {
  try { return JSON.parse(document.querySelector<HTMLMetaElement>('meta[name=parley]')?.content ?? '') as Config; } catch { return { sip: '', version: '', nonce: '' }; }
})();
