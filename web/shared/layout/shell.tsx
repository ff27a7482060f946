import { MenuFoldOutlined, MenuOutlined, MenuUnfoldOutlined } from '../ui/icon'
import { Button, Drawer } from 'antd'
import { Suspense, useEffect, useRef, useState } from 'react'
import { Link, Navigate, NavLink, Outlet, useLocation, useMatches, useNavigation } from 'react-router'
import { useMay, useMe, type Permission } from '../session/me'
import { useWords } from '../words/words'
import { Forbidden, NoMerchant } from './failure'
import { Loading } from './loading'
import { Mark } from './mark'
import { MerchantSwitch } from './merchant_switch'
import { useSide } from './side'
import { Tools } from './tools'

const remembered = 'yifen.nav'

/** Shell is the frame of every page behind the log-in: navigation at the side, tools at the top. */
export function Shell() {
  const { t } = useWords()
  const side = useSide()
  const me = useMe()
  const may = useMay()
  const { pathname } = useLocation()
  const { state } = useNavigation()
  const [narrow, setNarrow] = useState(() => localStorage.getItem(remembered) === 'narrow')
  const [open, setOpen] = useState(false)
  const main = useRef<HTMLElement>(null)
  const wanted = useMatches().at(-1)?.handle as { permission?: Permission; realm?: string } | undefined

  // A reader of the screen begins at the new page, not where the old one was left; the first page keeps its own focus.
  const before = useRef(pathname)
  useEffect(() => {
    if (before.current === pathname) return
    before.current = pathname
    main.current?.focus()
    scrollTo(0, 0)
  }, [pathname])

  const fold = () => {
    localStorage.setItem(remembered, narrow ? 'wide' : 'narrow')
    setNarrow(!narrow)
  }
  return (
    <div className="shell" data-narrow={narrow || undefined}>
      <a className="skip" href="#main">
        {t('shell.skip')}
      </a>
      <div className="aside">
        <Link to="/" className="brand">
          <Mark />
          <span className="brand-name">
            <strong>{t('brand.name')}</strong>
            <span>{t(side.name)}</span>
          </span>
        </Link>
        <Navigation label={t('shell.navigation')} />
        <Button
          type="text"
          className="fold"
          icon={narrow ? <MenuUnfoldOutlined /> : <MenuFoldOutlined />}
          aria-label={narrow ? t('shell.unfold') : t('shell.fold')}
          aria-expanded={!narrow}
          onClick={fold}
        />
      </div>
      <div className="body">
        <header className="top">
          <Button
            type="text"
            className="burger"
            icon={<MenuOutlined />}
            aria-label={t('shell.navigation')}
            onClick={() => setOpen(true)}
          />
          {me.user.realm === 'merchant' && <MerchantSwitch />}
          <span className="spring" />
          <Tools />
        </header>
        <main id="main" ref={main} tabIndex={-1} aria-busy={state === 'loading'}>
          {may(wanted?.permission) && (!wanted?.realm || wanted.realm === me.user.realm) ? (
            <Suspense fallback={<Loading />}>
              <Outlet key={me.merchant} />
            </Suspense>
          ) : (
            <Elsewhere />
          )}
        </main>
      </div>
      <Drawer
        open={open}
        placement="left"
        size="min(300px, 85vw)"
        title={t(side.name)}
        closable={{ 'aria-label': t('common.close'), placement: 'end' }}
        onClose={() => setOpen(false)}
        className="nav-drawer"
      >
        <Navigation label={t('shell.navigation')} chosen={() => setOpen(false)} />
      </Drawer>
    </div>
  )
}

/** Elsewhere stands where the person may not see the page: it leads from the first page to one that they may see. */
function Elsewhere() {
  const { pages } = useSide()
  const { pathname } = useLocation()
  const { user, merchant, merchants } = useMe()
  const may = useMay()
  if (user.realm === 'merchant' && !merchant) return <NoMerchant some={(merchants ?? []).length > 0} />
  const other = pages.find(({ path, icon, permission, realm }) => path !== '' && icon && may(permission) && (!realm || realm === user.realm))
  return pathname === '/' && other ? <Navigate to={`/${other.path}`} replace /> : <Forbidden />
}

function Navigation({ label, chosen }: { label: string; chosen?: () => void }) {
  const { t } = useWords()
  const { pages } = useSide()
  const { user } = useMe()
  const may = useMay()
  return (
    <nav className="nav" aria-label={label}>
      <ul>
        {pages
          .filter(({ icon, permission, realm }) => icon && may(permission) && (!realm || realm === user.realm))
          .map(({ path, title, icon }) => (
            <li key={path}>
              <NavLink to={`/${path}`} end={path === ''} title={t(title)} onClick={chosen}>
                {icon}
                <span>{t(title)}</span>
              </NavLink>
            </li>
          ))}
      </ul>
    </nav>
  )
}
