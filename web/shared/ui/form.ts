import type { FormInstance, FormRule } from 'antd'
import { asProblem } from '../api/problem'
import { useWords } from '../words/words'
import { sayRemark } from './problem_alert'

/**
 * useMark returns a function that shows the remarks of a problem at the fields that they are about ("body.owner.name" →
 * owner.name) and moves the focus to the first.
 */
export function useMark<Fields extends object>(form: FormInstance<Fields>): (thrown: unknown) => void {
  const words = useWords()
  return (thrown) => {
    const fields = form as unknown as FormInstance
    const known = Object.keys(fields.getFieldsValue() as object)
    const names = asProblem(thrown)
      .remarks.map((remark) => ({ name: fieldOf(remark.location ?? ''), errors: [sayRemark(words, remark)] }))
      .filter(({ name }) => known.includes(String(name[0])))
    fields.setFields(names)
    if (names[0]) fields.focusField(names[0].name)
  }
}

/** fieldOf reads a location of the API: "body.shops[2].name" → ["shops", 2, "name"]. */
export function fieldOf(location: string): (string | number)[] {
  return location
    .replace(/^body\.?/, '')
    .split(/[.[\]]+/)
    .filter(Boolean)
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part))
}

/** atLeastOne is the rule of a group of check boxes, to which "required" would give an attribute that groups do not have. */
export function atLeastOne(message: string): FormRule {
  return { validator: (_, chosen?: unknown[]) => (chosen?.length ? Promise.resolve() : Promise.reject(new Error(message))) }
}
