import {
  ApartmentOutlined, AppstoreOutlined, AuditOutlined, CarOutlined, ControlOutlined, CustomerServiceOutlined, DashboardOutlined, HddOutlined, HistoryOutlined,
  FileSearchOutlined, InboxOutlined, MoneyCollectOutlined, SafetyCertificateOutlined, ShopOutlined, SolutionOutlined, StopOutlined, TagsOutlined, TeamOutlined,
} from '../shared/ui/icon'
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
    { path: 'payments', load: () => import('../shared/payment/payments'), permission: 'payment.view', title: 'payments.title', icon: <MoneyCollectOutlined /> },
    { path: 'applications', load: () => import('./pages/applications'), permission: 'application.review', title: 'review.title', icon: <FileSearchOutlined /> },
    { path: 'applications/:id', load: () => import('./pages/application'), permission: 'application.review', title: 'review.one' },
    { path: 'merchants', load: () => import('./pages/merchants'), permission: 'merchant.view', title: 'merchants.title', icon: <ShopOutlined /> },
    { path: 'merchants/expiring', load: () => import('./pages/merchants_expiring'), permission: 'merchant.view', title: 'merchants.expiring' },
    { path: 'merchants/import', load: () => import('./pages/imports'), permission: 'merchant.edit', title: 'imports.title' },
    { path: 'blocks', load: () => import('./pages/blocks'), permission: 'risk.manage', title: 'blocks.title', icon: <StopOutlined /> },
    { path: 'agents', load: () => import('./pages/agents'), permission: 'merchant.view', title: 'agents.title', icon: <ApartmentOutlined /> },
    { path: 'agents/:id', load: () => import('./pages/agent'), permission: 'merchant.view', title: 'agents.one' },
    { path: 'services', load: () => import('./pages/services'), permission: 'service.view', title: 'services.title', icon: <AppstoreOutlined /> },
    { path: 'plans', load: () => import('./pages/plans'), permission: 'service.view', title: 'plans.title', icon: <TagsOutlined /> },
    { path: 'terminals', load: () => import('./pages/terminals'), permission: 'terminal.view', title: 'terminals.title', icon: <HddOutlined /> },
    { path: 'terminal-groups', load: () => import('./pages/terminal_groups'), permission: 'terminal.manage', title: 'groups.title', icon: <ControlOutlined /> },
    { path: 'terminal-groups/:id', load: () => import('./pages/terminal_group'), permission: 'terminal.view', title: 'groups.one' },
    { path: 'terminal-parameters/:kind', load: () => import('./pages/terminal_parameters'), permission: 'terminal.view', title: 'parameters.title' },
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
