package wechat

import (
	"encoding/json"
	"net/http"
)

// refusal is an answer other than the one asked for.
type refusal struct {
	status  int
	code    string
	message string
	detail  any
}

func (r *refusal) body() []byte {
	text, err := json.Marshal(struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Detail  any    `json:"detail,omitempty"`
	}{r.code, r.message, r.detail})
	if err != nil {
		panic(err) // details are structs and maps of texts
	}
	return text
}

// fieldDetail tells which field is wrong.
type fieldDetail struct {
	Field    string `json:"field"`
	Issue    string `json:"issue"`
	Location string `json:"location"`
}

// wrongField refuses a field of the body by its JSON pointer.
func wrongField(field, issue string) *refusal {
	return wrong(field, issue, "body")
}

// wrongQuery refuses a parameter of the address.
func wrongQuery(field, issue string) *refusal {
	return wrong(field, issue, "query")
}

func wrong(field, issue, location string) *refusal {
	return &refusal{http.StatusBadRequest, "PARAM_ERROR", "参数错误", fieldDetail{field, issue, location}}
}

func invalid(message string) *refusal {
	return &refusal{http.StatusBadRequest, "INVALID_REQUEST", message, nil}
}

func unsigned(message string) *refusal {
	return &refusal{http.StatusUnauthorized, "SIGN_ERROR", message, nil}
}

// Refusals that need no detail.
var (
	noOrder       = &refusal{http.StatusNotFound, "ORDER_NOT_EXIST", "订单不存在", nil}
	noPayment     = &refusal{http.StatusNotFound, "RESOURCE_NOT_EXISTS", "订单不存在", nil}
	noRefund      = &refusal{http.StatusNotFound, "RESOURCE_NOT_EXISTS", "退款单不存在", nil}
	noCertificate = &refusal{http.StatusNotFound, "RESOURCE_NOT_EXISTS", "无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥", nil}
	noFile        = &refusal{http.StatusNotFound, "RESOURCE_NOT_EXISTS", "账单下载地址不存在或已失效，请重新申请", nil}
	noPath        = &refusal{http.StatusNotFound, "RESOURCE_NOT_EXISTS", "请求的接口不存在", nil}
	noAuth        = &refusal{http.StatusForbidden, "NO_AUTH", "商户无权限", nil}
	noFunds       = &refusal{http.StatusForbidden, "NOT_ENOUGH", "用户账号余额不足", nil}
	noBalance     = &refusal{http.StatusForbidden, "NOT_ENOUGH", "基本账户余额不足，请充值后重新发起", nil}
	numberUsed    = &refusal{http.StatusForbidden, "OUT_TRADE_NO_USED", "201 商户订单号重复", nil}
	orderClosed   = &refusal{http.StatusBadRequest, "ORDER_CLOSED", "该订单已关闭", nil}
	appMismatch   = &refusal{http.StatusBadRequest, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配", nil}
	noMerchant    = &refusal{http.StatusBadRequest, "MCH_NOT_EXISTS", "商户号不存在", nil}
	userPaying    = &refusal{http.StatusAccepted, "USERPAYING", "用户支付中，需要输入密码", nil}
	stillPaying   = &refusal{http.StatusAccepted, "USER_PAYING", "用户支付中，需要输入密码", nil}
	codeInvalid   = &refusal{http.StatusBadRequest, "AUTH_CODE_INVALID", "请扫描微信支付授权码(以10/11/12/13/14/15为前缀的18位数字)", nil}
	codeUsed      = &refusal{http.StatusBadRequest, "AUTH_CODE_INVALID", "每个二维码仅限使用一次，请刷新再试", nil}
	codeExpired   = &refusal{http.StatusBadRequest, "AUTH_CODE_EXPIRED", "二维码已过期，请用户在微信上刷新后再试", nil}
	tooOften      = &refusal{http.StatusTooManyRequests, "FREQUENCY_LIMITED", "频率超限", nil}
	systemError   = &refusal{http.StatusInternalServerError, "SYSTEM_ERROR", "系统异常，请用相同参数重新调用", nil}
	noBill        = &refusal{http.StatusBadRequest, "NO_STATEMENT_EXIST", "账单文件不存在", nil}
	billCreating  = &refusal{http.StatusBadRequest, "STATEMENT_CREATING", "账单生成中", nil}
)
