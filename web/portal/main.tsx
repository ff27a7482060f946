import {
  AccountBookOutlined, ApiOutlined, AppstoreOutlined, CarOutlined, CustomerServiceOutlined, DashboardOutlined, FormOutlined, HddOutlined, IdcardOutlined, KeyOutlined, MoneyCollectOutlined, QrcodeOutlined, ScanOutlined,
  ShopOutlined,
  SolutionOutlined, TeamOutlined,
} from '../shared/ui/icon'
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
      realm: 'merchant',
      title: 'home.title',
      icon: <DashboardOutlined />,
    },
    { path: 'agent/home', load: () => import('./pages/agent'), realm: 'agent', title: 'home.title', icon: <DashboardOutlined /> },
    { path: 'agent/merchants', load: () => import('./pages/agent_merchants'), realm: 'agent', title: 'merchants.title', icon: <ShopOutlined /> },
    { path: 'agent/applications', load: () => import('./pages/agent_applications'), realm: 'agent', title: 'agents.applications', icon: <FormOutlined /> },
    { path: 'agent/applications/:id', load: () => import('./pages/agent_application'), realm: 'agent', title: 'apply.title' },
    { path: 'agent/statement', load: () => import('./pages/agent_statement'), realm: 'agent', title: 'agents.statement', icon: <AccountBookOutlined /> },
    { path: 'collect', load: () => import('./pages/collect'), permission: 'payment.take', realm: 'merchant', title: 'collect.title', icon: <ScanOutlined /> },
    { path: 'codes', load: () => import('./pages/codes'), permission: 'payment.view', realm: 'merchant', title: 'codes.title', icon: <QrcodeOutlined /> },
    { path: 'payments', load: () => import('../shared/payment/payments'), permission: 'payment.view', realm: 'merchant', title: 'payments.title', icon: <MoneyCollectOutlined /> },
    { path: 'apply', load: () => import('./pages/apply'), permission: 'application.edit', realm: 'merchant', title: 'apply.title', icon: <FormOutlined /> },
    { path: 'apply/new', load: () => import('./pages/apply_new'), realm: 'merchant', title: 'apply.title' },
    { path: 'merchant', load: () => import('./pages/merchant'), permission: 'merchant.view', realm: 'merchant', title: 'mine.title', icon: <IdcardOutlined /> },
    { path: 'stores', load: () => import('./pages/stores'), permission: 'merchant.view', realm: 'merchant', title: 'stores.title', icon: <ShopOutlined /> },
    { path: 'services', load: () => import('./pages/services'), permission: 'service.view', realm: 'merchant', title: 'services.title', icon: <AppstoreOutlined /> },
    { path: 'terminals', load: () => import('./pages/terminals'), permission: 'terminal.view', realm: 'merchant', title: 'terminals.title', icon: <HddOutlined /> },
    { path: 'orders', load: () => import('./pages/orders'), permission: 'terminal.view', realm: 'merchant', title: 'orders.title', icon: <CarOutlined /> },
    { path: 'orders/new', load: () => import('./pages/order_new'), permission: 'terminal.order', realm: 'merchant', title: 'orders.new' },
    { path: 'tickets', load: () => import('../shared/ticket/tickets'), permission: 'ticket.open', realm: 'merchant', title: 'tickets.title', icon: <CustomerServiceOutlined /> },
    { path: 'proposals', load: () => import('../shared/proposal/proposals'), permission: 'approval.decide', realm: 'merchant', title: 'proposals.title', icon: <SolutionOutlined /> },
    { path: 'members', load: () => import('./pages/members'), permission: 'member.view', realm: 'merchant', title: 'members.title', icon: <TeamOutlined /> },
    { path: 'api-keys', load: () => import('./pages/api_keys'), permission: 'key.manage', realm: 'merchant', title: 'keys.title', icon: <KeyOutlined /> },
    { path: 'webhooks', load: () => import('./pages/webhooks'), permission: 'key.manage', realm: 'merchant', title: 'webhooks.title', icon: <ApiOutlined /> },
    { path: 'webhooks/:id', load: () => import('./pages/webhook_deliveries'), permission: 'key.manage', realm: 'merchant', title: 'webhooks.deliveries' },
  ],
})
