import { AuditOutlined, DashboardOutlined, HistoryOutlined, SolutionOutlined, TeamOutlined } from '@ant-design/icons'
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
    { path: 'proposals', load: () => import('../shared/proposal/proposals'), title: 'proposals.title', icon: <SolutionOutlined /> },
    { path: 'staff', load: () => import('./pages/staff'), permission: 'staff.manage', title: 'staff.title', icon: <TeamOutlined /> },
    { path: 'audit', load: () => import('./pages/audit'), permission: 'audit.view', title: 'audit.title', icon: <AuditOutlined /> },
    { path: 'logins', load: () => import('./pages/logins'), permission: 'audit.view', title: 'logins.title', icon: <HistoryOutlined /> },
  ],
})
