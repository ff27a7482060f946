import { access } from './access'
import { account } from './account'
import { common } from './common'
import { home } from './home'

export const en = { ...common, ...account, ...access, ...home }
