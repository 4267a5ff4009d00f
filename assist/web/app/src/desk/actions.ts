// What an agent does. The page shows the effect at once; the server's next event is the truth, and a failure puts it back.
import { App } from 'antd';
import { useMemo } from 'react';
import { post, put } from '../parts/api';
import { useWords } from '../parts/i18n';
import { explain } from '../parts/states';
import pw from '../parts/words';
import { isChat } from './model';
import { desk, dispatch } from './store';
import { mute as muteMic } from './voice';
import w from './words';

export const composer = { insert: (_: string) => {} };

export function useActions() {
  const { message } = App.useApp(), p = useWords(pw), t = useWords(w);
  return useMemo(() => {
    const call = () => desk().body?.call;
    const at = (path: string) => `/api/desk/calls/${call()?.call}/${path}`;
    const say = (err: unknown) => { const e = explain(err, p); void message.error(`${e.title}. ${e.why}`, 6); };
    const attempt = async (f: () => Promise<unknown>, back?: () => void) => { try { await f(); return true; } catch (err) { back?.(); say(err); return false; } };
    return {
      say,
      presence: (state: 'ready' | 'away', reason?: string) => attempt(() => put('/api/desk/state', { state, reason })),
      decline: (offer: string) => attempt(() => post(`/api/desk/offers/${offer}/decline`, {})),
      hold() { const on = !call()?.on_hold; dispatch({ type: 'patch', call: { on_hold: on } }); return attempt(() => post(at('hold'), { on }), () => dispatch({ type: 'patch', call: { on_hold: !on } })); },
      mute() {
        const on = !call()?.muted;
        dispatch({ type: 'patch', call: { muted: on } });
        muteMic(on);
        return attempt(() => post(at('mute'), { on }), () => { dispatch({ type: 'patch', call: { muted: !on } }); muteMic(!on); });
      },
      recording() {
        const was = call()?.recording ?? 'off';
        if (was === 'off') return Promise.resolve(false);
        dispatch({ type: 'patch', call: { recording: was === 'on' ? 'paused' : 'on' } });
        return attempt(() => post(at('recording'), { on: was !== 'on' }), () => dispatch({ type: 'patch', call: { recording: was } }));
      },
      end: () => attempt(() => post(at('end'))),
      toBot: () => attempt(() => post(at('to_bot'))),
      dtmf: (digits: string) => attempt(() => post(at('dtmf'), { digits })),
      transfer: (kind: 'blind' | 'warm', to: string) => attempt(() => post(at('transfer'), { kind, to })),
      consult: (what: 'complete' | 'cancel' | 'merge') => attempt(() => post(at(`transfer/${what}`))),
      identity: (state: 'verified' | 'failed') => attempt(() => post(at('identity'), { state, how: 'asked' })),
      choose: (customer: string) => attempt(() => post(at('identity'), { state: 'verified', how: 'asked', customer })),
      askCode: () => attempt(() => post(at('code'), {})),
      offer: (amount: number, note: string) => attempt(() => post(at('compensation'), { amount, note })),
      tick(id: string, done: boolean) { dispatch({ type: 'item', id, done }); return attempt(() => post(at(`checklist/${id}`), { done }), () => dispatch({ type: 'item', id, done: !done })); },
      card(id: string, action: 'used' | 'dismissed' | 'muted' | 'helpful') {
        const card = desk().cards.find(c => c.id === id), c = call();
        if (!card) return Promise.resolve(false);
        dispatch({ type: 'card', id, action });
        if (action === 'used' && c && isChat(c) && (card.kind === 'answer' || card.kind === 'reply')) composer.insert(card.text);
        if (action === 'muted') void message.info(t.muted1, 3);
        return attempt(() => post(at(`cards/${id}`), { action }), () => dispatch({ type: 'uncard', card }));
      },
    };
  }, [message, p, t]);
}
