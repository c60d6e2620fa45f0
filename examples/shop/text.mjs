/** Every word the shop shows, Chinese first. */
const kText = {
  zh: {
    other: 'English', title: '一叶茶铺', tagline: '飞钱演示商店', shop: '商品', orders: '订单', webhooks: '通知',
    buy: '去收银台付款', showQr: '显示付款码', order: '订单', state: '状态', amount: '金额', refunded: '已退款', time: '时间',
    goods: '商品', none: '还没有。', back: '返回商店', scan: '请用手机扫码付款', openWallet: '在本机打开付款页（沙箱）',
    toCashier: '继续付款', refund: '退款', refundAmount: '退款金额（元）', refunds: '退款记录', fee: '手续费', payment: '支付单号',
    channelNo: '渠道交易号', close: '取消订单', refreshes: '本页每 3 秒自动更新。', event: '事件', eventId: '编号',
    received: '收到', times: '次数', verified: '验签通过的通知，最新在前。', problem: '没有成功', code: '代码', requestId: '请求号',
    unknownOrder: '没有这个订单。', badAmount: '金额须是大于零、最多两位小数的数字。', unknownOutcome: '结果未知，请刷新本页。',
    states: { new: '未确认', open: '待付款', closing: '关闭中', closed: '已关闭', paid: '已付款' },
    refundStates: { pending: '处理中', succeeded: '已退', failed: '失败' },
  },
  en: {
    other: '中文', title: 'Leaf Tea Shop', tagline: 'Feiqian demo shop', shop: 'Goods', orders: 'Orders', webhooks: 'Webhooks',
    buy: 'Pay at the cashier', showQr: 'Show QR here', order: 'Order', state: 'State', amount: 'Amount', refunded: 'Refunded', time: 'Time',
    goods: 'Goods', none: 'Nothing yet.', back: 'Back to the shop', scan: 'Scan with your phone to pay', openWallet: 'Open the payment page here (sandbox)',
    toCashier: 'Continue to pay', refund: 'Refund', refundAmount: 'Amount to refund (CNY)', refunds: 'Refunds', fee: 'Fee', payment: 'Payment',
    channelNo: 'Channel trade number', close: 'Cancel the order', refreshes: 'This page follows by itself every 3 seconds.', event: 'Event', eventId: 'Id',
    received: 'Received', times: 'Times', verified: 'Webhooks whose signature verified, newest first.', problem: 'That did not work', code: 'Code', requestId: 'Request',
    unknownOrder: 'There is no such order.', badAmount: 'The amount must be a number above zero with at most two decimals.', unknownOutcome: 'The outcome is not known yet: reload this page.',
    states: { new: 'unconfirmed', open: 'to be paid', closing: 'closing', closed: 'closed', paid: 'paid' },
    refundStates: { pending: 'pending', succeeded: 'refunded', failed: 'failed' },
  },
};

export function textFor(lang) {
  return kText[lang] ?? kText.zh;
}

export function yuan(minor) {
  const text = String(Math.abs(minor)).padStart(3, '0');
  return `${minor < 0 ? '-' : ''}¥${text.slice(0, -2)}.${text.slice(-2)}`;
}

/** "30", "30.5", "30.50" → 3050; undefined for anything else. No floating point near money. */
export function parseYuan(text) {
  const match = /^([0-9]{1,9})(?:\.([0-9]{1,2}))?$/.exec(text.trim());
  if (!match) return undefined;
  const minor = Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0'));
  return minor > 0 ? minor : undefined;
}
