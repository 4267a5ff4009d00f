// A call that rings: everything known about it before the agent says yes.
import { Button } from 'antd';
import { useEffect, useState } from 'react';
import { post, Problem } from '../parts/api';
import { Curve } from '../parts/Curve';
import { useWords } from '../parts/i18n';
import { useKeys } from '../parts/keys';
import n, { intentName, reasonName, whyYou } from '../parts/namewords';
import { speaker } from '../parts/speaker';
import { clock, until, useNow } from '../parts/time';
import { Said, showTurn } from '../parts/Transcript';
import pw from '../parts/words';
import { useActions } from './actions';
import { TroubleNote } from './Devices';
import { Lines } from './Lines';
import { isChat, numberOf, type Offer } from './model';
import { VoiceError } from './phone';
import { accept, useVoice } from './voice';
import { Given, History, Identity, Links, Name, Slots } from './Who';
import w from './words';

export function Ringing({ offer }: { offer: Offer }) {
  const t = useWords(w), p = useWords(pw), nt = useWords(n), act = useActions(), voice = useVoice(), now = useNow(), [busy, setBusy] = useState(false), [declining, setDeclining] = useState(false), [late, setLate] = useState(false), [asked, setAsked] = useState<number[]>([]);
  const chat = isChat(offer), left = until(offer.expires, now), all = Math.max(1, (Date.parse(offer.expires) - Date.parse(offer.since)) / 1000);
  const take = async () => {
    if (busy || declining) return;
    setBusy(true); setLate(false);
    try {
      if (chat) await post(`/api/desk/offers/${offer.id}/accept`, {}); else await accept(offer.id, offer.call);
    } catch (err) {
      if (err instanceof Problem && err.status === 409) setLate(true); else if (!(err instanceof VoiceError)) act.say(err);
    } finally { setBusy(false); }
  };
  const decline = () => { // also while the browser asks for the microphone
    if (declining) return;
    setDeclining(true);
    void act.decline(offer.id).finally(() => setDeclining(false));
  };
  useKeys(t.title, [{ keys: ['Enter'], what: t.k.accept, run: () => void take() }, { keys: ['d'], what: t.k.decline, run: decline }]);
  // The last turns, and those somebody asked to see.
  const said = (offer.turns ?? []).filter((x, i, all) => i >= all.length - 4 || asked.includes(x.n)), newest = asked.at(-1);
  useEffect(() => { if (newest) showTurn(newest); }, [newest, asked.length]);
  return (
    <div className="ringing">
      <article className="ring-card" aria-label={t.rings(t.kinds[offer.kind ?? 'call'] ?? t.kinds.call)}>
        <header>
          <h1 className="ring-kind"><span className="dot ring-dot" aria-hidden="true" />{t.rings(t.kinds[offer.kind ?? 'call'] ?? t.kinds.call)}</h1>
          {offer.queue && <span className="tag">{t.queue}: {offer.queue}</span>}
          <span className="grow" /><Curve values={offer.sentiment ?? []} />
          <span className="num soft">{t.left(clock(left))}</span>
        </header>
        <div className="ring-left" aria-hidden="true"><progress max={all} value={left} aria-label={t.left(clock(left))} /></div>
        <div className="ring-grid">
          <div>
            <Name who={offer.caller} /><Given who={offer.caller} /><Identity who={offer.caller} />{!!offer.caller.maybe?.length && <p className="given"><span className="faint">{t.maybe} </span>{offer.caller.maybe.map((m, i) => <span key={m.id}>{i > 0 && ' · '}<bdi>{m.name || m.id}</bdi></span>)}</p>}<Links who={offer.caller} />
            <h2>{t.why}</h2><p className="ring-reason" dir="auto">{reasonName(nt, offer.reason)} {offer.intent && <span className="tag">{intentName(nt, offer.intent)}</span>}</p>
            {!!offer.summary?.length && <><h2>{t.bot}</h2><Lines all={offer.summary.map(s => ({ text: s.text }))} /></>}
            <Slots of={offer} open={n => setAsked(old => [...old, n])} />
          </div>
          <div>
            <h2>{t.last}</h2><History all={offer.history} />
            {said.length > 0 && <><h2>{t.said}</h2><ol className="ring-said">{said.map(x => <li key={x.n} id={`turn-${x.n}`}><span className="who">{speaker(x, p.who)}</span> <Said text={x.text} lang={x.lang} /></li>)}</ol></>}
            {!!offer.why_you?.length && <><h2>{t.whyYou}</h2><p className="soft">{offer.why_you.map(y => whyYou(nt, p.langs, y)).join(' · ')}</p></>}
          </div>
        </div>
        {offer.kind === 'callback' && <p className="soft">{t.dials(numberOf(offer.caller))}</p>}
        <TroubleNote trouble={chat ? null : voice.trouble} />
        {late && <p className="trouble" role="alert">{t.late}</p>}
        <footer>
          <Button type="primary" size="large" loading={busy} onClick={() => void take()}>{chat ? t.acceptChat : t.accept}<kbd>Enter</kbd></Button>
          <Button size="large" loading={declining} onClick={decline}>{t.decline}<kbd>d</kbd></Button>
        </footer>
      </article>
    </div>
  );
}
