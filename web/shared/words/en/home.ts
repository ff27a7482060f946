import type { home as zh } from '../zh/home'

/** The dashboard. */
export const home: Record<keyof typeof zh, string> = {
  'home.title': 'Dashboard',
  'home.business_date': 'Business date',
  'home.takings': 'Takings today',
  'home.yesterday': 'Yesterday',
  'home.count': 'Payments today',
  'home.approval': 'Approval rate',
  'home.approval_note': 'Declined {declined} · refused {refused}',
  'home.terminals': 'Terminals online',
  'home.of': '{part} / {whole}',
  'home.offline': '{count} offline',
  'home.applications': 'Open applications',
  'home.applications_note': '{count} wait for review',
  'home.proposals': 'Waiting for approval',
  'home.see': 'See them',
  'home.by_hour': 'Takings by hour',
  'home.by_rail': 'By rail',
  'home.payments': 'Payments: {count}',
  'home.none': 'No takings yet today',
  'rail.cardnet': 'Cards',
  'rail.wechat': 'WeChat Pay',
  'rail.alipay': 'Alipay',
  'rail.unionpay': 'UnionPay QR',
  'rail.bank': 'Bank',
  'rail.cash': 'Cash',
}
