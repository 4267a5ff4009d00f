// What the server says of its parts.
interface Ready { checks: Record<string, string> }

// down lists the parts that do not work, by name, in a steady order.
export const down = (r: Ready | undefined) => Object.entries(r?.checks ?? {}).filter(([, state]) => state !== 'ok').map(([part]) => part).sort();

// Without api(): what is not ready answers 503, with the same body.
export async function ready(signal: AbortSignal): Promise<Ready> {
  const res = await fetch('/readyz', { cache: 'no-store', signal });
  return (res.headers.get('content-type') ?? '').includes('json') ? await res.json() as Ready : { checks: {} };
}
