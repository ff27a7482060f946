package unionpay

// Codes of answers that are no refusals.
const (
	codeDone    = "00"
	codeFailed  = "01" // of a refund
	codeWaiting = "02"
	codeTwice   = "12"
)

// texts are the respMsg of answers that are no refusals.
var texts = map[string]string{codeDone: "成功", codeFailed: "退款失败", codeWaiting: "处理中", codeTwice: "重复交易"}

// refusal is an answer other than the one asked for.
type refusal struct{ code, text string }

// missing refuses a request without a member that must be there.
func missing(name string) *refusal { return &refusal{"13", "报文交易要素缺失[" + name + "]"} }

// wrong refuses a member that is not of its form.
func wrong(name string) *refusal { return &refusal{"10", "报文格式错误[" + name + "]"} }

// Refusals that need no more words.
var (
	notJSON       = &refusal{"10", "报文格式错误"}
	badSignature  = &refusal{"11", "验证签名失败"}
	noInstitution = &refusal{"31", "机构状态不正确"}
	noMerchant    = &refusal{"31", "商户状态不正确"}
	notYours      = &refusal{"32", "无此交易权限"}
	badAmount     = &refusal{"33", "交易金额超限"}
	noOrder       = &refusal{"34", "查无此交易"}
	wrongState    = &refusal{"35", "原交易状态不正确"}
	inconsistent  = &refusal{"36", "与原交易信息不符"}
	tooOften      = &refusal{"37", "操作过于频繁"}
	tooLate       = &refusal{"39", "交易不在受理时间范围内"}
	badTime       = &refusal{"39", "请求时间超出允许范围[reqTime]"}
	codeInvalid   = &refusal{"61", "付款码无效"}
	noFunds       = &refusal{"64", "余额不足"}
	noBalance     = &refusal{"65", "商户可退余额不足"}
	noBill        = &refusal{"98", "文件不存在"}
	unknownResult = &refusal{"99", "交易结果未知，请查询"}
)
