// What wants a hand today: gaps, drafts, the golden set, what ends soon. Each leads to its view.
import { Link } from 'wouter';
import { query } from '../parts/api';
import { useWords } from '../parts/i18n';
import { number } from '../parts/time';
import { useCalendar } from './Calendar';
import { useDrafts } from './Drafts';
import { useGaps } from './Gaps';
import { useRuns } from './Golden';
import { passed } from './model';
import w from './words';

const now = () => { const d = new Date(); return new Date(d.getFullYear(), d.getMonth(), d.getDate()); };

export function Today({ base }: { base: string }) {
  const t = useWords(w), from = now(), to = new Date(from.getFullYear(), from.getMonth(), from.getDate() + 31);
  const gaps = useGaps(base, 30), drafts = useDrafts(base), runs = useRuns(base), dates = useCalendar(base, from, to);
  const found = gaps.data?.items ?? [], waiting = (drafts.data?.items ?? []).filter(d => d.entry.state === 'review').length, run = runs.data?.items?.[0], ends = (dates.data?.items ?? []).filter(x => x.what === 'ends').length, asked = found.reduce((n, g) => n + g.count, 0);
  const cards = [
    { to: query('/knowledge/gaps', { base }), name: t.tabs.gaps, value: gaps.data && number(found.length), note: gaps.data && (found.length ? t.askedTimes(number(asked)) : t.noGaps), warn: false },
    { to: query('/knowledge/drafts', { base }), name: t.waiting, value: drafts.data && number(waiting), note: drafts.data && (waiting ? t.notHeard : t.nothingWaits), warn: waiting > 0 },
    { to: query('/knowledge/golden', { base }), name: t.tabs.golden, value: runs.data && (run ? `${number(passed(run))} / ${number(run.n)}` : '—'), note: runs.data && (run ? t.passedQuestions : t.neverRun), warn: !!run && run.wrong > 0 },
    { to: query('/knowledge/calendar', { base }), name: t.endSoon, value: dates.data && number(ends), note: dates.data && t.in31, warn: ends > 0 },
  ];
  return <ul className="know-today">{cards.map(c => <li key={c.name}><Link href={c.to}><span className="soft">{c.name}</span><b className={`num${c.warn ? ' warn' : ''}`}>{c.value ?? '…'}</b><span className="faint">{c.note ?? ' '}</span></Link></li>)}</ul>;
}
