// Fails the build when what a browser must load before it shows the first page is more than 300 KB of gzipped script.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const limit = 300 * 1024;
const built = new URL('../dist/', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('manifest.json', built)));
const files = new Set();
const add = name => {
  const m = manifest[name];
  if (files.has(m.file)) return;
  files.add(m.file);
  (m.imports ?? []).forEach(add);
};
add('index.html');
let total = 0;
for (const f of files) total += gzipSync(readFileSync(new URL(f, built)), { level: 9 }).length;
console.log(`initial script: ${(total / 1024).toFixed(1)} KB gzipped in ${files.size} files, at most ${limit / 1024}`);
if (total > limit) {
  console.error('too much: load it with its route (import()) instead');
  process.exit(1);
}
