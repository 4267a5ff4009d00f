// How grave something is, as a shape: an octagon, a triangle, a disc. Drawn, because fonts lack such signs or show them in
// colours of their own; the word stands beside it.
const shapes = { critical: 'M6 1h8l5 5v8l-5 5H6l-5-5V6Z', warning: 'M10 1.5 19.5 18.5H.5Z', info: 'M10 1a9 9 0 1 1 0 18a9 9 0 0 1 0-18Z' };

export type Grave = keyof typeof shapes;

export function Severity({ of }: { of: string }) {
  const s: Grave = of === 'critical' || of === 'warning' ? of : 'info';
  return (
    <svg className={`severity ${s}`} viewBox="0 0 20 20" width="1em" height="1em" aria-hidden="true">
      <path d={shapes[s]} fill="currentColor" />
      <path d={s === 'info' ? 'M10 9v5.5' : s === 'warning' ? 'M10 7.5v5' : 'M10 5v6'} stroke="var(--panel)" strokeWidth="2" /><circle cx="10" cy={s === 'info' ? 5.8 : s === 'warning' ? 15.4 : 14.4} r="1.3" fill="var(--panel)" />
    </svg>
  );
}
