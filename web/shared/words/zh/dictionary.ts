import locale from 'antd/es/locale/zh_CN'
import type { Dictionary } from '../words'
import { zh } from '.'

export const dictionary: Dictionary = { words: zh, antd: locale }
