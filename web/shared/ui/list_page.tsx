import { DownloadOutlined, LeftOutlined, ReloadOutlined, RightOutlined } from './icon'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Button, Dropdown, Select, Skeleton } from 'antd'
import { useEffect, useRef, type KeyboardEvent, type MouseEvent, type ReactNode } from 'react'
import { Link, useLocation, useNavigate, useSearchParams } from 'react-router'
import { call, type Address, type Page, type Row } from '../api/client'
import { asProblem } from '../api/problem'
import type { paths } from '../api/schema'
import { usePoll } from '../live/live'
import { useWords, type Key } from '../words/words'
import { EmptyState } from './block'
import { DetailDrawer } from './detail_drawer'
import { FilterBar } from './filter_bar'
import { pageSize, sizes, wanted, type Filter } from './list_address'
import { ProblemAlert } from './problem_alert'

export interface Column<R> {
  title: Key
  render: (row: R) => ReactNode
  /** amounts and counts stand at the right */
  right?: boolean
}

export interface Detail<R> {
  title: (row: R) => ReactNode
  body: (row: R, close: () => void) => ReactNode
  /** load fetches a row that the address names and that is not on the page */
  load?: (id: string, signal: AbortSignal) => Promise<R>
}

interface Props<P extends Address<'get'>> {
  /** accessible name of the table */
  name: Key
  /** address of the list in the API */
  address: P
  /** values for the {braces} of the address */
  path?: Record<string, string>
  id: (row: Row<P>) => string
  columns: Column<Row<P>>[]
  filters?: Filter<Key>[]
  detail?: Detail<Row<P>>
  empty: Key
  /** offers the list as a file */
  files?: boolean
}

/** Place is what the browser's history keeps with a page of a list: the cursors of the pages before it. */
interface Place {
  back?: string[]
}

/**
 * ListPage shows a list of the API, newest first. Filters, page and opened row stand in the page's address, so that it
 * may be kept, sent and reloaded. In the table the arrow keys go from row to row, Enter opens, Escape closes.
 */
export function ListPage<P extends Address<'get'> & keyof paths>(props: Props<P>) {
  type R = Row<P>
  const { name, address, path, id, columns, filters = [], detail, empty, files } = props
  const { t } = useWords()
  const poll = usePoll()
  const [params] = useSearchParams()
  const location = useLocation()
  const navigate = useNavigate()
  const back = (location.state as Place | null)?.back ?? []
  const question = wanted(filters, params)
  const limit = pageSize(params)
  const cursor = params.get('cursor') ?? undefined
  const { data, error, isFetching, isPlaceholderData, refetch } = useQuery({
    queryKey: [address, path, question, limit, cursor],
    queryFn: async ({ signal }) =>
      (await call('get', address, { path, query: { ...question, limit, cursor }, signal })) as unknown as Page<R>,
    placeholderData: keepPreviousData,
    refetchInterval: cursor ? false : poll,
  })
  const rows = data?.data ?? []
  const openID = params.get('open')

  const go = (change: Record<string, string | undefined>, place: Place = { back }, replace = false) => {
    void navigate({ search: changed(params, change) }, { state: place, replace })
  }
  const close = () => go({ open: undefined })

  // The focus returns to the row that was open, also where the page was loaded with it open.
  const table = useRef<HTMLTableElement>(null)
  const before = useRef(openID)
  useEffect(() => {
    if (!openID && before.current) {
      table.current?.querySelector<HTMLElement>(`[data-id="${CSS.escape(before.current)}"] .row-link`)?.focus()
    }
    before.current = openID
  }, [openID])

  return (
    <>
      {filters.length > 0 && (
        <FilterBar filters={filters} values={params} apply={(change) => go({ ...change, cursor: undefined }, {}, true)} />
      )}
      <section className="card list" aria-busy={isFetching}>
        <div className="list-bar">
          <span className="faint" role="status">
            {data && !isPlaceholderData ? t('list.shown', { count: rows.length }) : t('common.loading')}
          </span>
          <span className="actions">
            <Button
              icon={<ReloadOutlined spin={isFetching} />}
              onClick={() => void refetch()}
              aria-label={t('list.refresh')}
              title={t('list.refresh')}
            />
            {files && <Files address={filled(address, path)} question={question} />}
          </span>
        </div>
        {error && (
          <div className="card-body">
            <ProblemAlert
              problem={asProblem(error)}
              retry={
                <Button size="small" onClick={() => void refetch()}>
                  {t('common.retry')}
                </Button>
              }
            />
          </div>
        )}
        {!data && !error && (
          <div className="card-body">
            <Skeleton active title={false} paragraph={{ rows: 8 }} />
          </div>
        )}
        {data && rows.length === 0 && <EmptyState title={Object.keys(question).length > 0 ? 'list.none_fits' : empty} />}
        {rows.length > 0 && (
          <div className="table-frame" role="region" aria-label={t(name)} tabIndex={0}>
            <table ref={table} className="table" onKeyDown={walk} aria-label={t(name)} role="table">
              <thead role="rowgroup">
                <tr role="row">
                  {columns.map((column) => (
                    <th key={column.title} scope="col" role="columnheader" className={column.right ? 'right' : undefined}>
                      {t(column.title)}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody role="rowgroup">
                {rows.map((row) => (
                  <tr
                    key={id(row)}
                    role="row"
                    className={detail && 'table-row'}
                    data-id={id(row)}
                    data-open={openID === id(row) || undefined}
                    onClick={detail && ((event) => pressed(event) && go({ open: id(row) }))}
                  >
                    {columns.map((column, index) => (
                      <td
                        key={column.title}
                        role="cell"
                        data-name={t(column.title)}
                        className={column.right ? 'right' : undefined}
                      >
                        {detail && index === 0 ? (
                          <Link to={{ search: changed(params, { open: id(row) }) }} state={{ back }} className="row-link">
                            {column.render(row)}
                          </Link>
                        ) : (
                          column.render(row)
                        )}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        <nav className="list-bar" aria-label={t('list.pages')}>
          <Select
            value={limit}
            aria-label={t('list.size')}
            onChange={(size) => go({ limit: String(size), cursor: undefined }, {}, true)}
            options={sizes.map((size) => ({ value: size, label: t('list.per_page', { count: size }) }))}
          />
          <span className="actions">
            <Button
              disabled={!cursor}
              icon={<LeftOutlined />}
              onClick={() => go({ cursor: back.at(-1) || undefined }, { back: back.slice(0, -1) })}
            >
              {cursor && back.length === 0 ? t('list.newest') : t('list.newer')}
            </Button>
            <Button
              disabled={!data?.has_more || isPlaceholderData}
              icon={<RightOutlined />}
              iconPlacement="end"
              onClick={() => go({ cursor: data?.next_cursor }, { back: [...back, cursor ?? ''] })}
            >
              {t('list.older')}
            </Button>
          </span>
        </nav>
      </section>
      {detail && openID && (
        <DetailDrawer
          address={address}
          id={openID}
          row={rows.find((row) => id(row) === openID)}
          settled={Boolean(data || error)}
          detail={detail}
          close={close}
        />
      )}
    </>
  )
}

function Files({ address, question }: { address: string; question: Record<string, string> }) {
  const { t, lang } = useWords()
  const link = (format: string) => `${address}/export?${new URLSearchParams({ ...question, format, lang }).toString()}`
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        items: (['csv', 'xlsx'] as const).map((format) => ({
          key: format,
          label: (
            <a href={link(format)} download>
              {t(`list.${format}`)}
            </a>
          ),
        })),
      }}
    >
      <Button icon={<DownloadOutlined />}>{t('list.export')}</Button>
    </Dropdown>
  )
}

/** filled puts values into the {braces} of an address. */
function filled(address: string, path: Record<string, string> = {}): string {
  return address.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? ''))
}

/** changed returns the address with some parameters set and those that are undefined taken out. */
function changed(params: URLSearchParams, change: Record<string, string | undefined>): string {
  const next = new URLSearchParams(params)
  for (const [name, value] of Object.entries(change)) {
    if (value) next.set(name, value)
    else next.delete(name)
  }
  return next.toString()
}

/** pressed tells a press on a row from one on something in it, and from the end of marking its text. */
function pressed(event: MouseEvent<HTMLElement>): boolean {
  const inner = (event.target as Element).closest('a, button, input')
  return !inner && !getSelection()?.toString()
}

/** walk moves the focus between the rows of a table. */
function walk(event: KeyboardEvent<HTMLTableElement>): void {
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>('.row-link')]
  const at = links.indexOf(document.activeElement as HTMLElement)
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key]
  if (at < 0 || to === undefined || !links[to]) return
  event.preventDefault()
  links[to].focus()
}
