package pos

import (
	"context"
	"errors"
	"strings"
)

// Refusal says in both languages why a terminal did not do what it was asked for, and what to do.
type Refusal struct{ Text }

// Error returns the English sentence.
func (r *Refusal) Error() string { return r.EN }

func refuse(zh, en string) error { return &Refusal{Text{zh, en}} }

// Errors that say why a terminal did not even try.
var (
	ErrSignedOff = refuse("终端未签到：请先签到", "terminal is not signed in: sign in first")
	ErrPending   = refuse("有待处理交易，主机尚未确认：处理完之前不发送其他交易",
		"something is pending and the host does not confirm it: nothing else is sent before it is through")
	ErrSettling  = refuse("结批未完成：请再次结批", "a batch close is under way: settle again to finish it")
	ErrBatchFull = refuse("批次已满：请先结批", "the batch is full: settle it first")
	// ErrCompletion and ErrAuthorization say that something else takes this line back.
	ErrCompletion    = refuse("这是预授权完成：请做预授权完成撤销", "this is a completion: take it back by the void of a completion")
	ErrAuthorization = refuse("这是预授权：请做预授权撤销", "this is a pre-authorization: take it back by the void of an authorization")
	ErrNoLine        = refuse("本批没有这张凭证号的可撤销交易：请核对凭证号，或做退货",
		"no sale with this trace is in the open batch: check the voucher number, or refund it")
	ErrVoided  = refuse("这笔交易已撤销", "this sale is voided already")
	ErrNoPaper = refuse("没有可重打印的签购单：本批没有这张凭证号",
		"there is nothing to reprint: no slip with this trace is in the open batch")
	ErrUnsound = refuse("主机应答与请求不符", "the host's answer does not fit the request")
	ErrNotSent = refuse("连不上主机，未发送任何内容：请检查地址和网络",
		"no connection to the host, nothing was sent: check the address and that the host runs")
	ErrSwitchedOff = refuse("参数未开通此交易：请联系收单机构，或重新下载参数",
		"the terminal's parameters switch this transaction off: ask the acquirer, or download the parameters")
	ErrUseChip    = refuse("此卡带芯片：请插卡或挥卡", "this card has a chip: insert or tap it")
	ErrChip       = refuse("芯片读不出：请再插一次，仍不行请刷磁条", "the chip cannot be read: insert it again, else swipe the stripe")
	ErrBlacklist  = refuse("此卡在黑名单中：请换一种支付方式", "this card is on the terminal's blacklist: take another way to pay")
	ErrTapLimit   = refuse("超过非接交易限额：请插卡", "over the contactless limit: insert the card")
	ErrManual     = refuse("参数不允许手工输入卡号", "the parameters forbid typing a card number")
	ErrTip        = refuse("小费超过允许比例", "the tip is above the percentage that the parameters allow")
	ErrNoTips     = refuse("参数未开通小费", "the parameters switch tips off")
	ErrAdjust     = refuse("调整后的总额超过允许比例", "the new total is above what was approved by more than the parameters allow")
	ErrCode       = refuse("付款码应为 16 到 24 位数字：请顾客刷新后重扫", "a payment code is 16 to 24 digits: ask the customer to refresh it and scan again")
	ErrNoEncoder  = refuse("此终端没有签名压缩功能", "this terminal cannot encode signatures: use a build that can")
	ErrSignature  = refuse("签名图像压缩后太大：请重签", "the signature is too large after encoding: sign again")
	ErrSupervisor = refuse("需要主管密码", "this needs the supervisor's password")
	ErrTraining   = refuse("训练模式下不可用：请先退出训练", "not while training: leave the training mode first")

	errAmount = refuse("金额应为 100 或 100.00 这样的元数：至少 0.01，最多两位小数",
		"amount is not a sum of yuan such as 100 or 100.00: at least 0.01, at most two decimals")
	errFallback   = refuse("降级交易只能刷卡", "a fallback is a swipe")
	errCardNumber = refuse("卡号应为 13 到 19 位数字", "card number is not 13 to 19 digits")
	errExpiry     = refuse("有效期应为年月四位 YYMM", "card expiry is not YYMM")
	errNoChip     = refuse("此卡没有芯片：请刷卡", "this card has no chip: swipe it")
	errNoTap      = refuse("此卡不支持非接：请插卡", "this card is not contactless: insert it")
	errPhone      = refuse("这是手机：请碰一碰", "this is a phone: tap it")
	errNoCard     = refuse("银行卡不能扫码：请刷卡、插卡或挥卡", "a card is not scanned: swipe, insert or tap it")
	errAuthCode   = refuse("需要原授权码，六位：见签购单", "this needs the authorization code, 6 characters: see the slip")
	errAuthDate   = refuse("原交易日期应为 MMDD", "the date of the original is MMDD: see its slip")
	errRefundRRN  = refuse("退货需要原交易参考号，12 位：见签购单", "a refund needs the reference number of the sale, 12 characters: see its slip")
	errRefundDate = refuse("退货需要原交易日期 MMDD：见签购单", "a refund needs the date of the sale as MMDD: see its slip")
)

// Words returns an error in both languages. What has no Chinese, such as the words of the system, stays as it is.
func Words(err error) Text {
	if err == nil {
		return Text{}
	}
	text := Text{ZH: err.Error(), EN: err.Error()}
	for _, r := range refusals(err) {
		text.ZH = strings.ReplaceAll(text.ZH, r.EN, r.ZH)
	}
	text.ZH, text.EN = strings.ReplaceAll(text.ZH, "\n", "；"), strings.ReplaceAll(text.EN, "\n", "; ")
	if errors.Is(err, context.Canceled) {
		text.ZH = "已取消"
	}
	return text
}

// refusals returns every refusal that an error is made of.
func refusals(err error) []*Refusal {
	switch e := err.(type) {
	case *Refusal:
		return []*Refusal{e}
	case interface{ Unwrap() error }:
		return refusals(e.Unwrap())
	case interface{ Unwrap() []error }:
		var list []*Refusal
		for _, part := range e.Unwrap() {
			list = append(list, refusals(part)...)
		}
		return list
	}
	return nil
}
