import { FilterOutlined } from './icon'
import { Button, Input, Select } from 'antd'
import { useId, useState } from 'react'
import { useWords, type Key } from '../words/words'
import { names, type Filter } from './list_address'

interface Props {
  filters: Filter<Key>[]
  values: URLSearchParams
  apply: (change: Record<string, string | undefined>) => void
}

/** FilterBar narrows a list. A choice or a day works at once, a text with Enter or when it is left. Phones fold it. */
export function FilterBar({ filters, values, apply }: Props) {
  const { t, word } = useWords()
  const all = filters.flatMap(names)
  const used = all.filter((name) => values.get(name)).length
  const [open, setOpen] = useState(used > 0)
  const id = useId()
  return (
    <search>
      <Button
        className="filters-fold"
        icon={<FilterOutlined />}
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        {used > 0 ? t('list.filters_used', { count: used }) : t('list.filters')}
      </Button>
      <div id={id} className="filters" data-open={open || undefined}>
      {filters.map((filter) => {
        switch (filter.kind) {
          case 'text':
            return <TextFilter key={filter.name} filter={filter} value={values.get(filter.name) ?? ''} apply={apply} />
          case 'choice':
            return (
              <Field key={filter.name} label={t(filter.label)}>
                {(id) => (
                  <Select
                    id={id}
                    allowClear
                    value={values.get(filter.name) || undefined}
                    placeholder={t('list.all')}
                    onChange={(value?: string) => apply({ [filter.name]: value })}
                    options={filter.values.map((value) => ({ value, label: word(filter.area, value) }))}
                    popupMatchSelectWidth={false}
                  />
                )}
              </Field>
            )
          case 'days':
            return (
              <div key="days" className="filter-days" role="group" aria-label={t(filter.label)}>
                <Field label={t('list.from')}>
                  {(id) => (
                    <Input id={id} type="date" value={values.get('from') ?? ''} onChange={(e) => apply({ from: e.target.value })} />
                  )}
                </Field>
                <Field label={t('list.to')}>
                  {(id) => (
                    <Input id={id} type="date" value={values.get('to') ?? ''} onChange={(e) => apply({ to: e.target.value })} />
                  )}
                </Field>
              </div>
            )
        }
      })}
      {used > 0 && (
        <Button type="link" onClick={() => apply(Object.fromEntries(all.map((name) => [name, undefined])))}>
          {t('list.clear')}
        </Button>
      )}
      </div>
    </search>
  )
}

function Field({ label, children }: { label: string; children: (id: string) => React.ReactNode }) {
  const id = useId()
  return (
    <div className="filter">
      <label htmlFor={id}>{label}</label>
      {children(id)}
    </div>
  )
}

function TextFilter({ filter, value, apply }: { filter: Filter<Key> & { kind: 'text' }; value: string } & Pick<Props, 'apply'>) {
  const { t } = useWords()
  const [typed, setTyped] = useState(value)
  const [known, setKnown] = useState(value)
  if (known !== value) {
    // The address changed: by "clear", or by going back.
    setKnown(value)
    setTyped(value)
  }
  const send = () => typed.trim() !== value && apply({ [filter.name]: typed.trim() })
  return (
    <Field label={t(filter.label)}>
      {(id) => (
        <Input
          id={id}
          allowClear
          value={typed}
          placeholder={filter.hint && t(filter.hint)}
          onChange={(e) => setTyped(e.target.value)}
          onPressEnter={send}
          onBlur={send}
        />
      )}
    </Field>
  )
}
