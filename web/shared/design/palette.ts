// The colors of both themes. Text keeps 4.5:1 against every ground it stands on, marks and borders of controls 3:1
// (WCAG 2.2, 1.4.3 and 1.4.11); test/palette.test.ts computes them.

export interface Tone {
  text: string
  ground: string
  line: string
}

export interface Palette {
  ground: string // behind everything
  surface: string // cards, bars
  raised: string // menus, dialogs
  hover: string
  line: string // between things
  control: string // border of what can be filled in
  button: string // border of a button, which its word shows too
  text: string
  second: string
  faint: string
  primary: string // ground of the main button
  primaryHover: string
  link: string
  tint: string // ground of what is chosen
  good: Tone
  warn: Tone
  bad: Tone
  info: Tone
  plain: Tone
}

export const light: Palette = {
  ground: '#f4f6f9',
  surface: '#ffffff',
  raised: '#ffffff',
  hover: '#f0f4fa',
  line: '#e1e6ee',
  control: '#858e9d',
  button: '#c2cad6',
  text: '#172033',
  second: '#465266',
  faint: '#5d697b',
  primary: '#0950c8',
  primaryHover: '#0a46aa',
  link: '#0950c8',
  tint: '#e7effd',
  good: { text: '#0b6537', ground: '#e4f5eb', line: '#a5d6ba' },
  warn: { text: '#7f4600', ground: '#fff2dd', line: '#eec98f' },
  bad: { text: '#ab1418', ground: '#fdebea', line: '#efb6b3' },
  info: { text: '#0950c8', ground: '#e7effd', line: '#b3cbf5' },
  plain: { text: '#465266', ground: '#eef1f5', line: '#ccd4de' },
}

export const dark: Palette = {
  ground: '#0e131a',
  surface: '#161d27',
  raised: '#1d2632',
  hover: '#212b39',
  line: '#2a3544',
  control: '#748196',
  button: '#435063',
  text: '#e8edf4',
  second: '#b6c1d0',
  faint: '#9aa7b9',
  primary: '#2b68dc',
  primaryHover: '#2560cf',
  link: '#8fbaff',
  tint: '#1a2d4d',
  good: { text: '#82dcaa', ground: '#12301f', line: '#255c3e' },
  warn: { text: '#ffc476', ground: '#372508', line: '#6b4a17' },
  bad: { text: '#ffa19d', ground: '#3d1719', line: '#74302f' },
  info: { text: '#9dc3ff', ground: '#15294a', line: '#2c4c80' },
  plain: { text: '#c4cedb', ground: '#27313e', line: '#3e4b5c' },
}

/** variables lists a palette as CSS variables: --ground, --good-text. */
export function variables(palette: Palette): [string, string][] {
  return Object.entries(palette).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string'
      ? [[`--${kebab(name)}`, value]]
      : Object.entries(value as Tone).map(([part, color]): [string, string] => [`--${name}-${part}`, color]),
  )
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
