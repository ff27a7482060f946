package phone

import "net/http"

// refusal is something that the phone cannot do, with what to do about it.
type refusal struct {
	Status int    `json:"-"` // of HTTP
	Word   string `json:"error"`
	EN     string `json:"en"`
	ZH     string `json:"zh"`
}

func (r *refusal) Error() string { return r.EN }

// What the phone cannot do.
var (
	errBody = &refusal{http.StatusBadRequest, "body",
		"send JSON with the fields that this address takes, for example {\"wallet\": \"wechat\", \"content\": \"weixin://wxpay/...\", \"act\": \"pay\"}", "请按接口发送 JSON"}
	errWallet = &refusal{http.StatusBadRequest, "wallet",
		"a wallet is wechat, alipay or unionpay, whichever runs in this demo", "钱包应为 wechat、alipay 或 unionpay（以本演示运行的为准）"}
	errAct       = &refusal{http.StatusBadRequest, "act", "an act is pay, refuse or leave", "动作应为 pay、refuse 或 leave"}
	errCodeState = &refusal{http.StatusBadRequest, "state", "a code turns out ok, password, poor or expired", "付款码应为 ok、password、poor 或 expired"}
	errCoupon    = &refusal{http.StatusBadRequest, "coupon",
		"a coupon has a funder (provider or merchant) and an amount in fen above 0", "优惠券需要出资方（provider 或 merchant）和大于 0 的面额（分）"}
	errAmount = &refusal{http.StatusBadRequest, "amount",
		"the code has no amount: say how many fen to pay in \"amount\"", "此码没有金额：请在 amount 里给出要付多少分"}
	errUnknownCode = &refusal{http.StatusNotFound, "unknown_code",
		"no order of this wallet has this code: create one first, or scan with the wallet that the code is of", "这个钱包没有此码的订单：请先下单，或换对应的钱包来扫"}
	errExpired    = &refusal{http.StatusConflict, "expired", "the code is too old to be paid: ask the merchant for a new one", "此码已过期：请商户重新出码"}
	errUnsigned   = &refusal{http.StatusConflict, "unsigned", "the merchant has not signed what its page asks the wallet for", "商户网页的付款请求签名有误"}
	errFunds      = &refusal{http.StatusConflict, "funds", "the wallet has not enough money for this", "钱包余额不足"}
	errNotWaiting = &refusal{http.StatusConflict, "not_waiting",
		"no payment by this code waits for a password: show a code with the state password and have it scanned first", "没有等待输入密码的付款：请先出示 password 付款码并让商户扫描"}
	errStrange = &refusal{http.StatusUnprocessableEntity, "strange",
		"no wallet on this phone knows this code, and it is no page of this demo: check that it was copied whole", "手机上的钱包都不认识此码，它也不是本演示的页面：请核对是否复制完整"}
	errPage = &refusal{http.StatusUnprocessableEntity, "page",
		"the code leads to a page: open it on /phone or with the wallet's user agent, begin a payment there, and scan what that leads to",
		"此码是一个网页：请在 /phone 里打开，或用该钱包的 User-Agent 打开并发起付款，再扫它给出的码"}
	errElsewhere = &refusal{http.StatusBadRequest, "elsewhere", "the phone opens the pages for payers of this demo only", "手机只打开本演示的付款页"}
	errOrigin    = &refusal{http.StatusForbidden, "origin", "the bench is used from its own pages and by programs only", "只能从工作台自己的页面或由程序操作"}
)
