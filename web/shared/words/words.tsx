import { createContext, useCallback, useContext, useEffect, useMemo, useState, type ReactNode } from 'react'
import type { Locale } from 'antd/es/locale'
import type { zh } from './zh'

/** Lang is a language of the pages. */
export type Lang = 'zh' | 'en'

/** Key names a text of the dictionaries. */
export type Key = keyof typeof zh

/** Dictionary is one language: our texts and those inside of Ant Design. */
export interface Dictionary {
  words: Record<Key, string>
  antd: Locale
}

// One language is loaded at a time.
const loaders: Record<Lang, () => Promise<Dictionary>> = {
  zh: async () => (await import('./zh/dictionary')).dictionary,
  en: async () => (await import('./en/dictionary')).dictionary,
}

export function loadDictionary(lang: Lang): Promise<Dictionary> {
  return loaders[lang]()
}

const remembered = 'yifen.lang'

/** firstLang is the language that this browser chose last, else the one it asks for. */
export function firstLang(): Lang {
  const chosen = localStorage.getItem(remembered)
  if (chosen === 'zh' || chosen === 'en') return chosen
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en'
}

/** Values fill the {braces} of a text. */
export type Values = Record<string, string | number>

export interface Words {
  lang: Lang
  antd: Locale
  /** t returns a text of the dictionary. */
  t: (key: Key, values?: Values) => string
  /** known returns the text for a word of the API, where there is one. */
  known: (area: string, value: string) => string | undefined
  /** word returns the text for a word of the API, as of a state: word('state', 'open'). What it does not know it shows as it is. */
  word: (area: string, value: string) => string
  choose: (lang: Lang) => void
}

const Context = createContext<Words | undefined>(undefined)

export function useWords(): Words {
  const words = useContext(Context)
  if (!words) throw new Error('useWords is called outside of WordsProvider')
  return words
}

export function WordsProvider({ first, dictionary, children }: { first: Lang; dictionary: Dictionary; children: ReactNode }) {
  const [current, setCurrent] = useState({ lang: first, dictionary })
  const choose = useCallback((lang: Lang) => {
    localStorage.setItem(remembered, lang)
    void loadDictionary(lang).then((loaded) => setCurrent({ lang, dictionary: loaded }))
  }, [])
  useEffect(() => {
    document.documentElement.lang = current.lang === 'zh' ? 'zh-CN' : 'en'
  }, [current.lang])
  const value = useMemo<Words>(() => {
    const words: Record<string, string> = current.dictionary.words
    return {
      lang: current.lang,
      antd: current.dictionary.antd,
      t: (key, values) => fill(words[key] ?? key, values),
      known: (area, name) => words[`${area}.${name}`],
      word: (area, name) => words[`${area}.${name}`] ?? readable(name),
      choose,
    }
  }, [current, choose])
  return <Context value={value}>{children}</Context>
}

function fill(text: string, values?: Values): string {
  return values ? text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole)) : text
}

/** readable makes a word of the API one of a sentence: second_factor → second factor. */
function readable(name: string): string {
  return name.replaceAll('_', ' ')
}
