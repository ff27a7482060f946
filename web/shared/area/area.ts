/** Area is one county of GB/T 2260, or a city without any. */
export interface Area {
  /** six digits */
  code: string
  name: string
}

/** readAreas reads the list of the program: the significant digits of a code, and a name. It returns the lowest areas, named from the province down. */
export function readAreas(text: string): Area[] {
  const names = new Map<string, string>()
  for (const line of text.split('\n')) {
    const cut = line.indexOf(' ')
    if (cut > 0 && line[0] !== '#') names.set(line.slice(0, cut), line.slice(cut + 1).trim())
  }
  const above = new Set<string>()
  for (const code of names.keys()) {
    for (let digits = code.length - 2; digits >= 2; digits -= 2) above.add(code.slice(0, digits))
  }
  return [...names]
    .filter(([code]) => !above.has(code))
    .map(([code, name]) => {
      const parents = [names.get(code.slice(0, 2)), names.get(code.slice(0, 4))].filter((part) => part && part !== name)
      return { code: code.padEnd(6, '0'), name: [...new Set([...parents, name])].join(' ') }
    })
}

/** Category is one merchant category of ISO 18245. */
export interface Category {
  code: string
  zh: string
  en: string
}

/** readCategories reads the list of the program: code, group, English name and Chinese name, apart by tabs. */
export function readCategories(text: string): Category[] {
  return text
    .split('\n')
    .filter((line) => /^\d{4}\t/.test(line))
    .map((line) => {
      const [code = '', , en = '', zh = ''] = line.split('\t')
      return { code, en, zh: zh.trim() || en }
    })
}
