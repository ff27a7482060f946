import type { FormInstance, FormRule } from 'antd'
import type { Problem } from '../api/problem'

/**
 * markFields shows the remarks of a problem at the fields that they are about ("body.owner.name" → owner.name) and
 * moves the focus to the first. It returns the remarks that no field of the form takes.
 */
export function markFields(form: FormInstance, problem: Problem): string[] {
  const known = new Set(Object.keys(form.getFieldsValue(true) as object).concat(Object.keys(form.getFieldsValue() as object)))
  const rest: string[] = []
  let first: (string | number)[] | undefined
  for (const { location = '', message = '' } of problem.remarks) {
    const name = fieldOf(location)
    if (!known.has(String(name[0]))) {
      rest.push(message)
      continue
    }
    form.setFields([{ name, errors: [message] }])
    first ??= name
  }
  if (first) form.focusField(first)
  return rest
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
