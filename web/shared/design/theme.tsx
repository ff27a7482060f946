import { App, ConfigProvider, theme as ant, type ThemeConfig } from 'antd'
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react'
import { nonce } from '../nonce'
import { useWords } from '../words/words'
import { dark, light, variables, type Palette } from './palette'

/** Theme is what the person chose; system follows the device. */
export type Theme = 'light' | 'dark' | 'system'

interface Choice {
  theme: Theme
  dark: boolean
  choose: (theme: Theme) => void
}

const remembered = 'yifen.theme'
const Context = createContext<Choice>({ theme: 'system', dark: false, choose: () => undefined })

export function useTheme(): Choice {
  return useContext(Context)
}

function first(): Theme {
  const chosen = localStorage.getItem(remembered)
  return chosen === 'light' || chosen === 'dark' ? chosen : 'system'
}

/** useMedia follows a query of the device, such as whether it is dark. */
function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches)
  useEffect(() => {
    const list = matchMedia(query)
    const follow = () => setMatches(list.matches)
    list.addEventListener('change', follow)
    return () => list.removeEventListener('change', follow)
  }, [query])
  return matches
}

function antTheme(palette: Palette, isDark: boolean, still: boolean): ThemeConfig {
  const { good, warn, bad, info } = palette
  return {
    algorithm: isDark ? ant.darkAlgorithm : ant.defaultAlgorithm,
    hashed: false,
    token: {
      motion: !still,
      colorPrimary: palette.primary,
      colorPrimaryHover: palette.primaryHover,
      colorPrimaryActive: palette.primaryHover,
      colorPrimaryBg: palette.tint,
      colorPrimaryBgHover: palette.tint,
      colorPrimaryBorder: info.line,
      colorPrimaryText: palette.link,
      colorLink: palette.link,
      colorLinkHover: palette.link,
      colorLinkActive: palette.link,
      colorBgLayout: palette.ground,
      colorBgContainer: palette.surface,
      colorBgElevated: palette.raised,
      colorBorder: palette.control,
      colorBorderSecondary: palette.line,
      colorSplit: palette.line,
      colorText: palette.text,
      colorTextSecondary: palette.second,
      colorTextTertiary: palette.faint,
      colorTextDescription: palette.faint,
      colorTextPlaceholder: palette.faint,
      colorIcon: palette.second,
      colorError: bad.text,
      colorErrorHover: bad.text,
      colorErrorText: bad.text,
      colorErrorBg: bad.ground,
      colorErrorBorder: bad.line,
      colorSuccess: good.text,
      colorSuccessBg: good.ground,
      colorSuccessBorder: good.line,
      colorWarning: warn.text,
      colorWarningBg: warn.ground,
      colorWarningBorder: warn.line,
      colorInfo: info.text,
      colorInfoBg: info.ground,
      colorInfoBorder: info.line,
      borderRadius: 8,
      controlHeight: 36,
      fontFamily: 'var(--font)',
      fontSize: 14,
    },
    components: {
      Button: {
        defaultBorderColor: palette.button,
        defaultHoverColor: palette.link,
        defaultHoverBorderColor: palette.link,
        defaultActiveColor: palette.link,
        defaultActiveBorderColor: palette.link,
        dangerColor: isDark ? '#2a0d0e' : '#ffffff',
        primaryShadow: 'none',
        defaultShadow: 'none',
        dangerShadow: 'none',
      },
      Dropdown: { colorPrimary: palette.link },
      Tabs: { itemSelectedColor: palette.link, itemHoverColor: palette.link, itemActiveColor: palette.link, inkBarColor: palette.link },
      Form: { verticalLabelPadding: '0 0 4px' },
    },
  }
}

/** ThemeProvider dresses the pages in the person's theme. */
export function ThemeProvider({ children }: { children: ReactNode }) {
  const { antd, t } = useWords()
  const [theme, setTheme] = useState(first)
  const deviceDark = useMedia('(prefers-color-scheme: dark)')
  const still = useMedia('(prefers-reduced-motion: reduce)')
  const isDark = theme === 'system' ? deviceDark : theme === 'dark'
  const palette = isDark ? dark : light
  useEffect(() => {
    const root = document.documentElement
    root.dataset.theme = isDark ? 'dark' : 'light'
    for (const [name, color] of variables(palette)) root.style.setProperty(name, color)
  }, [isDark, palette])
  const choice = useMemo<Choice>(
    () => ({
      theme,
      dark: isDark,
      choose: (next) => {
        localStorage.setItem(remembered, next)
        setTheme(next)
      },
    }),
    [theme, isDark],
  )
  const config = useMemo(() => antTheme(palette, isDark, still), [palette, isDark, still])
  return (
    <Context value={choice}>
      <ConfigProvider
        locale={antd}
        theme={config}
        csp={{ nonce }}
        button={{ autoInsertSpace: false }}
        form={{ requiredMark: false, validateMessages: { required: t('form.required') } }}
        drawer={{ styles: { body: { padding: 20 } } }}
      >
        <App message={{ maxCount: 3 }} component={false}>
          {children}
        </App>
      </ConfigProvider>
    </Context>
  )
}
