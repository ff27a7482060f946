import {
  AppstoreOutlined, CarOutlined, CustomerServiceOutlined, DashboardOutlined, FormOutlined, HddOutlined, IdcardOutlined, KeyOutlined,
  ShopOutlined,
  SolutionOutlined, TeamOutlined,
} from '@ant-design/icons'
import { start } from '../shared/start'

void start({
  base: '/portal',
  name: 'side.portal',
  realms: ['merchant', 'agent'],
  registers: true,
  open: [
    { path: 'upload/:application/:token', load: () => import('./pages/upload') },
    { path: 'invitation/:invitation?', load: () => import('./pages/invitation') },
  ],
  pages: [
    {
      path: '',
      load: () => import('../shared/home/dashboard'),
      permission: 'dashboard.view',
      title: 'home.title',
      icon: <DashboardOutlined />,
    },
    { path: 'apply', load: () => import('./pages/apply'), permission: 'application.edit', title: 'apply.title', icon: <FormOutlined /> },
    { path: 'apply/new', load: () => import('./pages/apply_new'), title: 'apply.title' },
    { path: 'merchant', load: () => import('./pages/merchant'), permission: 'merchant.view', title: 'mine.title', icon: <IdcardOutlined /> },
    { path: 'stores', load: () => import('./pages/stores'), permission: 'merchant.view', title: 'stores.title', icon: <ShopOutlined /> },
    { path: 'services', load: () => import('./pages/services'), permission: 'service.view', title: 'services.title', icon: <AppstoreOutlined /> },
    { path: 'terminals', load: () => import('./pages/terminals'), permission: 'terminal.view', title: 'terminals.title', icon: <HddOutlined /> },
    { path: 'orders', load: () => import('./pages/orders'), permission: 'terminal.view', title: 'orders.title', icon: <CarOutlined /> },
    { path: 'orders/new', load: () => import('./pages/order_new'), permission: 'terminal.order', title: 'orders.new' },
    { path: 'tickets', load: () => import('../shared/ticket/tickets'), permission: 'ticket.open', title: 'tickets.title', icon: <CustomerServiceOutlined /> },
    { path: 'proposals', load: () => import('../shared/proposal/proposals'), permission: 'approval.decide', title: 'proposals.title', icon: <SolutionOutlined /> },
    { path: 'members', load: () => import('./pages/members'), permission: 'member.view', title: 'members.title', icon: <TeamOutlined /> },
    { path: 'api-keys', load: () => import('./pages/api_keys'), permission: 'key.manage', title: 'keys.title', icon: <KeyOutlined /> },
  ],
})
