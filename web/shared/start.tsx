import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { RouterProvider } from 'react-router/dom'
import { Problem } from './api/problem'
import './design/style.css'
import { ThemeProvider } from './design/theme'
import { routes, type Side } from './layout/routes'
import { signStyles } from './nonce'
import { meKey } from './session/me'
import { firstLang, loadDictionary, WordsProvider } from './words/words'

function queries(): QueryClient {
  // A session that ended shows at whatever is asked next; the layout then leads to the log-in page.
  const watch = (thrown: unknown) => {
    if (thrown instanceof Problem && thrown.unsigned && client.getQueryData(meKey)) client.setQueryData(meKey, null)
  }
  const client = new QueryClient({
    queryCache: new QueryCache({ onError: watch }),
    mutationCache: new MutationCache({ onError: watch }),
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        retry: (failures, thrown) => failures < 2 && thrown instanceof Problem && (thrown.status === 0 || thrown.status >= 500),
      },
    },
  })
  return client
}

/** start shows one side of the house in the page. */
export async function start(side: Side): Promise<void> {
  signStyles()
  const lang = firstLang()
  const router = routes(side) // begins to load the page of the address, while the dictionary is on its way
  const dictionary = await loadDictionary(lang)
  createRoot(document.getElementById('root')!).render(
    <StrictMode>
      <QueryClientProvider client={queries()}>
        <WordsProvider first={lang} dictionary={dictionary}>
          <ThemeProvider>
            <RouterProvider router={router} />
          </ThemeProvider>
        </WordsProvider>
      </QueryClientProvider>
    </StrictMode>,
  )
}
