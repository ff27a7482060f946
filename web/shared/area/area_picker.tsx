import { useQuery } from '@tanstack/react-query'
import { Select } from 'antd'
import { useWords } from '../words/words'

function useLists() {
  return useQuery({ queryKey: ['lists'], queryFn: () => import('./lists'), staleTime: Infinity }).data
}

interface Props {
  id?: string
  value?: string
  onChange?: (code: string) => void
}

/** AreaPicker chooses a county by any part of its name or code. */
export function AreaPicker({ id, value, onChange }: Props) {
  const { t } = useWords()
  const lists = useLists()
  return (
    <Select
      id={id}
      showSearch={{ optionFilterProp: ['label', 'value'] }}
      loading={!lists}
      value={lists ? value || undefined : undefined}
      placeholder={t('area.hint')}
      onChange={onChange}
      options={(lists?.areaList ?? []).map(({ code, name }) => ({ value: code, label: name }))}
    />
  )
}

/** AreaName writes the area with a code. */
export function AreaName({ code }: { code?: string }) {
  const lists = useLists()
  if (!code) return '–'
  return lists?.areaList.find((area) => area.code === code)?.name ?? code
}

/** CategoryPicker chooses a merchant category by name or code. */
export function CategoryPicker({ id, value, onChange }: Props) {
  const { t, lang } = useWords()
  const lists = useLists()
  return (
    <Select
      id={id}
      showSearch={{ optionFilterProp: 'label' }}
      loading={!lists}
      value={lists ? value || undefined : undefined}
      placeholder={t('category.hint')}
      onChange={onChange}
      options={(lists?.categoryList ?? []).map((category) => ({ value: category.code, label: `${category.code} ${category[lang]}` }))}
    />
  )
}

/** CategoryName writes a merchant category. */
export function CategoryName({ code }: { code?: string }) {
  const { lang } = useWords()
  const lists = useLists()
  if (!code) return '–'
  const found = lists?.categoryList.find((category) => category.code === code)
  return found ? `${code} ${found[lang]}` : code
}
