import { access } from './access'
import { account } from './account'
import { common } from './common'
import { home } from './home'
import { merchant } from './merchant'
import { supply } from './supply'

export const en = { ...common, ...account, ...access, ...home, ...supply, ...merchant }
