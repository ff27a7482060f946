package pos

import "slices"

// Text is a sentence for the cashier in both languages.
type Text struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// Class is what a response code means for the transaction.
type Class string

// The classes.
const (
	ClassApproved Class = "A" // complete, print
	ClassRetry    Class = "B" // a new attempt is allowed
	ClassFinal    Class = "C" // no retry
	ClassOperator Class = "D" // call the operator, keep the card where the code says so
	ClassUnknown  Class = "E" // no outcome known: reversal
)

// Code is a response code (ISO 8583 DE 39) as a cashier needs it.
type Code struct {
	Code    string
	Class   Class
	Meaning Text
	Advice  Text
	Capture bool // the issuer asks to keep the card
	SignIn  bool // the terminal signs in again
}

// The advice that many codes share.
var (
	adviceNone     = Text{"无需操作。", "Nothing to do."}
	adviceOther    = Text{"请顾客换一张卡或换一种支付方式。", "Ask the customer for another card or another way to pay."}
	adviceIssuer   = Text{"请顾客联系发卡行，或换一张卡。", "Ask the customer to call the card issuer, or to use another card."}
	adviceLater    = Text{"请稍后再试；仍不成功请换一种支付方式。", "Try again in a moment; if it fails again, take another way to pay."}
	adviceOriginal = Text{"请核对原交易的参考号、日期和凭证号。", "Check the reference number, date and voucher number of the original."}
	adviceSupport  = Text{"请联系收单机构。", "Call the acquirer."}
	adviceSignIn   = Text{"终端重新签到，之后请重新交易。", "The terminal signs in again; then do the transaction again."}
	adviceKeep     = Text{
		"请留下卡片并联系收单机构；不要与持卡人争执。",
		"Keep the card if you safely can and call the acquirer; do not argue with the cardholder.",
	}
)

// codes is the table of response codes of the UnionPay terminal dialect.
var codes = [...]Code{
	{Code: "00", Class: ClassApproved, Meaning: Text{"交易成功", "Approved"}, Advice: adviceNone},
	{Code: "01", Class: ClassFinal, Meaning: Text{"请持卡人联系发卡行", "Call the issuer"}, Advice: adviceIssuer},
	{Code: "03", Class: ClassFinal, Meaning: Text{"无效商户", "Invalid merchant"}, Advice: Text{"商户未登记或已停用，请联系收单机构。", "The merchant is not registered or is stopped: call the acquirer."}},
	{Code: "04", Class: ClassOperator, Capture: true, Meaning: Text{"此卡被没收", "Capture the card"}, Advice: adviceKeep},
	{Code: "05", Class: ClassFinal, Meaning: Text{"持卡人认证失败", "Authentication failed"}, Advice: adviceIssuer},
	{Code: "10", Class: ClassApproved, Meaning: Text{"部分金额批准", "Approved for part of the amount"}, Advice: Text{"只批准了屏幕上的金额，余额请另收。", "Only the amount shown was approved: collect the rest another way."}},
	{Code: "11", Class: ClassApproved, Meaning: Text{"成功，VIP 客户", "Approved, VIP"}, Advice: adviceNone},
	{Code: "12", Class: ClassFinal, Meaning: Text{"无效交易", "Invalid related transaction"}, Advice: adviceOriginal},
	{Code: "13", Class: ClassRetry, Meaning: Text{"无效金额", "Invalid amount"}, Advice: Text{"请核对金额后重新交易。", "Check the amount and do the transaction again."}},
	{Code: "14", Class: ClassRetry, Meaning: Text{"无效卡号", "Invalid card number"}, Advice: Text{"请核对卡号或重新读卡；仍不成功请换卡。", "Check the number or read the card again; if it fails again, use another card."}},
	{Code: "15", Class: ClassFinal, Meaning: Text{"此卡无对应发卡方", "No such issuer"}, Advice: adviceOther},
	{Code: "21", Class: ClassFinal, Meaning: Text{"该卡未初始化或为睡眠卡", "Card not initialized"}, Advice: adviceIssuer},
	{Code: "22", Class: ClassFinal, Meaning: Text{"关联交易错误", "Fault in the related transaction"}, Advice: adviceOriginal},
	{Code: "25", Class: ClassFinal, Meaning: Text{"找不到原始交易", "Original transaction not found"}, Advice: adviceOriginal},
	{Code: "30", Class: ClassFinal, Meaning: Text{"报文格式错误", "Message format error"}, Advice: adviceSupport},
	{Code: "34", Class: ClassOperator, Capture: true, Meaning: Text{"有作弊嫌疑", "Suspected fraud"}, Advice: adviceKeep},
	{Code: "38", Class: ClassOperator, Meaning: Text{"密码错误次数超限", "PIN tries exceeded"}, Advice: adviceIssuer},
	{Code: "40", Class: ClassFinal, Meaning: Text{"不支持的交易类型", "Function not supported"}, Advice: adviceSupport},
	{Code: "41", Class: ClassOperator, Capture: true, Meaning: Text{"挂失卡", "Lost card"}, Advice: adviceKeep},
	{Code: "43", Class: ClassOperator, Capture: true, Meaning: Text{"被窃卡", "Stolen card"}, Advice: adviceKeep},
	{Code: "45", Class: ClassFinal, Meaning: Text{"不允许降级使用磁条", "Fallback to the stripe is not allowed"}, Advice: Text{"请插入芯片重新交易。", "Insert the chip and do the transaction again."}},
	{Code: "51", Class: ClassFinal, Meaning: Text{"余额不足", "Insufficient funds"}, Advice: adviceOther},
	{Code: "54", Class: ClassFinal, Meaning: Text{"卡已过期", "Expired card"}, Advice: adviceOther},
	{Code: "55", Class: ClassFinal, Meaning: Text{"密码错误", "Wrong PIN"}, Advice: Text{"请顾客核对密码后重新交易；多次错误会锁卡。", "Ask the customer to check the PIN and start again; too many wrong PINs lock the card."}},
	{Code: "57", Class: ClassFinal, Meaning: Text{"不允许此卡交易", "Not allowed for this card"}, Advice: adviceOther},
	{Code: "58", Class: ClassFinal, Meaning: Text{"该终端不允许此交易", "Not allowed on this terminal"}, Advice: adviceSupport},
	{Code: "59", Class: ClassFinal, Meaning: Text{"卡片校验错误", "Card check value failed"}, Advice: adviceOther},
	{Code: "61", Class: ClassFinal, Meaning: Text{"超出金额限制", "Over the amount limit"}, Advice: Text{"请减小金额或换一种支付方式；不要把一笔消费拆成几笔。", "Take another way to pay; never split one purchase into several."}},
	{Code: "62", Class: ClassFinal, Meaning: Text{"受限制的卡", "Restricted card"}, Advice: adviceOther},
	{Code: "64", Class: ClassFinal, Meaning: Text{"与原交易金额不符", "Amount differs from the original"}, Advice: Text{"请核对原交易金额。", "Check the amount of the original transaction."}},
	{Code: "65", Class: ClassFinal, Meaning: Text{"超出消费次数限制", "Over the number of uses"}, Advice: adviceOther},
	{Code: "66", Class: ClassFinal, Meaning: Text{"请联系收单机构安全部门", "Call the acquirer's security department"}, Advice: adviceSupport},
	{Code: "67", Class: ClassOperator, Meaning: Text{"没收卡（自动柜员机）", "Capture the card (cash machine)"}, Advice: adviceSupport},
	{Code: "68", Class: ClassRetry, Meaning: Text{"发卡行应答超时", "The issuer did not answer in time"}, Advice: adviceLater},
	{Code: "75", Class: ClassFinal, Meaning: Text{"密码错误次数超限", "PIN tries exceeded"}, Advice: adviceIssuer},
	{Code: "77", Class: ClassRetry, SignIn: true, Meaning: Text{"批次号不符", "Batch mismatch"}, Advice: adviceSignIn},
	{Code: "78", Class: ClassFinal, Meaning: Text{"终端参数需要更新", "Terminal parameters are out of date"}, Advice: Text{"请下载终端参数后重新交易。", "Download the parameters, then do the transaction again."}},
	{Code: "79", Class: ClassRetry, Meaning: Text{"脱机交易对账不平", "Offline data is unbalanced"}, Advice: Text{"请重新上送脱机交易。", "Upload the offline transactions again."}},
	{Code: "90", Class: ClassFinal, Meaning: Text{"日切处理中", "Day end in progress"}, Advice: adviceLater},
	{Code: "91", Class: ClassFinal, Meaning: Text{"发卡行状态不正常", "Issuer not available"}, Advice: adviceLater},
	{Code: "92", Class: ClassFinal, Meaning: Text{"网络故障", "Network fault"}, Advice: adviceLater},
	{Code: "94", Class: ClassFinal, Meaning: Text{"重复交易", "Duplicate transaction"}, Advice: Text{"请先查询上一笔是否已成功，再决定是否重做。", "Look up whether the last transaction went through before doing it again."}},
	{Code: "95", Class: ClassFinal, Meaning: Text{"对账不平，需要批上送", "Reconcile: details are wanted"}, Advice: Text{"请结批并上送明细。", "Close the batch and upload its details."}},
	{Code: "96", Class: ClassFinal, Meaning: Text{"交换中心故障", "Switch fault"}, Advice: adviceLater},
	{Code: "97", Class: ClassOperator, Meaning: Text{"终端未登记", "Terminal not registered"}, Advice: Text{"请核对商户号和终端号，并联系收单机构。", "Check merchant and terminal number and call the acquirer."}},
	{Code: "98", Class: ClassUnknown, Meaning: Text{"发卡行无应答", "No answer from the issuer"}, Advice: Text{"结果未知：终端会先冲正。请勿交货，也不要让顾客重复付款，等冲正成功后再重做。", "The outcome is unknown: the terminal reverses it first. Do not hand over the goods or charge again before the reversal is through."}},
	{Code: "99", Class: ClassRetry, SignIn: true, Meaning: Text{"密码格式错误", "PIN format error"}, Advice: adviceSignIn},
	{Code: "A0", Class: ClassRetry, SignIn: true, Meaning: Text{"MAC 校验错误", "MAC error"}, Advice: adviceSignIn},
	{Code: "A1", Class: ClassFinal, Meaning: Text{"币种不符", "Currency mismatch"}, Advice: adviceSupport},
	{Code: "A2", Class: ClassApproved, Meaning: Text{"有缺陷的成功", "Approved with a defect"}, Advice: Text{"按成功处理；收单机构会核对。", "Treat as approved; the acquirer reconciles it."}},
	{Code: "A3", Class: ClassFinal, Meaning: Text{"账户错误", "Account fault"}, Advice: adviceIssuer},
	{Code: "A4", Class: ClassApproved, Meaning: Text{"有缺陷的成功", "Approved with a defect"}, Advice: Text{"按成功处理；收单机构会核对。", "Treat as approved; the acquirer reconciles it."}},
	{Code: "A5", Class: ClassApproved, Meaning: Text{"有缺陷的成功", "Approved with a defect"}, Advice: Text{"按成功处理；收单机构会核对。", "Treat as approved; the acquirer reconciles it."}},
	{Code: "A6", Class: ClassApproved, Meaning: Text{"有缺陷的成功", "Approved with a defect"}, Advice: Text{"按成功处理；收单机构会核对。", "Treat as approved; the acquirer reconciles it."}},
	{Code: "A7", Class: ClassFinal, Meaning: Text{"安全处理失败", "Security processing failed"}, Advice: adviceSupport},
}

// noAnswer is what the cashier is told when nobody answered.
var noAnswer = Code{
	Class:   ClassUnknown,
	Meaning: Text{"没有收到应答，结果未知", "No answer: the outcome is unknown"},
	Advice: Text{
		"终端已存下冲正，下次联机前先发送。冲正成功前请勿交货，也不要重复收款。",
		"The terminal keeps a reversal and sends it before anything else. Do not hand over the goods or charge again before it is through.",
	},
}

// Codes returns the table of response codes in ascending order.
func Codes() []Code { return slices.Clone(codes[:]) }

// Explain returns the row of a response code. A code that the table does not have is no outcome: the
// terminal reverses what it asked for.
func Explain(code string) Code {
	if i, found := slices.BinarySearchFunc(codes[:], code, func(c Code, code string) int {
		if c.Code < code {
			return -1
		}
		if c.Code > code {
			return 1
		}
		return 0
	}); found {
		return codes[i]
	}
	return Code{
		Code: code, Class: ClassUnknown,
		Meaning: Text{"未知应答码", "Unknown response code"},
		Advice:  Text{"结果未知：终端会先冲正。请联系收单机构。", "The outcome is unknown: the terminal reverses it first. Call the acquirer."},
	}
}

// reversed reports whether an answer to a reversal means that it is through.
func reversed(code string) bool { return code == "00" || code == "12" || code == "25" }
