import type { ReactNode } from 'react'
import { createBrowserRouter, type RouteObject } from 'react-router'
import type { Permission } from '../session/me'
import type { Key } from '../words/words'
import { Failure, NotFound } from './failure'
import { Loading } from './loading'
import { Shell } from './shell'
import { SideProvider } from './side'
import { Signed } from './signed'

/** Side is one of the two back offices: what it shows, and for whom. */
export interface Side {
  /** path of the page on the server: "/console" */
  base: string
  name: Key
  realms: readonly string[]
  /** people may open an account themselves */
  registers: boolean
  pages: PageSpec[]
  /** pages that nobody needs to be known for */
  open?: Pick<PageSpec, 'path' | 'load'>[]
}

/** PageSpec is a page behind the log-in. One with an icon stands in the navigation. */
export interface PageSpec {
  path: string
  load: () => Promise<{ Component: () => ReactNode }>
  permission?: Permission
  /** for people of this realm only */
  realm?: string
  title: Key
  icon?: ReactNode
}

function lazily({ path, load, permission, realm }: PageSpec): RouteObject {
  return { path: path || undefined, index: path === '' ? true : undefined, lazy: load, handle: { permission, realm } } as RouteObject
}

/** routes makes the router of a side: what both share, and its own pages. */
export function routes(side: Side) {
  const open: RouteObject[] = [
    { path: 'login', lazy: () => import('../account/login') },
    { path: 'forgot', lazy: () => import('../account/forgot') },
    { path: 'enroll', lazy: () => import('../account/enroll') },
    ...(side.registers ? [{ path: 'register', lazy: () => import('../account/register') }] : []),
    ...(side.open ?? []).map(({ path, load }) => ({ path, lazy: load }) as RouteObject),
  ]
  return createBrowserRouter(
    [
      {
        element: <SideProvider side={side} />,
        errorElement: <Failure />,
        hydrateFallbackElement: <Loading />,
        children: [
          ...open,
          {
            element: <Signed />,
            children: [
              {
                element: <Shell />,
                children: [
                  {
                    errorElement: <Failure />,
                    children: [
                      ...side.pages.map(lazily),
                      { path: 'account/:part?', lazy: () => import('../account/account') },
                      { path: '*', element: <NotFound /> },
                    ],
                  },
                ],
              },
            ],
          },
        ],
      },
    ],
    { basename: side.base },
  )
}
