import locale from 'antd/es/locale/en_US'
import type { Dictionary } from '../words'
import { en } from '.'

export const dictionary: Dictionary = { words: en, antd: locale }
