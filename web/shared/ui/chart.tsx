import { lazy, Suspense } from 'react'
import { useTheme } from '../design/theme'
import { useWords } from '../words/words'
import type { Series } from './chart_canvas'

const Canvas = lazy(() => import('./chart_canvas'))

/** Chart draws bars, and offers the same figures as a table. The library comes with the first chart. */
export function Chart(props: Series) {
  const { t } = useWords()
  const { dark } = useTheme()
  const { name, labels, values, show } = props
  return (
    <figure className="chart">
      <Suspense fallback={<div className="chart-canvas" aria-busy />}>
        <Canvas key={String(dark)} {...props} />
      </Suspense>
      <details>
        <summary>{t('chart.table')}</summary>
        <table className="table">
          <caption className="hidden-visually">{name}</caption>
          <tbody>
            {labels.map((label, index) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                <td className="right figures">{show(values[index] ?? 0)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  )
}
