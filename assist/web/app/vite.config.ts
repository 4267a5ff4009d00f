/// <reference types="vitest/config" />
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// The pages go to dist and from there (deploy/pages.sh) to ../built, where the Go package embeds them. Parley writes what a page must know about its server
// (and the nonce for its styles) into index.html when it sends it.
export default defineConfig({
  plugins: [react()],
  build: {
    outDir: 'dist', emptyOutDir: true, assetsDir: 'assets', manifest: 'manifest.json', target: 'es2022', modulePreload: { polyfill: false },
    assetsInlineLimit: 0, chunkSizeWarningLimit: 1500, reportCompressedSize: false,
  },
  server: { proxy: { '/api': process.env.PARLEY_URL ?? 'http://127.0.0.1:8081' } },
  test: { include: ['{src,mock}/**/*.test.{ts,mjs}'], environment: 'node' },
});
