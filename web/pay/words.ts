// What the page says, in both languages.

export const zh = {
  title: '付款', loading: '正在打开…', to: '付款给', amount: '付款金额', enter: '请输入金额', limit: '单笔最多 ¥{0}',
  pay: '付款', payBy: '用{0}付款', choose: '选择付款方式', wechat: '微信支付', alipay: '支付宝', unionpay: '云闪付',
  asking: '正在下单…', follow: '打开{0}付款', scan: '请用另一部手机的{0}扫码付款', waiting: '等待付款…', left: '剩余 {0}',
  paid: '付款成功', paidAmount: '实付 ¥{0}', saved: '已优惠 ¥{0}', by: '付款方式', at: '付款时间', shop: '商户', other: '再付一笔', again: '重试', back: '换一种方式',
  failed: '付款未成功', closed: '付款已关闭', closedText: '未付款，未扣款。', refunded: '款项已退回', refundedText: '这笔款项已原路退回。',
  offline: '网络不通，正在重试…', gone: '无法付款', operator: '由 {0} 提供收款服务', none: '该商户暂未开通扫码付款。', del: '退格', lang: 'English',
  preparing: '正在准备付款码，通常几秒钟…', leading: '正在准备付款，通常几秒钟…', slow: '{0}还没有答复。可以再等等，或换一种方式；没付的不会扣款。',
  late: '如已付款，请勿重复付款，稍候会显示结果。',
  codes: {
    link_not_found: '此收款码无效，请向店员索取新的收款码。', link_off: '此收款码已停用，请向店员索取新的收款码。', link_paid: '这笔款项已付清，无需再付。',
    link_expired: '此收款码已过期，请店员重新出示。', link_amount: '金额与收款码不符，请重新扫码。', static_code_limit: '超过单笔限额，请店员出示收款码。',
    too_many_payments: '请求过多，请一分钟后再试。', merchant_suspended: '该商户暂停收款。', wallet_not_configured: '该商户暂不支持这种付款方式。',
    service_not_open: '该商户暂不支持这种付款方式。', wallet_not_connected: '这种付款方式暂不可用。', insufficient_funds: '余额不足。', payer_refused: '您已取消付款。',
    wallet_limit: '超出您的付款限额。', visitor_unknown: '微信未能确认您的身份，请重新扫码打开本页。', visitor_silent: '微信暂时未能确认您的身份，请稍后重试，或出示付款码由店员扫描。', account_closed: '您的付款账户不可用。', unsent: '暂时无法连接付款服务，请重试。',
  } as Record<string, string>,
  unknown: '暂时无法付款，请稍后再试或换一种方式。',
}

export type Words = typeof zh

export const en: Words = {
  title: 'Pay', loading: 'Opening…', to: 'Pay to', amount: 'Amount', enter: 'Enter the amount', limit: 'Up to ¥{0} at once',
  pay: 'Pay', payBy: 'Pay with {0}', choose: 'Pay with', wechat: 'WeChat Pay', alipay: 'Alipay', unionpay: 'UnionPay',
  asking: 'One moment…', follow: 'Open {0} to pay', scan: 'Scan with {0} on another phone', waiting: 'Waiting for the payment…', left: '{0} left',
  paid: 'Paid', paidAmount: 'You paid ¥{0}', saved: 'You saved ¥{0}', by: 'Paid with', at: 'Time', shop: 'Shop', other: 'Pay again', again: 'Try again', back: 'Another way to pay',
  failed: 'Not paid', closed: 'Closed', closedText: 'Nothing was paid, nothing was taken.', refunded: 'Given back', refundedText: 'The money went back to where it came from.',
  offline: 'No connection. Trying again…', gone: 'Cannot pay here', operator: 'Payments by {0}', none: 'This shop takes no payments by code yet.', del: 'Delete', lang: '中文',
  preparing: 'The code is being prepared, a few seconds as a rule…', leading: 'The payment is being prepared, a few seconds as a rule…',
  slow: '{0} has not answered yet. Wait a little, or pay in another way: nothing is taken that you did not pay.',
  late: 'If you have paid, do not pay again: the result will appear here.',
  codes: {
    link_not_found: 'This code is not known: ask in the shop for another one.', link_off: 'This code is switched off: ask in the shop for another one.', link_paid: 'This was paid already. There is nothing left to pay.',
    link_expired: 'This code has expired: ask in the shop to show it again.', link_amount: 'The amount is not that of the code: scan it again.', static_code_limit: 'That is above what this code may take: ask in the shop for a code with the amount.',
    too_many_payments: 'Too many requests: try again in a minute.', merchant_suspended: 'This shop takes no payments at present.', wallet_not_configured: 'This shop does not take this wallet.',
    service_not_open: 'This shop does not take this wallet.', wallet_not_connected: 'This wallet cannot be reached at present.', insufficient_funds: 'Not enough money.', payer_refused: 'You canceled the payment.',
    wallet_limit: 'Above the limit of your wallet.', visitor_unknown: 'WeChat did not say who you are: scan the code again.', visitor_silent: 'WeChat does not say who you are just now: try again in a moment, or show your code to the cashier.', account_closed: 'Your account cannot be used.', unsent: 'The wallet could not be reached: try again.',
  },
  unknown: 'It cannot be paid at present: try later, or in another way.',
}

/** Puts values into a text. */
export function say(text: string, ...values: string[]): string {
  return text.replace(/\{(\d)\}/g, (_, n: string) => values[Number(n)] ?? '')
}
