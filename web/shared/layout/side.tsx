import { createContext, useContext } from 'react'
import { Outlet } from 'react-router'
import type { Side } from './routes'

const Context = createContext<Side | undefined>(undefined)

export function useSide(): Side {
  const side = useContext(Context)
  if (!side) throw new Error('useSide is called outside of SideProvider')
  return side
}

export function SideProvider({ side }: { side: Side }) {
  return (
    <Context value={side}>
      <Outlet />
    </Context>
  )
}
