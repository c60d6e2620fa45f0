import react from '@vitejs/plugin-react';
import { loadEnv } from 'vite';
import { defineConfig } from 'vitest/config';

// The platform serves dist/index.html for /cashier/{token} and dist/assets/* under /cashier/assets/. Its security policy
// forbids inline scripts and foreign origins, so nothing is inlined: every script, style and picture is a file of its own.
const platform = loadEnv('', '.', 'FEIQIAN_')['FEIQIAN_URL'] ?? 'http://127.0.0.1:9400';

export default defineConfig({
  base: '/cashier/',
  plugins: [react()],
  build: {
    target: ['chrome87', 'safari14', 'firefox88'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    rollupOptions: {
      output: {
        // The libraries change seldom, the pages often: apart, the payer's browser keeps the large part.
        manualChunks: (id) => (id.includes('/node_modules/') ? 'libraries' : undefined),
      },
    },
  },
  server: {
    host: '127.0.0.1',
    proxy: { '/cashier/api': platform },
  },
  test: { environment: 'node', include: ['src/**/*.test.ts'] },
});
