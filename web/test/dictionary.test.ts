import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { en } from '../shared/words/en'
import { zh } from '../shared/words/zh'

const root = join(import.meta.dirname, '..')

const sources = ['console', 'portal', 'shared'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !name.startsWith('words/') && !name.endsWith('.d.ts'))
    .map((name) => {
      const path = join(root, folder, name)
      const kind = name.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS
      return ts.createSourceFile(relative(root, path), readFileSync(path, 'utf8'), ts.ScriptTarget.ES2022, true, kind)
    }),
)

function walk(visit: (node: ts.Node, source: ts.SourceFile) => void): void {
  for (const source of sources) {
    const step = (node: ts.Node): void => {
      visit(node, source)
      ts.forEachChild(node, step)
    }
    step(source)
  }
}

const at = (node: ts.Node, source: ts.SourceFile): string =>
  `${source.fileName}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`

describe('the dictionaries', () => {
  test('have the same keys', () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort())
  })

  test('say what a test of a wallet’s account finds', () => {
    const rail = join(root, '../internal/rail')
    const found = ['alipay', 'outbound', 'unionpay', 'wechat'].flatMap((name) => {
      const text = readdirSync(join(rail, name))
        .filter((file) => file.endsWith('.go') && !file.endsWith('_test.go'))
        .map((file) => readFileSync(join(rail, name, file), 'utf8'))
        .join('\n')
      return [...text.matchAll(/\.Bad\([^,]+, [^,]+, "(\w+)"|return "(reach_\w+)"|"(signature_\w+)"/g)].map((match) => match[1] ?? match[2] ?? match[3])
    })
    expect(found.length).toBeGreaterThan(40)
    for (const why of found) expect(zh, why).toHaveProperty([`finding_why.${why}`])
  })

  test('have the same values to fill in', () => {
    const holes = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort()
    for (const key of Object.keys(zh) as (keyof typeof zh)[]) expect(holes(en[key]), key).toEqual(holes(zh[key]))
  })

  test('are written in their language', () => {
    for (const [key, text] of Object.entries(en)) {
      if (key !== 'tools.zh') expect(text, key).not.toMatch(/\p{Script=Han}/u)
    }
    // Names of others, and what both languages write alike.
    const alike = ['tools.en', 'home.of']
    for (const [key, text] of Object.entries(zh)) {
      if (!alike.includes(key)) expect(text, key).toMatch(/\p{Script=Han}/u)
    }
  })

  test('hold nothing that no page uses', () => {
    const used = new Set<string>()
    const areas: string[] = []
    walk((node) => {
      if (ts.isStringLiteral(node)) used.add(node.text)
      // t(`proposals.${verb}`) uses every key with this beginning.
      if (ts.isTemplateExpression(node) && /^[a-z_]+\./.test(node.head.text)) areas.push(node.head.text)
      // word('state', value), known('problem', code) and <Status area="state" /> use every key of the area.
      if (ts.isCallExpression(node) && ['word', 'known'].includes(node.expression.getText())) {
        const [area] = node.arguments
        if (area && ts.isStringLiteral(area)) areas.push(`${area.text}.`)
      }
      const named = ts.isJsxAttribute(node) || ts.isPropertyAssignment(node) || ts.isBindingElement(node)
      if (named && node.name?.getText() === 'area' && node.initializer && ts.isStringLiteral(node.initializer)) {
        areas.push(`${node.initializer.text}.`)
      }
    })
    const unused = Object.keys(zh).filter((key) => !used.has(key) && !areas.some((area) => key.startsWith(area)))
    expect(unused).toEqual([])
  })
})

// Attributes that people read or hear.
const spoken = ['title', 'label', 'placeholder', 'alt', 'aria-label', 'description', 'okText', 'cancelText', 'extra', 'message']

test('pages have no text of their own', () => {
  const found: string[] = []
  walk((node, source) => {
    if (ts.isJsxText(node) && /\p{L}/u.test(node.text)) found.push(`${at(node, source)}: ${node.text.trim()}`)
    if (ts.isJsxAttribute(node) && spoken.includes(node.name.getText())) {
      const text = node.initializer && ts.isStringLiteral(node.initializer) ? node.initializer.text : ''
      if (text && !(text in zh)) found.push(`${at(node, source)}: ${text}`)
    }
    const literal = ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node) || ts.isTemplateHead(node)
    // Each language is written in itself where it is chosen.
    if (literal && /\p{Script=Han}/u.test(node.text) && node.text !== '中文') found.push(`${at(node, source)}: ${node.text}`)
  })
  expect(found).toEqual([])
})
