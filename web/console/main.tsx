import {
  AppstoreOutlined, AuditOutlined, CarOutlined, CustomerServiceOutlined, DashboardOutlined, HddOutlined, HistoryOutlined,
  InboxOutlined, SafetyCertificateOutlined, SolutionOutlined, TagsOutlined, TeamOutlined,
} from '@ant-design/icons'
import { start } from '../shared/start'

void start({
  base: '/console',
  name: 'side.console',
  realms: ['platform'],
  registers: false,
  pages: [
    {
      path: '',
      load: () => import('../shared/home/dashboard'),
      permission: 'dashboard.view',
      title: 'home.title',
      icon: <DashboardOutlined />,
    },
    { path: 'services', load: () => import('./pages/services'), permission: 'service.view', title: 'services.title', icon: <AppstoreOutlined /> },
    { path: 'plans', load: () => import('./pages/plans'), permission: 'service.view', title: 'plans.title', icon: <TagsOutlined /> },
    { path: 'terminals', load: () => import('./pages/terminals'), permission: 'terminal.view', title: 'terminals.title', icon: <HddOutlined /> },
    { path: 'orders', load: () => import('./pages/orders'), permission: 'terminal.view', title: 'orders.title', icon: <CarOutlined /> },
    { path: 'stock', load: () => import('./pages/stock'), permission: 'stock.manage', title: 'stock.title', icon: <InboxOutlined /> },
    { path: 'checks', load: () => import('./pages/checks'), permission: 'terminal.view', title: 'checks.title', icon: <SafetyCertificateOutlined /> },
    { path: 'tickets', load: () => import('../shared/ticket/tickets'), permission: 'ticket.open', title: 'tickets.title', icon: <CustomerServiceOutlined /> },
    { path: 'proposals', load: () => import('../shared/proposal/proposals'), title: 'proposals.title', icon: <SolutionOutlined /> },
    { path: 'staff', load: () => import('./pages/staff'), permission: 'staff.manage', title: 'staff.title', icon: <TeamOutlined /> },
    { path: 'audit', load: () => import('./pages/audit'), permission: 'audit.view', title: 'audit.title', icon: <AuditOutlined /> },
    { path: 'logins', load: () => import('./pages/logins'), permission: 'audit.view', title: 'logins.title', icon: <HistoryOutlined /> },
  ],
})
