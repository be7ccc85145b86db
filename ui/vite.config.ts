import preact from '@preact/preset-vite';
import { defineConfig } from 'vite';

/** Builds the interface into build/ui; in development serves it on 5173 in front of a gateway on 8000. */
const gateway = 'http://127.0.0.1:8000';

export default defineConfig({
  root: import.meta.dirname ?? new URL('.', import.meta.url).pathname,
  plugins: [preact()],
  build: {
    outDir: '../build/ui',
    emptyOutDir: true,
    target: 'es2022',
    // Inlined assets would be data: addresses, which the content security policy forbids.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    port: 5173,
    strictPort: true,
    proxy: { '/api': { target: gateway, ws: true } },
  },
});
