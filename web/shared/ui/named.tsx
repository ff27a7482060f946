import { useQuery } from '@tanstack/react-query'
import { call } from '../api/client'
import { Code, Nothing } from './value'

const together = 100 // ids that the API takes at a time
const pauseMs = 10 // for which more ids are waited for

let line: { ids: string[]; names: Promise<Map<string, string>> } | undefined

/** nameOf asks for a name together with all others that a page wants at the same moment. */
async function nameOf(id: string): Promise<string> {
  if (!line || line.ids.length >= together) {
    const ids: string[] = []
    const names = new Promise((go) => setTimeout(go, pauseMs)).then(async () => {
      if (line?.ids === ids) line = undefined
      const { data } = await call('get', '/v1/names', { query: { ids: ids.join(',') } })
      return new Map(data.map((one) => [one.id, one.name]))
    })
    line = { ids, names }
  }
  line.ids.push(id)
  return (await line.names).get(id) ?? ''
}

/** Named shows what a merchant, a store, an agent or a person is called; with its id, too, where that may be wanted. */
export function Named({ id, whole }: { id?: string; whole?: boolean }) {
  const record = id?.slice(id.indexOf(':') + 1) // the trail writes merchant:usr_…
  const { data: name } = useQuery({
    queryKey: ['/v1/names', record],
    queryFn: () => nameOf(record!),
    enabled: Boolean(record),
    staleTime: 300_000,
    retry: false,
  })
  if (!id) return <Nothing />
  if (!name) return <Code>{id}</Code>
  return whole ? (
    <>
      {name} <Code>{id}</Code>
    </>
  ) : (
    name
  )
}
