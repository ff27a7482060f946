package alipay

// refusal is an answer other than the one asked for.
type refusal struct {
	code, msg       string
	subCode, subMsg string
}

func (r *refusal) body() map[string]any {
	return map[string]any{"code": r.code, "msg": r.msg, "sub_code": r.subCode, "sub_msg": r.subMsg}
}

func missing(what, text string) *refusal {
	return &refusal{"40001", "Missing Required Arguments", "isv.missing-" + what, text}
}

func illegal(what, text string) *refusal {
	return &refusal{"40002", "Invalid Arguments", "isv.invalid-" + what, text}
}

// business is a refusal of the business, by its word behind "ACQ.".
func business(word, text string) *refusal {
	return &refusal{"40004", "Business Failed", "ACQ." + word, text}
}

// wrong refuses a field of the business's parameters.
func wrong(field, text string) *refusal {
	return business("INVALID_PARAMETER", "参数无效："+field+" "+text)
}

// Refusals that need no more words.
var (
	badSignature  = illegal("signature", "验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配")
	badToken      = &refusal{"20001", "Insufficient Token Permissions", "aop.invalid-app-auth-token", "无效的应用授权令牌"}
	noPermission  = &refusal{"40006", "Insufficient Permissions", "isv.insufficient-isv-permissions", "ISV权限不足，建议在开发者中心检查对应功能是否已经添加"}
	tooOften      = &refusal{"40005", "Call Limited", "isv.app-call-limited", "应用调用次数超限"}
	unknownResult = &refusal{"20000", "Service Currently Unavailable", "aop.ACQ.SYSTEM_ERROR", "系统异常"}

	noTrade        = business("TRADE_NOT_EXIST", "交易不存在")
	wrongState     = business("TRADE_STATUS_ERROR", "交易状态不合法")
	tradeSuccess   = business("TRADE_HAS_SUCCESS", "交易已被支付")
	tradeClosed    = business("TRADE_HAS_CLOSE", "交易已经关闭")
	tradeFinished  = business("TRADE_HAS_FINISHED", "交易已经结束")
	inconsistent   = business("CONTEXT_INCONSISTENT", "交易信息被篡改")
	codeInvalid    = business("PAYMENT_AUTH_CODE_INVALID", "支付失败，获取顾客账户信息失败，请顾客刷新付款码后重新收款")
	noFunds        = business("BUYER_BALANCE_NOT_ENOUGH", "买家余额不足")
	noBalance      = business("SELLER_BALANCE_NOT_ENOUGH", "卖家余额不足")
	tooMuch        = business("REFUND_AMT_NOT_EQUAL_TOTAL", "退款金额超限")
	otherRefund    = business("DISCORDANT_REPEAT_REQUEST", "不一致的请求")
	cancelTooLate  = business("TRADE_CANCEL_TIME_OUT", "超过撤销时间范围")
	sellerMismatch = business("INVALID_PARAMETER", "参数无效：seller_id 与签约账号不一致")
	noBill         = &refusal{"40004", "Business Failed", "isp.bill_not_exist", "账单不存在"}
	badBillDate    = &refusal{"40004", "Business Failed", "isv.invalid-arguments", "账单日期不正确"}
)
