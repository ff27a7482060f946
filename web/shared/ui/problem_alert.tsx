import { Alert } from 'antd'
import type { ReactNode } from 'react'
import type { Problem, Remark } from '../api/problem'
import { useWords, type Words } from '../words/words'

/** sayProblem puts a problem in words: our text for its code, else what the API says where that helps. */
export function sayProblem({ known, t, lang }: Words, problem: Problem): string {
  const ours = known('problem', problem.code)
  if (ours) return ours
  if (problem.detail && lang === 'en' && problem.status < 500) return problem.detail
  if (problem.status === 403) return t('problem.forbidden')
  if (problem.status === 404) return t('problem.not_found')
  if (problem.status === 429) return t('problem.too_many_tries')
  if (problem.status >= 400 && problem.status < 500) return t('problem.refused')
  return t('problem.unavailable')
}

/** sayRemark puts what is wrong with one field in words. */
export function sayRemark({ known, t, lang }: Words, { code = '', message }: Remark): string {
  return known('remark', code) ?? known('problem', code) ?? (lang === 'en' && message ? message : t('form.invalid'))
}

/** ProblemAlert says what went wrong, with the words by which the operator finds it. */
export function ProblemAlert({ problem, retry }: { problem?: Problem | null; retry?: ReactNode }) {
  const words = useWords()
  if (!problem) return null
  const marks = [problem.code, problem.request].filter(Boolean).join(' · ')
  return (
    <Alert
      type="error"
      showIcon
      role="alert"
      className="problem"
      title={sayProblem(words, problem)}
      description={marks ? <code className="marks">{marks}</code> : undefined}
      action={retry}
    />
  )
}
