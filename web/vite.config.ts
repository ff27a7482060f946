import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import description from './shared/openapi.json' with { type: 'json' }

// Each folder with an index.html is a page of its own under its name; they share the chunks in /assets/.
const entries = ['console', 'portal', 'pay']

export default defineConfig({
  plugins: [react()],
  define: { __EVENTS__: JSON.stringify('/v1/events' in description.paths) },
  // The server puts the nonce of its answer here, see embed.go.
  html: { cspNonce: '__nonce__' },
  build: {
    target: 'es2022',
    manifest: true, // the Go test of the size budgets reads it
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      input: Object.fromEntries(entries.map((name) => [name, `${name}/index.html`])),
      output: {
        // What every page needs lies together, so that a change of a page leaves it in the browser's cache.
        codeSplitting: {
          groups: [{ name: 'react', test: /node_modules\/(react|react-dom|scheduler|react-router|@tanstack|openapi-fetch)\// }],
        },
      },
    },
  },
  server: { fs: { allow: ['..'] }, proxy: { '/v1': 'http://127.0.0.1:8080' } },
})
