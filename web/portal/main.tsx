import { DashboardOutlined, KeyOutlined, TeamOutlined } from '@ant-design/icons'
import { start } from '../shared/start'

void start({
  base: '/portal',
  name: 'side.portal',
  realms: ['merchant', 'agent'],
  registers: true,
  pages: [
    {
      path: '',
      load: () => import('../shared/home/dashboard'),
      permission: 'dashboard.view',
      title: 'home.title',
      icon: <DashboardOutlined />,
    },
    { path: 'members', load: () => import('./pages/members'), permission: 'member.view', title: 'members.title', icon: <TeamOutlined /> },
    { path: 'api-keys', load: () => import('./pages/api_keys'), permission: 'key.manage', title: 'keys.title', icon: <KeyOutlined /> },
  ],
})
