import { BulbOutlined, GlobalOutlined, UserOutlined } from '../ui/icon'
import { useMutation } from '@tanstack/react-query'
import { Button, Dropdown } from 'antd'
import { useNavigate } from 'react-router'
import { call } from '../api/client'
import { useTheme, type Theme } from '../design/theme'
import { useMe } from '../session/me'
import { useSignOut } from '../session/sign_out'
import { useWords, type Lang } from '../words/words'

/** LanguageTool changes the language; each is written in itself. */
export function LanguageTool({ chosen }: { chosen?: (lang: Lang) => void }) {
  const { t, lang, choose } = useWords()
  const names: Record<Lang, string> = { zh: '中文', en: 'English' }
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        selectable: true,
        selectedKeys: [lang],
        items: (Object.keys(names) as Lang[]).map((key) => ({ key, label: <span lang={key}>{names[key]}</span> })),
        onClick: ({ key }) => {
          choose(key as Lang)
          chosen?.(key as Lang)
        },
      }}
    >
      <Button type="text" icon={<GlobalOutlined />} aria-label={`${t('tools.language')}: ${names[lang]}`}>
        <span className="wide-only">{names[lang]}</span>
      </Button>
    </Dropdown>
  )
}

export function ThemeTool() {
  const { t } = useWords()
  const { theme, choose } = useTheme()
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        selectable: true,
        selectedKeys: [theme],
        items: (['light', 'dark', 'system'] as const).map((key) => ({ key, label: t(`tools.${key}`) })),
        onClick: ({ key }) => choose(key as Theme),
      }}
    >
      <Button type="text" icon={<BulbOutlined />} aria-label={t('tools.theme')} title={t('tools.theme')} />
    </Dropdown>
  )
}

/** Tools stands at the top of every page: language, theme, the person's account. */
export function Tools() {
  const { t } = useWords()
  const { user } = useMe()
  const navigate = useNavigate()
  const signOut = useSignOut()
  const keep = useMutation({ mutationFn: (lang: Lang) => call('patch', '/v1/me', { body: { lang } }) })
  return (
    <>
      <LanguageTool chosen={(lang) => keep.mutate(lang)} />
      <ThemeTool />
      <Dropdown
        trigger={['click']}
        menu={{
          items: [
            { key: 'who', type: 'group', label: user.login },
            { key: 'account', label: t('account.title') },
            { type: 'divider' },
            { key: 'out', label: t('account.sign_out') },
          ],
          onClick: ({ key }) => (key === 'out' ? signOut.mutate() : void navigate('/account')),
        }}
      >
        <Button type="text" icon={<UserOutlined />} aria-label={`${t('account.title')}: ${user.name}`}>
          <span className="wide-only">{user.name}</span>
        </Button>
      </Dropdown>
    </>
  )
}
