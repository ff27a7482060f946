import type { Answer } from '../../shared/api/client'
import { FieldName, fieldsOf, FieldValue, sectionNames, valueOf } from '../../shared/application/form'
import { Card } from '../../shared/ui/block'
import { DiffTable } from '../../shared/ui/diff'
import { useWords } from '../../shared/words/words'

type Application = Answer<'/v1/applications/{id}'>

/** Changed puts what a change asks for beside what was known: only the fields that differ. */
export function Changed({ application }: { application: Application }) {
  const { t } = useWords()
  const { form, known } = application
  if (!known || application.purpose !== 'change') return null
  const fields = sectionNames
    .filter((section) => application.sections.includes(section))
    .flatMap((section) => [...new Set([...fieldsOf(known, section), ...fieldsOf(form, section)])])
    .filter((field) => (valueOf(form, field) ?? '') !== (valueOf(known, field) ?? ''))
  return (
    <Card title={t('review.changed')}>
      {fields.length === 0 ? (
        <p className="faint">{t('review.unchanged')}</p>
      ) : (
        <DiffTable>
          {fields.map((field) => (
            <tr key={field} className="diff-changed">
              <th scope="row">
                <FieldName field={field} />
              </th>
              <td>
                <del>
                  <FieldValue field={field} value={valueOf(known, field)} />
                </del>
              </td>
              <td>
                <ins>
                  <FieldValue field={field} value={valueOf(form, field)} />
                </ins>
              </td>
            </tr>
          ))}
        </DiffTable>
      )}
    </Card>
  )
}
