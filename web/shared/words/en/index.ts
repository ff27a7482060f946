import { access } from './access'
import { account } from './account'
import { action } from './action'
import { agent } from './agent'
import { application } from './application'
import { common } from './common'
import { desk } from './desk'
import { equipment } from './equipment'
import { home } from './home'
import { merchant } from './merchant'
import { payment } from './payment'
import { supply } from './supply'

export const en = { ...common, ...account, ...access, ...home, ...supply, ...equipment, ...merchant, ...application, ...desk, ...agent, ...payment, ...action }
