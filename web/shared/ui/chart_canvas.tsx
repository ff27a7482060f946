import { BarChart } from 'echarts/charts'
import { AriaComponent, GridComponent, TooltipComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { useEffect, useRef } from 'react'

use([BarChart, GridComponent, TooltipComponent, AriaComponent, SVGRenderer])

export interface Series {
  name: string
  labels: string[]
  values: number[]
  /** show writes a value for people; the same function as long as it writes the same */
  show: (value: number) => string
}

/** ChartCanvas draws with ECharts. Colors are those of the theme when it is made. */
export default function ChartCanvas({ name, labels, values, show }: Series) {
  const place = useRef<HTMLDivElement>(null)
  const data = JSON.stringify([name, labels, values])
  useEffect(() => {
    const element = place.current!
    const chart = init(element, null, { renderer: 'svg' })
    const style = getComputedStyle(document.documentElement)
    const color = (variable: string) => style.getPropertyValue(variable).trim()
    const [, categories, numbers] = JSON.parse(data) as [string, string[], number[]]
    const write = (value: unknown) => show(Number(value))
    chart.setOption({
      animation: false,
      aria: { enabled: false }, // the figure has a label and a table
      textStyle: { fontFamily: color('--font'), color: color('--second') },
      grid: { left: 8, right: 8, top: 16, bottom: 4, outerBoundsMode: 'same' },
      tooltip: {
        trigger: 'axis',
        renderMode: 'richText', // the policy of the page admits no style attributes
        backgroundColor: color('--raised'),
        borderColor: color('--line'),
        textStyle: { color: color('--text') },
        valueFormatter: write,
      },
      xAxis: {
        type: 'category',
        data: categories,
        axisTick: { show: false },
        axisLine: { lineStyle: { color: color('--line') } },
        axisLabel: { color: color('--faint') },
      },
      yAxis: {
        type: 'value',
        splitNumber: 4,
        splitLine: { lineStyle: { color: color('--line') } },
        axisLabel: { color: color('--faint'), formatter: (value: number) => write(value).replace(/\.00$/, '') },
      },
      series: [{ type: 'bar', data: numbers, barMaxWidth: 28, itemStyle: { color: color('--primary'), borderRadius: [4, 4, 0, 0] } }],
    })
    const watch = new ResizeObserver(() => chart.resize())
    watch.observe(element)
    return () => {
      watch.disconnect()
      chart.dispose()
    }
  }, [data, show])
  return <div ref={place} className="chart-canvas" role="img" aria-label={name} />
}
