import { describe, expect, test } from 'vitest'
import { dark, light, type Palette, type Tone } from '../shared/design/palette'

/** contrast computes the ratio of two colors (WCAG 2.2, relative luminance). */
function contrast(one: string, other: string): number {
  const luminance = (color: string): number => {
    const [r, g, b] = [1, 3, 5]
      .map((at) => parseInt(color.slice(at, at + 2), 16) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)) as [number, number, number]
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number]
  return (high + 0.05) / (low + 0.05)
}

describe.each([
  ['light', light],
  ['dark', dark],
])('the %s palette', (_, palette: Palette) => {
  const grounds = ['ground', 'surface', 'raised', 'hover', 'tint'] as const

  test.each(['text', 'second', 'faint', 'link'] as const)('shows %s on every ground at 4.5 to 1', (name) => {
    for (const ground of grounds) expect(contrast(palette[name], palette[ground]), ground).toBeGreaterThanOrEqual(4.5)
  })

  test.each(['good', 'warn', 'bad', 'info', 'plain'] as const)('shows the word of a %s tag at 4.5 to 1', (name) => {
    const tone: Tone = palette[name]
    expect(contrast(tone.text, tone.ground)).toBeGreaterThanOrEqual(4.5)
  })

  test('shows the borders of fields at 3 to 1', () => {
    for (const ground of ['ground', 'surface', 'raised'] as const) {
      expect(contrast(palette.control, palette[ground]), ground).toBeGreaterThanOrEqual(3)
    }
  })

  test.each(['primary', 'primaryHover'] as const)('shows white on %s at 4.5 to 1', (name) => {
    expect(contrast('#ffffff', palette[name])).toBeGreaterThanOrEqual(4.5)
  })
})
