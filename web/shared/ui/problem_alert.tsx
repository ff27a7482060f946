import { Alert } from 'antd'
import type { Problem } from '../api/problem'
import { useWords, type Words } from '../words/words'

/** sayProblem puts a problem in words: our text for its code, else what the API says. */
export function sayProblem({ word, t, lang }: Words, problem: Problem): string {
  const ours = problem.code && word('problem', problem.code)
  if (ours && ours !== problem.code.replaceAll('_', ' ')) return ours
  if (problem.detail && (lang === 'en' || problem.status < 500)) return problem.detail
  if (problem.status === 403) return t('problem.forbidden')
  if (problem.status === 404) return t('problem.not_found')
  if (problem.status === 429) return t('problem.limited')
  return t('problem.unavailable')
}

/** ProblemAlert says what went wrong, with the words by which the operator finds it. */
export function ProblemAlert({ problem, retry }: { problem?: Problem | null; retry?: React.ReactNode }) {
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
