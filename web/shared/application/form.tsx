import type { ReactNode } from 'react'
import type { Answer } from '../api/client'
import { AreaName, CategoryName } from '../area/area_picker'
import { formatRate } from '../product/plan'
import { Money, Nothing } from '../ui/value'
import { useWords } from '../words/words'

export type Form = Answer<'/v1/applications/{id}'>['form']

/** sections are the parts of the form, as an application names them, each with its fields. */
export const sections = {
  subject: ['name', 'code', 'from', 'until', 'address', 'scope'],
  person: ['name', 'number', 'from', 'until', 'phone', 'email'],
  owners: ['name', 'number', 'until', 'share_ppm', 'basis'],
  account: ['kind', 'holder', 'number', 'bank_code', 'bank', 'phone'],
  business: ['name', 'name_en', 'category', 'monthly_fen', 'ticket_fen', 'remote'],
  place: ['area', 'address', 'phone'],
} as const

export type Section = keyof typeof sections

export const sectionNames = Object.keys(sections) as Section[]

/** sectionsOf lists the sections that a kind of merchant has: a micro merchant has no license, and only a company has owners. */
export function sectionsOf(kind: string): Section[] {
  return sectionNames.filter((section) => (section !== 'subject' || kind !== 'micro') && (section !== 'owners' || kind === 'enterprise'))
}

/** fieldsOf lists the fields of a section as findings and remarks name them: subject.name, owners.0.name. */
export function fieldsOf(form: Form, section: Section): string[] {
  if (section !== 'owners') return sections[section].map((name) => `${section}.${name}`)
  return (form.owners ?? []).flatMap((_, index) => sections.owners.map((name) => `owners.${index}.${name}`))
}

/** valueOf reads the field of a form; undefined is what the form does not hold. */
export function valueOf(form: Form, field: string): unknown {
  return field.split('.').reduce<unknown>((part, name) => (part as Record<string, unknown> | undefined)?.[name], form)
}

/** FieldName names a field of the form in words. */
export function FieldName({ field }: { field: string }) {
  const { t, word } = useWords()
  const [head, kind = ''] = field.split('.')
  if (head === 'document') return word('paper', kind)
  const name = word('form_field', field.replace(/\.\d+\./, '.'))
  return head === 'owners' && /^\d+$/.test(kind) ? `${t('apply.owner', { number: Number(kind) + 1 })} · ${name}` : name
}

/** FieldValue writes the value of a field as it is meant: amounts in yuan, areas and categories by name. */
export function FieldValue({ field, value }: { field: string; value: unknown }): ReactNode {
  const { t, word } = useWords()
  if (typeof value === 'boolean') return t(value ? 'review.yes' : 'review.no')
  if (typeof value === 'number') {
    if (field.endsWith('_fen')) return <Money fen={value} />
    return <span className="figures">{formatRate(value)}</span>
  }
  const text = typeof value === 'string' ? value : ''
  if (!text) return <Nothing />
  if (field === 'business.category') return <CategoryName code={text} />
  if (field === 'place.area') return <AreaName code={text} />
  if (field === 'account.kind') return word('account_kind', text)
  if (field.endsWith('.basis')) return word('owner_basis', text)
  if (text === '9999-12-31') return t('review.for_ever')
  const figures = /\.(number|code|bank_code|phone|from|until)$/.test(field)
  return <span className={figures ? 'figures' : undefined}>{text}</span>
}

/** FormFacts lists fields of a form with their values. */
export function FormFacts({ form, fields }: { form: Form; fields: string[] }) {
  return (
    <dl className="facts">
      {fields.map((field) => (
        <div key={field}>
          <dt>
            <FieldName field={field} />
          </dt>
          <dd>
            <FieldValue field={field} value={valueOf(form, field)} />
          </dd>
        </div>
      ))}
    </dl>
  )
}
