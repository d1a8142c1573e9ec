import { defineConfig } from 'vite';

/** Stands in the page until the server puts the nonce of each answer in its place. */
export const NONCE_PLACEHOLDER = '__CSP_NONCE__';

export default defineConfig({
  root: import.meta.dirname,
  html: { cspNonce: NONCE_PLACEHOLDER },
  build: {
    outDir: '../dist/console',
    emptyOutDir: true,
    target: 'es2022',
    // With light-dark() as it is: what stands for it in older browsers needs the scheme to be set in the same file.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    reportCompressedSize: false,
    // A data: URL would have to be allowed by the policy of the page.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 800,
    rolldownOptions: {
      onLog: (level, log, tell) => {
        // The libraries' `use client` is for servers that render; this page is rendered by the browser alone.
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') tell(level, log);
      },
    },
  },
  // `node_modules/.bin/vite console` beside `make run`: the page as it is being written.
  server: {
    proxy: { '/api': 'http://127.0.0.1:8080', '/metrics': 'http://127.0.0.1:8080', '/readyz': 'http://127.0.0.1:8080' },
  },
});
